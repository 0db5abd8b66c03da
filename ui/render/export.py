"""A conversation as a Markdown note: questions, answers, and sources as links that Obsidian resolves."""

import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import quote

from markdown_it import MarkdownIt

from ingest.errors import NotesIndexError
from ingest.schema import Note
from ingest.text.lines import Line, LineKind, typed_lines
from ingest.text.markup import link_spans, plain
from rag.history.conversations import Conversation
from rag.records import EXTRACTIVE, Answer, Source
from ui.backend.protocol import Backend
from ui.render.markdown import links_of
from ui.words import Words

_ATX = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
_KNOWN = (LineKind.FENCE, LineKind.HIDDEN, LineKind.MATH)
_NOT_IN_LINKS = "[]|#^\n"
_PICTURE = re.compile(r"!(?=\[)|<(?=[a-zA-Z/!?])")
_DEFINITION = re.compile(r"^([ \t>]*+)\[(?=[^\]\n]*+\]:)", re.MULTILINE)  # where a link by reference leads
_DRAWN = "mermaid"  # a fence of which Obsidian makes a picture, with the elements in it
Unlink = Callable[[str, frozenset[str]], str]  # a model's text and the links that are held -> what is written


def exported(backend: Backend, conversation: Conversation, words: Words) -> str:
    """A kept conversation as a note, with the date of today."""
    notes: Mapping[str, Note] = {}
    with suppress(NotesIndexError):  # without an index every heading is taken for one of Markdown
        notes = backend.library().notes
    turns = backend.conversations.turns(conversation.id) or ()
    date = datetime.now(UTC).isoformat(timespec="seconds")
    return f"---\ndate: {date}\n---\n\n" + conversation_markdown(conversation.title, turns, words, notes)


def conversation_markdown(title: str, answers: Sequence[Answer], words: Words, notes: Mapping[str, Note]) -> str:
    """The note's text: each cited source is a link in a numbered footnote, with the words that it was cited for.

    A link is `[[path#heading]]` for a heading that Obsidian knows (`notes` by path tell), else `[[path]]`.
    """

    def write(unlink: Unlink) -> str:
        parts = [f"# {_line(title)}"]
        for turn, answer in enumerate(answers, start=1):
            parts += [f"## {_line(answer.question)}", _answer(answer, words, notes, turn, unlink)]
        return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"

    return _safe(write)


def answer_markdown(answer: Answer, words: Words, notes: Mapping[str, Note]) -> str:
    """One answer: the evidence as quotations under links to its sections, then the model's text where it stands."""
    return _safe(lambda unlink: _answer(answer, words, notes, 1, unlink))


def _answer(answer: Answer, words: Words, notes: Mapping[str, Note], turn: int, unlink: Unlink) -> str:
    by_number = {source.n: source for source in answer.sources}
    parts = _refusal(answer)
    for excerpt in answer.excerpts:
        source = by_number[excerpt.n]
        quoted = "\n".join(f"> {line}".rstrip() for line in excerpt.text(source).split("\n"))
        parts += [_link(source, notes.get(source.path)), quoted]
    if answer.excerpts and (answer.model == EXTRACTIVE or not answer.asked):
        return "\n\n".join([*parts, f"*{words('by_extract')}*"])
    parts += [f"**{words('sums_up', model=answer.asked)}**"] if answer.excerpts else []
    parts.append(_cited_text(answer, turn, words, unlink))
    if not answer.excerpts:
        parts.append(
            f"*{words('by_extract') if answer.model == EXTRACTIVE else words('by_model', model=answer.model)}*"
        )
    if answer.incomplete:
        parts.append(f"> {words('stopped') if answer.stopped else words('incomplete', why=answer.incomplete)}")
    cited = {n for sentence in answer.sentences for n in sentence.citations}
    footnotes = [_footnote(s, answer, turn, notes.get(s.path), words) for s in answer.sources if s.n in cited]
    return "\n\n".join(part.strip() for part in [*parts, "\n".join(footnotes)] if part.strip())


def note_markdown(answer: Answer, words: Words, notes: Mapping[str, Note], date: str) -> str:
    """One answer as a note of its own, with its date (ISO 8601) and sources in the front matter."""
    cited = {excerpt.n for excerpt in answer.excerpts} | {n for said in answer.sentences for n in said.citations}
    sources = [_link(source, notes.get(source.path)) for source in answer.sources if source.n in cited]
    listed = "".join(f"\n  - {json.dumps(link, ensure_ascii=False)}" for link in dict.fromkeys(sources))
    head = f"---\ndate: {date}\nsources:{listed or ' []'}\n---"
    asked = f"# {_line(answer.question)}"
    return f"{head}\n\n" + _safe(lambda unlink: f"{asked}\n\n{_answer(answer, words, notes, 1, unlink)}\n")


def answer_text(answer: Answer) -> str:
    """One answer without markup: the evidence, and the model's text where it stands."""
    by_number = {source.n: source for source in answer.sources}
    parts = _refusal(answer) + [plain(excerpt.text(by_number[excerpt.n])) for excerpt in answer.excerpts]
    if not answer.excerpts or (answer.asked and answer.model != EXTRACTIVE):
        parts.append(plain(answer.text))
    return "\n\n".join(part.strip() for part in parts)


def _refusal(answer: Answer) -> list[str]:
    """That the notes do not say, over the nearest section."""
    return [answer.sentences[0].text] if answer.refused and answer.excerpts and answer.sentences else []


def file_name(title: str) -> str:
    """A file name that every system takes."""
    kept = "".join(c if c.isalnum() or c in " -_" else " " for c in title)
    return (" ".join(kept.split())[:60] or "conversation") + ".md"


def _cited_text(answer: Answer, turn: int, words: Words, unlink: Unlink) -> str:
    """The sentences with the marks of their sources; that nothing supports one is said behind it."""
    out = []
    held = frozenset[str]().union(*(links_of(one.quote) for said in answer.sentences for one in said.evidence))
    for sentence in answer.sentences:
        body = unlink(sentence.text.rstrip(), held)
        marks = "".join(f"[^{turn}-{n}]" for n in dict.fromkeys(sentence.citations))
        marks = f" {words('not_supported')}" if sentence.supported is False else marks
        marks = f" {marks}" if marks and body.endswith("!") else marks
        if body.endswith("|"):
            body = f"{body[:-1].rstrip()}{marks} |"
        elif body.endswith(("```", "$$")) and marks:
            body = f"{body}\n\n{marks}"
        else:
            body += marks
        out.append(unlink(sentence.lead, held) + body + sentence.text[len(sentence.text.rstrip()) :])
    return "".join(out)


def _footnote(source: Source, answer: Answer, turn: int, note: Note | None, words: Words) -> str:
    where = words.place(source.place)
    evidence = [e.quote for sentence in answer.sentences for e in sentence.evidence if e.n == source.n]
    above = [excerpt.text(source) for excerpt in answer.excerpts if excerpt.n == source.n]  # what is read there already
    new = dict.fromkeys(said for said in evidence if not any(said in text for text in above))
    quotes = "".join(f" “{_line(plain(said))}”" for said in new)
    return f"[^{turn}-{source.n}]: {_link(source, note)} · {where}{quotes}"


def _link(source: Source, note: Note | None) -> str:
    heading = source.heading_path[-1] if len(source.heading_path) > 1 else ""
    anchor = f"#{_link_text(heading)}" if heading and _is_markdown_heading(heading, source.path, note) else ""
    if set(source.path) & set(_NOT_IN_LINKS):
        return f"[{_link_text(source.heading_path[0])}]({quote(source.path, errors='surrogateescape')})"
    return f"[[{source.path.removesuffix('.md')}{anchor}]]"


def _is_markdown_heading(heading: str, path: str, note: Note | None) -> bool:
    """Whether Obsidian sees the heading too: many are read from numbering and layout alone."""
    if note is None or not path.endswith(".md"):
        return path.endswith(".md")
    return any(_line(plain(title)) == _line(plain(heading)) for title in _ATX.findall(note.text))


def _safe(write: Callable[[Unlink], str]) -> str:
    """A note without a model's links, pictures and elements, but with code in fences as it stands.

    What is code is told by the safe form, line by line: nothing but what stands in a fence of that differs from it, so
    that the whole has the same fences.
    """
    raw, safe = (re.split("\r\n?|\n", text) for text in (write(lambda text, _: text), _harmless(write(_unlinked))))
    code = _code_lines("\n".join(safe))
    return "\n".join(line if n in code else safe[n] for n, line in enumerate(raw))


def _code_lines(text: str) -> set[int]:
    """The lines, from 0, within the fences that are ones for CommonMark and in our reading of Obsidian's Markdown.

    None, where a comment or formula begins that our reading does not know: to Obsidian it may hold the fences' own lines.
    """
    fences = [token for token in _commonmark().parse(text) if token.type == "fence"]
    kept = [token.map for token in fences if token.map and not token.info.strip().lower().startswith(_DRAWN)]
    within = {n for first, after in kept for n in range(first + 1, after)}
    lines = typed_lines(text, 0)
    code = within & {line.number - 1 for line in lines if line.kind is LineKind.FENCE}
    return set() if any(_opens_more(line) for line in lines if line.kind not in _KNOWN) else code


def _opens_more(line: Line) -> bool:
    return any(line.text.count(mark) % 2 for mark in ("%%", "$$"))


@functools.cache
def _commonmark() -> MarkdownIt:
    """Fences by CommonMark, also in what it takes for HTML: others do not, and elements are text in a note that is safe."""
    md = MarkdownIt("commonmark").disable("html_block")
    md.core.ruler.enableOnly(["normalize", "block"])
    return md


def _harmless(text: str) -> str:
    """Pictures and elements as text: the program that shows the note would load them from anywhere.

    What is put in does not depend on what stands before it (a backslash of the text's own), and putting it in twice
    changes nothing. A picture may come together of what stood apart, so this is done to the whole at last.
    """
    return _PICTURE.sub(lambda match: "&lt;" if match[0] == "<" else "!\\", text)


def _unlinked(text: str, links: frozenset[str]) -> str:
    """A model's links as text, but those whose address is one of `links`."""
    kept, at = [], 0
    for start, end in link_spans(text):
        if text.startswith("[", start) and not links_of(text[start:end]) <= links:
            kept += [text[at:start], "\\"]
            at = start
    return _DEFINITION.sub(r"\1\\[", "".join([*kept, text[at:]]))


def _line(text: str) -> str:
    return " ".join(text.split())


def _link_text(text: str) -> str:
    """Obsidian finds a heading by its words alone; these characters cannot stand in a link."""
    return _line("".join(" " if c in _NOT_IN_LINKS else c for c in text))
