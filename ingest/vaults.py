"""A folder of notes anywhere, and where on this machine its index, its settings and its history are."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from ingest import portable
from ingest.config import SETTINGS_FILE
from ingest.errors import ConfigError
from ingest.messages import reason_of

VARIABLES = (
    "ASKNOTES_CORPUS",
    "ASKNOTES_INDEX",
    "ASKNOTES_DATA",
    "ASKNOTES_SETTINGS",
)  # what makes a vault the one in use
VARIABLE = "ASKNOTES_VAULT"  # the name of the vault that a page was started with; without it its paths are fixed
_LAST, _FOLDER = "last", "folder"  # the files that name the folder used last, and that of a vault


@dataclass(frozen=True, slots=True)
class Vault:
    """`notes` is the folder, absolute; `home` has its index and history, `settings` is its `notes.toml`."""

    notes: Path
    home: Path
    settings: Path

    @property
    def name(self) -> str:
        """What tells it from all others on this machine."""
        return self.home.name

    @property
    def places(self) -> dict[str, Path]:
        """The settings that are its own, whatever its file says."""
        return {"corpus": self.notes, "index": self.home / "index", "data": self.home / "data"}

    def environment(self) -> dict[str, str]:
        """The settings that make it the one in use."""
        places = (*self.places.values(), self.settings)
        return {**dict(zip(VARIABLES, map(str, places), strict=True)), VARIABLE: self.name}


def config_folder() -> Path:
    """Where settings and the token are."""
    return platformdirs.user_config_path("asknotes", appauthor=False)


def vault_of(notes: Path) -> Vault:
    """The vault of a folder: named after it, and told from others of that name by its place.

    Raises:
        ConfigError: there is no such folder.
    """
    notes = notes.expanduser().resolve()
    if not notes.is_dir():
        raise ConfigError("vault.no_folder", folder=notes)
    readable = re.sub(r"[^\w-]+", "-", notes.name).strip("-") or "notes"
    return _vault(notes, f"{readable[:40]}-{hashlib.sha256(os.fsencode(notes)).hexdigest()[:8]}")


def known_vaults() -> dict[str, Vault]:
    """The vaults of this machine by name, sorted by their folders' names; the folder may be gone, as of a disk that is not in."""
    last = last_vault()
    found = {last.name: last} if last else {}  # which an earlier version may not have put down
    for file in _homes().glob(f"*/{_FOLDER}"):
        if notes := _written(file):
            found[file.parent.name] = _vault(notes, file.parent.name)
    return dict(sorted(found.items(), key=lambda one: (one[1].notes.name.casefold(), str(one[1].notes))))


def remember(vault: Vault) -> None:
    """Make it the one that is taken when none is named. Raises ConfigError."""
    try:
        for folder in (vault.home, vault.settings.parent):
            folder.mkdir(parents=True, exist_ok=True)
        for file in (vault.home / _FOLDER, _homes() / _LAST):
            fresh = file.with_name(f"{file.name}.{os.getpid()}")
            fresh.write_text(str(vault.notes), encoding="utf-8", errors="surrogateescape")
            portable.replace(fresh, file)
    except OSError as error:
        raise ConfigError("vault.not_kept", folder=_homes(), reason=reason_of(error)) from error


def last_vault() -> Vault | None:
    """The vault used last, when its folder is still there."""
    notes = _written(_homes() / _LAST)
    return vault_of(notes) if notes and notes.is_dir() else None


def is_project(folder: Path) -> bool:
    """Whether a folder has settings, an index or notes of its own, which then are meant, as by `python -m rag`."""
    return any((folder / name).exists() for name in (SETTINGS_FILE, "index/CURRENT", "corpus"))


def _vault(notes: Path, name: str) -> Vault:
    return Vault(notes, _homes() / name, config_folder() / "vaults" / name / SETTINGS_FILE)


def _written(file: Path) -> Path | None:
    """The folder that a file names; None when it names none."""
    try:
        text = file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return Path(text) if text else None


def _homes() -> Path:
    return platformdirs.user_data_path("asknotes", appauthor=False) / "vaults"
