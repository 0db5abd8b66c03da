"""Who may open a page that asks for a sign-in, who of them owns it, and what is theirs alone."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ingest.errors import ConfigError

FOLDER = "users"  # in the data folder
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_DOMAIN = re.compile(r"@[^@\s]+")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who has signed in. `id` is the same each time and names their folder, `name` is for people; the `owner`
    alone changes what all share: the notes, the index and the settings."""

    id: str
    name: str
    owner: bool = False


@dataclass(frozen=True, slots=True)
class AllowList:
    """E-mail addresses, and `@example.org` for all of a domain, in lower case; the first is the owner's."""

    entries: tuple[str, ...]

    @classmethod
    def of(cls, entries: Iterable[object]) -> Self:
        """The list as it is written down. Raises ConfigError: it is empty, or holds what is no address."""
        read = tuple(str(entry).strip().casefold() for entry in entries)
        if not read:
            raise ConfigError("access.no_list")
        for entry in read:
            if not (_ADDRESS.fullmatch(entry) or _DOMAIN.fullmatch(entry)):
                raise ConfigError("access.entry", entry=entry)
        if not _ADDRESS.fullmatch(read[0]):
            raise ConfigError("access.owner", entry=read[0])
        return cls(read)

    def user_of(self, claims: Mapping[str, object]) -> User | None:
        """Who an identity is, by the claims of its ID token; None when it is not on the list, or its address is not verified."""
        issuer, subject, email = (_text(claims, name) for name in ("iss", "sub", "email"))
        address = email.casefold()
        if not (issuer and subject and claims.get("email_verified") is True and _ADDRESS.fullmatch(address)):
            return None
        if not {address, address[address.index("@") :]} & set(self.entries):
            return None
        return User(user_id(issuer, subject), _text(claims, "name") or email, address == self.entries[0])


def user_id(issuer: str, subject: str) -> str:
    """What names a user: issuer and subject together are the same for ever and nobody else's, an address is neither."""
    return hashlib.sha256(json.dumps([issuer, subject]).encode()).hexdigest()


def owns(user: User | None) -> bool:
    """Whether somebody may change what all share; where nobody signs in (None) there is but one user, who may."""
    return user is None or user.owner


def folder_of(data: Path, user: User | None) -> Path:
    """Where a user's conversations, marks and gaps are; without a sign-in the data folder itself."""
    return data / FOLDER / user.id if user else data


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    return value.strip() if isinstance(value, str) else ""
