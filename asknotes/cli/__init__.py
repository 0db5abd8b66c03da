"""People ask in a terminal: `asknotes`, one command for all.

`mirrored`: the commands of `python -m rag` and `python -m ingest` as click's, from the one definition that they have.
`commands`: those, and the ones of its own. `translated`: their
help in the reader's language. `serving`: what listens.
`doctor`: what is here, and what to do about what is not.
"""
