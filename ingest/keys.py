"""Keys of model endpoints that were entered in the page, each bound to one address.

They are kept in the system's keyring. `keys.json` in the data folder, for its owner alone, says for which addresses it
holds one, so that it is asked for nothing else; where the system has no keyring, the keys stand in that file. A key is
sent to the address that it was entered for and to no other. The key of the environment (`ASKNOTES_API_KEY`) goes to
whichever endpoint the settings name, as long as the page has not changed that: then it stays with the address before.
"""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationError

from ingest import portable
from ingest.config import ModelSettings, Settings
from ingest.errors import ConfigError
from ingest.messages import reason_of

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

FILE = "keys.json"
SERVICE = "AskNotes"  # what the keyring shows
KeyPlace = Literal["", "keyring", "file", "environment"]  # '': there is no key
_PORTS = {"http": 80, "https": 443}


class _Kept(BaseModel):
    keys: dict[str, str | None] = Field(default_factory=dict)  # by address; None: it is in the keyring
    environment: dict[str, str] = Field(default_factory=dict)  # digest of a key of the environment -> its address


def address_of(base_url: str, provider: str = "") -> str:
    """Where a key would be sent: provider, scheme, host and port; '' for no endpoint.

    The path is left out: whoever serves the host gets the key, on whichever path.
    """
    try:
        parts = urlsplit(base_url.strip(" \t\r\n\"'<>"))
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:  # brackets without an end, a port that is no number
        return ""
    host = f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname else ""
    return " ".join(part for part in (provider.strip(), host) if part)


def _address(settings: ModelSettings) -> str:
    return address_of(settings.base_url, settings.provider)


def with_key(settings: Settings) -> Settings:
    """The settings with the key for their endpoint; as they are when they name none. Raises ConfigError."""
    if settings.kind != "endpoint":
        return settings
    return settings.model_copy(update={"api_key": Keys(settings.data).of(settings)})


def embedding_key(settings: Settings) -> SecretStr:
    """The key for `embedding_url`: its own of the environment, else the one for the same address; '' for none.

    Raises:
        ConfigError: as `Keys.of`.
    """
    if settings.embedding_key.get_secret_value() or address_of(settings.embedding_url) != _address(settings):
        return settings.embedding_key
    return Keys(settings.data).of(settings)


class Keys:
    """The keys that are kept for one data folder; cheap to make, read anew whenever one is wanted."""

    def __init__(self, data: Path) -> None:
        self._file = data / FILE

    def of(self, settings: ModelSettings, in_use: ModelSettings | None = None) -> SecretStr:
        """The key for the endpoint of `settings`; '' for none. `in_use` are the settings that the environment's belongs to.

        Raises:
            ConfigError: the file cannot be read, or the keyring does not give the key.
        """
        kept, address = self._read(), _address(settings)
        if address in kept.keys:
            key = kept.keys[address]
            return SecretStr(self._from_keyring(address) if key is None else key)
        return settings.api_key if self._from_environment(kept, settings, in_use or settings) else SecretStr("")

    def place(self, settings: ModelSettings, in_use: ModelSettings | None = None) -> KeyPlace:
        """Where the key for the endpoint of `settings` is; the keyring is not asked. Raises ConfigError."""
        kept, address = self._read(), _address(settings)
        if address in kept.keys:
            return "keyring" if kept.keys[address] is None else "file"
        return "environment" if self._from_environment(kept, settings, in_use or settings) else ""

    def settle(self, before: ModelSettings, after: ModelSettings, key: str) -> None:
        """The endpoint of the settings is changed in the page, and `key` (or '') was entered for the new one.

        Raises:
            ConfigError: it cannot be kept.
        """
        kept, old, new = self._read(), _address(before), _address(after)
        own = before.api_key.get_secret_value()
        changed = False
        if own and old and old != new and _digest(own) not in kept.environment:
            kept.environment[_digest(own)] = old
            changed = True
        if key and new:
            kept.keys[new] = None if self._to_keyring(new, key) else key
            changed = True
        if changed:
            self._write(kept)

    def forget(self, settings: ModelSettings) -> None:
        """Remove the key that was entered for the endpoint of `settings`. Raises ConfigError."""
        import keyring

        kept, address = self._read(), _address(settings)
        if address not in kept.keys:
            return
        if kept.keys.pop(address) is None:
            try:
                keyring.delete_password(SERVICE, address)
            except _faults() as error:
                raise ConfigError("keys.keyring", address=address, reason=str(error)) from None
        self._write(kept)

    def _from_environment(self, kept: _Kept, settings: ModelSettings, in_use: ModelSettings) -> bool:
        own = settings.api_key.get_secret_value()
        bound = kept.environment.get(_digest(own), _address(in_use))
        return bool(own) and bound in ("", _address(settings))

    def _to_keyring(self, address: str, key: str) -> bool:
        """Whether the keyring has taken the key; some take it and keep nothing."""
        import keyring

        if not _usable(keyring.get_keyring()):
            return False
        try:
            keyring.set_password(SERVICE, address, key)
            return keyring.get_password(SERVICE, address) == key
        except _faults():
            return False  # the page says where it is then

    def _from_keyring(self, address: str) -> str:
        import keyring

        try:
            key = keyring.get_password(SERVICE, address)
        except _faults() as error:
            raise ConfigError("keys.keyring", address=address, reason=str(error)) from None
        if key is None:
            raise ConfigError("keys.gone", address=address)
        return key

    def _read(self) -> _Kept:
        try:
            return _Kept.model_validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return _Kept()
        except OSError as error:
            raise ConfigError("keys.unreadable", file=self._file, reason=reason_of(error)) from error
        except ValidationError:  # not chained: it quotes what it read
            raise ConfigError("keys.damaged", file=self._file) from None

    def _write(self, kept: _Kept) -> None:
        """In one step, and at no time for others to read."""
        new = self._file.with_name(f".{FILE}.{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            new.unlink(missing_ok=True)
            handle = os.open(new, portable.NEW, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(kept.model_dump(), file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
            portable.replace(new, self._file)
        except OSError as error:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise ConfigError("keys.unwritable", file=self._file, reason=reason_of(error)) from error


def _digest(key: str) -> str:
    """Enough to know a key again, and too little to find it by."""
    return hashlib.sha256(f"{SERVICE}\n{key}".encode()).hexdigest()[:12]


def _usable(backend: "KeyringBackend") -> bool:
    from keyring.backends.fail import Keyring

    return not isinstance(backend, Keyring)


def _faults() -> tuple[type[Exception], ...]:
    """What keyrings raise: their own errors, and those of Linux's keyring service, which they let through."""
    from keyring.errors import KeyringError

    try:
        from secretstorage.exceptions import SecretStorageException
    except ImportError:  # another system's
        return KeyringError, OSError
    return KeyringError, SecretStorageException, OSError
