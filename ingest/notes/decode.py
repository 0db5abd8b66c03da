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
            return _strict(data[len(mark) :], encoding, NoteError("note.not_as_marked", encoding=encoding))
    if b"\0" in data:
        encoding = _utf16_by_zeros(data)
        if not encoding:
            raise NoteError("note.nul_bytes")
        return _strict(data, encoding, NoteError("note.not_utf16"))
    for encoding in ("utf-8", *encodings):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            raise ConfigError("settings.encodings", reason=error) from error
    raise NoteError("note.encoding", encodings=encodings)


def _strict(data: bytes, encoding: str, problem: NoteError) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise problem from error
    if "\0" in text:
        raise NoteError("note.nul")
    return text


def _utf16_by_zeros(data: bytes) -> str:
    """UTF-16 without a mark: line ends and spaces have their zero byte on one side only."""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if len(data) % 2 or not (even == 0 or odd == 0):
        return ""
    return "utf-16-le" if odd else "utf-16-be"
