"""Which script a text is in: what is Chinese, what is Latin; kana and Hangul."""

import re

from ingest.messages import Language as Language  # for those who ask which one a text is in

# Unified ideographs with extension A, compatibility ideographs, and the planes of extension B and all later ones.
HAN_RANGES = (("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff"))
HAN = "".join(f"{first}-{last}" for first, last in HAN_RANGES)  # as it stands between the brackets of a pattern

HAN_OF_WORDS = "\u4e00-\u9fd5"  # those that jieba makes words of; any other is a word by itself

# Likewise, of folded text, which has no half-width kana: kana with the marks that repeat and lengthen, Korean syllables.
HIRAGANA = "\u3041-\u3096\u309d-\u309f\u30fc"
KATAKANA = "\u3005\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
HANGUL = "\u1100-\u11ff\uac00-\ud7a3"

# Chinese and Japanese text, which is written without spaces, with its punctuation and full-width signs; likewise.
UNSPACED = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
EAST_ASIAN = UNSPACED + r"\u1100-\u11ff\uac00-\ud7af"  # and Korean, which has spaces

_HAN = re.compile(f"[{HAN}]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


def count_han(text: str) -> int:
    """How many Han characters there are."""
    return len(_HAN.findall(text))


def has_han(text: str) -> bool:
    """Whether there is any Han character."""
    return _HAN.search(text) is not None


def count_latin_words(text: str) -> int:
    """How many Latin words of two letters or more there are."""
    return len(_LATIN_WORD.findall(text))


def language(text: str) -> Language:
    """`zh` when at least a fifth of the words are Chinese (a character counts half a word), else `en`."""
    han, latin = count_han(text), count_latin_words(text)
    return "zh" if han and han / 2 >= (han / 2 + latin) / 5 else "en"
