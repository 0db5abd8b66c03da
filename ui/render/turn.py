"""A question and its answer as HTML parts, each redrawn only when it changes."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ingest.messages import Message
from ingest.schema import Section
from ingest.text.markup import plain
from ingest.text.printable import printable
from rag.history.freshness import Fate, Freshness
from rag.question.scope import name_of
from rag.records import EXTRACTIVE, Answer, Correction, Evidence, Excerpt, Sentence, Source
from ui.jobs.answers import Draft
from ui.render.evidence import (
    Numbers,
    evidence_html,
    fresh_badge,
    fresh_words,
    looks_html,
    mark_badge,
    numbers_of,
    short_name,
)
from ui.render.markdown import inline, links_of, parser
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
    """One question with its answer: HTML by part name, the cards by citation (`s3.1`: sentence 3, source 1)."""

    parts: tuple[tuple[str, str], ...]
    cards: Mapping[str, Card] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)  # what is copied, by its form: `markdown`, `plain`


@dataclass(frozen=True, slots=True)
class Shown:
    """What all parts of a turn are drawn with; `numbers` as the page counts the sources."""

    words: Words
    sources: Sequence[Source] = ()
    numbers: Numbers = field(default_factory=dict)
    fates: Fates = field(default_factory=dict)


def finished_view(answer: Answer, words: Words, fates: Fates = NOW, corpus: Path | None = None) -> TurnView:
    """An answer that is complete; `fates` tell how its sources stand when the notes were indexed anew since, and
    `corpus` is the folder that local pictures are read from."""
    sentences, numbers = summary_of(answer), numbers_of(answer.excerpts, answer.sources)
    fresh = {n: fresh_badge(now, words) for n, now in fates.items()}
    show = Shown(words, answer.sources, numbers, fates)
    parts = (
        ("question", question_html(answer.question)),
        ("searched", _searched(answer.question, answer.standalone_question, words, answer.corrections)),
        ("notice", _no_answer(answer)),
        ("evidence", evidence_html(answer.excerpts, answer.sources, corpus, words, fresh)),
        ("looks", looks_html(answer.looks, words)),
        ("sources", _sources(answer, show)),
        ("summary", _line("an-label", words("sums_up", model=answer.asked)) if answer.asked and sentences else ""),
        ("body", answer_html(sentences, "", "s", show, answer.differs)),
        ("remarks", "".join(_line("an-remark", remark.told(words.language)) for remark in answer.remarks)),
        ("incomplete", _incomplete(answer, words)),
        ("foot", _line("an-foot", " · ".join(_foot(answer, sentences, words))) + _copy_buttons(words)),
    )
    return TurnView(parts, cards_of({"s": sentences}, show))


def draft_view(question: str, draft: Draft, words: Words, corpus: Path | None = None) -> TurnView:
    """An answer that is on its way, or that failed: the evidence is there before the model writes, and stays."""
    sources, excerpts = draft.sources or (), draft.excerpts
    show = Shown(words, sources, numbers_of(excerpts, sources))
    writing = bool(draft.sentences or draft.tail)
    parts = (
        ("question", question_html(question)),
        ("searched", _searched(question, draft.standalone_question, words)),
        ("evidence", evidence_html(excerpts, sources, corpus, words, {})),
        ("looks", looks_html(draft.looks, words, opened=True)),
        ("sources", _other_sources(excerpts, show)),
        ("summary", _line("an-label", words("sums_up", model=draft.model)) if writing else ""),
        ("body", answer_html(draft.sentences, draft.tail, "s", show)),
        ("status", "" if draft.error else _line("an-status", _status(draft, words))),
        ("error", _line("an-warn", draft.error.told(words.language)) if draft.error else ""),
    )
    return TurnView(parts, cards_of({"s": draft.sentences}, show))


def summary_of(answer: Answer) -> tuple[Sentence, ...]:
    """What is shown beneath the evidence: the model's text, whatever became of it, and that two notes disagree.

    Of an answer without evidence, such as one that an earlier version kept, all that it says.
    """
    if not answer.excerpts or (answer.asked and answer.model != EXTRACTIVE):
        return answer.sentences if not _refused_at_once(answer) else ()
    return (*answer.written, *(answer.sentences[-1:] if answer.disagreement else ()))


def question_html(question: str) -> str:
    """The question as it was typed."""
    return f'<h2 class="an-question">{html.escape(question)}</h2>'


def answer_html(sentences: Sequence[Sentence], tail: str, prefix: str, show: Shown, differs: Sequence[str] = ()) -> str:
    """Sentences with their citation marks; `tail` is text that is not checked yet. `prefix` names the sentences,
    `differs` are the figures that the notes do not hold."""
    source = _source(sentences, tail)
    if not source.strip():
        return ""
    words = show.words
    figures = re.compile(rf"(?<![\w.&#])(?:{'|'.join(map(re.escape, differs))})(?![\d.]\d)") if differs else None
    marked = f'<mark class="an-differs" title="{html.escape(words("differs"))}">\\g<0></mark>'

    def wrap(active: frozenset[int], text: str) -> str:
        sentence = sentences[max(active)]
        if sentence.supported is not False:
            return text
        text = figures.sub(marked, text) if figures else text
        return f'<span class="an-unsupported" title="{html.escape(words("unsupported"))}">{text}</span>'

    def at_end(i: int) -> str:
        return citations_html(f"{prefix}{i}", sentences[i].citations, show)

    held = frozenset[str]().union(*(links_of(span.quote) for sentence in sentences for span in sentence.evidence))
    return decorate(clean(parser().render(source, {"links": held})), wrap, at_end)


def _sources(answer: Answer, show: Shown) -> str:
    """The sources beside the evidence; of an answer without evidence the cited ones, the others folded away. What was
    told of the index lists the notes itself."""
    if answer.tool and not answer.excerpts:
        return ""
    if answer.excerpts:
        return _other_sources(answer.excerpts, show)
    cited = cited_numbers(answer.sentences)
    first = [source for source in show.sources if not cited or source.n in cited]
    if not first:
        return ""
    items = "".join(_source_item(source, show) for source in first)
    label = html.escape(show.words("sources"))
    rest = [source for source in show.sources if source not in first]
    return f'<h3 class="an-label">{label}</h3><ol class="an-sources">{items}</ol>{_folded(rest, show)}'


def _other_sources(excerpts: Sequence[Excerpt], show: Shown) -> str:
    shown = {excerpt.n for excerpt in excerpts}
    return _folded([source for source in show.sources if source.n not in shown], show)


def _folded(sources: Sequence[Source], show: Shown) -> str:
    if not sources:
        return ""
    label = html.escape(show.words("sources_other", n=len(sources)))
    items = "".join(_source_item(source, show) for source in sources)
    return f'<details class="an-more"><summary>{label}</summary><ol class="an-sources">{items}</ol></details>'


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


def citations_html(sentence: str, cited: Sequence[int], show: Shown) -> str:
    """The citation marks of a sentence that the page calls `sentence`."""
    marks = "".join(_citation(sentence, n, show) for n in dict.fromkeys(cited))
    return f'<sup class="an-cites">{marks}</sup>' if marks else ""


def _citation(sentence: str, n: int, show: Shown) -> str:
    now, number = show.fates.get(n), show.numbers.get(n, n)
    changed = now is not None and now.state is not Freshness.UNCHANGED
    source = next((source for source in show.sources if source.n == n), None)
    name = short_name(source) if source else ""
    said = ", ".join(
        part for part in (f"{number} {name}", fresh_words(now, show.words) if now and changed else "") if part
    )
    return (
        f'<a class="an-cite{" an-changed" if changed else ""}" href="#" role="button" data-cite="{sentence}.{n}" '
        f'aria-label="{html.escape(said)}">{number}<span class="an-name"> {html.escape(name)}</span></a>'
    )


def _source_item(source: Source, show: Shown) -> str:
    where = place(source, show.words)
    title = source.heading_path[0] if source.heading_path else printable(source.path)
    heading = f'<span class="an-place">{inline(where)}</span>' if where else ""
    lines = f"{printable(source.path)} · {show.words.place(source.place)}"
    badge = fresh_badge(show.fates.get(source.n), show.words) + mark_badge(source, show.words)
    return (
        f'<li><a class="an-source" href="#" role="button" data-cite="n.{source.n}">'
        f'<span class="an-n">{show.numbers.get(source.n, source.n)}</span>'
        f'<span class="an-what"><span class="an-title">{inline(title)}</span>{heading}'
        f'<span class="an-lines">{html.escape(lines)}{badge}</span>'
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
    if draft.place:
        return words("in_line", n=draft.place)
    said = words("model_reads") if draft.model else words("finishing")
    return f"{said} {words('seconds', n=int(draft.seconds))}" if draft.seconds >= 2 else said


def _searched(question: str, standalone: str, words: Words, corrections: Sequence[Correction] = ()) -> str:
    """What was searched for, where that is not what was typed, and the words that were taken for others."""
    if not standalone or standalone.strip() == question.strip():
        return ""
    told = [Message("search.instead", typed=one.typed, meant=one.meant).told(words.language) for one in corrections]
    return _line("an-searched", " · ".join([words("searched_for", question=standalone), *told]))


def _refused_at_once(answer: Answer) -> bool:
    """Whether the notes seem to hold no answer, so that no model was asked."""
    return answer.refused and not answer.asked


def _no_answer(answer: Answer) -> str:
    if not _refused_at_once(answer):
        return ""
    said = answer.sentences[0].text if answer.excerpts and answer.sentences else answer.text
    return _line("an-warn", said)


def _foot(answer: Answer, sentences: Sequence[Sentence], words: Words) -> list[str]:
    """Where the answer comes from: which model, how long it took, and what its text is worth."""
    notes = [Message("ask.from_index", tool=answer.tool).told(words.language)] if answer.tool else []
    total = answer.timings.get("total_ms", 0.0) / 1000
    if not answer.excerpts:
        notes += [] if answer.tool else [_writer(answer, words)]
        notes += [words("took", n=f"{total:.1f}")] if total else []
    else:
        notes.append(words("found_in", n=f"{answer.timings.get('retrieve_ms', 0.0) / 1000:.1f}"))
        notes.append(words("model_took", model=answer.asked, n=f"{total:.1f}") if answer.asked else words("no_model"))
    if answer.only:
        notes.append(words("asked_in", only="、".join(map(name_of, answer.only))))
    if any(sentence.supported is False for sentence in sentences):
        notes.append(words("unsupported_key"))
    return notes


def _copy_buttons(words: Words) -> str:
    done = html.escape(words("copied"))
    buttons = "".join(
        f'<button type="button" class="an-copy" data-copy="{form}" data-done="{done}">{html.escape(words(key))}</button>'
        for form, key in (("markdown", "copy_markdown"), ("plain", "copy_plain"))
    )
    return f'<div class="an-copies">{buttons}</div>'


def _writer(answer: Answer, words: Words) -> str:
    if answer.refused:
        return words("refused")
    return words("by_extract") if answer.model == EXTRACTIVE else words("by_model", model=answer.model)


def _incomplete(answer: Answer, words: Words) -> str:
    """Why an answer that no model was asked for, or an earlier version's, is not whole."""
    if not answer.incomplete or answer.asked:
        return ""
    return _line("an-warn", words("stopped") if answer.stopped else words("incomplete", why=answer.incomplete))


def _line(name: str, text: str) -> str:
    role = ' role="status"' if name == "an-status" else ""
    return f'<p class="{name}"{role}>{html.escape(text)}</p>'


def cards_of(groups: Mapping[str, Sequence[Sentence]], show: Shown) -> dict[str, Card]:
    """The cards of all citations of the sentences, which stand under the first letter of their names."""
    by_number = {source.n: source for source in show.sources}
    cards: dict[str, Card] = {}
    for prefix, sentences in groups.items():
        for i, sentence in enumerate(sentences):
            for n in sentence.citations:
                if n in by_number:
                    evidence = evidence_of(sentence, n)
                    cards[f"{prefix}{i}.{n}"] = _card(by_number[n], evidence, show.words, show.fates.get(n))
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
