"""What words, names, numbers, sentences, lines and scripts are: one of each, used by both sides.

`folding` one form of a character | `scripts` Chinese or Latin | `markup` what of Markdown counts as words | `lines` what
kind a line is | `sentences` where one ends | `citation_marks` what `[1]` looks like | `words`, `names`, `numbers`, `stems`
what is compared | `tokens` what BM25 counts | `printable` a name on one line.
"""
