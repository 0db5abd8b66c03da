"""One block: notes that stand side by side in the index, as one file.

`block` is one in memory, or to be written; `records` and `postings` what is in it beside vectors, `parts` and `npy` the bytes they
are; `cuts` where one ends.
"""
