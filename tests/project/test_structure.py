"""The structural rules of docs/architecture.md, held by reading the source: imports (function-local ones too), calls, sizes."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from paths import ROOT, TESTS

FOLDERS = ("ingest", "rag", "ui", "asknotes")
MODULES = sorted([*(file for folder in FOLDERS for file in ROOT.glob(f"{folder}/**/*.py")), ROOT / "app.py"])
EDGES = {"ingest/__main__.py", "rag/__main__.py", "app.py", "ingest/models/__main__.py", "asknotes/__main__.py"}

# From left to right: a room may enter those to its left, and itself; rooms in one group do not enter each other.
ORDER = {
    "ingest": [
        "messages",
        "errors",
        "text",
        "schema config progress endpoint portable",
        "keys vaults",
        "notes passages models",
        "vectors index",
        "store",
        "build",
        "__main__",
    ],
    "rag": [
        "records",
        "judged question sources model",
        "search",
        "citations tools",
        "answer",
        "records_json",
        "history",
        "evaluate",
        "console open",
        "__main__",
    ],
    "ui": ["wording users", "words", "backend jobs", "render", "state components", "pages server"],
    "asknotes": ["access forms library", "api mcp_server", "cli", "__main__"],
}
# The doors by which one package enters another, and what alone may use them where that is less than all of it.
DOORS = {
    ("rag", "ingest"): {
        "ingest.messages": "",
        "ingest.errors": "",
        "ingest.config": "",
        "ingest.endpoint": "",
        "ingest.keys": "rag.open",
        "ingest.schema": "",
        "ingest.progress": "",
        "ingest.text": "",
        "ingest.passages.text": "",
        "ingest.index.read": "",
        "ingest.store.read": "",
        "ingest.vectors.embed": "rag.open",
        "ingest.models": "",
        "ingest.notes.front_matter": "rag.sources.units",
        "ingest.build.run": "rag.history.pinned",
    },
    ("ui", "rag"): {
        "rag.records": "",
        "rag.judged": "",
        "rag.history": "",
        "rag.question.scope": "",
        "rag.search.diagnose": "",
        "rag.search.plain": "",
        "rag.search.related": "",
        "rag.sources.sections": "ui.pages.why_not",
        "rag.model": "",
        "rag.open": "ui.backend",
        "rag.search.retriever": "ui.backend",
        "rag.answer": "ui.backend",
    },
    ("asknotes", "ingest"): {
        "ingest.messages": "",
        "ingest.errors": "",
        "ingest.config": "",
        "ingest.endpoint": "",
        "ingest.schema": "",
        "ingest.text.printable": "asknotes.cli",
        "ingest.progress": "asknotes.library",
        "ingest.index.read": "",
        "ingest.store": "asknotes.cli",
        "ingest.models": "asknotes.cli",
        "ingest.vectors.embed": "asknotes.cli",
        "ingest.vaults": "",
        "ingest.__main__": "asknotes.cli",
    },
    ("asknotes", "rag"): {
        "rag.records": "",
        "rag.judged": "",
        "rag.records_json": "asknotes.forms",
        "rag.console": "asknotes.api",
        "rag.model": "",
        "rag.open": "asknotes.library",
        "rag.question.scope": "asknotes.library",
        "rag.search.retriever": "asknotes.library",
        "rag.__main__": "asknotes.cli",
    },
}
STREAMLIT = ("app", "ui.pages", "ui.server", "ui.components", "ui.state", "ui.backend.local")


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _name(file: Path) -> str:
    """The module's dotted name."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imports(tree: ast.AST) -> set[str]:
    """The dotted names that a module imports; `from a import b` gives `a.b`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _calls(tree: ast.AST) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def _enters(name: str, door: str) -> bool:
    return name == door or name.startswith(f"{door}.")


def _faults(module: str, imported: str) -> str:
    """What is wrong with one import, or ''."""
    mine, theirs = module.split(".")[0], imported.split(".")[0]
    if theirs not in FOLDERS:
        return ""
    if mine == theirs:
        return _runs_back(module, imported)
    if mine == "app" or (mine, theirs) == ("ui", "ingest"):
        return ""
    doors = DOORS.get((mine, theirs))
    if doors is None:
        return "runs back"
    users = [user for door, user in doors.items() if _enters(imported, door)]
    return "" if any(not user or _enters(module, user) for user in users) else "no door"


def _runs_back(module: str, imported: str) -> str:
    """Within a package: a room enters those to its left only."""
    package, parts, others = module.split(".")[0], module.split("."), imported.split(".")
    if len(parts) < 2 or len(others) < 2 or parts[1] == others[1]:
        return ""
    order = [group.split() for group in ORDER[package]]
    place = {room: n for n, group in enumerate(order) for room in group}
    if others[1] not in place:
        return ""  # a name out of the package's own __init__
    assert parts[1] in place, f"{module} stands in no group of the order"
    return "" if place[others[1]] < place[parts[1]] else "runs back"


@pytest.mark.parametrize("file", MODULES, ids=_name)
def test_imports_go_by_the_order_and_the_doors(file: Path) -> None:
    module, imported = _name(file), _imports(_tree(file))
    assert {name: fault for name in imported if (fault := _faults(module, name))} == {}
    assert not {name.split(".")[0] for name in imported} & {"pickle", "marshal", "shelve", "dill", "joblib"}


def test_the_rule_can_fail() -> None:
    assert _faults("ingest.notes.read", "rag.records.Hit") == "runs back"
    assert _faults("ingest.text.words", "ingest.notes.read") == "runs back"
    assert _faults("rag.search.fusion", "rag.answer.answerer") == "runs back"
    assert _faults("rag.search.fusion", "ingest.build.run") == "no door"
    assert _faults("ui.pages.chat", "rag.answer.answerer") == "no door"
    assert _faults("ui.render.turn", "ui.pages.chat") == "runs back"
    assert _faults("rag.answer.answerer", "rag.search.retriever.HybridRetriever") == ""


@pytest.mark.parametrize(
    ("package", "rooms"),
    [
        ("pymilvus", ("ingest.store",)),
        ("mcp", ("asknotes.mcp_server",)),
        ("fastapi", ("asknotes.api",)),
        ("click", ("asknotes",)),
        ("streamlit", STREAMLIT),
        ("langchain_community", ("rag.search.langchain",)),
        ("langchain", ("rag.model.providers",)),
        ("openai", ("rag.model",)),
    ],
)
def test_a_package_is_used_in_its_rooms_only(package: str, rooms: tuple[str, ...]) -> None:
    users = {_name(f) for f in MODULES if any(name.split(".")[0] == package for name in _imports(_tree(f)))}
    assert {user for user in users if not any(_enters(user, room) for room in rooms)} == set()


def test_one_place_puts_the_parts_together() -> None:
    parts = {"Answerer", "HybridRetriever", "language_model"}
    users = {_name(f) for f in MODULES if parts & {call.split(".")[-1] for call in _calls(_tree(f))}}
    allowed = {"rag.open", "rag.model.probe", "rag.model.language_model"}
    allowed |= {"ui.pages.chat", "ui.pages.index", "ui.pages.sidebar"}  # they ask the backend what it has
    assert users <= allowed, users - allowed


def test_what_a_text_is_made_of_is_defined_once() -> None:
    """Han characters in `scripts` only, and one thing under each of these names."""
    han = re.compile(r"\\u(?:3400|4dbf|4e00|9fa5|9fff|00020000)", re.IGNORECASE)
    assert [_name(f) for f in MODULES if han.search(f.read_text(encoding="utf-8"))] == ["ingest.text.scripts"]
    defined = [
        name
        for tree in map(_tree, MODULES)
        for node in tree.body
        for name in (
            [node.name]
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            else [ast.unparse(target) for target in node.targets]
            if isinstance(node, ast.Assign)
            else []
        )
    ]
    for name in ("fold", "Unit", "Language", "stem", "HAN"):
        assert defined.count(name) == 1, name


@pytest.mark.parametrize("file", MODULES, ids=_name)
def test_only_the_edges_print_and_read_the_environment(file: Path) -> None:
    if file.relative_to(ROOT).as_posix() in EDGES:
        return
    assert "print" not in _calls(_tree(file))
    read = {ast.unparse(node) for node in ast.walk(_tree(file)) if isinstance(node, ast.Attribute)}
    assert not read & {"os.environ", "os.getenv"}


@pytest.mark.parametrize("file", MODULES, ids=_name)
def test_files_and_functions_can_be_seen_whole(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 350
    functions = [node for node in ast.walk(_tree(file)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 60] == []


def test_no_folder_is_flat_and_each_says_what_it_does() -> None:
    for folder in {file.parent for file in MODULES if file.parent != ROOT}:
        modules = [file for file in folder.glob("*.py") if file.name not in ("__init__.py", "__main__.py")]
        assert len(modules) <= 12, folder
        assert ast.get_docstring(_tree(folder / "__init__.py")), folder


def test_the_tests_mirror_the_rooms() -> None:
    rooms = {file.parent.relative_to(ROOT) for file in MODULES if file.parent != ROOT}
    tested = {file.parent.relative_to(TESTS) for file in TESTS.rglob("test_*.py")}
    assert {room for room in tested if room.parts[0] in FOLDERS} <= rooms


def test_the_tests_that_the_docs_name_exist() -> None:
    named = re.findall(r"`(?:(tests/[\w/]+\.py)::)?(test_\w+)`", (ROOT / "docs" / "reliability.md").read_text())
    tests = "".join(file.read_text() for file in TESTS.rglob("test_*.py"))
    lost = [name for file, name in named if f"def {name}(" not in ((ROOT / file).read_text() if file else tests)]
    assert lost == []
    assert len(named) > 30


def test_the_order_and_the_doors_stand_in_the_docs() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    assert [package for package, order in ORDER.items() if f"{package:<8} {' | '.join(order)}\n" not in page] == []
    rows = {
        pair: row for pair in DOORS for row in page.splitlines() if row.startswith("| `{}` into `{}` ".format(*pair))
    }
    named = {pair: set(re.findall(r"`([\w.]+)`", row)) for pair, row in rows.items()}
    for (user, entered), doors in DOORS.items():
        assert named[user, entered] == {user, entered} | {door.removeprefix(f"{entered}.") for door in doors} | {
            alone for alone in doors.values() if alone
        }


def test_the_paths_that_the_docs_name_exist() -> None:
    docs = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    named = {
        name
        for doc in docs
        for name in re.findall(r"\b(?:asknotes|ingest|rag|ui|tests|benchmarks)/[\w/]+\.\w+", doc.read_text())
    }
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_layout() -> None:
    for name in ("ingest", "rag", "app.py", "corpus", "tests", "pyproject.toml", "Makefile", ".ci/run", "README.md"):
        assert (ROOT / name).exists(), name
    assert "/index/" in (ROOT / ".gitignore").read_text()


def test_importing_does_no_work() -> None:
    """No module loads a model library, opens the network or writes when it is imported."""
    names = [_name(f) for f in MODULES]
    names = [n for n in names if not n.startswith(("ui", "app")) and not n.endswith("__main__")]
    heavy = ["torch", "sentence_transformers", "transformers", "faiss", "xllamacpp", "streamlit", "langchain_openai"]
    code = (
        f"import sys, importlib\nfor name in {names!r}: importlib.import_module(name)\n"
        f"print(sorted(set({heavy!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
