"""The evidence: each section that answers as it stands in its note, with its name on it and the answering words marked.

A long section is folded to what was chosen of it; a button beneath shows the rest in its place.
"""

import functools
import html
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ingest.messages import Message
from ingest.passages.text import heading_text
from ingest.text.markup import plain
from ingest.text.printable import printable
from rag.history.freshness import Fate, Freshness
from rag.records import Excerpt, Look, Piece, Source
from ui.render.images import NoteImages
from ui.render.markdown import inline, parser
from ui.render.marks import decorate, end_mark, insert, place, start_mark
from ui.render.note import PLAIN_SUFFIXES
from ui.render.safe import clean, without_private
from ui.words import Words

_FOLDS = 1000  # marks from here on are places where words are left out
_FOLD = '<span class="an-fold">⋯</span>'
_FENCE_ENDS = ("```", "~~~", "$$")

Numbers = Mapping[int, int]  # of a source -> as the page counts


def numbers_of(excerpts: Sequence[Excerpt], sources: Sequence[Source]) -> Numbers:
    """The sources counted from 1 in the order of reading: the evidence first, then what else was found."""
    order = dict.fromkeys([*(excerpt.n for excerpt in excerpts), *(source.n for source in sources)])
    return {n: place for place, n in enumerate(order, start=1)}


def evidence_html(
    excerpts: Sequence[Excerpt], sources: Sequence[Source], corpus: Path | None, words: Words, fresh: Mapping[int, str]
) -> str:
    """The excerpts; `corpus` is where local pictures are read from, `fresh` says by source how it stands by now."""
    by_number, numbers = {source.n: source for source in sources}, numbers_of(excerpts, sources)
    parts = []
    for i, excerpt in enumerate(excerpts):
        source = by_number[excerpt.n]
        body = _body(source.text, source.start, source.path, excerpt, corpus)
        unfold = _unfolded(source, excerpt, corpus, words) if excerpt.folded else ""
        head = _head(i, source, numbers[source.n], words, fresh.get(source.n, ""))
        parts.append(f'<section class="an-ev">{head}<div class="an-note-text an-brief">{body}</div>{unfold}</section>')
    return "".join(parts)


def _head(i: int, source: Source, number: int, words: Words, fresh: str) -> str:
    """The source's name, a link to the note."""
    title, *below = source.heading_path or (printable(source.path),)
    path = "".join(f'<span class="an-place">{inline(part)}</span>' for part in below)
    lines = html.escape(f"{printable(source.path)} · {words.place(source.place)}")
    guessed = html.escape(words("inferred")) if source.inferred else ""
    return (
        f'<a class="an-ev-head" href="#" role="button" data-cite="e{i}.{source.n}"><span class="an-n">{number}</span>'
        f'<span class="an-what"><span class="an-title">{inline(title)}</span>{path}{guessed}'
        f'<span class="an-lines">{lines}{fresh}{mark_badge(source, words)}</span></span></a>'
    )


def mark_badge(source: Source, words: Words) -> str:
    """Says so where the reader's marks moved a source."""
    if not source.mark:
        return ""
    said = Message("mark.raised") if source.mark > 0 else Message("mark.lowered")
    return f'<span class="an-fresh">{html.escape(said.told(words.language))}</span>'


def fresh_words(now: Fate, words: Words) -> str:
    """How a citation stands: unchanged, edited since, moved (and where to) or gone."""
    said = words(f"fresh_{now.state}")
    if now.state is not Freshness.MOVED or now.section is None:
        return said
    return words("fresh_to", path=printable(now.section.path), line=words("line", first=now.section.start_line))


def fresh_badge(now: Fate | None, words: Words) -> str:
    """The same as a badge; '' where nothing is known."""
    if now is None:
        return ""
    return f'<span class="an-fresh an-fresh-{now.state}">{html.escape(fresh_words(now, words))}</span>'


def looks_html(looks: Sequence[Look], words: Words, opened: bool = False) -> str:
    """How the model looked further, a line for each step, with the sections that it found."""
    if not looks:
        return ""
    items = "".join(f"<li>{_look_html(look, words)}</li>" for look in looks)
    said = html.escape(Message("agent.looks", count=sum(bool(look.tool) for look in looks)).told(words.language))
    return f'<details class="an-more"{" open" if opened else ""}><summary>{said}</summary><ol>{items}</ol></details>'


def _look_html(look: Look, words: Words) -> str:
    if not look.tool:
        return html.escape(printable(look.fault))
    tool, given = printable(look.tool), printable(look.given)
    if look.fault:
        return html.escape(Message("agent.fault", tool=tool, given=given, fault=look.fault).told(words.language))
    said = html.escape(Message("agent.look", tool=tool, given=given, found=len(look.found)).told(words.language))
    names = "".join(f'<br><span class="an-lines">{html.escape(printable(name))}</span>' for name in look.found)
    return said + names


def _unfolded(source: Source, excerpt: Excerpt, corpus: Path | None, words: Words) -> str:
    whole = replace(excerpt, pieces=(Piece(excerpt.start, excerpt.end),), more=False)
    body = _body(source.text, source.start, source.path, whole, corpus)
    more, less = html.escape(words("unfold")), html.escape(words("fold"))
    return (
        f'<div class="an-note-text an-full" hidden>{body}</div>'
        f'<button type="button" class="an-unfold" aria-expanded="false" data-less="{less}">{more}</button>'
    )


@functools.lru_cache(maxsize=512)
def _body(text: str, offset: int, path: str, excerpt: Excerpt, corpus: Path | None) -> str:
    """The pieces of a source `text`, which starts at `offset` of the note, as clean HTML with marks."""
    markdown = parser(indented_code=not path.lower().endswith(PLAIN_SUFFIXES))
    images = NoteImages(corpus, path) if corpus else None
    source = _with_marks(without_private(text), offset, excerpt)
    return decorate(
        clean(markdown.render(source, {"images": images})), _wrapped, lambda i: _FOLD if i >= _FOLDS else ""
    )


def _wrapped(active: frozenset[int], text: str) -> str:
    return f'<mark class="an-evidence">{text}</mark>' if min(active) < _FOLDS else text


def _with_marks(text: str, offset: int, excerpt: Excerpt) -> str:
    """The Markdown of the pieces, with a mark around each answering span and one where words are left out."""
    out = ""
    for n, piece in enumerate(excerpt.pieces):
        words = text[piece.start - offset : piece.end - offset]
        places = []
        for i, (start, end) in enumerate(excerpt.marked[:_FOLDS]):
            within = max(start - piece.start, 0), min(end - piece.start, len(words))
            if within[0] < within[1] and (at := place(words, *within)):
                places.append((i, *at))
        out = _folded(out, n) if piece.folded else out
        out += piece.joint + insert(words, places)
    return _folded(out, len(excerpt.pieces)) if excerpt.more else out


def _folded(text: str, n: int) -> str:
    """The text with the mark of a fold at its end, within a table's last cell, behind a block of code."""
    mark = start_mark(_FOLDS + n) + end_mark(_FOLDS + n)
    if text.endswith(_FENCE_ENDS):
        return f"{text}\n\n{mark}"
    if text.endswith("|"):
        return text[:-1] + mark + "|"
    return text + mark


def short_name(source: Source) -> str:
    """What a citation calls its source: the note's title, or its own heading where the title is only a number."""
    title = heading_text(source.heading_path[:1]) or (source.heading_path or (source.path,))[-1]
    return plain(printable(title)).strip()
