"""What words, names, numbers, sentences, lines and scripts are: one of each, used by both sides.

`folding` one form of a character | `scripts` Chinese or Latin | `markup` what of Markdown counts as words, and links |
`lines` what kind a line is | `code_spans` inline code and formulas | `sentences` where one ends | `citation_marks` what
`[1]` looks like | `words` terms, stems and pairs, `numbers` figures: what is compared | `tokens` what BM25 counts |
`printable` a name on one line. Each reads a text in time that grows as its length, whatever stands in it.
"""
