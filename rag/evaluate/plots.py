"""Plots as SVG, to stand in an HTML page: colours are classes of its style sheet, so that they fit light and dark.

Series differ by mark and dash as well as by colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 720
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 28, 34, 36
_HEIGHT = 320
_MARKS = ("M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0", "M-4-4h8v8h-8z", "M0-5L5 4H-5z")  # disc, square, triangle
_BAR, _GAP, _NAME = 14, 12, 150


@dataclass(frozen=True, slots=True)
class Series:
    """Values from 0 to 1; `look` (from 0) chooses colour and mark, `earlier` draws it dashed or pale."""

    name: str
    values: Sequence[float]
    look: int = 0
    earlier: bool = False

    @property
    def classes(self) -> str:
        return f"look{self.look % len(_MARKS)}{' earlier' if self.earlier else ''}"


def lines(title: str, ticks: Sequence[str], series: Sequence[Series]) -> str:
    """A line for each series over the same ticks, evenly spaced."""
    across = (WIDTH - _LEFT - _RIGHT) / max(len(ticks) - 1, 1)
    down = _HEIGHT - _TOP - _BOTTOM
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _TOP + down * (1 - share)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{share:.2f}</text>')
    for n, tick in enumerate(ticks):
        place = f'x="{_LEFT + n * across:.1f}" y="{_HEIGHT - 14}"'
        parts.append(f'<text {place} text-anchor="middle">{escape(tick)}</text>')
    for one in series:
        points = [(_LEFT + n * across, _TOP + down * (1 - value)) for n, value in enumerate(one.values)]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        marks = "".join(
            f'<path class="mark" transform="translate({x:.1f} {y:.1f})" d="{_MARKS[one.look % len(_MARKS)]}">'
            f"<title>{escape(one.name)}, {escape(tick)}: {value:.3f}</title></path>"
            for (x, y), tick, value in zip(points, ticks, one.values, strict=True)
        )
        parts.append(f'<g class="{one.classes}"><path class="line" d="M{path}"/>{marks}</g>')
    return _svg(title, _HEIGHT, [*_legend(series), *parts])


def bars(title: str, names: Sequence[str], series: Sequence[Series]) -> str:
    """A group of horizontal bars for each name, one bar a series."""
    step = len(series) * _BAR + _GAP
    across = WIDTH - _NAME - 60
    parts = []
    for n, name in enumerate(names):
        top = _TOP + n * step
        middle = top + len(series) * _BAR / 2 + 4
        parts.append(f'<text x="{_NAME - 8}" y="{middle:.1f}" text-anchor="end">{escape(name)}</text>')
        for row, one in enumerate(series):
            y, long = top + row * _BAR, one.values[n] * across
            parts.append(
                f'<g class="{one.classes}"><rect class="bar" x="{_NAME}" y="{y}" width="{long:.1f}" height="{_BAR - 3}"/>'
                f'<text x="{_NAME + long + 5:.1f}" y="{y + _BAR - 4}">{one.values[n]:.3f}</text></g>'
            )
    return _svg(title, _TOP + len(names) * step, [*_legend(series), *parts])


def _legend(series: Sequence[Series]) -> list[str]:
    across = (WIDTH - _LEFT) / max(len(series), 1)
    return [
        f'<g class="{one.classes}"><path class="mark" transform="translate({_LEFT + n * across + 6:.1f} 12)" '
        f'd="{_MARKS[one.look % len(_MARKS)]}"/><text x="{_LEFT + n * across + 16:.1f}" y="16">{escape(one.name)}</text></g>'
        for n, one in enumerate(series)
    ]


def _svg(title: str, height: int, parts: Sequence[str]) -> str:
    said = escape(title)
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{said}"><title>{said}</title>{"".join(parts)}</svg>'
