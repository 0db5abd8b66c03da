"""1. A file -> `Note`.

`read`: which files, their bytes, front matter and title -> `decode`: bytes -> text -> `convert`: formats other than
Markdown and text, each in `formats/`, in a bounded process.
"""
