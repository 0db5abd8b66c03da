"""2. `Note` -> sections -> passages.

`outline`: headings and their nesting -> `displaced_answers`: answers given back to their questions -> `split`: sections
and passages -> `text`: what of a passage is embedded and what BM25 indexes. `overview`: what all notes are about.
"""
