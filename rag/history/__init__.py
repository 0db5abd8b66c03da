"""What outlasts a session.

`store` is the one database and its numbered forms (`earlier_files`: what was before it). In it lie `conversations`,
`gaps` (refused questions) and `feedback`, their records read as far as they go (`kept`). `freshness`: what became of an
old answer's citations; `pinned`: what a rebuild changed for pinned questions.
"""
