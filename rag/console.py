"""What the commands show a person, as text; beside it `rag.records_json` has the same as JSON."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rag.history.gaps import Gap
from rag.records import Answer, Finished, Hit, Sentence, Standing

_CUTS = {
    "shown": "among the hits, fused rank {rank}",
    "duplicate": "the same words stand in a hit that is shown in its place, fused rank {rank}",
    "below": "cut: fused rank {rank}, and {k} are shown",
    "outside": "cut: among the first {n} of neither retriever",
}


def hits_text(question: str, hits: Sequence[Hit], best: Sequence[str]) -> str:
    """The hits of a question, with their reasons where `best` has the best sentence of each."""
    return "\n".join([question, "", *_hit_lines(hits, best)])


def _hit_lines(hits: Sequence[Hit], best: Sequence[str]) -> Iterator[str]:
    if not hits:
        yield "Nothing in the notes matches; ask in other words, or add notes and run `python -m ingest`."
    for number, (hit, sentence) in enumerate(zip_longest(hits, best), start=1):
        yield f"{number}. {' > '.join(hit.passage.heading_path)}  ({hit.passage.location})"
        if sentence:
            yield "   " + "   ".join(_reason(hit, name) for name in hit.ranks)
            yield f"   matched: {'、'.join(hit.matched_terms) or '-'}"
            yield from (f"   also at {place}" for place in hit.also_at)
            yield f"   best sentence: {' '.join(sentence.split())}"
        yield "   " + hit.passage.text.replace("\n", "\n   ") + "\n"


def _reason(hit: Hit, name: str) -> str:
    share = f", share {hit.shares[name]:.4f}" if name in hit.shares else ""
    return f"{name}: rank {hit.ranks[name]}, score {hit.scores[name]:.3f}{share}"


def standing_text(standing: Standing, candidates: int, k: int) -> str:
    """Where a passage stood among `candidates` of each retriever, and what cut it from the first `k`."""
    ranks = [f"{name}: rank {rank}, score {standing.scores[name]:.3f}" for name, rank in standing.ranks.items()]
    cut = _CUTS[standing.cut].format(rank=standing.fused_rank, n=candidates, k=k)
    return f"{' > '.join(standing.passage.heading_path)}  ({standing.passage.location})\n   {'   '.join(ranks)}\n   {cut}\n"


def sentence_text(sentence: Sentence) -> str:
    """A sentence of an answer as it follows the one before, with its citations, or a doubt."""
    marks = "".join(f"[{n}]" for n in sentence.citations)
    return sentence.lead + sentence.text + marks + (" [?]" if sentence.supported is False else "")


def changes_text(end: Finished) -> str:
    """What is said after the sentences that were printed as they came, where the answer differs from them."""
    if {"quoted", "refused"} & set(end.changes):
        instead = "".join(map(sentence_text, end.answer.sentences))
        return f"\n\nNothing of this is in the notes. Instead:\n\n{instead}"
    return sentence_text(end.answer.sentences[-1]) if "conflict added" in end.changes else ""


def sources_text(answer: Answer) -> str:
    """The sources of an answer, those that it cites with a star, its model and its time."""
    used = {n for sentence in answer.sentences for n in sentence.citations}
    lines = [
        f"{'*' if source.n in used else ' '}[{source.n}] {' > '.join(source.heading_path)}  ({source.location})"
        for source in answer.sources
    ]
    return "\n".join([*lines, "", f"{answer.model}, {answer.timings.get('total_ms', 0.0) / 1000:.1f} s"])


def gap_text(gap: Gap) -> str:
    """A question that was refused, and what answers it by now or comes nearest."""
    state = "closed" if gap.closed else "open  "
    place = f"answered by {gap.closed_by}" if gap.closed else f"nearest: {'; '.join(gap.nearest)}"
    return f"{state}  {gap.question}  (asked {gap.times}x, last {gap.asked[:10]})\n        {place}"
