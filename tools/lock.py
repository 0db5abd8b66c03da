"""Write requirements.lock: every package that ships, with the hashes of its files, for Linux (x86-64, arm64) and macOS.

usage: uv must be on the path (`pip install uv`); then: python -m tools.lock

The versions are those of constraints.txt, which this leaves as it is; a test holds that both agree.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
EXTRAS = ("api", "mcp", "formats", "oidc")
# The builds for the CPU alone, which are not in the package index: their hashes are added to those of the index, and what
# only the build with CUDA needs is left out. Linux on x86-64, and on arm64, for Python 3.11.
TORCH_CPU = (
    "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",
    "84453b69508ec79902f899c5ed9495acb9e2bbe9fda5f1d5d6f19e3c3842e1a7",
)
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
                added = [f"    --hash=sha256:{build}" for build in TORCH_CPU]
                block = " \\\n".join([block.rstrip(), *added]) + "\n"
            kept.append(block)
    return _HEAD + "".join(kept)


def packages(lock: str) -> dict[str, str]:
    """The versions in a lock, by name in its plain form."""
    return {plain(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", lock, flags=re.MULTILINE)}


def plain(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Returns uv's exit status."""
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    options = [
        "--universal",
        "--python-version",
        "3.11",
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
