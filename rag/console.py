"""What the commands show a person, as text; beside it `rag.records_json` has the same as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from ingest.messages import Message
from rag.history.gaps import Gap
from rag.judged import CheckedText
from rag.records import (
    Answer,
    Checked,
    Correction,
    Delta,
    Event,
    Excerpt,
    Finished,
    Found,
    Hit,
    Look,
    Looked,
    Searched,
    Sentence,
    Source,
    Standing,
)

Reason = tuple[str, Sequence[str]]  # of a hit: its best sentence, and the question's terms as they stand in it


def hits_text(question: str, hits: Sequence[Hit], reasons: Sequence[Reason]) -> str:
    """The hits of a question, and why they are, where there is a reason for each."""
    return "\n".join([question, "", *_hit_lines(hits, reasons)])


def _hit_lines(hits: Sequence[Hit], reasons: Sequence[Reason]) -> Iterator[str]:
    if not hits:
        yield str(Message("hits.none"))
    for number, (hit, reason) in enumerate(zip_longest(hits, reasons), start=1):
        yield f"{number}. {' > '.join(hit.passage.heading_path)}  ({hit.passage.location}){_marked(hit.mark)}"
        if reason:
            sentence, terms = reason
            yield "   " + "   ".join(_reason(hit, name) for name in hit.ranks)
            yield f"   {Message('hits.matched', terms='、'.join(terms) or '-')}"
            yield from (f"   {Message('hits.also_at', place=place)}" for place in hit.also_at)
            yield f"   {Message('hits.best', sentence=' '.join(sentence.split()))}"
        yield "   " + hit.passage.text.replace("\n", "\n   ") + "\n"


def _marked(mark: float) -> str:
    """What the reader's marks did to a hit or source."""
    if mark > 0:
        return f"  {Message('mark.raised')}"
    return f"  {Message('mark.lowered')}" if mark < 0 else ""


def _reason(hit: Hit, name: str) -> str:
    rank, score = hit.ranks[name], hit.scores[name]
    if name in hit.shares:
        return str(Message("hits.share", retriever=name, rank=rank, score=score, share=hit.shares[name]))
    return str(Message("hits.rank", retriever=name, rank=rank, score=score))


def standing_text(standing: Standing, candidates: int, k: int) -> str:
    """Where a passage stood among `candidates` of each retriever, and what cut it from the first `k`."""
    ranks = [
        str(Message("hits.rank", retriever=name, rank=rank, score=standing.scores[name]))
        for name, rank in standing.ranks.items()
    ]
    head = f"{' > '.join(standing.passage.heading_path)}  ({standing.passage.location})"
    return f"{head}\n   {'   '.join(ranks)}\n   {_cut(standing, candidates, k)}\n"


def _cut(standing: Standing, candidates: int, k: int) -> Message:
    match standing.cut:
        case "shown":
            return Message("cut.shown", rank=standing.fused_rank)
        case "duplicate":
            return Message("cut.duplicate", rank=standing.fused_rank)
        case "below":
            return Message("cut.below", rank=standing.fused_rank, k=k)
        case "outside":
            return Message("cut.outside", candidates=candidates)


def sentence_text(sentence: Sentence) -> str:
    """A sentence of an answer as it follows the one before, with its citations, or a doubt."""
    marks = "".join(f"[{n}]" for n in sentence.citations)
    return sentence.lead + sentence.text + marks + (" [?]" if sentence.supported is False else "")


def evidence_text(excerpts: Sequence[Excerpt], sources: Sequence[Source]) -> str:
    """What answers, as it stands in the notes, each part under the place that it comes from."""
    by_number = {source.n: source for source in sources}
    return "\n\n".join(
        f"[{excerpt.n}] {' > '.join(by_number[excerpt.n].heading_path)}\n\n{excerpt.text(by_number[excerpt.n])}"
        for excerpt in excerpts
    )


def look_text(look: Look) -> str:
    """A step of a model that looks further."""
    if not look.tool:
        return look.fault
    if look.fault:
        return str(Message("agent.fault", tool=look.tool, given=look.given, fault=look.fault))
    return str(Message("agent.look", tool=look.tool, given=look.given, found=len(look.found)))


def stream_text(typed: str, events: Iterable[Event], model: str) -> Iterator[str]:
    """An answer as it is made, in pieces that are printed one behind the other: the evidence, how the model looks further,
    and beneath it what it writes."""
    writing, shown = False, 0
    for event in events:
        if isinstance(event, Searched):
            yield from (f"{line}\n" for line in searched_lines(typed, event.standalone_question, event.corrections))
        elif isinstance(event, Found):
            new, shown = event.excerpts[shown:], len(event.excerpts)
            yield evidence_text(new, event.sources) + "\n"
        elif isinstance(event, Looked):
            yield f"→ {look_text(event.look)}\n"
        elif isinstance(event, Delta) and not writing:
            writing = True
            yield f"\n{Message('ask.sums_up', model=model)}\n\n"
        elif isinstance(event, Checked) and writing:  # without a model the sentences are those of the evidence
            yield sentence_text(event.sentence)
        elif isinstance(event, Finished):
            said = after_text(event.answer)
            yield ("\n" if writing else "") + (f"\n{said}\n" if said else "") + "\n"


def searched_lines(typed: str, searched: str, corrections: Sequence[Correction]) -> list[str]:
    """What was searched where that is not what was typed, and the words that were taken for others."""
    told = [str(Message("search.instead", typed=one.typed, meant=one.meant)) for one in corrections]
    return [f"({searched})", *told] if searched != typed.strip() else []


def after_text(answer: Answer) -> str:
    """What is said after the evidence and the text that was printed as it came: a refusal, what is to be said of the
    model's text, and that two notes disagree."""
    lines = [str(remark) for remark in answer.remarks]
    if answer.refused and not answer.asked:
        lines.insert(0, "".join(map(sentence_text, answer.sentences)))
    elif not answer.asked and not answer.excerpts:  # told without a search
        lines.append("".join(map(sentence_text, answer.sentences)))
    elif answer.disagreement:
        lines.append(sentence_text(answer.sentences[-1]).strip())
    return "\n".join(lines)


def sources_text(answer: Answer) -> str:
    """The sources of an answer, those that it shows or cites with a star, the model that was asked and its time."""
    used = {n for sentence in answer.sentences for n in sentence.citations} | {e.n for e in answer.excerpts}
    lines = [
        f"{'*' if source.n in used else ' '}[{source.n}] {' > '.join(source.heading_path)}  ({source.location})"
        + _marked(source.mark)
        for source in answer.sources
    ]
    seconds = answer.timings.get("total_ms", 0.0) / 1000
    model = answer.asked or answer.model
    how = [str(Message("ask.from_index", tool=answer.tool))] if answer.tool else []
    return "\n".join([*lines, "", *how, str(Message("ask.written_by", model=model, seconds=seconds))])


def checked_text(checked: CheckedText) -> str:
    """Each sentence of a text with what the notes say of it, and where."""
    lines = []
    for judged in checked.sentences:
        lines.append(f"{Message(f'check.{judged.support}')}  {judged.text}")
        for span in judged.evidence:
            source = checked.sources[span.n - 1]
            quote = " ".join(span.quote.split())
            lines.append(f"        [{span.n}] {source.path}:{span.start_line}  {quote}")
    return "\n".join(lines)


def gap_text(gap: Gap) -> str:
    """A question that was refused, and what answers it by now or comes nearest."""
    asked = Message("gap.asked", times=gap.times, last=gap.asked[:10])
    if gap.closed:
        state, place = Message("gap.closed", question=gap.question), Message("gap.answered_by", place=gap.closed_by)
    else:
        state, place = Message("gap.open", question=gap.question), Message("gap.nearest", places="; ".join(gap.nearest))
    return f"{state}  {asked}\n        {place}"
