"""What the notes are about and what one can ask of them, found when they are indexed."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import TypeVar

from ingest.schema import Kind, Passage, Section, SplitNote
from ingest.text.markup import plain
from ingest.text.scripts import has_han

OVERVIEW = "overview"  # its name in an index
TOPICS, QUESTIONS = 12, 4  # how many are kept; questions of each language
_ANSWER = 40  # characters of running text, with the heading, from which on a section answers its heading
_QUESTION = re.compile(
    r"(?:[？?]|吗)\s*$|什么|如何|怎么|怎样|为什么|哪些|区别|^(?:how|what|why|when|which)\b", re.IGNORECASE
)
_MAYBE_QUESTION = re.compile(r"[?？吗什如怎为哪区hw]", re.IGNORECASE)  # a letter of each of these, for a first look
_NUMBER = re.compile(r"^[\s\d.、)）(（#*一二三四五六七八九十Q：:-]+(?=\S)")
# A question that leans on the one before it, or on its note, does not stand alone.
_LEANS = re.compile(
    r"^(?:它|他|她|这|那|该|其|此|上述|以上|还|另外|为什么要?这|为什么[？?]|(?:so|and|but)\b)|(?:它|这个|那个|上面|上述|前面)"
    r"|\b(?:it|its|this|that|these|those|they|them|above)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"什么|如何|怎么|怎样|为什么|为何|哪些|哪个|区别|是|有|的|吗|呢|介绍|一下|请|了解|问题|方法"
    r"|\b(?:how|what|why|when|which|is|are|do|does|the|a|an|of|to|in|for)\b",
    re.IGNORECASE,
)
_WORDLESS = re.compile(r"[\W\d_]*(?:[0-9a-f]{8,})?[\W\d_]*", re.IGNORECASE)
Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Overview:
    """Main topics, questions that sections answer (in both languages, from many notes), and headings to ask about."""

    topics: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()


def is_question(heading: str) -> bool:
    """Whether a heading asks something that can be asked as it stands."""
    return bool(_QUESTION.search(heading)) and not _LEANS.search(heading)


@dataclass(frozen=True, slots=True)
class Outline:
    """What of one note the overview of all may show: the first questions that its sections answer, with Han characters and
    without, the first things that they name, and the short headings below its title with how many `times` each comes."""

    path: str
    title: str
    sections: int
    han: tuple[str, ...]
    other: tuple[str, ...]
    named: tuple[str, ...]
    headings: tuple[str, ...]
    times: tuple[int, ...]


def outline(split: SplitNote) -> Outline:
    """What a note may show of itself; more than the overview takes of all notes it takes of none."""
    han, other, named = (
        tuple(islice(_spread([_names(split, name)]), QUESTIONS))
        for name in (
            lambda section: _question(section, han=True),
            lambda section: _question(section, han=False),
            lambda section: "" if _question(section) else _topic(section),
        )
    )
    headings = Counter(
        s.heading_path[1] for s in split.sections if len(s.heading_path) > 1 and _short(s.heading_path[1])
    )
    return Outline(
        split.note.path,
        split.note.title,
        len(split.sections),
        han,
        other,
        named,
        tuple(headings),
        tuple(headings.values()),
    )


def overview(outlines: Iterable[Outline]) -> Overview:
    """Look over all notes, those of different folders and notes first; equal notes give an equal overview."""
    everyone = list(outlines)
    folders: dict[str, list[Outline]] = {}
    for one in everyone:
        folders.setdefault(one.path.rpartition("/")[0], []).append(one)
    han, other, named = (
        islice(_spread([_spread([of(one) for one in notes]) for notes in folders.values()]), QUESTIONS)
        for of in (attrgetter("han"), attrgetter("other"), attrgetter("named"))
    )
    return Overview(_topics(everyone), (*han, *other), tuple(named))


def _names(split: SplitNote, name: Callable[[Section], str]) -> Iterator[str]:
    """The names of a note's sections that have one and are answered, in order."""
    own: dict[str, list[Passage]] = {}
    for section in split.sections:
        if len(section.heading_path) > 1 and (found := name(section)):
            if not own:
                for passage in split.passages:
                    own.setdefault(passage.section_id, []).append(passage)
            if _answers(own.get(section.id, ())):
                yield found


def _answers(passages: Sequence[Passage]) -> bool:
    """Whether a section of these passages has enough running text, and begins with no list of questions."""
    if not passages or passages[0].kind is not Kind.PROSE:
        return False
    return sum(len(plain(passage.text)) for passage in passages if passage.kind is Kind.PROSE) >= _ANSWER


def heading_of(section: Section) -> str:
    """The section's heading without its number and markup."""
    return " ".join(_NUMBER.sub("", plain(section.heading_path[-1])).split()).strip(" *_`")


def _question(section: Section, han: bool | None = None) -> str:
    """The section's heading when it is a question that stands alone, and has Han characters or has none, else ''."""
    if (han and not has_han(section.heading_path[-1])) or not _MAYBE_QUESTION.search(section.heading_path[-1]):
        return ""
    heading = heading_of(section)
    if not (5 <= len(heading) <= 60 and is_question(heading) and han in (None, has_han(heading))):
        return ""
    telling = re.sub(r"\W", "", _ASKING.sub("", heading))
    return heading if len(telling) >= 2 else ""


def _topic(section: Section) -> str:
    """The section's heading when it names a thing, else ''."""
    heading = heading_of(section)
    fits = 2 <= len(heading) <= 30 and not _LEANS.search(heading) and not _WORDLESS.fullmatch(heading)
    return heading if fits and not re.search(r"[。；;:：？?!！]", heading) else ""


def _topics(notes: Sequence[Outline]) -> tuple[str, ...]:
    """The folders with the most notes, else the notes with the most sections, by their titles or first headings."""
    folders = Counter(one.path.rpartition("/")[0].rpartition("/")[2] for one in notes if "/" in one.path)
    if len(folders) > 2:
        return _most(folders)
    titles = Counter({one.title: one.sections for one in notes})
    telling = Counter({title: n for title, n in titles.items() if not _WORDLESS.fullmatch(title)})
    if len(telling) * 2 >= len(titles):
        return _most(telling)
    headings: Counter[str] = Counter()
    for one in notes:
        headings.update(dict(zip(one.headings, one.times, strict=True)))
    return _most(headings)


def _most(counted: "Counter[str]") -> tuple[str, ...]:
    """The most frequent ones, equal ones in order."""
    return tuple(name for name, _ in counted.most_common() if name)[:TOPICS]


def _short(heading: str) -> bool:
    return len(heading) <= 30 and not _WORDLESS.fullmatch(heading)


def _spread(lists: Iterable[Iterable[Item]]) -> Iterator[Item]:
    """The first of each list, then the second of each, …; each item once."""
    seen: set[Item] = set()
    turn = [iter(items) for items in lists]
    while turn:
        left = []
        for items in turn:
            for item in islice(items, 1):
                left.append(items)
                if item not in seen:
                    seen.add(item)
                    yield item
        turn = left
