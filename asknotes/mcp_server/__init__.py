"""Assistants ask the notes: an MCP server, over standard input and output or over HTTP.

`server`: tools over `library`, and each note as a resource. It needs the extra `mcp`.
"""
