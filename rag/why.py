"""Why a section is not among an answer's sources: which cut dropped its passages on the way."""

from typing import Literal

from rag.answer import PASSAGES
from rag.records import Answer, Standing

SourceCut = Literal["source", "duplicate", "outside", "passages", "sources"]


def source_cut(standing: Standing, answer: Answer) -> SourceCut:
    """What became of a passage: in a `source`, a `duplicate` of one that was found, `outside` the retrievers' lists,
    fused below the `passages` that sources are made of, or in a section behind the number of `sources`."""
    if any(standing.passage.section_id == source.section_id for source in answer.sources):
        return "source"
    if standing.cut == "duplicate":
        return "duplicate"
    if standing.fused_rank is None:
        return "outside"
    return "passages" if standing.fused_rank > PASSAGES else "sources"
