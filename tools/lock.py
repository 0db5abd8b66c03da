"""Write requirements.lock: every package that ships, with the hashes of its files, for each Python that is supported, on
Linux (x86-64, arm64) and macOS.

usage: uv must be on the path (`pip install uv`); then: python -m tools.lock

The versions are those of constraints.txt, which this leaves as it is; a test holds that both agree.
"""

import re
import subprocess
import sys
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement

from tools.bootstrap import PYTHONS

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
EXTRAS = ("api", "mcp", "formats", "oidc")
# The builds for the CPU alone, which are not in the package index: their hashes are added to those of the index, and what
# only the build with CUDA needs is left out. For each Python that of Linux on x86-64, then on arm64.
TORCH_CPU = {
    "3.11": (
        "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",
        "84453b69508ec79902f899c5ed9495acb9e2bbe9fda5f1d5d6f19e3c3842e1a7",
    ),
    "3.12": (
        "4ca4a9394b0c771238a4f73590fdbbc4debad85ed0fa63d026ae1b085da7d6e2",
        "6f307c2c32d764ffc6ff6893b801fad6d4752f3e67966cb8abf1843427c02604",
    ),
    "3.13": (
        "3fbf9c9d1f3c10c2d59d04aca426dee9ccc6ceb32d255c61e93acc3b4f75fae6",
        "0b8f7d0423027ae8b90c7977c627f3379f325363a08224dffad9b4b2d684a83d",
    ),
    "3.14": (
        "d20fa53ee744502fa4c69818a720b05ca0d37abd055d4f6e66cae155114bc691",
        "ca021f9eb2f8345c83fa03e3a04587308afb8df71bd472670b3ece00df58621c",
    ),
}
_CUDA = re.compile(r"(?:nvidia|cuda|triton)\b")
_EVERYWHERE = re.compile(
    r" ; \(platform_machine == 'aarch64' or platform_machine == 'x86_64'\) and sys_platform == 'linux'"
    r" or sys_platform == 'darwin'(?= \\)"
)
_HEAD = """\
# Made by `python -m tools.lock` out of pyproject.toml and constraints.txt; do not edit. How to install from it: docs/install.md.
"""


def locked(compiled: str) -> str:
    """The lock out of what uv made: one block a package, without those of CUDA, and with PyTorch's builds for the CPU."""
    blocks = re.split(r"^(?=\S)", compiled, flags=re.MULTILINE)
    kept = []
    for block in filter(None, blocks):
        if not _CUDA.match(block):
            block = _EVERYWHERE.sub("", block)
            if block.startswith("torch=="):
                added = (f" \\\n    --hash=sha256:{digest}" for digests in TORCH_CPU.values() for digest in digests)
                block = f"{block.rstrip()}{''.join(added)}\n"
            kept.append(block)
    return _HEAD + "".join(kept)


def packages(lock: str) -> dict[str, str]:
    """The versions in a lock, by name in its plain form."""
    return {plain(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", lock, flags=re.MULTILINE)}


def markers(lock: str) -> dict[str, Marker | None]:
    """Where each package of a lock is needed, by name in its plain form; None: everywhere."""
    needs = (Requirement(line.removesuffix("\\")) for line in re.findall(r"^[\w.-]+==.*", lock, flags=re.MULTILINE))
    return {plain(need.name): need.marker for need in needs}


def plain(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Returns uv's exit status."""
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    options = [
        "--universal",
        "--python-version",
        PYTHONS[0],
        "--generate-hashes",
        "--no-annotate",
        "--no-header",
        "--quiet",
    ]
    command = ["uv", "pip", "compile", "pyproject.toml", *extras, "-c", "constraints.txt", *options]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == 0:
        LOCK.write_text(locked(done.stdout), encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
