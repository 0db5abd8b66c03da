"""A whole note as HTML blocks, and the same with spans marked.

The note is rendered once and cut at its top-level blocks; to mark a span only the blocks at its two ends are rendered
again, so that opening another citation of a long note costs milliseconds.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.schema import Note
from ui.markdown import Images, parser
from ui.marks import decorate, insert, place, without_marks
from ui.safe import clean, without_private

PLAIN_SUFFIXES = (".txt", ".text")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of a note's text: what supports a sentence, or a passage that was found."""

    start: int
    end: int
    kind: Literal["evidence", "passage"]


@dataclass(frozen=True, slots=True)
class Block:
    """A top-level block: offsets and lines (from 1, end inclusive) in the note, and its clean HTML."""

    start: int
    end: int
    start_line: int
    end_line: int
    html: str


@dataclass(frozen=True, slots=True)
class RenderedNote:
    """A note and its blocks, in order. `references` are its link definitions, which a lone block needs."""

    note: Note
    blocks: tuple[Block, ...]
    references: dict[str, object]


def render_note(note: Note, images: Images | None = None) -> RenderedNote:
    """Render a note's body; `images` turns the address of a local picture into a `data:` address."""
    text = _body(note)
    starts = _line_starts(text)
    md = _parser_of(note)
    env: dict[str, object] = {"images": images}
    blocks = _front_matter(note)
    for tokens in _groups(md.parse(text, env)):
        lines = next((token.map for token in tokens if token.map), None)
        if lines is None:
            continue
        first, last = lines[0], max(lines[1], lines[0] + 1)
        markup = clean(md.renderer.render(tokens, md.options, env))
        blocks.append(Block(starts[first], starts[min(last, len(starts) - 1)], first + 1, last, markup))
    references = env.get("references")
    return RenderedNote(note, tuple(blocks), dict(references) if isinstance(references, dict) else {})


def marked_html(rendered: RenderedNote, spans: Sequence[Span], images: Images | None = None) -> str:
    """The note's HTML with `spans` in `<mark>`; each block in a `div` that carries its lines.

    Where spans overlap, the first one given names the mark.
    """
    parts = []
    for block in rendered.blocks:
        here = [(i, s) for i, s in enumerate(spans) if s.start < block.end and s.end > block.start]
        markup = _marked_block(rendered, block, here, spans, images) if here else block.html
        lines = f'data-first="{block.start_line}" data-last="{block.end_line}"'
        parts.append(f'<div class="an-block" {lines}>{markup}</div>')
    return "".join(parts)


def _marked_block(
    rendered: RenderedNote,
    block: Block,
    here: Sequence[tuple[int, Span]],
    spans: Sequence[Span],
    images: Images | None,
) -> str:
    """The block with its spans marked; a span whose end cannot be placed exactly marks the whole block."""

    def wrap(active: frozenset[int], text: str) -> str:
        return f'<mark class="an-{spans[min(active)].kind}">{text}</mark>'

    source = _body(rendered.note)[block.start : block.end]
    places: list[tuple[int, int, int]] = []
    whole: list[int] = []
    for i, span in here:
        inside = span.start > block.start or span.end < block.end
        at = place(source, max(span.start - block.start, 0), min(span.end - block.start, len(source)))
        if inside and at:
            places.append((i, *at))
        else:
            whole.append(i)
    if places:
        env = {"images": images, "references": rendered.references}
        again = clean(_parser_of(rendered.note).render(insert(source, places), env))
        marked = decorate(again, wrap, active=whole)
        if without_marks(again) == block.html and "<mark" in marked:
            return marked
    return decorate(block.html, wrap, active=[i for i, _ in here])


def _front_matter(note: Note) -> list[Block]:
    """The front matter as it stands, since a passage may come from it."""
    text = without_private(note.text[: note.body_start]).strip("\n")
    if not text.strip("- \n"):
        return []
    return [Block(0, note.body_start, 1, text.count("\n") + 1, f"<pre>{html.escape(text)}</pre>")]


def _parser_of(note: Note) -> MarkdownIt:
    return parser(indented_code=not note.path.lower().endswith(PLAIN_SUFFIXES))


def _body(note: Note) -> str:
    """The note's text, as long as ever, with the front matter blanked."""
    head = "".join("\n" if character == "\n" else " " for character in note.text[: note.body_start])
    return head + without_private(note.text[note.body_start :])


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    starts[-1] = len(text)
    return starts


def _groups(tokens: Sequence[Token]) -> list[list[Token]]:
    """Tokens of each top-level block."""
    groups: list[list[Token]] = []
    current: list[Token] = []
    for token in tokens:
        current.append(token)
        if token.level == 0 and token.nesting <= 0:
            groups.append(current)
            current = []
    return groups
