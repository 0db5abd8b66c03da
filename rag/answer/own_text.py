"""A text of the user's own, sentence by sentence, against the notes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.progress import CancelCall, ProgressCall
from rag.citations.check import Checker, Entails, Similarity
from rag.citations.splitter import PieceKind, split_answer
from rag.judged import CheckedText, Judged
from rag.records import Source
from rag.search.retriever import HybridRetriever
from rag.sources.sections import PASSAGES, build_sources


class TextChecker:
    """Checks texts against one index; safe to use from threads as its parts are."""

    def __init__(self, retriever: HybridRetriever, entails: Entails, similarity: Similarity, sources: int) -> None:
        """`sources` is the number of sections that a sentence is read beside."""
        self._retriever, self._entails, self._similarity, self._sources = retriever, entails, similarity, sources

    def check(
        self, text: str, question: str = "", progress: ProgressCall | None = None, cancel: CancelCall | None = None
    ) -> CheckedText:
        """What the notes say of each sentence; with a `question` the sections that it finds are asked, else each
        sentence's own. `progress` hears of "checking" before each; when `cancel` says so, the rest is left out."""
        numbers: dict[str, int] = {}
        cited: list[Source] = []
        sentences = []
        for judged, sources in self._judged(text, question, progress, cancel):
            spans = []
            for span in judged.evidence:
                source = next(one for one in sources if one.n == span.n)
                if source.section_id not in numbers:
                    numbers[source.section_id] = len(cited) + 1
                    cited.append(replace(source, n=len(cited) + 1))
                spans.append(replace(span, n=numbers[source.section_id]))
            sentences.append(replace(judged, evidence=tuple(spans)))
        return CheckedText(tuple(sentences), tuple(cited))

    def _judged(
        self, text: str, question: str, progress: ProgressCall | None, cancel: CancelCall | None
    ) -> Iterator[tuple[Judged, Sequence[Source]]]:
        sources = self._found(question) if question else ()
        silent = (PieceKind.BLANK, PieceKind.HEADING)
        pieces = [piece for piece in split_answer(text) if piece.kind not in silent and piece.text.strip()]
        for done, piece in enumerate(pieces):
            if cancel and cancel():
                return
            if progress:
                progress("checking", done, len(pieces))
            beside = sources if question else self._found(piece.text)
            found = Checker(beside, self._entails, self._similarity).find(piece)
            yield Judged(piece.text.strip(), found.support, found.evidence), beside

    def _found(self, query: str) -> Sequence[Source]:
        hits = self._retriever.search(query, PASSAGES)
        return build_sources(hits, self._retriever.index.notes, self._retriever.index.sections, self._sources)
