"""Where one block of the index ends and the next begins.

A block's end depends on its own notes alone, so that a build from nothing and one that changed a note cut alike, and
an edit touches one block, rarely its neighbour too (content-defined chunking, as in Muthitacharoen et al., "A Low-bandwidth
Network File System", SOSP 2001, with notes for bytes).
"""

import hashlib

LEAST, MEAN, MOST = 500, 500, 2000  # passages of a block; from the least on one in MEAN ends it


def ends_block(path: str, passages: int, so_far: int) -> bool:
    """Whether a block ends with a note of so many passages, with which it has `so_far`: by the hash of the note's path."""
    if so_far < LEAST or so_far >= MOST:
        return so_far >= MOST
    digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") * MEAN < passages << 64
