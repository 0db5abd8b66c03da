"""A question as typed, and its conversation -> what is searched.

Nothing is decided by the words alone. A follow-up is searched as typed and with what was asked before, a question with
slips also with what may be meant, and each passage counts by the wording that fits it better.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ingest.text.tokens import Tokenizer
from rag.question.followup import item_named, wants_another_form, with_context
from rag.records import Correction, Turn
from rag.search.legs import Legs, Reach, Scorer, Wording
from rag.search.spelling import Vocabulary, corrected

Say = Callable[[Wording], Legs]  # what the legs say of a wording
Embed = Callable[[str], npt.NDArray[np.float32]]  # a question -> its vector, float32 [dimension]

ALONE = 0.02  # of an inner product: what a follow-up as typed may fit worse than with its conversation, and stand alone
NEARER = 0.017  # what the notes must be nearer to a question with a word that only sounds like what was typed
_ALL = Reach()
_TURNS = 3  # of the user's, that tell what a follow-up is about


@dataclass(frozen=True, slots=True)
class Understood:
    """What is searched for a question: `question` stands alone, with the words that are meant; `own` is it without the
    conversation.

    `again`: only another form of the last answer is wanted, so that this is the question of that one. `moves` are what the
    reader's marks added to passages, by number; `legs` have it.
    """

    question: str
    own: str
    legs: Legs = field(repr=False)
    tokens: frozenset[str] = frozenset()
    corrections: tuple[Correction, ...] = ()
    again: bool = False
    moves: Mapping[int, float] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Understanding:
    """Understands questions to one index."""

    scorer: Scorer = field(repr=False)
    vocabulary: Vocabulary = field(repr=False)
    tokenizer: Tokenizer = field(repr=False)
    embed: Embed = field(repr=False)

    def of(self, question: str, history: Sequence[Turn] = (), reach: Reach = _ALL) -> Understood:
        """What a question of this conversation means."""
        asked, say = question.strip(), self._say(reach)
        context = self._context(history, say)
        item = item_named(asked, history)
        if context and wants_another_form(asked):
            return self._understood([with_context(item, context) if item else context], (), say, again=True)
        corrections = self._corrections(asked, say)
        meant = corrected(asked, corrections)
        about = " ".join(filter(None, (item, context)))
        return self._understood([asked, meant], corrections, say, with_context(meant, about) if about else "")

    def as_typed(self, question: str, reach: Reach = _ALL) -> Understood:
        """The question and nothing else, such as one that the user has edited."""
        return self._understood([question.strip()], (), self._say(reach))

    def _understood(
        self,
        alone: Sequence[str],
        corrections: tuple[Correction, ...],
        say: Say,
        joint: str = "",
        again: bool = False,
    ) -> Understood:
        """`alone` are wordings that stand alone, the best last; `joint` is that with the conversation."""
        wordings = [self._wording(text, ALONE if joint else 0.0) for text in dict.fromkeys(alone)]
        legs = [say(wording) for wording in wordings]
        question = own = alone[-1]
        if joint:
            wordings.append(self._wording(joint))
            legs.append(say(wordings[-1]))
            question = joint if _best(legs[-1]) > max(map(_best, legs[:-1])) else question
        merged = legs[0]
        for other in legs[1:]:
            merged = merged.better(other)
        tokens = frozenset(token for wording in wordings for token in wording.tokens)
        return Understood(question, own, merged, tokens, corrections, again)

    def _context(self, history: Sequence[Turn], say: Say) -> str:
        """The last question before this one, made to stand alone in turn; '' without one."""
        context = ""
        for turn in [turn for turn in history if turn.role == "user"][-_TURNS:]:
            asked = turn.content.strip()
            if context and wants_another_form(asked):
                continue
            context = self._understood([asked], (), say, with_context(asked, context)).question if context else asked
        return context

    def _corrections(self, question: str, say: Say) -> tuple[Correction, ...]:
        """The slips of a question. Of what only sounds like a word of the notes those that bring it nearer to them: a rare
        word may sound like another."""
        found = self.vocabulary.corrections(question)
        if not found:
            return ()

        def nearness(text: str) -> float:
            return float(say(self._wording(text)).dense.max(initial=-np.inf))

        best = nearness(question)
        return tuple(
            one for one in found if one.typed.isascii() or nearness(corrected(question, [one])) >= best + NEARER
        )

    def _wording(self, text: str, bonus: float = 0.0) -> Wording:
        """With the names that the notes spell otherwise in the place of those that they do not have."""
        tokens, known = self.tokenizer.tokenize(text), self.vocabulary.terms
        spelt = [token for token in self.vocabulary.spellings(text) if token not in tokens]
        if spelt:
            tokens = [token for token in tokens if token in known or not token.isascii()] + spelt
        return Wording(text, tuple(tokens), bonus)

    def _say(self, reach: Reach) -> Say:
        """The legs of a wording; of those of one question, which often come again, each is searched once."""
        return lru_cache(maxsize=None)(lambda wording: self.scorer.legs(self.embed(wording.text), wording, reach))


def _best(legs: Legs) -> float:
    return float(legs.both.max(initial=-np.inf))
