"""Answer quality and waiting time against the tokens of source text in the prompt.

    python -m benchmarks.prompt_tokens INDEX QUESTIONS.jsonl [--answers N]

Without `--answers` no model is asked: the facts that the chosen sentences hold are what an answer can hold at most.
With it N answers are written for each budget (kept in runs/, so that it goes on where it was stopped).
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ingest.config import Settings, load_settings
from rag.answer.answerer import relevance_over
from rag.answer.prompt import fit, source_text
from rag.evaluate.answers import Case, facts, grade, read_cases, table
from rag.evaluate.retrieval import Question
from rag.model.token_count import estimate_tokens
from rag.open import answerer, open_model, open_retriever
from rag.records import Answer, Finished, Sentence
from rag.search.retriever import HybridRetriever
from rag.sources.sections import PASSAGES, build_sources

BUDGETS = (300, 600, 1200, 2400)


def main() -> None:
    """Print one line, or one table, for each budget."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("index", type=Path)
    options.add_argument("questions", type=Path)
    options.add_argument("--answers", type=int, default=0, metavar="N")
    given = options.parse_args()
    settings = load_settings({"index": given.index})
    retriever = open_retriever(settings, print)
    cases = [case for case in read_cases(given.questions) if case.answerable and case.groups]
    for budget in BUDGETS:
        held, used = zip(*_held(retriever, settings, cases, budget), strict=True)
        print(
            f"{budget:5d} tokens: {np.mean(held):.3f} of the facts in {np.mean(used):.0f} tokens, {len(cases)} questions"
        )
    if given.answers:
        chosen = random.Random(0).sample(cases, min(given.answers, len(cases)))
        for budget in BUDGETS:
            print(f"\n{budget} tokens\n{_answered(retriever, settings, chosen, budget, given.questions.stem)}")


def _held(
    retriever: HybridRetriever, settings: Settings, cases: list[Case], budget: int
) -> Iterator[tuple[float, float]]:
    """(share of the facts, tokens) of the sources in the prompt of each question."""
    index, relevance = retriever.index, relevance_over(retriever)
    for case in cases:
        understood = retriever.understood(case.question.text, case.question.history)
        asked, hits = understood.question, retriever.found(understood, PASSAGES)
        sources = build_sources(hits, index.notes, index.sections, settings.sources)
        text = source_text(fit(relevance.rank(relevance.terms(asked), sources), estimate_tokens, budget))
        yield facts(text, case.groups), float(estimate_tokens(text))


def _answered(retriever: HybridRetriever, settings: Settings, cases: list[Case], budget: int, name: str) -> str:
    tokens = {"source_tokens": budget, "endpoint_source_tokens": budget}
    settings = settings.model_copy(update=tokens)
    answering = answerer(retriever, open_model(settings, print), settings)

    def ask(question: Question) -> tuple[Answer, tuple[Sentence, ...]]:
        *_, last = answering.stream(question.text, question.history)
        assert isinstance(last, Finished)
        return last.answer, ()

    index = answering.index
    kept = Path("runs") / f"{name}-{answering.model}-prompt-{budget}.jsonl"
    return table(list(grade(cases, ask, index.notes, index.sections, kept)))


if __name__ == "__main__":
    main()
