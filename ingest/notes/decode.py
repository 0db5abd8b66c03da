"""Bytes -> text: exact, or what is not is told, or an error that is seen."""

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import log2

from ingest.errors import ConfigError, NoteError
from ingest.text.folding import fold
from ingest.text.scripts import EAST_ASIAN, has_han

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What notes are found in beside Unicode and what the settings name, and by how many bits less likely they are before
# anything was read.
_OTHERS = {"big5hkscs": 6.0, "cp932": 6.0, "euc_jp": 8.0, "cp949": 8.0, "cp1252": 6.0, "cp1251": 8.0}
_NO_TEXT = 17.0  # bits that a character which is not ASCII takes, from which nothing is text
_LOST = 28.0  # bits of a byte that is no UTF-8
_MIXED = 10.0  # bits of two neighbours that no language puts side by side
_NEIGHBOURS = re.compile(
    rf"(?<=[A-Za-z])[\u0370-\u04ff]|[\u0370-\u04ff](?=[A-Za-z])|[\u00a1-\u024f](?=[\u00a1-\u024f{EAST_ASIAN}])"
    rf"|(?<=[A-Za-z])[{EAST_ASIAN}](?![{EAST_ASIAN}])|(?<![{EAST_ASIAN}])[{EAST_ASIAN}](?=[a-z])"
)
_REPLACED = "\ufffd"
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset=["']?([\w.:-]{1,40})""", re.IGNORECASE)


def known(encoding: str | None) -> tuple[str, ...]:
    """The encoding that something names for itself, when Python knows it as one of text."""
    try:
        "a".encode(encoding or "?")
    except LookupError:
        return ()
    return (encoding or "",)


def declared(page: bytes) -> tuple[str, ...]:
    """The encoding that the beginning of an HTML page names."""
    found = _CHARSET.search(page[:4096])
    return known(found[1].decode("ascii", "replace")) if found else ()


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text; `lost` bytes of it are in no way text, and stand as U+FFFD."""

    text: str
    lost: int = 0


def decode(data: bytes, encodings: tuple[str, ...]) -> Decoded:
    """Decode by byte order mark, or strict UTF-8, or as what reads most like text.

    All of the file is evidence: each decoding has a length in bits, by how common its characters are, and the shortest
    wins. Detectors that look at statistics of bytes misread a fifth of short Chinese texts.

    Args:
        encodings: that the notes may have, the likeliest first.

    Raises:
        NoteError: when nothing reads like text, or the file holds NUL characters.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return Decoded(_strict(data[len(mark) :], encoding))
    if b"\0" not in data:
        try:
            return Decoded(data.decode("utf-8"))
        except UnicodeDecodeError:
            pass
    readings = sorted(_readings(data, encodings), key=lambda reading: reading[0])
    if not readings:
        raise NoteError("note.nul_bytes") if b"\0" in data else NoteError("note.encoding", encodings=encodings)
    return readings[0][1]


def _strict(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NoteError("note.not_as_marked", encoding=encoding) from error
    if "\0" in text:
        raise NoteError("note.nul")
    return text


def _readings(data: bytes, encodings: tuple[str, ...]) -> Iterator[tuple[float, Decoded]]:
    """The decodings that may be text, each with its length in bits."""
    if b"\0" in data:
        prior = {"utf-16-le": 0.0, "utf-16-be": 0.0} if len(data) % 2 == 0 else {}
    else:
        text = data.decode("utf-8", "replace")
        lost = text.count(_REPLACED) - data.count(_REPLACED.encode())
        yield from _reading(text, "", 0.0, lost)
        prior = {**_OTHERS, **{name: float(place) for place, name in enumerate(encodings)}}
    for encoding, bits in prior.items():
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            raise ConfigError("settings.encodings", reason=error) from error
        if "\0" not in text:
            yield from _reading(text, encoding, bits)


def _reading(text: str, encoding: str, prior: float, lost: int = 0) -> Iterator[tuple[float, Decoded]]:
    counts = Counter(text)
    foreign = {char: n for char, n in counts.items() if char > "\x7f" or _odd(char)}
    bits = sum(
        n * (_LOST if char == _REPLACED else _bits(char, _JAPANESE if encoding in ("cp932", "euc_jp") else _OTHER))
        for char, n in foreign.items()
    )
    bits += _MIXED * sum(1 for _ in _NEIGHBOURS.finditer(text))
    if bits <= _NO_TEXT * sum(foreign.values()):
        ascii_bits = 5.0 * (len(text) - sum(foreign.values()))
        yield bits + ascii_bits + prior, Decoded(text, lost)


def _odd(char: str) -> bool:
    """Whether it is a control character that no text holds."""
    return char < " " and char not in "\t\n\r\x0b\x0c\x1b"


# first, last, bits in Japanese, bits in other languages
_SCRIPTS = (
    (0x0410, 0x042F, 12.0, 7.5),  # Cyrillic
    (0x0430, 0x044F, 12.0, 5.5),
    (0x0370, 0x052F, 18.0, 18.0),  # other letters of Greek and Cyrillic
    (0x2010, 0x2026, 9.0, 9.0),  # dashes, quotation marks
    (0x2500, 0x257F, 9.0, 9.0),  # lines of tables
    (0x3000, 0x3011, 6.5, 7.0),  # Chinese and Japanese punctuation
    (0x3041, 0x3096, 6.0, 13.0),  # hiragana
    (0x30A1, 0x30FC, 7.0, 13.0),  # katakana
    (0xFF01, 0xFF20, 8.0, 7.0),  # full width
    (0xFF21, 0xFF5E, 11.0, 11.0),
    (0xFF61, 0xFF9F, 14.0, 22.0),  # katakana of half the width
)
_JAPANESE, _OTHER = 2, 3
_CATEGORIES = {"Ll": 11.0, "Lu": 12.0, "Po": 13.0, "So": 15.0} | dict.fromkeys(("Cc", "Cn", "Co", "Cs"), 40.0)
_ACCENTED = frozenset("éèêëàâäáãåæçíîïìñóôöòõøúûüùßœ")
_RARE_HAN = 22.0


@cache
def _bits(char: str, language: int) -> float:
    """How many bits a text of a language spends on a character, roughly: -log2 of its share."""
    code = ord(char)
    if has_han(char):
        return min(_han_bits().get(fold(char), _RARE_HAN), 15.0 if language == _JAPANESE else _RARE_HAN)
    if "가" <= char <= "힣":  # those of the old standard are the common ones
        return 11.2 if language == _OTHER and _encodes(char, "euc_kr") else _RARE_HAN
    for script in _SCRIPTS:
        if script[0] <= code <= script[1]:
            return script[language]
    return 8.0 if char in _ACCENTED else _CATEGORIES.get(unicodedata.category(char), 14.0)


def _encodes(char: str, encoding: str) -> bool:
    try:
        return bool(char.encode(encoding))
    except UnicodeEncodeError:
        return False


@cache
def _han_bits() -> dict[str, float]:
    """By the frequencies of the words in jieba's dictionary, for characters in their simplified form."""
    import jieba

    counts: Counter[str] = Counter()
    with jieba.Tokenizer().get_dict_file() as lines:
        for line in lines:
            word, count, *_ = line.decode("utf-8").split()
            for char in word:
                counts[fold(char)] += int(count)
    total = sum(counts.values())
    return {char: log2(total / count) for char, count in counts.items() if count}
