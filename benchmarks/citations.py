"""Ways to decide whether a section supports a sentence, held against each other.

    python -m benchmarks.citations INDEX QUESTIONS.jsonl [--count 60] [--judge N]

The sentences are those of the reference answers. Supported: by the gold sections. Not supported: by the sections that
the search finds beside them (near), by those of another question (far), or by the gold sections after one figure or
name was changed or a denial put in (changed). `--judge N` also asks the local model about N pairs of each group,
with the unit that shares most words before it, and says how long that takes.
"""

import argparse
import json
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from langchain_core.messages import HumanMessage
from sklearn.metrics import roc_auc_score

from ingest.config import Settings, load_settings
from ingest.index.read import NotesIndex
from ingest.text.markup import plain
from ingest.text.words import ENGLISH_STOP, bigrams, latin_terms
from rag.citations.check import Checker
from rag.citations.splitter import Piece, split_answer
from rag.evaluate.answers import holds_gold
from rag.evaluate.retrieval import Gold, Question, read_questions
from rag.open import open_model, open_retriever
from rag.records import Source
from rag.search.retriever import HybridRetriever
from rag.sources.relevance import Relevance
from rag.sources.sections import build_sources, source_of
from rag.sources.units import UnitKind, units_of

Sources = Sequence[Source]
Way = Callable[[Piece, Sources], float]
_JUDGE = "资料：\n{}\n\n句子：{}\n\n资料是否写明了这句话的意思，数字和名称也都一致？只回答“是”或“否”。"
_SWAPS = (("LLaMA", "Falcon"), ("LoRA", "Adapter"), ("BERT", "XLNet"), ("ChatGLM", "Baichuan"), ("GPT", "PaLM"))


def main() -> None:
    """Print one line for each way."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("index", type=Path)
    options.add_argument("questions", type=Path)
    options.add_argument("--count", type=int, default=60)
    options.add_argument("--judge", type=int, default=0, metavar="N")
    given = options.parse_args()
    settings = load_settings({"index": given.index, "llm": "local" if given.judge else "none"})
    retriever = open_retriever(settings, print)
    groups = _pairs(retriever, given.questions, given.count)
    print("sentences: " + ", ".join(f"{name} {len(pairs)}" for name, pairs in groups.items()))
    print(f"{'way':34s} {'AUC near':>9s} {'AUC far':>8s}  share of supported / changed accepted where 5% of near are")
    for name, way in _ways(retriever).items():
        scores = {group: np.array([way(piece, sources) for piece, sources in pairs]) for group, pairs in groups.items()}
        bar = max(float(np.quantile(scores["near"], 0.95)), 1e-9)
        shares = " / ".join(f"{np.mean(scores[group] > bar):.2f}" for group in ("supported", "changed"))
        print(f"{name:34s} {_auc(scores, 'near'):9.3f} {_auc(scores, 'far'):8.3f}  {shares}")
    if given.judge:
        few = {name: random.Random(0).sample(pairs, min(given.judge, len(pairs))) for name, pairs in groups.items()}
        _judge(settings, retriever, few)


def _judge(settings: Settings, retriever: HybridRetriever, groups: dict[str, list[tuple[Piece, Sources]]]) -> None:
    """Print what share of each group the model and the product accept, and the model's seconds."""
    model = open_model(settings, print)
    relevance = Relevance(retriever.tokenize, retriever.index.bm25.weight)
    for name, pairs in groups.items():
        judged, ours, seconds = [], [], []
        for piece, sources in pairs:
            began = time.monotonic()
            said = "".join(model.stream([HumanMessage(_JUDGE.format(_nearest(piece, sources), plain(piece.text)))], 3))
            seconds.append(time.monotonic() - began)
            judged.append(said.strip().startswith("是"))
            ours.append(bool(Checker(sources, relevance).check(piece).supported))
        shares = f"model {np.mean(judged):.2f}, product without embedding {np.mean(ours):.2f}"
        print(f"{name:10s} {len(pairs)} pairs, accepted: {shares}; {np.median(seconds):.1f} s each")
    model.close()


def _nearest(piece: Piece, sources: Sources) -> str:
    """The unit that shares most character pairs with the sentence, and the one after it."""
    units = [unit.words for source in sources for unit in units_of(source)]
    own = bigrams(plain(piece.text))
    at = max(range(len(units)), key=lambda i: len(own & bigrams(units[i])), default=0)
    return "\n".join(units[at : at + 2])


def _auc(scores: dict[str, np.ndarray], against: str) -> float:
    good, bad = scores["supported"], scores[against]
    return float(roc_auc_score([1] * len(good) + [0] * len(bad), [*good, *bad]))


def _pairs(retriever: HybridRetriever, file: Path, count: int) -> dict[str, list[tuple[Piece, Sources]]]:
    index, chance = retriever.index, random.Random(0)
    answers = {str(row["id"]): row["answer"] for row in map(json.loads, file.read_text("utf-8").splitlines())}
    asked = [question for question in read_questions(file) if question.gold]
    asked = chance.sample(asked, min(count, len(asked)))
    gold = {question.id: _gold(index, question.gold) for question in asked}
    groups: dict[str, list[tuple[Piece, Sources]]] = {"supported": [], "near": [], "far": [], "changed": []}
    for question in asked:
        near = _near(retriever, question, {source.section_id for source in gold[question.id]})
        far = gold[chance.choice([other.id for other in asked if other is not question])]
        for piece in split_answer(answers[question.id]):
            if len(piece.text.strip()) < 6:
                continue
            groups["supported"].append((piece, gold[question.id]))
            groups["near"].append((piece, near))
            groups["far"].append((piece, far))
            groups["changed"] += [(replace(piece, text=text), gold[question.id]) for text in _changed(piece.text)]
    return groups


def _gold(index: NotesIndex, gold: Sequence[Gold]) -> list[Source]:
    chosen = [section for section in index.sections.values() if holds_gold(section, gold, index.notes)]
    return [source_of(n, index.notes[section.path], section, ()) for n, section in enumerate(chosen, 1)]


def _near(retriever: HybridRetriever, question: Question, gold: set[str]) -> list[Source]:
    hits = [hit for hit in retriever.search(question.text, 20) if hit.passage.section_id not in gold]
    return list(build_sources(hits, retriever.index.notes, retriever.index.sections, 5))


def _changed(text: str) -> Iterator[str]:
    if number := re.search(r"\d+", text):
        yield text[: number.start()] + str(int(number.group()) + 3) + text[number.end() :]
    for name, other in _SWAPS:
        if name in text:
            yield text.replace(name, other)
            break
    if verb := re.search(r"可以|能够|能|是|会|需要", text):
        yield text[: verb.start()] + "不" + text[verb.start() :]


def _ways(retriever: HybridRetriever) -> dict[str, Way]:
    relevance = Relevance(retriever.tokenize, retriever.index.bm25.weight)
    vectors: dict[str, np.ndarray] = {}

    def texts(sources: Sources) -> list[str]:
        units = (unit for source in sources for unit in units_of(source) if unit.kind is not UnitKind.HEADING)
        return [unit.words for unit in units if unit.words]

    def best(share: Callable[[str, str], float]) -> Way:
        return lambda piece, sources: max((share(plain(piece.text), text) for text in texts(sources)), default=0.0)

    def words(sentence: str, text: str) -> float:
        terms = set(retriever.tokenize(sentence)) - ENGLISH_STOP
        total = sum(map(relevance.weight, terms)) or 1.0
        return sum(map(relevance.weight, terms & set(retriever.tokenize(text)))) / total

    def pairs(sentence: str, text: str) -> float:
        mine = bigrams(sentence) | set(latin_terms(sentence))
        return len(mine & (bigrams(text) | set(latin_terms(text)))) / max(1, len(mine))

    def embedded(piece: Piece, sources: Sources) -> float:
        wanted = [plain(piece.text), *(text[:400] for text in texts(sources))]
        new = [text for text in dict.fromkeys(wanted) if text not in vectors]
        vectors.update(zip(new, retriever.embeddings.encode_passages(new) if new else [], strict=True))
        return max((float(vectors[text] @ vectors[wanted[0]]) for text in wanted[1:]), default=0.0)

    def similarity(sentence: str, stretches: Sequence[str]) -> Sequence[float]:
        new = [text[:400] for text in dict.fromkeys([sentence, *stretches]) if text[:400] not in vectors]
        vectors.update(zip(new, retriever.embeddings.encode_passages(new) if new else [], strict=True))
        return [float(vectors[text[:400]] @ vectors[sentence[:400]]) for text in stretches]

    return {
        "words, by idf": best(words),
        "character pairs, Latin terms": best(pairs),
        "mean of the two": best(lambda sentence, text: (words(sentence, text) + pairs(sentence, text)) / 2),
        "embedding": embedded,
        "the product's, without embedding": lambda p, s: float(bool(Checker(s, relevance).check(p).supported)),
        "the product's": lambda p, s: float(bool(Checker(s, relevance, similarity).check(p).supported)),
    }


if __name__ == "__main__":
    main()
