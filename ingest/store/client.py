"""The way to Milvus, the names of what is there, and one sentence for all that can be wrong with it.

A generation lies whole in one of two collections, `asknotes_<form>_a` or `_b`, by turns: the other one still has the
generation before. Of a generation that is complete an alias has the name; the alias `asknotes` is swung to the newest in one step.
"""

import hashlib
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingest.config import IndexSettings
from ingest.endpoint import causes
from ingest.errors import ConfigError, StoreError
from ingest.index.manifest import Parameters

if TYPE_CHECKING:
    from pymilvus import MilvusClient

ALIAS = "asknotes"
PREFIX = f"{ALIAS}_"
SECONDS = 10.0  # until a question is given up; what is written is tried for minutes
_CONNECT_FAILED = 2  # pymilvus' code for it
_LAYOUT = 1  # of the fields; another one for every change of what a row holds


def connect(settings: IndexSettings) -> "MilvusClient":
    """A connection to the `store` of the settings; safe to use from threads.

    Raises:
        ConfigError: it is no address.
        StoreError: pymilvus is not installed, nothing answers, or it refuses the token.
    """
    store = settings.store
    if not store.startswith(("http://", "https://")) and not store.endswith(".db"):
        raise ConfigError("settings.store", store=shown(store))
    try:
        from pymilvus import MilvusClient
        from pymilvus.exceptions import ConnectionConfigException
    except ImportError as error:
        raise StoreError("store.not_installed") from error
    for name in ("pymilvus", "pymilvus.milvus_client", "milvus_lite", "grpc._server"):  # they print what is raised too
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        with stated(store):
            return MilvusClient(store, token=settings.store_token.get_secret_value(), timeout=SECONDS)
    except StoreError as error:
        if not isinstance(error.__cause__, ConnectionConfigException) or not store.endswith(".db"):
            raise
        raise StoreError("store.file", file=store, reason=error.__cause__.message) from error


@contextmanager
def stated(store: str) -> Iterator[None]:
    """Whatever goes wrong at the store is a StoreError that says where."""
    from grpc import RpcError
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, RpcError) as error:
        raise _error(shown(store), error) from error


def _error(store: str, error: Exception) -> StoreError:
    from grpc import RpcError, StatusCode

    status = next((cause.code() for cause in causes(error) if isinstance(cause, RpcError)), None)
    if status in (StatusCode.UNAUTHENTICATED, StatusCode.PERMISSION_DENIED):
        return StoreError("store.refused", store=store)
    lost = status is None and getattr(error, "code", None) == _CONNECT_FAILED
    if lost or status in (StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED):
        return StoreError("store.away", store=store)
    said = getattr(error, "message", "") or str(error)
    return StoreError("store.failed", store=store, reason=" ".join(str(said).split()))


def shown(store: str) -> str:
    """The address without a name and a password that may be in it."""
    scheme, slashes, rest = store.rpartition("://")
    return scheme + slashes + rest.rpartition("@")[2]


def target(client: "MilvusClient", alias: str) -> str:
    """The collection that an alias stands for; '' when there is no such alias."""
    names = [name for name in client.list_collections() if name.startswith(PREFIX)]
    return next((name for name in names if alias in client.list_aliases(name)["aliases"]), "")


def alias_of(generation: str) -> str:
    """The alias of a generation's collection."""
    return PREFIX + generation.replace("-", "_")


def form_of(parameters: Parameters) -> str:
    """8 hexadecimal digits over what all rows of a collection have in common: rows of another form cannot stand beside them."""
    p = parameters
    parts = [_LAYOUT, p.model_id, p.dimension, p.tokenizer, p.bm25_k1, p.bm25_b]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]
