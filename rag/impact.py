"""What a rebuild of the index changed for the questions that one has pinned: which sections they cite now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.build import BuildReport
from ingest.config import Settings
from ingest.progress import CancelCall, ProgressCall
from rag.answer import Answerer
from rag.gaps import Gap
from rag.llm import language_model
from rag.records import Answer, Source
from rag.retrieve import HybridRetriever
from rag.scope import ScopeError

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
    before: HybridRetriever,
    after: HybridRetriever,
    settings: Settings,
    renamed: Sequence[tuple[str, str]],
    progress: ProgressCall,
    cancel: CancelCall,
) -> tuple[Impact, ...]:
    """Search every pinned question in both generations, and compare the sections that the quotes come from.

    No language model is asked, so that only the notes can make a difference. `renamed` notes count as the same.
    """
    without_model = settings.model_copy(update={"llm": "none"})
    old, new = (Answerer(one, language_model(without_model, None), without_model) for one in (before, after))
    names = dict(renamed)
    found = []
    for done, one in enumerate(pinned):
        if cancel():
            break
        progress("comparing", done, len(pinned))
        then, now = _cited(old, one.answer, names), _cited(new, one.answer, {})
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
