"""4. The files on disk.

`write` a generation, `read` one; `manifest` what it holds; `durable`, `lock` so that a crash or a second writer harms
nothing; `sound` that what is read fits together; `jsonl`, `npy` the forms; `bm25`, `term_table` what is in them beside
the vectors.
"""
