"""What outlasts a session.

`conversations`, `gaps` (refused questions), `feedback`; `freshness`: what became of an old answer's citations;
`pinned`: what a rebuild changed for pinned questions.
"""
