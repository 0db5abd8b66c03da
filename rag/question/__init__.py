"""1. A question as typed -> what is searched.

`followup`: what it takes from its conversation -> `scope`: which notes are asked -> `kind`: what kind of answer is wanted ->
`routing`: which model writes it.
"""
