"""Keys of endpoints: kept in the keyring or in a file of one's own, and never sent to another address."""

import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError

from ingest.config import Settings
from ingest.errors import ConfigError
from ingest.keys import Keys, address_of, embedding_key, with_key


class MemoryKeyring(KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("it is locked")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.held:
            raise PasswordDeleteError("not there")
        del self.held[service, username]


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    made, before = MemoryKeyring(), keyring.get_keyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture(params=[fail.Keyring, null.Keyring])
def no_ring(request: pytest.FixtureRequest) -> Iterator[None]:
    """A machine without one, and one whose keyring forgets."""
    before = keyring.get_keyring()
    keyring.set_keyring(request.param())
    yield
    keyring.set_keyring(before)


def at(base_url: str, folder: Path, **more: str) -> Settings:
    return Settings(base_url=base_url, data=folder, **more)


A, B = "https://a.example/v1", "https://b.example/v1"


def test_a_key_is_kept_in_the_keyring_and_goes_to_its_address_alone(ring: MemoryKeyring, tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    keys.settle(at("", tmp_path), at(A, tmp_path), "secret-a")
    assert "secret-a" in ring.held.values() and "secret-a" not in (tmp_path / "keys.json").read_text()
    assert with_key(at(A, tmp_path)).api_key.get_secret_value() == "secret-a"
    assert keys.place(at(A, tmp_path)) == "keyring"
    for other in (B, "http://a.example/v1", "https://a.example:8443/v1", "https://a.example.org/v1"):
        assert with_key(at(other, tmp_path)).api_key.get_secret_value() == ""
    assert with_key(at(A, tmp_path, provider="anthropic")).api_key.get_secret_value() == ""
    keys.forget(at(A, tmp_path))
    assert not ring.held and keys.place(at(A, tmp_path)) == ""


def test_without_a_keyring_the_key_stands_in_a_file_of_its_owner(no_ring: None, tmp_path: Path) -> None:
    data = tmp_path / "data"
    keys = Keys(data)
    keys.settle(at("", data), at(A, data), "secret-a")
    assert stat.S_IMODE((data / "keys.json").stat().st_mode) == 0o600 and len(list(data.iterdir())) == 1
    assert keys.place(at(A, data)) == "file" and keys.of(at(A, data)).get_secret_value() == "secret-a"
    keys.forget(at(A, data))
    assert "secret-a" not in (data / "keys.json").read_text()


def test_the_environments_key_works_as_before_and_stays_when_the_page_goes_elsewhere(
    ring: MemoryKeyring, tmp_path: Path
) -> None:
    keys = Keys(tmp_path)
    first, second = at(A, tmp_path, api_key="of-env"), at(B, tmp_path, api_key="of-env")
    assert keys.of(first).get_secret_value() == "of-env" and keys.place(first) == "environment"
    assert keys.of(second, in_use=first).get_secret_value() == "", "typed in, not saved"
    keys.settle(first, second, "")
    assert keys.of(second).get_secret_value() == "" and keys.of(first).get_secret_value() == "of-env"
    assert keys.of(at(B, tmp_path, api_key="another")).get_secret_value() == "another"
    keys.settle(second, second, "secret-b")
    assert keys.of(second).get_secret_value() == "secret-b"
    none_yet = at("", tmp_path / "new", api_key="of-env")
    assert Keys(tmp_path / "new").of(second, in_use=none_yet).get_secret_value() == "of-env"


def test_what_is_wrong_is_told(ring: MemoryKeyring, tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    keys.settle(at("", tmp_path), at(A, tmp_path), "secret-a")
    ring.locked = True
    with pytest.raises(ConfigError, match="does not give the key for https://a"):
        keys.of(at(A, tmp_path))
    ring.locked = False
    ring.held.clear()
    with pytest.raises(ConfigError, match="holds no key"):
        keys.of(at(A, tmp_path))
    (tmp_path / "keys.json").write_text('{"keys": "secret-a"')
    with pytest.raises(ConfigError, match="damaged") as told:
        keys.of(at(A, tmp_path))
    assert "secret-a" not in str(told.value.__cause__ or "")


def test_an_address_is_scheme_host_and_port() -> None:
    assert address_of("https://A.example/v1") == address_of(" https://a.example:443/other ") == "https://a.example:443"
    assert address_of("http://u:p@[::1]:11434/v1") == "http://::1:11434"
    assert address_of("", "anthropic") == "anthropic"
    assert address_of("localhost") == address_of("http://h:port/") == address_of("http://[x/") == ""


def test_the_key_for_embedding_is_its_own_or_that_of_the_same_address(tmp_path: Path, no_ring: None) -> None:
    def key(settings: Settings) -> str:
        return embedding_key(settings).get_secret_value()

    assert key(at(A, tmp_path, embedding_url=B, api_key="for a")) == ""
    assert key(at(A, tmp_path, embedding_url=A, api_key="for a")) == "for a"
    assert key(at("", tmp_path, embedding_url=B, api_key="for nobody")) == ""
    assert key(at(A, tmp_path, embedding_url=B, api_key="for a", embedding_key="for b")) == "for b"
    Keys(tmp_path).settle(at("", tmp_path), at(A, tmp_path), "entered for a")
    assert key(at(A, tmp_path, embedding_url=A + "/", api_key="of the environment")) == "entered for a"
    assert key(at(A, tmp_path, embedding_url=B, api_key="of the environment")) == ""
