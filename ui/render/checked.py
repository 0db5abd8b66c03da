"""A text of the user's own, sentence by sentence, with what the notes say of it."""

import html
from collections import Counter

from ingest.text.markup import plain
from ingest.text.printable import printable
from rag.judged import CheckedText, Judged, Support
from rag.records import Sentence, numbers_of_sources
from ui.render.markdown import inline
from ui.render.source import Cited
from ui.render.turn import Shown, TurnView, cards_of, citations_html, evidence_of
from ui.words import Words


def cited_by(checked: CheckedText, generation: str) -> Cited:
    """What the text's citations point to in the notes of `generation`, those of what denies a sentence too."""
    return Cited(tuple(map(_sentence, checked.sentences)), (), checked.sources, generation)


def checked_view(checked: CheckedText, words: Words) -> TurnView:
    """The counts, and the sentences in order; the cards of their citations."""
    show = Shown(words, checked.sources)
    items = "".join(_item(i, judged, show) for i, judged in enumerate(checked.sentences))
    parts = (
        ("counts", f'<p class="an-counts" role="status">{html.escape(counts_of(checked, words))}</p>'),
        ("body", f'<ol class="an-checked">{items}</ol>'),
    )
    return TurnView(parts, cards_of({"s": tuple(map(_sentence, checked.sentences))}, show))


def counts_of(checked: CheckedText, words: Words) -> str:
    """How many sentences there are of each standing, in one line."""
    found = Counter(judged.support for judged in checked.sentences)
    joint = "，" if words.language == "zh" else ", "
    parts = joint.join(words(f"n_{support}", n=found[support]) for support in Support if found[support])
    return words("n_checked", n=len(checked.sentences), parts=parts)


def _sentence(judged: Judged) -> Sentence:
    supported = judged.support is Support.SUPPORTED
    return Sentence(judged.text, "", numbers_of_sources(judged.evidence), supported, judged.evidence)


def _item(i: int, judged: Judged, show: Shown) -> str:
    text, sentence = f"<span>{inline(judged.text)}</span>", _sentence(judged)
    if judged.support is Support.SUPPORTED:
        inner = text + citations_html(f"s{i}", sentence.citations, show)
    elif judged.support is Support.CONTRADICTED:
        quotes = "".join(_quote(i, sentence, n, show) for n in sentence.citations)
        inner = f"{text}{_word('says_otherwise', show)}{quotes}"
    else:
        inner = text + _word("not_held", show)
    return f'<li class="an-is-{judged.support}">{inner}</li>'


def _word(key: str, show: Shown) -> str:
    return f' <strong class="an-standing">{html.escape(show.words(key))}</strong>'


def _quote(i: int, sentence: Sentence, n: int, show: Shown) -> str:
    """The words of source `n` that deny the sentence, a link to them."""
    said = plain(printable(" … ".join(span.quote.strip() for span in evidence_of(sentence, n)))).strip()
    link = f'<a class="an-quote" href="#" role="button" data-cite="s{i}.{n}">{html.escape(said)}</a>'
    return f"<blockquote>{link}{citations_html(f's{i}', (n,), show)}</blockquote>"
