"""4. The files on the disk.

A generation is its `manifest` and the `blocks` that this names. `write` makes one, `read` opens it, through `views` over
all blocks and `bm25` over their postings; `durable`, `lock` so that a crash or a second writer harms nothing.
"""
