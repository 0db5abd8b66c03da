"""Which sections of other notes are near to those of a note, by the vectors of the index and without a model.

A section's vector is the mean of its passages' that state something (lists of questions and of links say nothing). The
nearness of two is their cosine, less what each of them is near to its nearest ones in general, by half (CSLS, see
`legs`): else the openings of notes, which resemble each other, are related to everything. How near is near
differs between embedding models and notes, so it is read from the index: most pairs of sections of different notes have
nothing to do with each other, and those farther than the median show how far such pairs spread; a pair that is nearer
than the median by `SPREADS` times that is taken for related.
"""

import functools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ingest.errors import UnknownPlace
from ingest.index.read import NotesIndex
from ingest.schema import Section
from rag.search.legs import mean_nearest

Vectors = npt.NDArray[np.float32]

SPREADS = 3.0
SAMPLE = 1000  # sections, evenly spaced, whose pairs show what is usual
LOWER = 0.1587  # the share of a normal distribution that is more than one standard deviation below its mean
# Of those, how many a section is near to in general: few for what is related, so that what many notes say is not related to
# all; a tenth for two notes that were chosen, where it does not matter that others say it too.
NEIGHBOURS, TENTH = 10, 10
CANDIDATES = 50  # passages of other notes that are looked at for each section
OF_ONE_NOTE = 2  # sections of one other note that are named at most


@dataclass(frozen=True, slots=True)
class Related:
    """A section of another note; `beside` is the section of the note that it is near to."""

    section: Section
    beside: Section
    nearness: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two notes side by side, each in its own order: what of the other answers to a section, and what stands in one only."""

    pairs: tuple[tuple[Section, tuple[Section, ...]], ...]
    only_one: tuple[Section, ...]
    only_other: tuple[Section, ...]


@dataclass(frozen=True, eq=False)
class SectionVectors:
    """The sections of one generation of the index by their vectors; what is kept is small, vectors are read when needed."""

    index: NotesIndex = field(repr=False)
    _usual_for: dict[int, float] = field(default_factory=dict, init=False)
    _found: dict[tuple[str, int], tuple[Related, ...]] = field(default_factory=dict, init=False, repr=False)

    def related(self, path: str, count: int) -> tuple[Related, ...]:
        """The sections of other notes that are nearest to any section of a note, best first, at most `count`.

        Raises:
            UnknownPlace: the index holds no such note.
        """
        if (path, count) not in self._found:
            self._found[path, count] = self._related(path, count)
        return self._found[path, count]

    def _related(self, path: str, count: int) -> tuple[Related, ...]:
        own, vectors = self._of_note(path)
        if not own:
            return ()
        passages = self.index.passages
        inside = sum(len(self._rows[section.id]) for section in own)
        _, found = self.index.search_dense(vectors, inside + CANDIDATES)
        rows = (passages[item] for item in np.unique(found))
        ids = dict.fromkeys(p.section_id for p in rows if p.path != path and p.section_id in self._rows)
        others = [self.index.sections[section_id] for section_id in ids]
        if not others:
            return ()
        near = self._nearness(own, vectors, others, self._vectors_of(others), NEIGHBOURS)
        nearest = near.argmax(axis=0)
        all_found = [
            Related(o, own[i], float(near[i, n])) for n, (o, i) in enumerate(zip(others, nearest, strict=True))
        ]
        all_found.sort(key=lambda one: (-one.nearness, one.section.path, one.section.start))
        return tuple(self._spread_out(all_found, count))

    def compare(self, one: str, other: str) -> Comparison:
        """Each section of a note with the sections of another that answer to it: the nearest one, from both sides.

        Raises:
            UnknownPlace: the index does not hold both.
        """
        ones, vectors = self._of_note(one)
        others, other_vectors = self._of_note(other)
        if not ones or not others:
            return Comparison((), tuple(ones), tuple(others))
        crowd = max(NEIGHBOURS, len(self._sample[0]) // TENTH)
        near, usual = self._nearness(ones, vectors, others, other_vectors, crowd), self._usual(crowd)
        there, here = near.argmax(axis=1), near.argmax(axis=0)
        found = {(i, int(j)) for i, j in enumerate(there) if near[i, j] >= usual}
        found |= {(int(i), j) for j, i in enumerate(here) if near[i, j] >= usual}
        answers: dict[int, list[int]] = defaultdict(list)
        for i, j in sorted(found):
            answers[i].append(j)
        met = {j for _, j in found}
        return Comparison(
            tuple((ones[i], tuple(others[j] for j in met_by)) for i, met_by in answers.items()),
            tuple(section for i, section in enumerate(ones) if i not in answers),
            tuple(section for j, section in enumerate(others) if j not in met),
        )

    def _usual(self, crowd: int) -> float:
        """The nearness from which two sections are taken for related."""
        if crowd not in self._usual_for:
            sections, vectors = self._sample
            near = self._nearness(sections, vectors, sections, vectors, crowd)[_apart(sections, sections)]
            low, middle = np.quantile(near, [LOWER, 0.5]) if near.size else (0.0, 0.0)
            self._usual_for[crowd] = float(middle + SPREADS * (middle - low))
        return self._usual_for[crowd]

    @functools.cached_property
    def _sample(self) -> tuple[Sequence[Section], Vectors]:
        ids = list(self._rows)
        sections = [self.index.sections[section_id] for section_id in ids[:: max(1, -(-len(ids) // SAMPLE))]]
        return sections, self._vectors_of(sections)

    def _nearness(
        self, ones: Sequence[Section], a: Vectors, others: Sequence[Section], b: Vectors, crowd: int
    ) -> Vectors:
        """Of each section with each other, float32 [ones, others]."""
        crowding: Vectors = self._crowding(ones, a, crowd)[:, np.newaxis] + self._crowding(others, b, crowd)
        nearness: Vectors = (a @ b.T - crowding / 2).astype(np.float32)
        return nearness

    def _crowding(self, sections: Sequence[Section], vectors: Vectors, crowd: int) -> Vectors:
        """The mean cosine float32 [sections] with the `crowd` nearest of other notes in the sample."""
        sample, sampled = self._sample
        return mean_nearest(vectors @ sampled.T, _apart(sections, sample), crowd)

    @functools.cached_property
    def _rows(self) -> Mapping[str, Sequence[int]]:
        """The passages of each section that state something, by number."""
        rows: dict[str, list[int]] = defaultdict(list)
        for item, (section_id, states) in enumerate(zip(self.index.section_ids(), self.index.prose, strict=True)):
            if states:
                rows[section_id].append(item)
        return rows

    def _of_note(self, path: str) -> tuple[Sequence[Section], Vectors]:
        if path not in self.index.notes:
            raise UnknownPlace("place.no_note", path=path)
        sections = [section for section in self.index.sections_of(path) if section.id in self._rows]
        return sections, self._vectors_of(sections)

    def _vectors_of(self, sections: Sequence[Section]) -> Vectors:
        """Unit vectors float32 [sections, dimension]."""
        if not sections:
            return np.zeros((0, self.index.manifest.dimension), np.float32)
        groups = [self._rows[section.id] for section in sections]
        rows = self.index.vectors[np.fromiter((item for group in groups for item in group), np.int64)]
        sums = np.add.reduceat(rows, np.cumsum([0, *map(len, groups[:-1])]), axis=0)
        vectors: Vectors = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return vectors

    def _spread_out(self, found: Sequence[Related], count: int) -> Iterator[Related]:
        """The first `count` of those that are near enough, not too many of one note."""
        of_note: Counter[str] = Counter()
        usual = self._usual(NEIGHBOURS)
        for one in found:
            if one.nearness < usual or of_note.total() == count:
                return
            if of_note[one.section.path] < OF_ONE_NOTE:
                of_note[one.section.path] += 1
                yield one


def _apart(ones: Sequence[Section], others: Sequence[Section]) -> npt.NDArray[np.bool_]:
    """Whether two sections are of different notes, bool [ones, others]."""
    paths = np.array([section.path for section in others], dtype=object)
    apart: npt.NDArray[np.bool_] = np.array([section.path for section in ones], dtype=object)[:, np.newaxis] != paths
    return apart
