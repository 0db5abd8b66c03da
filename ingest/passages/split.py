"""`Note` -> `Section`s (one for each heading) -> `Passage`s (pieces of one section)."""

import hashlib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from math import ceil

from ingest.passages.displaced_answers import Part, with_questions
from ingest.passages.outline import Heading, outline
from ingest.schema import Kind, Note, Passage, Section, SplitNote
from ingest.text.lines import Line, LineKind, typed_lines
from ingest.text.markup import heading_words, link_spans, plain, without_links
from ingest.text.sentences import COARSE_END
from ingest.text.words import bare

SPLITTER_VERSION = "outline-9"  # goes up when the same bytes may give other passages, by how notes are read too

FEW_BY_LINKS, FEW_BY_PICTURES = 40, 12  # characters of text beside links, or beside pictures alone, that say nothing
MOST_LEADS = 2  # lines that each announce the next, at most, which stay with what they announce
SHORT_HIDDEN = 200  # characters of a comment that does not keep what stands around it apart

_NO_WORDS = (LineKind.BLANK, LineKind.RULE)
_HEADS = (LineKind.HEADING, LineKind.UNDERLINE)
_QUESTION_LINE = re.compile(
    r"[?？][\s*）)】]*$"
    r"|^[\s\d.、*+-]*(?:\[[ xX]\]\s*)?[\d.、\s]*(?:什么|如何|怎么|怎样|为什么|为何|哪些|是否|介绍|讲讲|简述|how|what|why)",
    re.IGNORECASE,
)
_MARKER = re.compile(
    r"[\s>*+-]*(?:\[[ xX]?\])?[\s*]*"
    r"(?:\d{1,3}(?:\.\d{1,3})*[.、)]?(?!\d)|[ivx]{1,5}[.)]|[（(]?[一二三四五六七八九十]{1,3}[、.）)])?"
)
_LEAD = re.compile(r"[:：][\s*_）)]*\Z")
_RULE_BELOW = re.compile(r"[ \t>]*\|?[ \t]*:?-[-:| \t]*(?:\n|\Z)")
_PAUSE = re.compile(r"[\s，,、]")
_LISTED = re.compile(r"[-*+]|\d{1,3}[.、)]")
_SUBITEM = re.compile(r"[\s>*+-]*\d{1,2}(?:\.\d{1,2})+[.、]?\s*[^。！？；.!?;：:]{1,40}")


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that belong together: a paragraph, a list item, a table, a fence, a formula."""

    start: int
    end: int
    kind: LineKind
    columns: str = ""  # the header row of the table that a piece of one goes on with


@dataclass(frozen=True, slots=True)
class _Span:
    """Offsets of a passage, and the columns of the table that it begins within."""

    start: int
    end: int
    columns: str = ""


def split(note: Note, passage_chars: int) -> SplitNote:
    """Cut a note into sections and passages of about `passage_chars` characters.

    Every character but white space is in exactly one passage (front matter in one of its own).
    """
    lines = typed_lines(note.text, note.body_start, note.structure)
    sections: list[Section] = []
    passages: list[Passage] = []
    seen: Counter[tuple[str, ...]] = Counter()
    parts = with_questions(list(_parts(note, lines)))
    headings = frozenset(bare(part.path[-1]) for part in parts if len(part.path) > 1)
    outlined = _says_all_in_headings(parts)
    for part in parts:
        seen[part.path] += 1
        first, last = part.lines[0], part.lines[-1]
        section_id = _digest(note.path, *part.path, str(seen[part.path]))
        section = Section(
            section_id, note.path, part.path, first.start, last.end, first.number, last.number, part.inferred
        )
        spans = list(_pieces(note, part.lines, passage_chars)) if part.lead >= 0 else []
        kinds = _kinds([note.text[span.start : span.end] for span in spans], part.lead, headings, outlined)
        pieces = [_passage(note, section, span, n, kinds[n]) for n, span in enumerate(spans)]
        if pieces or part.lead < 0:
            sections.append(section)
            passages.extend(pieces)
    return SplitNote(note, tuple(sections), tuple(passages))


def moved(split: SplitNote, note: Note) -> SplitNote | None:
    """What `split` gives for the same note at another path; None when that is not the same but for the path."""
    if replace(note, path=split.note.path) != split.note:
        return None
    seen: Counter[tuple[str, ...]] = Counter()
    pieces: Counter[str] = Counter()
    sections: dict[str, Section] = {}
    passages: list[Passage] = []
    for section in split.sections:
        seen[section.heading_path] += 1
        named = (*section.heading_path, str(seen[section.heading_path]))
        if section.id != _digest(split.note.path, *named):
            return None
        sections[section.id] = replace(section, id=_digest(note.path, *named), path=note.path)
    for passage in split.passages:
        section, number = sections[passage.section_id], str(pieces[passage.section_id])
        pieces[passage.section_id] += 1
        if passage.id != _digest(passage.section_id, number):
            return None
        passages.append(replace(passage, id=_digest(section.id, number), section_id=section.id, path=note.path))
    return SplitNote(note, tuple(sections.values()), tuple(passages))


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


def _pieces(note: Note, lines: Sequence[Line], size: int) -> Iterator[_Span]:
    """Offsets of the passages of one section: whole blocks, packed evenly up to `size` characters."""
    blocks = [piece for block in _blocks(lines) for piece in _cut(note.text, block, size)]
    blocks = [b for b in blocks if note.text[b.start : b.end].strip()]
    for hidden, run in groupby(blocks, key=lambda block: block.kind is LineKind.HIDDEN):
        if not hidden:
            yield from _packed(note.text, list(run), size)


def _packed(text: str, blocks: Sequence[_Block], size: int) -> Iterator[_Span]:
    """Blocks in order as passages; what leads in the next block (`…：`) goes with it."""
    last = blocks[-1].end
    total = last - blocks[0].start
    target = total / max(1, round(total / size + 0.2), ceil(total / (size * 1.25)))
    packed: list[_Block] = []
    for block in blocks:
        start, end = (packed[0].start, packed[-1].end) if packed else (block.start, block.start)
        grown = block.end - start
        nearer = target - (end - start) < grown - target  # as it is than with this block
        if last - start > size * 1.25 and (nearer or grown > size * 1.25):
            leads = [_leads_in(text, one) for one in reversed(packed[-MOST_LEADS:])]
            if kept := packed[: len(packed) - (leads.index(False) if False in leads else len(leads))]:
                yield _Span(kept[0].start, kept[-1].end, kept[0].columns)
            packed = packed[len(kept) :]
        packed.append(block)
    yield _Span(packed[0].start, packed[-1].end, packed[0].columns)


def _leads_in(text: str, block: _Block) -> bool:
    """Whether a block only announces the one below it."""
    return block.kind in (LineKind.TEXT, LineKind.ITEM) and bool(_LEAD.search(text, block.start, block.end))


def _blocks(lines: Sequence[Line]) -> Iterator[_Block]:
    """Group the lines of a section; a heading stays with what follows it, and one hidden line with what is around it."""
    group: list[Line] = []
    for index, line in enumerate(lines):
        if group and _starts_block(group, line):
            yield _block(group)
            group = []
        if line.kind is LineKind.HIDDEN and not group and _alone(lines, index):
            continue
        if line.kind not in _NO_WORDS or (group and group[-1].kind in _HEADS):
            group.append(line)
    if group:
        yield _block(group)


def _block(group: Sequence[Line]) -> _Block:
    rows = [line.text for line in group if line.kind is LineKind.TABLE]
    named = len(rows) > 1 and not rows[1].strip(" \t|:->") and bool(rows[0].strip(" \t|"))
    columns = rows[0].strip() if named else ""
    return _Block(group[0].start, group[-1].end, group[-1].kind, columns)


def _alone(lines: Sequence[Line], index: int) -> bool:
    around = lines[max(index - 1, 0) : index + 2]
    return len(lines[index].text) < SHORT_HIDDEN and sum(line.kind is LineKind.HIDDEN for line in around) == 1


def _starts_block(group: Sequence[Line], line: Line) -> bool:
    last = group[-1].kind
    if line.kind is not LineKind.HIDDEN and all(g.kind in (*_HEADS, LineKind.BLANK) for g in group):
        return False
    if line.kind in _NO_WORDS:
        return last not in _HEADS
    if line.kind is LineKind.ITEM:
        return True
    if line.kind is LineKind.TEXT:
        return last not in (LineKind.TEXT, LineKind.ITEM)
    return line.kind is not last


def _cut(text: str, block: _Block, size: int) -> Iterator[_Block]:
    """A block as it is, or a long one cut at sentence ends (code, tables and formulas at line ends only)."""
    limit = size * (3 if block.kind in (LineKind.FENCE, LineKind.MATH) else 1.25)
    if block.end - block.start <= limit:
        yield replace(block, columns="") if block.columns else block
        return
    if block.kind is LineKind.FENCE:
        size = ceil((block.end - block.start) / ceil((block.end - block.start) / limit))
    whole_lines = block.kind in (LineKind.FENCE, LineKind.MATH, LineKind.TABLE)
    pattern = re.compile(r"\n") if whole_lines else COARSE_END
    start = end = block.start
    columns = ""
    of_block = text[block.start : block.end]
    links = [] if whole_lines else [(block.start + a, block.start + b) for a, b in link_spans(of_block)]
    ends = [m.end() for m in pattern.finditer(text, block.start, block.end)]
    ends = [at for at in ends if _behind_link(links, at) == at] + [block.end]
    if block.columns:  # the first row stays with the names of its columns and the rule below them
        ends = ends[min(next((n + 2 for n, at in enumerate(ends) if _RULE_BELOW.match(text, at)), 0), len(ends) - 1) :]
    gap = -1  # the last blank line of code
    for sentence_end in ends:
        if sentence_end - start > size and end > start:
            end = gap if gap - start > size / 2 else end
            yield _Block(start, end, block.kind, columns)
            start, columns = end, block.columns
        end = sentence_end
        if block.kind is LineKind.FENCE and text.startswith("\n", end):
            gap = end
        headed = block.kind is LineKind.TABLE and start == block.start  # the names of its columns and the rule
        while end - start > (8 if headed else 2) * size:  # no sentence end in reach
            cut = _behind_link(links, _between_words(text, start + size // 2, start + size))
            if cut >= end:
                break
            yield _Block(start, cut, block.kind, columns)
            start = cut
    if end > start:
        yield _Block(start, end, block.kind, columns)


def _between_words(text: str, first: int, last: int) -> int:
    """The last place up to `last` behind white space or a comma, `last` when there is none from `first` on."""
    found = list(_PAUSE.finditer(text, first, last))
    return found[-1].end() if found else last


def _behind_link(links: Sequence[tuple[int, int]], at: int) -> int:
    """Behind the link that `at` lies within, `at` when it lies in none; links in order, none within another."""
    place = bisect_left(links, (at,)) - 1
    return links[place][1] if place >= 0 and at < links[place][1] else at


def _passage(note: Note, section: Section, span: _Span, n: int, kind: Kind) -> Passage:
    start, end = span.start, span.end
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
        kind=kind,
        inferred=section.inferred,
        columns=span.columns,
    )


def _says_all_in_headings(parts: Sequence[Part]) -> bool:
    """Whether most headings of a note have no text below, as in an outline: then they are what it says."""
    headed = [part for part in parts if part.lead > 0]
    bare = sum(all(line.kind in (*_NO_WORDS, LineKind.UNDERLINE) for line in part.body()) for part in headed)
    return bare > max(2, len(headed) / 2)


def _kinds(texts: Sequence[str], lead: int, headings: frozenset[str], outlined: bool) -> list[Kind]:
    """The kind of each passage of a section; a stretch of items in a section of questions is of the questions."""
    rows = [_rows(text, 0 if n else lead) for n, text in enumerate(texts)]
    if outlined and rows == [[]]:
        return [Kind.QUESTIONS if any(map(_QUESTION_LINE.search, _rows(texts[0], 0))) else Kind.PROSE]
    asks = len(rows) > 1 and _kind([row for one in rows for row in one], headings) is Kind.QUESTIONS
    return [Kind.QUESTIONS if asks and all(_LISTED.match(row) for row in one) else _kind(one, headings) for one in rows]


def _rows(text: str, lead: int) -> list[str]:
    """The lines of a passage that hold something, without those of its headings."""
    return [row for line in text.strip().split("\n")[lead:] if (row := line.strip())]


def _kind(rows: Sequence[str], headings: frozenset[str]) -> Kind:
    """Tell prose from lists of questions and from link lists, by what share of the lines they are.

    A line that only names a heading of the note is of its table of contents, which says nothing either. An item that
    only names something and is numbered as below another (`7.3 SelfCheckGPT`) is of a list of questions when there are
    questions around it.
    """
    if not rows:
        return Kind.QUESTIONS
    asking = [row for row in rows if len(row) <= 100 and (_QUESTION_LINE.search(row) or _names(row, headings))]
    below = [row for row in rows if row not in asking and _SUBITEM.fullmatch(without_links(row))] if asking else []
    questions = sum(map(len, (*asking, *below)))
    spans = [(row, start, end) for row in rows for start, end in link_spans(row)]
    links = sum(end - start for _, start, end in spans)
    total = sum(map(len, rows))
    few = FEW_BY_PICTURES if all(row[start] == "!" for row, start, _ in spans) else FEW_BY_LINKS
    if links > 0.5 * total and len("".join(plain(without_links("\n".join(rows))).split())) < few:
        return Kind.LINKS
    return Kind.QUESTIONS if questions > 0.6 * (total - links) else Kind.PROSE


def _names(row: str, headings: frozenset[str]) -> bool:
    """Whether an item only names a heading."""
    return bool(_LISTED.match(row)) and bare(heading_words(_MARKER.sub("", row, count=1))) in headings


def _digest(*parts: str) -> str:
    """A stable id: 16 hex digits over the parts."""
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:16]
