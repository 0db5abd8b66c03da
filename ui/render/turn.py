"""A question and its answer as HTML parts, each redrawn only when it changes."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from ingest.schema import Section
from ingest.text.markup import plain
from ingest.text.printable import printable
from rag.history.freshness import Fate, Freshness
from rag.question.scope import name_of
from rag.records import EXTRACTIVE, Answer, Evidence, Sentence, Source
from ui.jobs.answers import Draft
from ui.render.markdown import inline, parser
from ui.render.marks import MOST, decorate, end_mark, start_mark
from ui.render.safe import clean, without_private
from ui.words import Words

Fates = Mapping[int, Fate]  # by source number
NOW: Fates = MappingProxyType({})  # of an answer of the generation in use
_FORMULA_END, _FENCE_END = ("$$", "\\]"), ("```", "~~~")


@dataclass(frozen=True, slots=True)
class Card:
    """What a citation shows when it is pointed at: where it leads and the words there."""

    title: str
    place: str
    quote: str


@dataclass(frozen=True, slots=True)
class TurnView:
    """One question with its answer: HTML by part name, and the cards by citation (`s3.1`: sentence 3, source 1)."""

    parts: tuple[tuple[str, str], ...]
    cards: Mapping[str, Card] = field(default_factory=dict)


def finished_view(answer: Answer, words: Words, fates: Fates = NOW) -> TurnView:
    """An answer that is complete; `fates` tell how its sources stand when the notes were indexed anew since."""
    cited = cited_numbers(answer.sentences)
    notes = [_writer(answer, words)]
    if total := answer.timings.get("total_ms"):
        notes.append(words("took", n=f"{total / 1000:.1f}"))
    if answer.only:
        notes.append(words("asked_in", only="、".join(map(name_of, answer.only))))
    if any(sentence.supported is False for sentence in answer.sentences):
        notes.append(words("unsupported_key"))
    parts = (
        ("question", question_html(answer.question)),
        ("searched", _searched(answer.question, answer.standalone_question, words)),
        ("body", answer_html(answer.sentences, "", "s", words, fates)),
        ("incomplete", _incomplete(answer, words)),
        ("sources", sources_html(answer.sources, cited, words, fates)),
        ("foot", _line("an-foot", " · ".join(notes))),
    )
    return TurnView(parts, _cards({"s": answer.sentences}, answer.sources, words, fates))


def draft_view(question: str, draft: Draft, words: Words) -> TurnView:
    """An answer that is on its way, or that failed: the sources and the quotes are there before it."""
    sources = draft.sources or ()
    writing = bool(draft.sentences or draft.tail)
    extract = answer_html(draft.extract, "", "x", words) if draft.extract else ""
    parts = (
        ("question", question_html(question)),
        ("searched", _searched(question, draft.standalone_question, words)),
        ("status", "" if draft.error else _line("an-status", _status(draft, words))),
        ("body", answer_html(draft.sentences, draft.tail, "s", words)),
        ("error", _line("an-warn", draft.error.told(words.language)) if draft.error else ""),
        ("extract", _extract(extract, not writing, words) if extract else ""),
        ("sources", sources_html(sources, cited_numbers(draft.sentences), words, all_open=True)),
    )
    return TurnView(parts, _cards({"s": draft.sentences, "x": draft.extract}, sources, words))


def question_html(question: str) -> str:
    """The question as it was typed."""
    return f'<h2 class="an-question">{html.escape(question)}</h2>'


def answer_html(sentences: Sequence[Sentence], tail: str, prefix: str, words: Words, fates: Fates = NOW) -> str:
    """Sentences with their citation marks; `tail` is text that is not checked yet. `prefix` names the sentences."""
    source = _source(sentences, tail)
    if not source.strip():
        return ""

    def wrap(active: frozenset[int], text: str) -> str:
        sentence = sentences[max(active)]
        if sentence.supported is not False:
            return text
        return f'<span class="an-unsupported" title="{html.escape(words("unsupported"))}">{text}</span>'

    def at_end(i: int) -> str:
        return _citations(f"{prefix}{i}", sentences[i].citations, words, fates)

    return decorate(clean(parser().render(source, {"show_hosts": True})), wrap, at_end)


def sources_html(
    sources: Sequence[Source], cited: Sequence[int], words: Words, fates: Fates = NOW, *, all_open: bool = False
) -> str:
    """The list of sources: the cited ones, and the others folded away (unless `all_open`)."""
    if not sources:
        return ""
    first = [s for s in sources if all_open or not cited or s.n in cited]
    rest = [s for s in sources if s not in first]
    items = "".join(_source_item(source, words, fates) for source in first)
    more = ""
    if rest:
        label = html.escape(words("sources_other", n=len(rest)))
        others = "".join(_source_item(source, words, fates) for source in rest)
        more = f'<details class="an-more"><summary>{label}</summary><ol class="an-sources">{others}</ol></details>'
    return f'<h3 class="an-label">{html.escape(words("sources"))}</h3><ol class="an-sources">{items}</ol>{more}'


def place(at: Source | Section, words: Words) -> str:
    """The headings below the note's title, as one line; one that was matched to the text says so."""
    return " › ".join(at.heading_path[1:]) + (words("inferred") if at.inferred else "")


def cited_numbers(sentences: Sequence[Sentence]) -> tuple[int, ...]:
    """The numbers of the sources that the sentences cite, each once, in order."""
    return tuple(dict.fromkeys(n for sentence in sentences for n in sentence.citations))


def evidence_of(sentence: Sentence, n: int) -> tuple[Evidence, ...]:
    """The spans of source `n` that support the sentence."""
    return tuple(e for e in sentence.evidence if e.n == n)


def _source(sentences: Sequence[Sentence], tail: str) -> str:
    """The answer's Markdown with a mark around each sentence."""
    out = []
    for i, sentence in enumerate(sentences):
        lead, text = without_private(sentence.lead), without_private(sentence.text)
        body = text.rstrip()
        space = text[len(body) :]
        if i >= MOST or not body or not (sentence.citations or sentence.supported is False):
            out.append(lead + text)
        elif body.endswith(_FORMULA_END):
            out.append(f"{lead}{body[:-2]}{start_mark(i)}{end_mark(i)}{body[-2:]}{space}")
        elif body.endswith(_FENCE_END):
            out.append(f"{lead}{body}\n\n{start_mark(i)}{end_mark(i)}\n\n{space}")
        elif body.endswith("|"):
            out.append(f"{lead}{body[:-1].rstrip()}{start_mark(i)}{end_mark(i)} |{space}")
        else:
            out.append(f"{lead}{start_mark(i)}{body}{end_mark(i)}{space}")
    return "".join(out) + without_private(tail)


def _citations(sentence: str, numbers: Sequence[int], words: Words, fates: Fates) -> str:
    marks = "".join(_citation(sentence, n, words, fates.get(n)) for n in dict.fromkeys(numbers))
    return f'<sup class="an-cites">{marks}</sup>' if marks else ""


def _citation(sentence: str, n: int, words: Words, now: Fate | None) -> str:
    changed = now is not None and now.state is not Freshness.UNCHANGED
    name = f"[{n}] {fresh_words(now, words)}" if now and changed else f"[{n}]"
    return (
        f'<a class="an-cite{" an-changed" if changed else ""}" href="#" role="button" data-cite="{sentence}.{n}" '
        f'aria-label="{html.escape(name)}">{n}</a>'
    )


def fresh_words(now: Fate, words: Words) -> str:
    """How a citation stands: unchanged, edited since, moved (and where to) or gone."""
    said = words(f"fresh_{now.state}")
    if now.state is not Freshness.MOVED or now.section is None:
        return said
    return words("fresh_to", path=printable(now.section.path), line=words("line", first=now.section.start_line))


def _fresh_badge(now: Fate | None, words: Words) -> str:
    if now is None:
        return ""
    return f'<span class="an-fresh an-fresh-{now.state}">{html.escape(fresh_words(now, words))}</span>'


def _source_item(source: Source, words: Words, fates: Fates) -> str:
    where = place(source, words)
    title = source.heading_path[0] if source.heading_path else printable(source.path)
    heading = f'<span class="an-place">{inline(where)}</span>' if where else ""
    lines = f"{printable(source.path)} · {words.place(source.place)}"
    return (
        f'<li><a class="an-source" href="#" role="button" data-cite="n.{source.n}"><span class="an-n">{source.n}</span>'
        f'<span class="an-what"><span class="an-title">{inline(title)}</span>{heading}'
        f'<span class="an-lines">{html.escape(lines)}{_fresh_badge(fates.get(source.n), words)}</span>'
        f"</span></a></li>"
    )


def _status(draft: Draft, words: Words) -> str:
    if draft.stopping:
        return words("stopping")
    if draft.sources is None:
        return words("searching")
    if draft.sentences or draft.tail:
        return words("writing")
    if not draft.sources:
        return words("nothing_found")
    found = words("reading_one") if len(draft.sources) == 1 else words("reading", n=len(draft.sources))
    return f"{found} {words('seconds', n=int(draft.seconds))}" if draft.seconds >= 2 else found


def _extract(body: str, is_open: bool, words: Words) -> str:
    state = " open" if is_open else ""
    return f'<details class="an-extract"{state}><summary>{html.escape(words("extract"))}</summary>{body}</details>'


def _searched(question: str, standalone: str, words: Words) -> str:
    """What was searched for, where that is not what was typed."""
    same = not standalone or standalone.strip() == question.strip()
    return "" if same else _line("an-searched", words("searched_for", question=standalone))


def _writer(answer: Answer, words: Words) -> str:
    if answer.refused:
        return words("refused")
    return words("by_extract") if answer.model == EXTRACTIVE else words("by_model", model=answer.model)


def _incomplete(answer: Answer, words: Words) -> str:
    if not answer.incomplete:
        return ""
    return _line("an-warn", words("stopped") if answer.stopped else words("incomplete", why=answer.incomplete))


def _line(name: str, text: str) -> str:
    role = ' role="status"' if name == "an-status" else ""
    return f'<p class="{name}"{role}>{html.escape(text)}</p>'


def _cards(
    groups: Mapping[str, Sequence[Sentence]], sources: Sequence[Source], words: Words, fates: Fates = NOW
) -> dict[str, Card]:
    by_number = {source.n: source for source in sources}
    cards: dict[str, Card] = {}
    for prefix, sentences in groups.items():
        for i, sentence in enumerate(sentences):
            for n in sentence.citations:
                if n in by_number:
                    cards[f"{prefix}{i}.{n}"] = _card(by_number[n], evidence_of(sentence, n), words, fates.get(n))
    return cards


def _card(source: Source, evidence: Sequence[Evidence], words: Words, now: Fate | None) -> Card:
    quote = plain(" … ".join(e.quote.strip() for e in evidence) or source.text).strip()
    first = min((e.start_line for e in evidence), default=source.start_line)
    last = max((e.end_line for e in evidence), default=source.end_line)
    fresh = fresh_words(now, words) if now else ""
    where = " · ".join(
        part for part in (place(source, words), words.place(source.places.at(first, last)), fresh) if part
    )
    title = printable(source.heading_path[0] if source.heading_path else source.path)
    return Card(title, where, quote if len(quote) <= 240 else quote[:240] + "…")
