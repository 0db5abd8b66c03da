"""What the page hands to Streamlit is ours: words of the catalogue without values, or text that was escaped.

Streamlit reads nearly every text as Markdown, which loads pictures: a note's name in a caption is enough to make the
browser call somebody. Held by reading the source of whatever calls Streamlit.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from paths import ROOT

FILES = sorted(
    [*ROOT.glob("ui/pages/**/*.py"), *ROOT.glob("ui/components/*.py"), ROOT / "ui/state.py", ROOT / "app.py"]
)
NO_TEXT = {"container", "columns", "fragment", "cache_resource", "rerun", "stop", "form", "feedback"}
TEXTS = {"label", "body", "text", "help", "placeholder", "page_title"}  # keywords whose values are shown
ESCAPES = {"label", "html.escape"}


@dataclass
class Source:
    """A module, with the function that a call stands in to look its names up."""

    tree: ast.Module

    def __post_init__(self) -> None:
        self.within: dict[ast.AST, ast.AST] = {
            child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)
        }
        self.functions = {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)}

    def calls(self, name: str) -> Iterator[ast.Call]:
        """Where a function of this module is called."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).removeprefix("self.") == name:
                yield node

    def scopes(self, node: ast.AST) -> Iterator[ast.FunctionDef]:
        """The functions around a node, the nearest first."""
        while node := self.within.get(node):  # type: ignore[assignment]
            if isinstance(node, ast.FunctionDef):
                yield node

    def ours(self, value: ast.expr | None, seen: frozenset[ast.AST] = frozenset()) -> bool:
        """Whether nothing from outside can stand in this text unescaped."""
        if value is None or value in seen:
            return value is not None  # a name that is made of itself, as by `+=`
        seen |= {value}
        match value:
            case ast.Constant():
                return True
            case ast.JoinedStr(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
                return all(self.ours(part, seen) for part in parts)
            case ast.FormattedValue(value=inner):
                return self.ours(inner, seen)
            case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, op=ast.Add(), right=other):
                return self.ours(one, seen) and self.ours(other, seen)
            case ast.BinOp(op=ast.Sub()):
                return True  # a number
            case ast.ListComp(elt=inner) | ast.GeneratorExp(elt=inner):
                return self.ours(inner, seen)
            case ast.Call():
                return self._call(value, seen)
            case ast.Name(id=name):
                return self._name(value, name, seen)
        return False

    def _call(self, call: ast.Call, seen: frozenset[ast.AST]) -> bool:
        name = ast.unparse(call.func).removeprefix("self.")
        if name in ESCAPES or name == "words.seconds" or (name.endswith("_html") and name not in self.functions):
            return True  # `…_html` of ui/render is tried in tests/ui/test_render.py
        if name == "words":
            return not call.keywords
        if isinstance(call.func, ast.Attribute) and call.func.attr == "join" and len(call.args) == 1:
            return self.ours(call.func.value, seen) and self.ours(call.args[0], seen)
        if name in ("_read", "len"):  # the page's own style sheet; a number
            return True
        made = self.functions.get(name)
        returns = [node.value for node in ast.walk(made) if isinstance(node, ast.Return)] if made else []
        return bool(returns) and all(self.ours(one, seen) for one in returns)

    def _name(self, node: ast.AST, name: str, seen: frozenset[ast.AST]) -> bool:
        """A local name: all that is ever put into it; a parameter: all that the module's own calls hand over."""
        for scope in self.scopes(node):
            given = [arg.arg for arg in (*scope.args.args, *scope.args.kwonlyargs)]
            if name in given:
                calls = list(self.calls(scope.name))
                place = [arg for arg in given if arg != "self"].index(name)
                return bool(calls) and all(self.ours(_argument(call, place, name), seen) for call in calls)
            put = [value for node in ast.walk(scope) for value in _put_into(node, name)]
            if put:
                return all(self.ours(value, seen) for value in put)
        return False

    def faults(self) -> list[str]:
        """The calls of Streamlit that show what may be from outside."""
        return [
            f"{node.lineno}: {ast.unparse(text)}"
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Call)
            for text in _shown(node)
            if not self.ours(text)
        ]


def _shown(call: ast.Call) -> Iterator[ast.expr]:
    """What a call shows, when it is one of Streamlit's."""
    function = call.func
    if not isinstance(function, ast.Attribute) or ast.unparse(function.value) not in ("st", "st.sidebar"):
        return
    if function.attr in NO_TEXT:
        return
    if function.attr not in ("progress", "set_page_config"):
        yield from call.args[:1]
    yield from (keyword.value for keyword in call.keywords if keyword.arg in TEXTS)


def _put_into(node: ast.AST, name: str) -> Iterator[ast.expr | None]:
    match node:
        case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
            yield value
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=value):
            for i, one in enumerate(names):
                if isinstance(one, ast.Name) and one.id == name:
                    yield value.elts[i] if isinstance(value, ast.Tuple) else None
        case ast.AugAssign(target=ast.Name(id=found), value=value) if found == name:
            yield value
        case ast.Call(func=ast.Attribute(value=ast.Name(id=found), attr="append" | "extend"), args=[value]) if (
            found == name
        ):
            yield value
        case ast.comprehension(target=target, iter=several) | ast.For(target=target, iter=several):
            yield from _loop_values(target, several, name)


def _loop_values(target: ast.expr, several: ast.expr, name: str) -> Iterator[ast.expr | None]:
    """What a loop's name runs through, when that stands in the loop itself; None for what does not."""
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    place = next((i for i, one in enumerate(names) if isinstance(one, ast.Name) and one.id == name), -1)
    if place < 0:
        return
    for one in several.elts if isinstance(several, ast.List | ast.Tuple) else [None]:
        if not isinstance(target, ast.Tuple):
            yield one
        else:
            yield one.elts[place] if isinstance(one, ast.Tuple) else None


def _argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    if place < len(call.args):
        return call.args[place]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def parsed(text: str) -> Source:
    return Source(ast.parse(text))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_streamlit_shows_our_words_or_escaped_ones(file: Path) -> None:
    assert parsed(file.read_text(encoding="utf-8")).faults() == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("st.info(words('not_in_index', path=path))", True),
        ("st.info(label(words('not_in_index', path=path)))", False),
        ("st.caption(note.title)", True),
        ("st.button('x', help=note.title)", True),
        ("st.html(f'<p>{title}</p>')", True),
        ("st.html(f'<p>{html.escape(title)}</p>')", False),
        ("def f(name): st.write(name)\nf(words('a'))", False),
        ("def f(name): st.write(name)\nf(words('a'))\nf(note.title)", True),
        ("def f():\n    said = words('a')\n    said += note.title\n    st.write(said)", True),
        ("def f(): return note.title\nst.write(f())", True),
        ("def f():\n    rows = []\n    rows.append(note.title)\n    st.html(''.join(rows))", True),
        ("def f():\n    for key, name in ((1, words('a')), (2, words('b'))): st.write(name)", False),
        ("def f():\n    for key, name in ((1, words('a')), (2, note.title)): st.write(name)", True),
        ("def f():\n    for name in names: st.write(name)", True),
        ("st.progress(0.5, text=note.title)", True),
        ("with st.spinner(words('opening')): pass", False),
    ],
)
def test_the_rule_can_fail(source: str, found: bool) -> None:
    assert bool(parsed(source).faults()) == found
