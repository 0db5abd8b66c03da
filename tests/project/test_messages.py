"""Every sentence for people stands in a catalogue in both languages, held by reading the source: what is raised, what is said."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from paths import ROOT

from ingest.messages import MESSAGES, Catalogue
from ingest.messages.catalogue import fields_of
from ui.words import WORDS

FILES = sorted(
    [*(f for folder in ("asknotes", "ingest", "rag", "ui") for f in ROOT.glob(f"{folder}/**/*.py")), ROOT / "app.py"]
)
CATALOGUES = {"messages": MESSAGES, "words": WORDS}
HAN = re.compile(r"[\u4e00-\u9fff]")
# What is no prose: code, quotes, addresses, JSON, fields.
CODE = re.compile(r"`[^`]*`|'[^']*'|https?://[\w.:/]+|\{file\}:|\[?\{\{.*\}\}(, …\])?|\{\w+(:[^}]*)?\}")


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def _error_classes() -> frozenset[str]:
    """AskNotesError and what derives from it."""
    bases = {
        node.name: {ast.unparse(base) for base in node.bases}
        for file in FILES
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.ClassDef)
    }
    found = {"AskNotesError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return frozenset(found)


def _calls(names: frozenset[str]) -> Iterator[tuple[str, ast.Call]]:
    """Where the classes and functions of these names are called; not in the two places that pass a key on."""
    for file in FILES:
        where = file.relative_to(ROOT).as_posix()
        if where in ("ingest/errors.py", "ingest/messages/message.py"):
            continue
        for node in ast.walk(_tree(file)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in names:
                yield f"{where}:{node.lineno}", node


def _pattern(key: ast.JoinedStr) -> re.Pattern[str]:
    """What the keys that an f-string can make look like."""
    parts = [re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+" for part in key.values]
    return re.compile("".join(parts))


def _fault(call: ast.Call, catalogue: Catalogue) -> str:
    """What is wrong with a call whose first argument is a key and whose others are the sentence's values."""
    if len(call.args) != 1 or any(keyword.arg is None for keyword in call.keywords):
        return "takes a key and named values"
    key, given = call.args[0], {keyword.arg for keyword in call.keywords}
    if isinstance(key, ast.JoinedStr):
        return "" if any(map(_pattern(key).fullmatch, catalogue)) else f"makes no key: {ast.unparse(key)}"
    if not isinstance(key, ast.Constant):
        return f"no key in plain sight: {ast.unparse(key)}"
    if key.value not in catalogue:
        return f"unknown key: {key.value}"
    wanted = catalogue.fields(str(key.value))
    return "" if given == wanted else f"{key.value} wants {sorted(wanted)}, gets {sorted(map(str, given))}"


def test_every_error_and_message_has_a_key_with_its_values() -> None:
    calls = list(_calls(_error_classes() | {"Message"}))
    assert len(calls) > 150 and {"HistoryError", "ScopeError", "NoteLeftOut"} <= _error_classes()
    assert _error_classes() <= {ast.unparse(call.func) for _, call in calls}, "a class that is never raised"
    assert {where: fault for where, call in calls if (fault := _fault(call, MESSAGES))} == {}


def test_every_word_of_the_page_that_stands_in_plain_sight_has_its_values() -> None:
    calls = [(at, call) for at, call in _calls(frozenset({"words"})) if isinstance(call.args[0], ast.Constant)]
    assert len(calls) > 100
    assert {where: fault for where, call in calls if (fault := _fault(call, WORDS))} == {}


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("NoteError('cannot be read')", "unknown key"),
        ("NoteError('note.unreadable')", "wants ['reason'], gets []"),
        ("NoteError('note.nul', path=path)", "wants [], gets ['path']"),
        ("NoteError('note.nul', 'holds NUL')", "takes a key"),
        ("NoteError(f'cannot be read ({error})')", "makes no key"),
        ("NoteError(reason)", "no key in plain sight"),
        ("Message('note.unreadable', reason=reason)", ""),
    ],
)
def test_the_rule_can_fail(source: str, fault: str) -> None:
    call = ast.parse(source, mode="eval").body
    assert isinstance(call, ast.Call)
    found = _fault(call, MESSAGES)
    assert fault in found and bool(fault) == bool(found)


@pytest.mark.parametrize("name", CATALOGUES)
def test_no_key_is_unused(name: str) -> None:
    entries = {"messages": [ROOT / "ingest/messages"], "words": [ROOT / "ui/words.py", ROOT / "ui/wording"]}[name]
    used: set[str] = set()
    for file in FILES if name == "messages" else filter(_of_the_page, FILES):
        for node in ast.walk(_tree(file)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not _is_entry(node, file, entries):
                used.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                used |= set(filter(_pattern(node).fullmatch, CATALOGUES[name]))
    assert set(CATALOGUES[name]) - used == set()


def _of_the_page(file: Path) -> bool:
    return file.is_relative_to(ROOT / "ui") or file.name == "app.py"


def _is_entry(node: ast.Constant, file: Path, entries: list[Path]) -> bool:
    """Whether a text stands in the catalogue itself."""
    return any(map(file.is_relative_to, entries)) and node in _own_keys(file)


@cache
def _own_keys(file: Path) -> frozenset[ast.AST]:
    dictionaries = (
        node.value
        for node in _tree(file).body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "Entries"
    )
    return frozenset(key for one in dictionaries if isinstance(one, ast.Dict) for key in one.keys if key)


@pytest.mark.parametrize("name", CATALOGUES)
def test_both_languages_say_the_same_of_the_same(name: str) -> None:
    catalogue = CATALOGUES[name]
    faults = {}
    for key in catalogue:
        chinese, english = catalogue[key]
        if not HAN.search(chinese) or HAN.search(english):
            faults[key] = "Chinese is Chinese, English is not"
        elif fields_of(chinese) != fields_of(english):
            faults[key] = f"other fields: {sorted(fields_of(chinese) ^ fields_of(english))}"
        elif name == "messages" and re.search(r"[,;:()!?]", CODE.sub("", chinese)):
            faults[key] = "English punctuation in the Chinese"
    assert faults == {}


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_sentence_can_be_told(name: str) -> None:
    catalogue = CATALOGUES[name]
    for key in catalogue:
        for language, sentence in zip(("zh", "en"), catalogue[key], strict=True):
            fields = [(field, spec) for _, field, spec, _ in Formatter().parse(sentence) if field]
            values = {field: 1.5 if spec else "«value»" for field, spec in fields}
            said = catalogue.told(key, language, values)  # type: ignore[arg-type]
            assert said.count("«value»") == sum(not spec for _, spec in fields)
            assert said == said.strip() or key == "inferred"


def test_a_key_stands_in_one_part() -> None:
    with pytest.raises(AssertionError, match="twice"):
        Catalogue({"a": ("一", "one")}, {"a": ("二", "two")})
