"""`Note` -> `Section`s (one for each heading) -> `Passage`s (pieces of one section)."""

import hashlib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from ingest.passages.displaced_answers import Part, with_questions
from ingest.passages.outline import Heading, outline
from ingest.schema import Kind, Note, Passage, Section, SplitNote
from ingest.text.lines import Line, LineKind, typed_lines
from ingest.text.markup import link_spans, plain, without_links
from ingest.text.sentences import COARSE_END

SPLITTER_VERSION = "outline-6"

_QUESTION_LINE = re.compile(
    r"[?？][\s*）)】]*$|\[[ xX]?\]"
    r"|^[\s\d.、*+-]*(?:什么|如何|怎么|怎样|为什么|为何|哪些|是否|介绍|讲讲|简述|how|what|why)",
    re.IGNORECASE,
)
_SUBITEM = re.compile(r"[\s>*+-]*\d{1,2}(?:\.\d{1,2})+[.、]?\s*[^。！？；.!?;：:]{1,40}")


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that belong together: a paragraph, a list item, a table, a fence, a formula."""

    start: int
    end: int
    kind: LineKind


def split(note: Note, passage_chars: int) -> SplitNote:
    """Cut a note into sections and passages of about `passage_chars` characters.

    Every character but white space is in exactly one passage (front matter in one of its own).
    """
    lines = typed_lines(note.text, note.body_start)
    sections: list[Section] = []
    passages: list[Passage] = []
    seen: Counter[tuple[str, ...]] = Counter()
    for part in with_questions(list(_parts(note, lines))):
        seen[part.path] += 1
        first, last = part.lines[0], part.lines[-1]
        section_id = _digest(note.path, *part.path, str(seen[part.path]))
        section = Section(
            section_id, note.path, part.path, first.start, last.end, first.number, last.number, part.inferred
        )
        pieces = [
            _passage(note, section, start, end, n, 0 if n else part.lead)
            for n, (start, end) in enumerate(_pieces(note, part.lines, passage_chars) if part.lead >= 0 else ())
        ]
        if pieces or part.lead < 0:
            sections.append(section)
            passages.extend(pieces)
    return SplitNote(note, tuple(sections), tuple(passages))


def _parts(note: Note, lines: Sequence[Line]) -> Iterator[Part]:
    """Each stretch between headings; trailing blank lines stay with the stretch before.

    A heading over headings only is a section for the outline's sake; its line is in the passages of the first section
    below it.
    """
    headings = outline(lines)
    body = next((i for i, line in enumerate(lines) if line.kind is not LineKind.FRONT_MATTER), len(lines))
    if body:
        yield Part((note.title,), lines[:body], 0)
    first = headings[0].index if headings else len(lines)
    if first > body:
        yield Part((note.title,), lines[body:first], 0)
    path: list[Heading] = []
    start = first
    for heading, following in pairwise([*headings, None]):
        assert heading is not None  # only the last of the pairs' second halves is
        path = [h for h in path if h.depth < heading.depth] + [heading]
        titles = [h.title for h in path if h.title]
        if titles and titles[0] == note.title:
            titles = titles[1:]
        end = following.index if following else len(lines)
        if following and following.depth > heading.depth and _bare(lines[heading.index : end]):
            yield Part((note.title, *titles), lines[heading.index : end], -1)
            continue
        yield Part((note.title, *titles), lines[start:end], heading.index + 1 - start)
        start = end


def _bare(lines: Sequence[Line]) -> bool:
    return all(line.kind in (LineKind.BLANK, LineKind.UNDERLINE) for line in lines[1:])


def _pieces(note: Note, lines: Sequence[Line], size: int) -> Iterator[tuple[int, int]]:
    """Offsets of the passages of one section: whole blocks, packed evenly up to `size` characters."""
    blocks = [piece for block in _blocks(lines) for piece in _cut(note.text, block, size)]
    blocks = [b for b in blocks if note.text[b.start : b.end].strip()]
    last = blocks[-1].end if blocks else 0
    total = last - blocks[0].start if blocks else 0
    target = total / max(1, round(total / size + 0.2), ceil(total / (size * 1.25)))
    start = end = -1
    for block in blocks:
        grown = block.end - start
        nearer = target - (end - start) < grown - target  # as it is than with this block
        if start >= 0 and last - start > size * 1.25 and (nearer or grown > size * 1.25):
            yield start, end
            start = -1
        if start < 0:
            start = block.start
        end = block.end
    if start >= 0:
        yield start, end


def _blocks(lines: Sequence[Line]) -> Iterator[_Block]:
    """Group the lines of a section; a heading stays with what follows it."""
    group: list[Line] = []
    for line in lines:
        if group and _starts_block(group, line):
            yield _Block(group[0].start, group[-1].end, group[-1].kind)
            group = []
        if line.kind is not LineKind.BLANK or (group and group[-1].kind in (LineKind.HEADING, LineKind.UNDERLINE)):
            group.append(line)
    if group:
        yield _Block(group[0].start, group[-1].end, group[-1].kind)


def _starts_block(group: Sequence[Line], line: Line) -> bool:
    last = group[-1].kind
    if all(g.kind in (LineKind.HEADING, LineKind.UNDERLINE, LineKind.BLANK) for g in group):
        return False
    if line.kind is LineKind.BLANK:
        return last not in (LineKind.HEADING, LineKind.UNDERLINE)
    if line.kind is LineKind.ITEM:
        return True
    if line.kind is LineKind.TEXT:
        return last not in (LineKind.TEXT, LineKind.ITEM)
    return line.kind is not last


def _cut(text: str, block: _Block, size: int) -> Iterator[_Block]:
    """A block as it is, or a long one cut at sentence ends (code, tables and formulas at line ends only)."""
    limit = size * (3 if block.kind in (LineKind.FENCE, LineKind.MATH) else 1.25)
    if block.end - block.start <= limit:
        yield block
        return
    whole_lines = block.kind in (LineKind.FENCE, LineKind.MATH, LineKind.TABLE)
    pattern = re.compile(r"\n") if whole_lines else COARSE_END
    start = end = block.start
    of_block = text[block.start : block.end]
    links = [] if whole_lines else [(block.start + a, block.start + b) for a, b in link_spans(of_block)]
    ends = [m.end() for m in pattern.finditer(text, block.start, block.end)]
    ends = [at for at in ends if _behind_link(links, at) == at] + [block.end]
    for sentence_end in ends:
        if sentence_end - start > size and end > start:
            yield _Block(start, end, block.kind)
            start = end
        end = sentence_end
        while end - start > 2 * size:  # no sentence end in reach
            cut = _behind_link(links, start + size)
            if cut >= end:
                break
            yield _Block(start, cut, block.kind)
            start = cut
    if end > start:
        yield _Block(start, end, block.kind)


def _behind_link(links: Sequence[tuple[int, int]], at: int) -> int:
    """Behind the link that `at` lies within, `at` when it lies in none; links in order, none within another."""
    place = bisect_left(links, (at,)) - 1
    return links[place][1] if place >= 0 and at < links[place][1] else at


def _passage(note: Note, section: Section, start: int, end: int, n: int, lead: int) -> Passage:
    while note.text[start].isspace():
        start += 1
    while note.text[end - 1].isspace():
        end -= 1
    text = note.text[start:end]
    first = section.start_line + note.text.count("\n", section.start, start)
    return Passage(
        id=_digest(section.id, str(n)),
        section_id=section.id,
        path=note.path,
        heading_path=section.heading_path,
        text=text,
        start=start,
        end=end,
        start_line=first,
        end_line=first + text.count("\n"),
        places=note.places.between(first, first + text.count("\n")),
        kind=_kind(text.split("\n")[lead:]),
        inferred=section.inferred,
    )


def _kind(lines: Sequence[str]) -> Kind:
    """Tell prose from lists of questions and from link lists, by what share of the lines they are.

    An item that only names something and is numbered as below another (`7.3 SelfCheckGPT`) is of a list of questions
    when there are questions around it.
    """
    rows = [row.strip() for row in lines if row.strip()]
    if not rows:
        return Kind.QUESTIONS
    asking = [row for row in rows if len(row) <= 100 and _QUESTION_LINE.search(row)]
    below = [row for row in rows if row not in asking and _SUBITEM.fullmatch(without_links(row))] if asking else []
    questions = sum(map(len, (*asking, *below)))
    links = sum(end - start for row in rows for start, end in link_spans(row))
    total = sum(map(len, rows))
    if links > 0.5 * total and len("".join(plain(without_links("\n".join(rows))).split())) < 40:
        return Kind.LINKS
    return Kind.QUESTIONS if questions > 0.6 * (total - links) else Kind.PROSE


def _digest(*parts: str) -> str:
    """A stable id: 16 hex digits over the parts."""
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:16]
