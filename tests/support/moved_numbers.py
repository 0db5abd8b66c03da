"""Moves each number of a module by a fifth, and asks the tests of its borders whether they notice.

    python tests/support/moved_numbers.py MODULE.py TEST.py [MODULE.py TEST.py …]

prints one line for each move that no test noticed. A number is what the code compares, cuts or weighs with, bounds
within patterns (`{0,20}`) included; 0 and 1 are none, nor is the size of a cache. A whole number moves by one at least.
"""

import ast
import copy
import importlib.abc
import importlib.util
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType

_BOUND = re.compile(r"(?<=[{,])\d+(?=\})")  # the upper one
UNNOTICED, NOTICED = 0, 1  # exit statuses of pytest


def moves(tree: ast.Module) -> Iterator[tuple[str, ast.Module]]:
    """What is moved to where, and the module's tree after it."""
    for place, node in enumerate(ast.walk(tree)):
        if not isinstance(node, ast.Constant) or node in _cache_sizes(tree):
            continue
        for value in _moved(node.value):
            other = copy.deepcopy(tree)
            moved = next(found for n, found in enumerate(ast.walk(other)) if n == place)
            assert isinstance(moved, ast.Constant)
            moved.value = value
            yield f"line {node.lineno}: {_difference(node.value, value)}", other


def _moved(value: object) -> Iterator[float | str]:
    if isinstance(value, str):
        for bound in _BOUND.finditer(value):
            for number in _fifth(int(bound.group())):
                yield f"{value[: bound.start()]}{number}{value[bound.end() :]}"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _fifth(value)


def _fifth(number: float) -> tuple[float, ...]:
    if number in (0, 1):
        return ()
    step = max(1, round(number / 5)) if isinstance(number, int) else number / 5
    return number - step, number + step


def _cache_sizes(tree: ast.Module) -> set[ast.AST]:
    return {word.value for word in ast.walk(tree) if isinstance(word, ast.keyword) and word.arg == "maxsize"}


def _difference(old: object, new: object) -> str:
    if not (isinstance(old, str) and isinstance(new, str)):
        return f"{old} -> {new}"
    start = next(i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    return f"…{old[max(0, start - 20) : start + 4]}… -> …{new[max(0, start - 4) : start + 4]}…"


class _Moved(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds one module, and runs other code in its place."""

    def __init__(self, name: str, code: CodeType) -> None:
        self._name, self._code = name, code

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(fullname, self) if fullname == self._name else None

    def get_source(self, fullname: str) -> None:
        return None

    def get_code(self, fullname: str) -> CodeType:
        return self._code

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)


def _status(file: Path, tree: ast.Module, test: str) -> Callable[[], int]:
    """Starts the test over the moved module in a child; what is returned waits for its exit status."""
    child = os.fork()
    if child:
        return lambda: os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    name = ".".join(file.with_suffix("").parts)
    sys.meta_path.insert(0, _Moved(name, compile(ast.fix_missing_locations(tree), str(file), "exec")))
    os._exit(_pytest("-x", test))


def _pytest(*arguments: str) -> int:
    """The exit status; nothing is printed."""
    import pytest

    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        return int(pytest.main(["-q", "-m", "not model", "-p", "no:cacheprovider", *arguments]))


def main(arguments: list[str]) -> None:
    """Print what was not noticed."""
    from ingest.text.tokens import Tokenizer

    Tokenizer().tokenize("每个子进程都要用的词典")
    _pytest("--collect-only", __file__)  # loads pytest's plugins and the conftest, once for all children
    for file, test in zip(arguments[::2], arguments[1::2], strict=True):
        assert ".".join(Path(file).with_suffix("").parts) not in sys.modules
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
        waiting = []
        for said, moved in [("unmoved", tree), *moves(tree)]:
            waiting.append((said, _status(Path(file), moved, test)))
            if len(waiting) >= (os.cpu_count() or 1):
                _tell(file, *waiting.pop(0))
        for one in waiting:
            _tell(file, *one)


def _tell(file: str, said: str, status: Callable[[], int]) -> None:
    wanted = UNNOTICED if said == "unmoved" else NOTICED
    if (got := status()) != wanted:
        print(f"{file} {said}" + ("" if got == UNNOTICED else f" (status {got})"), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
