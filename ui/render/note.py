"""A whole note as HTML blocks, and the same with spans marked.

The note is rendered once and cut at its top-level blocks; to mark a span only the blocks at its two ends are rendered
again, so that opening another citation of a long note costs milliseconds.
"""

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.schema import Note, Passage
from ui.render.markdown import Images, parser
from ui.render.marks import decorate, insert, place, without_marks
from ui.render.safe import clean, without_private

_CUT = re.compile(r'<mark class="an-cut-\d" data-passage="(\d+)">')
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

    def wrap(active: frozenset[int], text: str) -> str:
        return f'<mark class="an-{spans[min(active)].kind}">{text}</mark>'

    parts = []
    for block in rendered.blocks:
        here = [(i, s.start, s.end) for i, s in enumerate(spans) if s.start < block.end and s.end > block.start]
        parts.append(_framed(block, _marked_block(rendered, block, here, wrap, images) if here else block.html))
    return "".join(parts)


def passages_html(rendered: RenderedNote, passages: Sequence[Passage], names: Sequence[str], images: Images) -> str:
    """The note's HTML with each passage (in order) in a frame with its number; `names` say what each one is."""
    starts, ends = [p.start for p in passages], [p.end for p in passages]
    seen: set[int] = set()

    def label(i: int) -> str:
        if i in seen:
            return ""
        seen.add(i)
        return f'<span class="an-cut-n" title="{html.escape(names[i])}">{i + 1}</span>'

    def wrap(active: frozenset[int], text: str) -> str:
        i = min(active)
        return f'<mark class="an-cut-{i % 2}" data-passage="{i}">{text}</mark>'

    parts = []
    for block in rendered.blocks:
        here = range(bisect_right(ends, block.start), bisect_left(starts, block.end))
        if len(here) == 1:
            i = here[0]
            parts.append(_framed(block, label(i) + block.html, f" an-cut an-cut-{i % 2}"))
        else:
            places = [(i, starts[i], ends[i]) for i in here]
            marked = _marked_block(rendered, block, places, wrap, images) if places else block.html
            marked = _CUT.sub(lambda cut: label(int(cut[1])) + cut[0], marked)
            parts.append(_framed(block, "".join(map(label, here)) + marked))
    return "".join(parts)


def _framed(block: Block, markup: str, kind: str = "") -> str:
    lines = f'data-first="{block.start_line}" data-last="{block.end_line}"'
    return f'<div class="an-block{kind}" {lines}>{markup}</div>'


def _marked_block(
    rendered: RenderedNote,
    block: Block,
    here: Sequence[tuple[int, int, int]],
    wrap: Callable[[frozenset[int], str], str],
    images: Images | None,
) -> str:
    """The block with its spans (number, start, end) wrapped; one whose end cannot be placed takes the whole block."""
    source = _body(rendered.note)[block.start : block.end]
    places: list[tuple[int, int, int]] = []
    whole: list[int] = []
    for i, start, end in here:
        inside = start > block.start or end < block.end
        at = place(source, max(start - block.start, 0), min(end - block.start, len(source)))
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
    return decorate(block.html, wrap, active=[i for i, _, _ in here])


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
