"""What is installed is what was chosen: every package pinned with hashes, under a licence that is known."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires

import pytest
from packaging.requirements import Requirement
from paths import ROOT

from tools import lock, write_licences
from tools.bootstrap import PYTHONS

CUDA = ("nvidia", "cuda", "triton")
LOCKED = lock.LOCK.read_text(encoding="utf-8")


def test_the_lock_and_the_constraints_agree() -> None:
    pinned = lock.packages((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    other = {name: version for name, version in lock.packages(LOCKED).items() if pinned.get(name) != version}
    assert not other, "run `python -m tools.lock` where uv is installed"


def test_every_package_that_ships_is_locked_by_hash_and_by_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [
        *project["dependencies"],
        *(one for extra in ("api", "mcp", "docx", "pdf", "spreadsheets", "oidc") for one in extras[extra]),
    ]
    locked = lock.packages(LOCKED)
    assert {lock.plain(re.split(r"[\[=]", one)[0]) for one in asked} <= locked.keys()
    blocks = [block for block in re.split(r"^(?=\S)", LOCKED, flags=re.MULTILINE) if not block.startswith("#")]
    blocks = list(filter(None, blocks))
    assert len(blocks) == len(locked) > 100
    for block in blocks:
        first, *hashes = block.rstrip().split(" \\\n")
        assert "==" in first and hashes and "://" not in block, first
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}", line) for line in hashes), first


def test_the_cpu_builds_of_pytorch_are_known_and_cuda_is_not_there() -> None:
    (torch,) = re.findall(r"^torch==.*?(?=^\S)", LOCKED, flags=re.MULTILINE | re.DOTALL)
    assert tuple(lock.TORCH_CPU) == PYTHONS
    assert all(digest in torch for digests in lock.TORCH_CPU.values() for digest in digests)
    assert not [name for name in lock.packages(LOCKED) if name.startswith(CUDA)]


COMPILED = """\
a-b==1.0 ; (platform_machine == 'aarch64' or platform_machine == 'x86_64') and sys_platform == 'linux' or sys_platform == 'darwin' \\
    --hash=sha256:aa
nvidia-cublas==13.1 ; sys_platform == 'linux' \\
    --hash=sha256:bb
torch==2.13.0 \\
    --hash=sha256:cc
zipp==4 ; python_full_version < '3.12' \\
    --hash=sha256:dd
"""


def test_what_uv_made_becomes_the_lock() -> None:
    made = lock.locked(COMPILED).split("\n", maxsplit=1)[1]
    added = "".join(f" \\\n    --hash=sha256:{digest}" for both in lock.TORCH_CPU.values() for digest in both)
    assert made == (
        "a-b==1.0 \\\n    --hash=sha256:aa\n"
        f"torch==2.13.0 \\\n    --hash=sha256:cc{added}\n"
        "zipp==4 ; python_full_version < '3.12' \\\n    --hash=sha256:dd\n"
    )
    assert lock.packages(made) == {"a-b": "1.0", "torch": "2.13.0", "zipp": "4"}
    assert {name: str(marker or "") for name, marker in lock.markers(made).items()} == {
        "a-b": "",
        "torch": "",
        "zipp": 'python_full_version < "3.12"',
    }


SYSTEMS = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")]


@pytest.mark.parametrize(("system", "machine"), SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_has_all_that_a_python_needs_on_each_system(python: str, system: str, machine: str) -> None:
    here = {
        "python_version": python,
        "python_full_version": f"{python}.6",
        "sys_platform": system,
        "platform_system": system.title(),
        "platform_machine": machine,
    }
    locked = {name for name, marker in lock.markers(LOCKED).items() if not marker or marker.evaluate(here)}
    seen: set[tuple[str, str]] = set()
    asked = [Requirement(f"asknotes[{','.join(lock.EXTRAS)}]")]
    while asked:
        one = asked.pop()
        for extra in {"", *one.extras}:
            wanted = (lock.plain(one.name), extra)
            if wanted in seen or wanted[0].startswith(CUDA):
                continue
            seen.add(wanted)
            asked += [
                need
                for need in map(Requirement, _requires(one.name))
                if not need.marker or need.marker.evaluate(here | {"extra": extra})
            ]
    needed = {name for name, _ in seen} - {"asknotes"}
    assert len(needed) > 100
    assert needed <= locked


def _requires(name: str) -> list[str]:
    """What a package needs, by its own metadata; of one that is for another Python or system alone nothing is known here."""
    try:
        return requires(name) or []
    except PackageNotFoundError:
        assert lock.markers(LOCKED)[lock.plain(name)]
        return []


def test_the_list_of_licences_is_up_to_date_and_has_none_that_we_could_not_ship() -> None:
    page = write_licences.PAGE.read_text(encoding="utf-8")
    assert page == write_licences.page(LOCKED, page), "run `make docs`"
    rows = [line.split("|")[3].strip() for line in page.splitlines() if line.startswith("| ")][2:]
    assert all(re.search(r"MIT|BSD|Apache|MPL|Mozilla|ISC|PSF", row) for row in rows)


def test_the_licence_of_what_is_for_another_python_stays() -> None:
    elsewhere = "gone==2 ; python_version < '3.9' \\\n    --hash=sha256:aa\nclick==8 \\\n    --hash=sha256:bb\n"
    made = write_licences.page(elsewhere, "| gone | 2 | Apache-2.0 |\n| click | 8 | none |\n")
    assert made.endswith("| gone | 2 | Apache-2.0 |\n| click | 8 | BSD-3-Clause |\n")
    with pytest.raises(PackageNotFoundError, match="gone"):
        write_licences.page(elsewhere, "| gone | 1 | Apache-2.0 |\n")


@pytest.mark.parametrize(
    ("name", "same"), [("PyYAML", "pyyaml"), ("jaraco.classes", "jaraco-classes"), ("a__b", "a-b")]
)
def test_names_are_compared_as_indexes_do(name: str, same: str) -> None:
    assert lock.plain(name) == same
