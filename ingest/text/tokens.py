"""The one tokenizer that BM25 uses on both sides: Chinese words by jieba, kana and Hangul in pairs of neighbours, as
Lucene's CJK analyzer has them, and Latin words as typed. What ends a script ends a word."""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from ingest.text.folding import fold, fold_with_offsets
from ingest.text.markup import plain
from ingest.text.scripts import HAN, HAN_OF_WORDS, HANGUL, HIRAGANA, KATAKANA

if TYPE_CHECKING:
    from rjieba import Jieba

TOKENIZER_VERSION = "jieba-search-4"

# A run of one East Asian script, or a word as people type it in this field: fp16/bf16, p-tuning, c++, gpt-3.5.
_LETTER = rf"[^\W_{HAN}{HIRAGANA}{KATAKANA}{HANGUL}]"
_RUN = re.compile(
    rf"(?P<han>[{HAN}]+)|(?P<pairs>[{HIRAGANA}]+|[{KATAKANA}]+|[{HANGUL}]+)|{_LETTER}+(?:[-_./+#']{_LETTER}+)*[+#]*"
)
_KANA = re.compile(f"[{HIRAGANA}{KATAKANA}]")
_WORDS = re.compile(rf"[{HAN_OF_WORDS}]+|.", re.DOTALL)
_PART = re.compile(r"\d+(?:\.\d+)+[^\W_]*|[^-_./+#']+")
_STOP = frozenset(
    "的 了 是 在 和 与 及 或 也 都 就 而 吗 呢 吧 啊 呀 嘛 么 着 被 把 "
    "the a an of to in on is are be and or for "
    "은 는 이 가 을 를 의 에 도 와 과 로".split()
) | frozenset(map(chr, range(0x3041, 0x3097)))  # one hiragana by itself is a particle or an ending


class Tokenizer:
    """Tokens in the order of the text. `terms` are words of the domain that jieba must keep whole."""

    def __init__(self, terms: Iterable[str] = ()) -> None:
        self._terms = tuple(terms)

    @property
    def version(self) -> str:
        """Changes whenever the same text may give other tokens."""
        return TOKENIZER_VERSION

    def tokenize(self, text: str) -> list[str]:
        """Tokens of Markdown or of a question; stop words are left out unless nothing else remains."""
        tokens = self._forms(fold(plain(text)))
        content = [token for token in tokens if token not in _STOP]
        return content or tokens

    def spans(self, text: str) -> list[tuple[str, int, int]]:
        """(token, start, end) with offsets into `text` as it stands, markup included."""
        folded, offsets = fold_with_offsets(text)
        offsets.append(len(text))
        return [(token, offsets[start], offsets[end - 1] + 1) for token, start, end in self._tokens(folded)]

    def matched(self, text: str, wanted: Collection[str]) -> tuple[str, ...]:
        """The forms, each once, in which a text has any of the tokens `wanted`."""
        found = (text[start:end] for token, start, end in self.spans(text) if token in wanted)
        return tuple(dict.fromkeys(found))

    def _forms(self, folded: str) -> list[str]:
        """Those of `_tokens` without their places, several times as fast: jieba cuts all runs of a text at once."""
        if _KANA.search(folded):
            return [token for token, _, _ in self._tokens(folded)]
        runs = list(_RUN.finditer(folded))
        pieces = [_WORDS.findall(match.group()) if match["han"] else [] for match in runs]
        cut = _jieba(self._terms).cut_for_search("\n".join(chain.from_iterable(pieces)))
        cut.append("\n")
        tokens: list[str] = []
        at = 0
        for match, own in zip(runs, pieces, strict=True):
            for _ in own:
                end = cut.index("\n", at)
                tokens += cut[at:end]
                at = end + 1
            if not own:
                tokens += [token for token, _, _ in _others(match)]
        return tokens

    def _tokens(self, folded: str) -> Iterator[tuple[str, int, int]]:
        for match in _RUN.finditer(folded):
            if not match["han"]:
                yield from _others(match)
                continue
            start, run = match.start(), match.group()
            words = set()
            for piece in _WORDS.finditer(run):
                at = start + piece.start()
                for token, first, last in _jieba(self._terms).tokenize(piece.group(), mode="search"):
                    words.add((token, at + first, at + last))
                    yield token, at + first, at + last
            if _KANA.match(folded, match.end()) or _KANA.match(folded[start - 1 : start]):  # Japanese, not jieba's
                yield from (pair for pair in _pairs(run, start) if pair not in words)


def is_word(word: str) -> bool:
    """Whether a Chinese word is in jieba's dictionary; its guesses at names and slips of the pen are not."""
    return _jieba(()).has_word(word)


def _others(match: re.Match[str]) -> list[tuple[str, int, int]]:
    """The tokens of a run that is not of Han characters."""
    start, run = match.start(), match.group()
    if match["pairs"]:
        return list(_pairs(run, start))
    whole = [(run, start, match.end())]
    if run.isalnum():
        return whole
    parts = [(part.group(), start + part.start(), start + part.end()) for part in _PART.finditer(run)]
    return whole + parts if len(parts) > 1 else whole  # so that fp16 finds fp16/bf16


def _pairs(run: str, start: int) -> Iterator[tuple[str, int, int]]:
    """Each two neighbouring characters; a single one by itself. Words of Japanese and Korean need no dictionary so."""
    for at in range(max(len(run) - 1, 1)):
        pair = run[at : at + 2]
        yield pair, start + at, start + at + len(pair)


@lru_cache(maxsize=4)
def _jieba(terms: tuple[str, ...]) -> "Jieba":
    """jieba in Rust, with the dictionary and the model of the Python one."""
    from rjieba import Jieba

    segmenter = Jieba()
    for term in terms:
        segmenter.add_word(term, None, None)
    return segmenter
