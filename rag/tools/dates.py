"""When a note was written or changed, and the days that a question names."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from ingest.schema import Note
from ingest.text.folding import fold
from ingest.text.numbers import ordinal

_WRITTEN = re.compile(
    r"^\W*(?:date|created|created_at|日期|创建时间)\W+(?P<day>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})", re.M | re.I
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NUMBER = r"(\d{1,2}|十[一二]?|[一两二三四五六七八九])"
_MONTH_NAME = r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: date
    last: date


def written_on(note: Note, corpus: Path) -> date | None:
    """What the front matter says, else the day in the file's name, else the file's; None when there is none."""
    said = _WRITTEN.search(note.text[: note.body_start])
    if said and (day := _day(*(int(part) for part in re.split(r"[-/.]", said["day"])))):
        return day
    return note.day or changed_on(note, corpus)


def changed_on(note: Note, corpus: Path) -> date | None:
    """The day on which the note's file was last changed; None when it is gone."""
    try:
        return datetime.fromtimestamp((corpus / note.path).stat().st_mtime).date()
    except OSError:
        return None


def span_in(question: str, today: date) -> Span | None:
    """The days that a question names in Chinese, English, Japanese or Korean; None when it names none."""
    said = fold(question)
    for pattern, span in _SPANS:
        if (match := re.search(pattern, said)) and (found := span(match, today)):
            return found
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _whole_month(year: int, month: int) -> Span | None:
    first = _day(year, month, 1)
    after = _day(year + month // 12, month % 12 + 1, 1)
    return Span(first, after - timedelta(1)) if first and after else None


def _dated(match: re.Match[str], _: date) -> Span | None:
    year, month, day = match[1], match[2], match[3]
    if not day:
        return _whole_month(int(year), int(month))
    found = _day(int(year), int(month), int(day))
    return Span(found, found) if found else None


def _count(text: str) -> int:
    return ordinal(text) or 0


def _of_year(year: int) -> Span:
    return Span(date(year, 1, 1), date(year, 12, 31))


def _latest(month: int, day: int, year: int | None, today: date) -> Span | None:
    """A month, or a day of it (0: all), of the year; without one of the last that has begun."""
    year = year or (today.year if (month, day or 1) <= (today.month, today.day) else today.year - 1)
    if not day:
        return _whole_month(year, month)
    found = _day(year, month, day)
    return Span(found, found) if found else None


def _english_month(match: re.Match[str], today: date) -> Span | None:
    before, name, after, year = match["before"], match["name"], match["after"], match["year"]
    return _latest(_MONTHS.index(name) + 1, int(before or after or 0), int(year) if year else None, today)


def _chinese_month(match: re.Match[str], today: date) -> Span | None:
    year = today.year - 1 if match["past"] else None
    return _latest(_count(match["month"]), _count(match["day"]) if match["day"] else 0, year, today)


def _last_days(unit: int) -> Callable[[re.Match[str], date], Span]:
    return lambda match, today: Span(today - timedelta(unit * _count(match[1])), today)


def _week(ago: int) -> Callable[[re.Match[str], date], Span]:
    def span(_: re.Match[str], today: date) -> Span:
        monday = today - timedelta(today.weekday() + 7 * ago)
        return Span(monday, monday + timedelta(6))

    return span


def _month(ago: int) -> Callable[[re.Match[str], date], Span | None]:
    def span(_: re.Match[str], today: date) -> Span | None:
        months = today.year * 12 + today.month - 1 - ago
        return _whole_month(months // 12, months % 12 + 1)

    return span


def _one_day(ago: int) -> Callable[[re.Match[str], date], Span]:
    return lambda _, today: Span(today - timedelta(ago), today - timedelta(ago))


_SPANS: tuple[tuple[str, Callable[[re.Match[str], date], Span | None]], ...] = (
    (r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?", _dated),
    (
        rf"(?P<past>去年|昨年)?(?<!\d)(?P<month>{_NUMBER[1:-1]})月(?:份)?(?:(?P<day>{_NUMBER[1:-1]})[日号])?",
        _chinese_month,
    ),
    (
        rf"(?:(?P<before>\d{{1,2}})\s+)?{_MONTH_NAME.replace('(', '(?P<name>', 1)}(?:\s+(?P<after>\d{{1,2}})\b)?,?(?:\s+(?P<year>\d{{4}}))?",
        _english_month,
    ),
    (rf"{_NUMBER}\s*(?:天|日间|days?\b|일)", _last_days(1)),
    (rf"{_NUMBER}\s*(?:周|个?星期|个?礼拜|周间|weeks?\b|주)", _last_days(7)),
    (rf"{_NUMBER}\s*(?:个月|か月|months?\b|개월)", _last_days(30)),
    (r"前天|day before yesterday|一昨日|그저께", _one_day(2)),
    (r"昨天|昨日|yesterday|어제", _one_day(1)),
    (r"今天|今日|today|오늘", _one_day(0)),
    (r"上周|上个?(?:星期|礼拜)|last week|先周|지난\s*주", _week(1)),
    (r"[本这]周|这个?(?:星期|礼拜)|this week|今周|이번\s*주", _week(0)),
    (r"上个?月|last month|先月|지난\s*달", _month(1)),
    (r"[本这]个?月|this month|今月|이번\s*달", _month(0)),
    (r"去年|last year|昨年|작년", lambda _, today: _of_year(today.year - 1)),
    (r"今年|this year|올해", lambda _, today: _of_year(today.year)),
    (r"(?<!\d)((?:19|20)\d\d)(?!\d)", lambda match, _: _of_year(int(match[1]))),
)
