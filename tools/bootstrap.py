"""Make `.venv` and install the project into it with the pinned versions. Standard library only.

usage: bootstrap.py venv | install [--formats | --dev]

PyTorch is the one package whose wheel differs by machine: the plain package index has a CUDA build of several GB
for Linux on x86-64. pip is asked first what it would take; when that is a CUDA build, the CPU build comes from
PyTorch's own index, or from the one that TORCH_INDEX names.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
NEEDED_GB = 4
PYTHONS = ("3.11", "3.12", "3.13", "3.14")  # for which every pinned package has a wheel


class SetupError(Exception):
    """One sentence: the cause, and what to do."""


def make_venv() -> None:
    """Create `.venv` with the Python that runs this."""
    found = ".".join(map(str, sys.version_info[:3]))
    if found.rpartition(".")[0] not in PYTHONS:
        needed = f"Python {', '.join(PYTHONS[:-1])} or {PYTHONS[-1]}"
        raise SetupError(f"{needed} is needed, this is {found}; run: make setup PYTHON=/path/to/python{PYTHONS[0]}")
    print(f"Making the virtual environment {ROOT / '.venv'} …", flush=True)
    venv.create(ROOT / ".venv", with_pip=True, clear=(ROOT / ".venv").exists())


EXTRAS = ("", "formats", "dev")  # each has what the one before it has


def install(extra: str) -> None:
    """Install the project with an extra; does nothing when this very state was installed before."""
    stamps = {name: Path(sys.prefix) / f"asknotes{name and '-'}{name}.stamp" for name in EXTRAS}
    if not extra and stamps["formats"].exists():  # asked for once, and kept up to date since
        extra = "formats"
    state = hashlib.sha256(CONSTRAINTS.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    enough = [stamps[name] for name in EXTRAS[EXTRAS.index(extra) :]]
    if any(stamp.exists() and stamp.read_text() == state for stamp in enough):
        return
    free = shutil.disk_usage(sys.prefix).free / 2**30
    if free < NEEDED_GB:
        raise SetupError(
            f"Only {free:.1f} GB are free on the disk of {sys.prefix}; {NEEDED_GB} GB are needed, free some."
        )
    print(f"Installing the pinned packages into {sys.prefix} (about 1.2 GB, once) …", flush=True)
    if importlib.util.find_spec("pip") is None:  # `venv` was interrupted
        subprocess.run([sys.executable, "-m", "ensurepip"], check=True)
    _pip("install", pinned("pip"))
    _pip("install", "--no-deps", *torch_options(), pinned("torch"))
    _pip("install", "-c", str(CONSTRAINTS), "-e", f"{ROOT}[{extra}]" if extra else str(ROOT))
    stamps[extra].write_text(state)


def torch_options() -> list[str]:
    """pip's options that get the CPU build of PyTorch."""
    if index := os.environ.get("TORCH_INDEX"):
        return ["--index-url", index]
    report = subprocess.run(
        [*_PIP, "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-", pinned("torch")],
        capture_output=True,
        text=True,
        check=False,
    )
    if report.returncode:
        raise SetupError(_reason(report.stderr))
    return [] if is_cpu_build(json.loads(report.stdout)) else ["--index-url", TORCH_INDEX]


def is_cpu_build(report: dict) -> bool:  # type: ignore[type-arg]
    """Whether pip's installation report brings no CUDA package along."""
    names = [item["metadata"]["name"].lower() for item in report["install"]]
    return not any(name.startswith(("nvidia", "cuda", "triton")) for name in names)


def pinned(package: str) -> str:
    """The package's line in `constraints.txt`."""
    for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines():
        if line.split("==")[0].lower() == package:
            return line
    raise SetupError(f"constraints.txt does not pin {package}; restore the file from the repository.")


_PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


def _pip(*arguments: str) -> None:
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    process = subprocess.run([*_PIP, *arguments, *quiet], stderr=subprocess.PIPE, text=True, check=False)
    if process.returncode:
        raise SetupError(_reason(process.stderr))


def _reason(errors: str) -> str:
    """One sentence from pip's errors."""
    lines = [line.removeprefix("ERROR: ").strip() for line in errors.splitlines() if line.startswith("ERROR")]
    text = errors.lower()
    if "no space left" in text:
        return "The disk is full; free some space and run the command again, it goes on where it stopped."
    network = ("connection", "timed out", "name resolution", "temporary failure", "max retries", "unreachable")
    if any(word in text for word in network):
        return "The package index cannot be reached; check the network or pip's index-url, then run the command again."
    return f"pip failed: {lines[-1] if lines else errors.strip()[-300:]}; mend that and run the command again."


def main(arguments: list[str]) -> int:
    """Returns the exit status."""
    try:
        if arguments == ["venv"]:
            make_venv()
        elif arguments[:1] == ["install"]:
            install(next((name for name in EXTRAS[1:] if f"--{name}" in arguments), ""))
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error.strerror} ({error.filename}); mend that and run the command again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; run the same command again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
