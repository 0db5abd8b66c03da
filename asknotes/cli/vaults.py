"""A folder of notes anywhere, and where on this machine its index, its settings and its history are."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from ingest.config import SETTINGS_FILE
from ingest.errors import ConfigError
from ingest.messages import reason_of

VARIABLES = (
    "ASKNOTES_CORPUS",
    "ASKNOTES_INDEX",
    "ASKNOTES_DATA",
    "ASKNOTES_SETTINGS",
)  # what makes a vault the one in use
_LAST = "last"  # the file that names the folder used last


@dataclass(frozen=True, slots=True)
class Vault:
    """`notes` is the folder, absolute; `home` has its index and history, `settings` is its `notes.toml`."""

    notes: Path
    home: Path
    settings: Path

    def environment(self) -> dict[str, str]:
        """The settings that make it the one in use."""
        places = (self.notes, self.home / "index", self.home / "data", self.settings)
        return dict(zip(VARIABLES, map(str, places), strict=True))


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
    name = f"{readable[:40]}-{hashlib.sha256(os.fsencode(notes)).hexdigest()[:8]}"
    home = _homes() / name
    return Vault(notes, home, config_folder() / "vaults" / name / SETTINGS_FILE)


def remember(vault: Vault) -> None:
    """Make it the one that is taken when none is named. Raises ConfigError."""
    try:
        for folder in (vault.home, vault.settings.parent):
            folder.mkdir(parents=True, exist_ok=True)
        fresh = _homes() / f"{_LAST}.{os.getpid()}"
        fresh.write_text(str(vault.notes), encoding="utf-8", errors="surrogateescape")
        fresh.replace(_homes() / _LAST)
    except OSError as error:
        raise ConfigError("vault.not_kept", folder=_homes(), reason=reason_of(error)) from error


def last_vault() -> Vault | None:
    """The vault used last, when its folder is still there."""
    try:
        notes = Path((_homes() / _LAST).read_text(encoding="utf-8", errors="surrogateescape"))
    except OSError:
        return None
    return vault_of(notes) if notes.is_dir() else None


def is_project(folder: Path) -> bool:
    """Whether a folder has settings, an index or notes of its own, which then are meant, as by `python -m rag`."""
    return any((folder / name).exists() for name in (SETTINGS_FILE, "index/CURRENT", "corpus"))


def _homes() -> Path:
    return platformdirs.user_data_path("asknotes", appauthor=False) / "vaults"
