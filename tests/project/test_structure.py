"""The structural rules of docs/architecture.md, held by reading the imports, function-local ones too."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT

MODULES = sorted([*ROOT.glob("ingest/**/*.py"), *ROOT.glob("rag/**/*.py"), *ROOT.glob("ui/**/*.py"), ROOT / "app.py"])
EDGES = {
    "ingest/__main__.py",
    "rag/__main__.py",
    "app.py",
    "ingest/models/defaults.py",
}  # models.py is a command of its own
ALLOWED = {
    "ingest": {"ingest"},
    "rag": {"rag", "ingest"},
    "ui": {"ui", "rag", "ingest"},
    "app": {"ui", "rag", "ingest"},
}


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _imports(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found.add(node.module or "")
    return found


def _calls(tree: ast.AST) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


@pytest.mark.parametrize("file", MODULES, ids=_name)
def test_imports_never_run_back(file: Path) -> None:
    own = file.relative_to(ROOT).parts[0].removesuffix(".py")
    tops = {name.split(".")[0] for name in _imports(ast.parse(file.read_text(encoding="utf-8")))}
    assert tops & {"ingest", "rag", "ui", "app"} <= ALLOWED[own]
    if own in ("ingest", "rag"):
        assert "streamlit" not in tops
    assert not tops & {"pickle", "marshal", "shelve", "dill", "joblib"}


@pytest.mark.parametrize("file", MODULES, ids=_name)
def test_only_the_edges_print_and_read_the_environment(file: Path) -> None:
    if _name(file) in EDGES:
        return
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert "print" not in _calls(tree)
    assert not any(
        isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"} for node in ast.walk(tree)
    )


def test_langchain_community_is_used_in_one_place_at_most() -> None:
    users = [_name(f) for f in MODULES if any("langchain_community" in i for i in _imports(ast.parse(f.read_text())))]
    assert len(users) <= 1


def test_the_tests_that_the_docs_name_exist() -> None:
    named = re.findall(r"`(?:test_\w+\.py::)?(test_\w+)`", (ROOT / "docs" / "reliability.md").read_text())
    tests = "".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name in named if f"def {name}(" not in tests] == []
    assert len(named) > 30


def test_layout() -> None:
    for name in ("ingest", "rag", "app.py", "corpus", "tests", "pyproject.toml", "Makefile", ".ci/run", "README.md"):
        assert (ROOT / name).exists(), name
    assert "index/" in (ROOT / ".gitignore").read_text()


def test_importing_does_no_work() -> None:
    """No module loads a model library, opens the network or writes when it is imported."""
    names = [_name(f).removesuffix(".py").replace("/", ".").removesuffix(".__init__") for f in MODULES]
    names = [n for n in names if not n.startswith(("ui", "app")) and not n.endswith("__main__")]
    heavy = ["torch", "sentence_transformers", "transformers", "faiss", "xllamacpp", "streamlit", "langchain_openai"]
    code = (
        f"import sys, importlib\nfor name in {names!r}: importlib.import_module(name)\n"
        f"print(sorted(set({heavy!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
