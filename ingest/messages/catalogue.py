"""Sentences by key, each in Chinese and in English."""

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Literal

Language = Literal["zh", "en"]
Entries = Mapping[str, tuple[str, str]]  # key -> (Chinese, English), both with the same fields of `str.format`


class Catalogue:
    """The sentences of one or several parts; a key stands in one of them."""

    def __init__(self, *parts: Entries) -> None:
        self._entries: dict[str, tuple[str, str]] = {}
        for part in parts:
            assert not self._entries.keys() & part.keys(), "a key stands twice"
            self._entries |= part

    def told(self, key: str, language: Language, values: Mapping[str, object]) -> str:
        """The sentence of `key` with `values` filled in; KeyError for a key or a field that is not there."""
        chinese, english = self._entries[key]
        return (chinese if language == "zh" else english).format(**values)

    def fields(self, key: str) -> frozenset[str]:
        """The names of the values that the sentence of `key` has in it."""
        return fields_of(self._entries[key][1])

    def __getitem__(self, key: str) -> tuple[str, str]:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries


def language_of(setting: str, locale: str | None) -> Language:
    """The setting's language, or with `auto` that of a locale: Chinese for `zh…`, else English."""
    if setting == "zh" or (setting == "auto" and (locale or "").lower().startswith("zh")):
        return "zh"
    return "en"


def fields_of(sentence: str) -> frozenset[str]:
    """The names of the fields in a sentence."""
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)
