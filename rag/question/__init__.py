"""1. A question as typed -> what is searched.

`standalone`: what a follow-up leaves out -> `scope`: which notes are asked -> `kind`: what kind of answer is wanted ->
`routing`: which model writes it.
"""
