"""Why these sources: each passage's place in the two rankings, as a table with a bar for each retriever's share."""

import html
from collections.abc import Sequence

from ingest.text.markup import plain
from ingest.text.tokens import Tokenizer
from rag.records import Hit, Source
from ui.words import Words

_RETRIEVERS = (("bm25", "col_bm25"), ("dense", "col_dense"))  # with a column each
_SHARES = (*_RETRIEVERS, ("both", "col_both"))  # the third list is by both scores together
_TOKENIZER = Tokenizer()


def why_html(sources: Sequence[Source], question: str, words: Words) -> str:
    """The table as HTML; one row for each passage of each source, with the terms of the stand-alone question in it."""
    terms = frozenset(_TOKENIZER.tokenize(question))
    columns = ("col_source", "col_passage", "col_bm25", "col_dense", "col_share")
    head = "".join(f'<th scope="col">{html.escape(words(column))}</th>' for column in columns)
    rows = "".join(_row(source, hit, terms, words) for source in sources for hit in source.hits)
    return f'<div class="an-why" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(source: Source, hit: Hit, wanted: frozenset[str], words: Words) -> str:
    start = " ".join(plain(hit.passage.text).split())
    matched = _TOKENIZER.matched(hit.passage.text, wanted)
    terms = words("terms", terms="、".join(matched)) if matched else ""
    ranks = "".join(f"<td>{_rank(hit, name, words)}</td>" for name, _ in _RETRIEVERS)
    lines = html.escape(words.place(hit.passage.place))
    return (
        f'<tr><td class="an-why-n">{source.n}</td>'
        f'<td><div class="an-why-text">{html.escape(start[:70])}</div>'
        f'<div class="an-why-terms">{lines} {html.escape(terms)}</div></td>'
        f"{ranks}<td>{_bar(hit, words)}</td></tr>"
    )


def _rank(hit: Hit, retriever: str, words: Words) -> str:
    rank = hit.ranks.get(retriever)
    if rank is None:
        return f'<span class="an-why-none">{html.escape(words("not_ranked"))}</span>'
    score = hit.scores.get(retriever)
    text = words("rank_score", rank=rank, score=f"{score:.3g}") if score is not None else f"#{rank}"
    return html.escape(text)


def _bar(hit: Hit, words: Words) -> str:
    total = sum(hit.shares.values()) or 1.0
    pieces, named = [], []
    for name, column in _SHARES:
        percent = 100 * hit.shares.get(name, 0.0) / total
        if percent >= 0.5:
            pieces.append(f'<span class="an-bar-{name}" style="width:{percent:.0f}%"></span>')
            named.append(f"{words(column)} {percent:.0f}%")
    label = "".join(f"<small>{html.escape(name)}</small>" for name in named)
    return f'<div class="an-share" aria-hidden="true">{"".join(pieces)}</div>{label}'
