"""What a rebuild of the index changed for the questions that one has pinned: which sections they cite now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.build.run import BuildReport
from ingest.progress import CancelCall, ProgressCall
from rag.answer.answerer import Answerer
from rag.history.gaps import Gap
from rag.question.scope import ScopeError
from rag.records import Answer, Source

_Key = tuple[str, tuple[str, ...]]  # path, headings below the title


@dataclass(frozen=True, slots=True)
class Pinned:
    """A question of a pinned conversation."""

    conversation: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Impact:
    """A pinned question whose cited sections are others since the rebuild; `entered` are new, `left` cited no more."""

    conversation: str
    question: str
    entered: tuple[Source, ...]
    left: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a build did, what that changed for the pinned questions, and which gaps it closed."""

    report: BuildReport
    impacts: tuple[Impact, ...] = ()
    closed: tuple[Gap, ...] = ()


def impacts(
    pinned: Sequence[Pinned],
    before: Answerer,
    after: Answerer,
    renamed: Sequence[tuple[str, str]],
    progress: ProgressCall,
    cancel: CancelCall,
) -> tuple[Impact, ...]:
    """Ask every pinned question in both generations, and compare the sections that the quotes come from.

    The answerers have no language model, so that only the notes can make a difference. `renamed` notes count as the same.
    """
    names = dict(renamed)
    found = []
    for done, one in enumerate(pinned):
        if cancel():
            break
        progress("comparing", done, len(pinned))
        then, now = _cited(before, one.answer, names), _cited(after, one.answer, {})
        entered = tuple(source for key, source in now.items() if key not in then)
        left = tuple(source for key, source in then.items() if key not in now)
        if entered or left:
            found.append(Impact(one.conversation, one.answer.question, entered, left))
    return tuple(found)


def _cited(answerer: Answerer, pinned: Answer, names: Mapping[str, str]) -> dict[_Key, Source]:
    """The sections that the quoted answer cites; none when the notes do not answer."""
    try:
        answer = answerer.answer(pinned.question, searched=pinned.standalone_question, only=pinned.only)
    except ScopeError:  # the notes that it was restricted to are gone
        return {}
    used = {n for sentence in answer.sentences for n in sentence.citations} if not answer.refused else set()
    return {(names.get(s.path, s.path), s.heading_path[1:]): s for s in answer.sources if s.n in used}
