"""The report of whole answers as HTML: figures with intervals, facts by kind, the worst answers, and an earlier run beside it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape

import numpy as np

from ingest.messages import Language
from rag.evaluate.answers import LABELS, Graded, interval
from rag.evaluate.page import Page
from rag.evaluate.plots import Series, bars
from rag.evaluate.ranked import Shown

WORST = 20
_GOOD = ("facts", "precision", "recall", "refused")  # 1 is best


def answer_report(
    title: str,
    now: Sequence[Graded],
    earlier: Sequence[Graded] | None,
    settings: Mapping[str, str],
    language: Language,
) -> str:
    """The whole file."""
    page = Page(language)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    parts = [
        page.settings(settings, None),
        _figures(page, now, earlier),
        _by_kind(page, now, earlier),
        _worst(page, now),
    ]
    below = page.say("report.answers_below", at=at, n=len(now))
    return page.whole(page.say("report.answers_title", title=title), below, parts)


def _figures(page: Page, now: Sequence[Graded], earlier: Sequence[Graded] | None) -> str:
    rows = []
    for name in LABELS:
        cells = [_mean(name, run) for run in (now, earlier) if run is not None]
        if cells[0]:
            rows.append([page.say(f"report.figure.{name}"), *(cell or "–" for cell in cells)])
    head = [page.say("report.figure"), page.say("report.now"), page.say("report.earlier")][: 2 + (earlier is not None)]
    return page.part(page.say("report.figures"), page.table(head, rows))


def _mean(name: str, graded: Sequence[Graded]) -> str:
    values = [row.figures[name] for row in graded if name in row.figures]
    if not values:
        return ""
    mean, low, high = interval(values)
    return f"{mean:.3f} [{low:.3f}, {high:.3f}] n = {len(values)}"


def _by_kind(page: Page, now: Sequence[Graded], earlier: Sequence[Graded] | None) -> str:
    """What is good of the answers of each kind: the mean of the figures of which 1 is best."""
    kinds = sorted({row.kind for row in now})
    series = [Series(page.say("report.now"), _goodness_by(kinds, now), 2)]
    if earlier is not None:
        series.append(Series(page.say("report.earlier"), _goodness_by(kinds, earlier), 2, earlier=True))
    title = page.say("report.answers_by_kind")
    return page.part(title, page.paragraph(page.say("report.goodness_means")), bars(title, kinds, series))


def _goodness_by(kinds: Sequence[str], graded: Sequence[Graded]) -> list[float]:
    by_kind = [[goodness(row) for row in graded if row.kind == kind] for kind in kinds]
    return [float(np.mean(values)) if values else 0.0 for values in by_kind]


def goodness(row: Graded) -> float:
    """The mean of an answer's figures of which 1 is best; 0 for one that was refused although the notes answer."""
    if row.figures.get("false_refusal"):
        return 0.0
    values = [row.figures[name] for name in _GOOD if name in row.figures]
    return float(np.mean(values)) if values else 1.0


def _worst(page: Page, now: Sequence[Graded]) -> str:
    worst = sorted((row for row in now if goodness(row) < 1), key=goodness)[:WORST]
    said = page.say("report.answers_worst_means" if worst else "report.answers_all_good")
    return page.part(page.say("report.worst"), page.paragraph(said), *(_answer(page, row) for row in worst))


def _answer(page: Page, row: Graded) -> str:
    named = [(page.say(f"report.figure.{name}"), row.figures[name]) for name in _GOOD if name in row.figures]
    figures = " · ".join(f"{name} {value:.2f}" for name, value in named)
    answer = row.answer
    sources = [page.folded(Shown(one.location, " › ".join(one.heading_path), one.text)) for one in answer.sources]
    return (
        f'<article id="{escape(row.id)}"><h3>{escape(answer.question)}</h3>'
        f'<p class="faint">{escape(row.id)} · {escape(row.kind)} · {escape(figures)}</p>'
        f"<pre>{escape(answer.text)}</pre>{''.join(sources)}</article>"
    )
