"""Bytes -> text: exact, or an error that is seen."""

import codecs

from ingest.errors import ConfigError, NoteError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes, encodings: tuple[str, ...]) -> str:
    """Decode by byte order mark, then strict UTF-8, then UTF-16 by its zero bytes, then `encodings` in order.

    Statistical detectors misread short Chinese texts, so none is asked.

    Raises:
        NoteError: when no decoding is exact, or the file holds NUL characters.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding, f"marked as {encoding} but is not valid")
    if b"\0" in data:
        encoding = _utf16_by_zeros(data)
        if not encoding:
            raise NoteError("holds NUL bytes, so it is no text")
        return _strict(data, encoding, "holds NUL bytes and is not valid UTF-16")
    for encoding in ("utf-8", *encodings):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            raise ConfigError(f"The setting 'encodings' names an unknown encoding ({error}).") from error
    raise NoteError(f"is not text in UTF-8 or {', '.join(encodings)} (the setting 'encodings' adds others)")


def _strict(data: bytes, encoding: str, problem: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NoteError(problem) from error
    if "\0" in text:
        raise NoteError("holds NUL characters, so it is no text")
    return text


def _utf16_by_zeros(data: bytes) -> str:
    """UTF-16 without a mark: line ends and spaces have their zero byte on one side only."""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if len(data) % 2 or not (even == 0 or odd == 0):
        return ""
    return "utf-16-le" if odd else "utf-16-be"
