"""Draw docs/img/architecture.svg from the code: the rooms, what each is for (its docstring), and who imports whom.

usage: python tools/draw_architecture.py

Standard library only. From left to right each room imports only rooms to its left; a line that others imply is left out.
"""

import ast
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from graphlib import TopologicalSorter
from html import escape
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "img" / "architecture.svg"
PACKAGES = ("ingest", "rag", "ui", "asknotes")
ENTRIES = ("__main__", "app")  # no rooms: they are named beside their package

# In pixels.
WIDTH, MARGIN = 1180, 20
BOX, GAP = 130, 28
LINE, PADDING, LETTERS = 14, 8, 19  # of a box's text: height of a line, space around, letters in a line
LANE, BETWEEN = 10, 14  # height of a line that passes a column, space between two boxes
PORT = 9  # between two lines that end at one side of a box
MOST_LINES = 5
HEADER = 46  # of a package

LEGEND = (
    "An arrow is an import; what other arrows imply is left out. Numbers are the steps of the story. "
    "Yellow: the doors into another package."
)

STYLE = """
text { font: 11px Helvetica, Arial, 'DejaVu Sans', sans-serif; fill: #24292f }
.package { font-size: 17px; font-weight: bold } .story { font-size: 15px } .name { font-size: 13px; font-weight: bold }
.code { font-family: Menlo, Consolas, 'DejaVu Sans Mono', monospace } .quiet { fill: #57606a }
.band { fill: #f6f8fa; stroke: #d0d7de } .room { fill: #ffffff; stroke: #8c959f } .step { fill: #ddf4ff; stroke: #0969da }
.number { fill: #0969da } .digit { fill: #ffffff; font-weight: bold } .door { fill: #fff8c5; stroke: #bf8700 }
.import { fill: none; stroke: #6e7781; stroke-width: 1.2 }
"""


@dataclass
class Room:
    """A folder or module of a package; `number` is its place in the story ('' when it has none)."""

    name: str
    number: str
    purpose: list[str]
    uses: set[str] = field(default_factory=set)  # rooms of the same package

    @property
    def height(self) -> int:
        return 2 * PADDING + LINE * (1 + len(self.purpose))


@dataclass
class Spot:
    """A place in a column: a room, or a line on its way past the column. `y` is its middle."""

    name: str
    height: int
    y: float = 0


@cache
def tree(file: Path) -> ast.Module:
    """The parsed source."""
    return ast.parse(file.read_text(encoding="utf-8"))


def docstring(file: Path) -> str:
    """The docstring's first paragraph on one line."""
    return " ".join((ast.get_docstring(tree(file)) or "").split("\n\n")[0].split())


def sources(package: str) -> list[Path]:
    """The package's modules; the page's entry is one of `ui`."""
    return [*sorted((ROOT / package).rglob("*.py")), *([ROOT / "app.py"] if package == "ui" else [])]


def room_of(parts: tuple[str, ...]) -> str:
    """The room that a module's dotted name lies in."""
    return parts[1] if len(parts) > 1 else parts[0]


def dotted(file: Path) -> tuple[str, ...]:
    """The parts of a module's name."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def imported(file: Path) -> Iterator[tuple[str, ...]]:
    """The names of the project's own modules that a file imports, function-local imports too."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PACKAGES:
            parts = tuple(node.module.split("."))
            for alias in node.names:
                yield (*parts, alias.name) if ROOT.joinpath(*parts).is_dir() else parts


def rooms(package: str) -> dict[str, Room]:
    """The package's rooms by name, with their imports."""
    found: dict[str, Room] = {}
    for entry in sorted((ROOT / package).iterdir()):
        file = entry / "__init__.py" if entry.is_dir() else entry
        if file.exists() and file.suffix == ".py" and entry.stem not in ("__init__", *ENTRIES):
            number, purpose = described(docstring(file))
            found[entry.stem] = Room(entry.stem, number, purpose)
    for file in sources(package):
        user = found.get(room_of(dotted(file)))
        if user:
            others = {room_of(parts) for parts in imported(file) if parts[0] == package}
            user.uses |= others & found.keys() - {user.name}
    return found


def described(text: str) -> tuple[str, list[str]]:
    """A docstring's number in the story, and the lines that say in short what the room is for."""
    match = re.match(r"(?:(\d)\. )?(.*?)(?:[.:;](?: |$)|$)", text)
    assert match
    words = match[2].replace("`", "").replace("->", "→")
    words = words[:1].upper() + words[1:]
    while ", " in words and len(textwrap.wrap(words, LETTERS)) > MOST_LINES:
        words = words.rpartition(", ")[0]
    return match[1] or "", textwrap.wrap(words, LETTERS, max_lines=MOST_LINES, placeholder=" …")


def columns(uses: Mapping[str, set[str]]) -> dict[str, int]:
    """Each room's column: right of all that it uses, and near to those that use it. Raises CycleError on a circle."""
    order = list(TopologicalSorter(uses).static_order())
    column: dict[str, int] = {}
    for name in order:
        column[name] = 1 + max((column[other] for other in uses[name]), default=-1)
    for name in reversed(order):
        users = [column[user] for user in uses if name in uses[user]]
        column[name] = min(users) - 1 if users else column[name]
    return column


def reduced(uses: Mapping[str, set[str]]) -> list[tuple[str, str]]:
    """The imports (user, used) that no other chain of imports implies."""

    @cache
    def reached(name: str) -> frozenset[str]:
        return frozenset(uses[name]).union(*map(reached, uses[name]))

    return [
        (user, used)
        for user in sorted(uses)
        for used in sorted(uses[user])
        if not any(used in reached(other) for other in uses[user] - {used})
    ]


class Band:
    """One package: its rooms in columns, and the lines between them."""

    def __init__(self, package: str) -> None:
        self.package, self.rooms = package, rooms(package)
        uses = {name: room.uses for name, room in self.rooms.items()}
        column = columns(uses)
        self.columns: list[list[Spot]] = [[] for _ in range(max(column.values()) + 1)]
        for name, at in column.items():
            self.columns[at].append(Spot(name, self.rooms[name].height))
        self.routes = [self._route(user, used, column) for user, used in reduced(uses)]
        self.links = [link for route in self.routes for link in pairwise(route)]
        assert self.x(len(self.columns)) - GAP <= WIDTH - 2 * MARGIN, f"{package} needs a larger WIDTH or a smaller BOX"
        self._order()
        self.height = self._stack()

    def _route(self, user: str, used: str, column: Mapping[str, int]) -> list[str]:
        """The spots of a line from user to used, one in each column that it passes."""
        passed = []
        for at in range(column[user] - 1, column[used], -1):
            passed.append(f"{user} {used} {at}")
            self.columns[at].append(Spot(passed[-1], LANE))
        return [user, *passed, used]

    def _order(self) -> None:
        """Sort each column by where its neighbours are, a few times to and fro, so that few lines cross."""
        for spots in self.columns:
            spots.sort(key=lambda spot: (self._number(spot.name), spot.name))
        for sweep in range(8):
            self._stack()
            for spots in self.columns if sweep % 2 == 0 else reversed(self.columns):
                spots.sort(key=self._middle)
                self._stack()

    def _number(self, name: str) -> str:
        return (self.rooms[name].number or "9") if name in self.rooms else "9"

    def _middle(self, spot: Spot) -> float:
        near = [b for a, b in self.links if a == spot.name] + [a for a, b in self.links if b == spot.name]
        return sum(self.y[name] for name in near) / len(near) if near else spot.y

    def _stack(self) -> float:
        """Give each spot its height above the others of its column, all columns centred; returns the band's height."""
        tall = [sum(spot.height + BETWEEN for spot in spots) - BETWEEN for spots in self.columns]
        for spots, high in zip(self.columns, tall, strict=True):
            top = (max(tall) - high) / 2
            for spot in spots:
                spot.y = top + spot.height / 2
                top += spot.height + BETWEEN
        self.y = {spot.name: spot.y for spots in self.columns for spot in spots}
        return max(tall)

    def x(self, at: int) -> float:
        """The left edge of a column."""
        return 2 * MARGIN + at * (BOX + GAP)

    def drawn(self, top: float) -> Iterator[str]:
        """The lines, then the boxes over them."""
        at = {spot.name: n for n, spots in enumerate(self.columns) for spot in spots}
        for route in self.routes:
            yield self._line(route, at, top)
        for name, room in self.rooms.items():
            yield from box(room, self.x(at[name]), top + self.y[name] - room.height / 2)

    def _line(self, route: list[str], at: Mapping[str, int], top: float) -> str:
        path = ""
        for user, used in pairwise(route):
            x, y = self.x(at[user]), top + self._port(user, (user, used), 0)
            to_x, to_y = self.x(at[used]) + BOX, top + self._port(used, (user, used), 1)
            path += (
                f"{'L' if path else 'M'}{x:g} {y:g}C{x - GAP / 2:g} {y:g} {to_x + GAP / 2:g} {to_y:g} {to_x:g} {to_y:g}"
            )
        return f'<path class="import" marker-end="url(#head)" d="{path}"/>'

    def _port(self, name: str, link: tuple[str, str], side: int) -> float:
        """Where at a spot's side a line begins or ends: the lines side by side in the order of their other ends."""
        beside = sorted((a, b) for a, b in self.links if (a, b)[side] == name)
        beside.sort(key=lambda other: self.y[other[1 - side]])
        return self.y[name] + (beside.index(link) - (len(beside) - 1) / 2) * PORT


def box(room: Room, x: float, y: float) -> Iterator[str]:
    """A room's box with its name, number and purpose."""
    kind = "step" if room.number else "room"
    yield f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{BOX}" height="{room.height}" rx="6"/>'
    base = y + PADDING + LINE - 3
    if room.number:
        yield f'<circle class="number" cx="{x + BOX - 14:g}" cy="{base - 4:g}" r="8"/>'
        yield f'<text class="digit" x="{x + BOX - 14:g}" y="{base:g}" text-anchor="middle">{room.number}</text>'
    yield f'<text class="name" x="{x + PADDING:g}" y="{base:g}">{escape(room.name)}</text>'
    for n, line in enumerate(room.purpose, start=1):
        yield f'<text class="quiet" x="{x + PADDING:g}" y="{base + n * LINE:g}">{escape(line)}</text>'


def doors(user: str, entered: str) -> list[str]:
    """By which modules one package enters another, and who alone does where that is one room."""
    found: dict[str, dict[str, set[str]]] = {}
    for file in sources(user):
        for parts in imported(file):
            if parts[0] == entered:
                modules = found.setdefault(room_of(parts), {})
                modules.setdefault(".".join(parts[1:3]), set()).add(room_of(dotted(file)))
    lines = []
    for room, modules in sorted(found.items()):
        users = set.union(*modules.values())
        alone = f" ({users.pop()} only)" if len(users) == 1 else ""
        lines.append((next(iter(modules)) if len(modules) == 1 else room) + alone)
    return lines


def door_row(user: str, entered: str, top: float) -> tuple[list[str], float]:
    """The doors as a row of chips, wrapped; and where the row ends."""
    parts, x, y = [], MARGIN, top
    title = f"{user} enters {entered} by"
    parts.append(f'<text class="quiet" x="{x}" y="{y + 15:g}">{title}</text>')
    start = x = x + 120
    for door in doors(user, entered):
        wide = round(6.7 * len(door)) + 12
        if x + wide > WIDTH - MARGIN:
            x, y = start, y + 26
        parts.append(f'<rect class="door" x="{x}" y="{y:g}" width="{wide}" height="21" rx="4"/>')
        parts.append(f'<text class="code" x="{x + 6}" y="{y + 15:g}">{escape(door)}</text>')
        x += wide + 6
    return parts, y + 21


def entry(package: str) -> str:
    """The command that runs a package, as its entry's docstring names it."""
    file = ROOT / package / "__main__.py"
    match = re.search(r"`([^`]+)`", docstring(file if file.exists() else ROOT / "app.py"))
    return match[1] if match else ""


def picture() -> str:
    """The whole picture as SVG."""
    body: list[str] = []
    y: float = MARGIN
    for n, package in enumerate(PACKAGES):
        for entered in filter(partial(doors, package), PACKAGES[:n]):
            row, y = door_row(package, entered, y)
            body += row
            y += 8
        band = Band(package)
        tall = band.height + HEADER + MARGIN
        body.append(
            f'<rect class="band" x="{MARGIN}" y="{y:g}" width="{WIDTH - 2 * MARGIN}" height="{tall:g}" rx="8"/>'
        )
        body += header(band, y)
        body += band.drawn(y + HEADER)
        y += tall + 12
    body.append(f'<text class="quiet" x="{MARGIN}" y="{y + 8:g}">{LEGEND}</text>')
    return "\n".join(framed(body, y + MARGIN)) + "\n"


def header(band: Band, top: float) -> Iterator[str]:
    """A band's title, its steps in the order of the story, and the command that runs it."""
    story = docstring(ROOT / band.package / "__init__.py").split(". ")[0].rstrip(".")
    steps = sorted((room.number, room.name) for room in band.rooms.values() if room.number)
    if steps:
        story += ":  " + "  →  ".join(f"{number} {name}" for number, name in steps)
    left, right, y = 2 * MARGIN, WIDTH - 2 * MARGIN, top + 27
    yield f'<text class="package" x="{left}" y="{y:g}">{band.package}/</text>'
    yield f'<text class="story" x="{left + 78}" y="{y:g}">{escape(story)}</text>'
    yield f'<text class="code quiet" x="{right}" y="{y:g}" text-anchor="end">{escape(entry(band.package))}</text>'


def framed(body: Iterable[str], height: float) -> Iterator[str]:
    """The SVG around its parts."""
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" role="img">'
    yield "<title>The rooms of AskNotes and their imports</title>"
    yield "<!-- made by tools/draw_architecture.py from the code; do not edit -->"
    yield f"<style>{STYLE}</style>"
    yield '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    yield '<path d="M0 0L8 4L0 8z" fill="#6e7781"/></marker></defs>'
    yield f'<rect width="{WIDTH}" height="{height:g}" fill="#ffffff"/>'
    yield from body
    yield "</svg>"


def main() -> int:
    """Write the picture; returns the exit status."""
    PICTURE.write_text(picture(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
