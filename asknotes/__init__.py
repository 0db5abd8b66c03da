"""Other programs, and the shell, ask the notes.

`library` keeps an index open and follows it to new generations; `forms` are the records that go out, as JSON; `access`
guards what listens. `mcp_server`, `api` and `cli` are three ways in, and decide nothing.
"""
