"""How many tokens a text is, without the model's tokenizer."""

import re

from ingest.text.scripts import count_han

_WORD = re.compile(r"[A-Za-z]+")


_LONG = 12  # letters from which on a Latin 'word' is an address or code, of about 4 letters a token


def estimate_tokens(text: str) -> int:
    """About how many tokens of the Qwen2.5 vocabulary `text` is (an endpoint's model may differ).

    The weights are a least-squares fit to 216 pieces of 120 to 2,000 characters of Chinese and English notes and
    package descriptions; on 216 others the mean error is 6%, and 95% of them are within 18%.
    """
    han = count_han(text)
    words = _WORD.findall(text)
    letters = sum(map(len, words))
    long = sum(len(word) - _LONG for word in words if len(word) > _LONG)
    digits = sum(char.isdigit() for char in text)
    lines = text.count("\n")
    spaces = sum(char.isspace() for char in text)
    foreign = sum(char.isalpha() for char in text) - han - letters
    marks = len(text) - han - letters - digits - spaces - foreign
    return round(0.67 * han + 1.2 * len(words) + 0.25 * long + 1.7 * digits + foreign + 0.35 * marks + 0.88 * lines)
