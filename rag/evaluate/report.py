"""The report of search as HTML: recall by k and by retriever, by kind, the worst questions, and an earlier run beside it."""

from html import escape

from ingest.messages import Language
from rag.evaluate.page import Page
from rag.evaluate.plots import Series, bars, lines
from rag.evaluate.ranked import KS, METRICS, Measured, Placed
from rag.evaluate.retrieval import RETRIEVERS, Run, paired_interval

WORST = 20  # questions that are shown
MOVED = 30
BY_KIND = "hit@5"


def report(now: Measured, earlier: Measured | None, language: Language) -> str:
    """The whole file."""
    page = Page(language)
    runs, before = now.runs(), earlier.runs() if earlier else {}
    below = page.say("report.below", at=now.at, n=len(now.placed), without=now.unanswerable)
    parts = [page.settings(now.settings, earlier.settings if earlier else None)]
    if not now.placed:
        parts.append(page.paragraph(page.say("report.no_gold")))
    else:
        parts += [_recall(page, runs, before), _by_kind(page, runs["hybrid"], before.get("hybrid"))]
        if earlier:
            parts.append(_moved(page, now, earlier))
        parts.append(_worst(page, now))
    return page.whole(page.say("report.title", title=now.title), below, parts)


def _recall(page: Page, runs: dict[str, Run], before: dict[str, Run]) -> str:
    series = [
        Series(page.say(f"report.{name}"), [runs[name].mean(f"hit@{k}") for k in KS], look)
        for look, name in enumerate(RETRIEVERS)
    ]
    rows = [_row(page.say(f"report.{name}"), runs[name]) for name in RETRIEVERS]
    if before:  # all six lines would be too many to read
        hybrid = [before["hybrid"].mean(f"hit@{k}") for k in KS]
        name = page.say("report.named_earlier", name=page.say("report.hybrid"))
        series.append(Series(name, hybrid, len(RETRIEVERS) - 1, earlier=True))
        rows += [
            _row(page.say("report.named_earlier", name=page.say(f"report.{name}")), before[name]) for name in RETRIEVERS
        ]
    head = (page.say("report.retriever"), page.say("report.questions"), *METRICS)
    shown = [
        page.paragraph(page.say("report.recall_means")),
        lines(page.say("report.recall"), [f"k = {k}" for k in KS], series),
        page.table(head, rows),
    ]
    if before:
        shown += [page.paragraph(page.say("report.difference")), _differences(page, runs, before)]
    return page.part(page.say("report.recall"), *shown)


def _row(name: str, run: Run, kind: str | None = None) -> list[str]:
    return [name, str(run.count(kind)), *(f"{run.mean(metric, kind):.3f}" for metric in METRICS)]


def _differences(page: Page, runs: dict[str, Run], before: dict[str, Run]) -> str:
    shown = ("hit@1", "hit@5", "hit@10", "mrr@10")
    rows = []
    for name in RETRIEVERS:
        found = [paired_interval(runs[name], before[name], metric) for metric in shown]
        rows.append(
            [page.say(f"report.{name}"), *(f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]" for mean, low, high in found)]
        )
    return page.table((page.say("report.retriever"), *shown), rows)


def _by_kind(page: Page, run: Run, before: Run | None) -> str:
    kinds = sorted(set(run.kinds.values()))
    now = Series(page.say("report.now"), [run.mean(BY_KIND, kind) for kind in kinds], 2)
    series = [now]
    if before:
        earlier = [before.mean(BY_KIND, kind) for kind in kinds]
        series.append(Series(page.say("report.earlier"), earlier, 2, earlier=True))
    title = page.say("report.by_kind", metric=BY_KIND)
    head = (page.say("report.kind"), page.say("report.questions"), *METRICS)
    return page.part(title, bars(title, kinds, series), page.table(head, [_row(kind, run, kind) for kind in kinds]))


def _moved(page: Page, now: Measured, earlier: Measured) -> str:
    """The questions whose answer stands elsewhere in the joined ranking, those that lost most first."""
    before = {one.id: one.ranks.get("hybrid") for one in earlier.placed}
    last = KS[-1] + 1
    moved = [
        (one, before[one.id]) for one in now.placed if one.id in before and one.ranks.get("hybrid") != before[one.id]
    ]
    moved.sort(key=lambda pair: (pair[1] or last) - pair[0].ranks.get("hybrid", last))
    rows = [[one.text, one.kind, _rank(page, rank), _rank(page, one.ranks.get("hybrid"))] for one, rank in moved]
    head = (page.say("report.question"), page.say("report.kind"), page.say("report.earlier"), page.say("report.now"))
    said = page.say("report.moved_means", n=len(moved), shown=min(len(moved), MOVED))
    ends = rows if len(rows) <= MOVED else rows[: MOVED // 2] + rows[-MOVED // 2 :]
    return page.part(page.say("report.moved"), page.paragraph(said), page.table(head, ends))


def _rank(page: Page, rank: int | None) -> str:
    return page.say("report.not_found", depth=KS[-1]) if rank is None else str(rank)


def _worst(page: Page, now: Measured) -> str:
    worst = now.worst(WORST)
    said = page.say("report.worst_means" if worst else "report.all_first")
    return page.part(page.say("report.worst"), page.paragraph(said), *(_question(page, one) for one in worst))


def _question(page: Page, one: Placed) -> str:
    ranks = " · ".join(f"{page.say(f'report.{name}')} {_rank(page, one.ranks.get(name))}" for name in RETRIEVERS)
    wanted = [page.folded(shown) for shown in one.wanted] or [page.paragraph(page.say("report.no_section"))]
    before = [page.folded(shown) for shown in one.before]
    return (
        f'<article id="{escape(one.id)}"><h3>{escape(one.text)}</h3>'
        f'<p class="faint">{escape(one.id)} · {escape(one.kind)} · {escape(ranks)}</p>'
        f"<p>{escape(page.say('report.wanted'))}</p>{''.join(wanted)}"
        + (f"<p>{escape(page.say('report.before'))}</p>{''.join(before)}" if before else "")
        + "</article>"
    )
