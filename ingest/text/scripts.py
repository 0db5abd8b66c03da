"""Which script a text is in: what is Chinese, what is Latin."""

import re

from ingest.messages import Language as Language  # for those who ask which one a text is in

CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"


_HAN = re.compile(f"[{CJK}]")


_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


def language(text: str) -> Language:
    """`zh` when at least a fifth of the words are Chinese (a character counts half a word), else `en`."""
    han = len(_HAN.findall(text))
    latin = len(_LATIN_WORD.findall(text))
    return "zh" if han and han / 2 >= (han / 2 + latin) / 5 else "en"
