"""What a search asks of Milvus: candidates for a question, with their vectors."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ingest.config import IndexSettings
from ingest.errors import StoreError
from ingest.index.read import NotesIndex
from ingest.store.client import ALIAS, SECONDS, alias_of, connect, form_of, shown, stated, target
from ingest.store.rows import coded, sent

if TYPE_CHECKING:
    from pymilvus import MilvusClient

C = 60  # of Milvus' reciprocal rank fusion
MOST = 16_384  # rows that Milvus gives at once
_BATCH = 500
_NOT_LOADED = 101  # Milvus' code for a collection that is not in its memory

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Allowed = npt.NDArray[np.bool_] | None


class Store:
    """The collection that holds the generation of an index; it is this one's until the second build after it."""

    def __init__(self, client: "MilvusClient", address: str, collection: str, index: NotesIndex) -> None:
        self.index, self.address, self.collection = index, address, collection
        self._client = client
        self._ids = index.passage_ids()
        self._numbers = {name: number for number, name in enumerate(self._ids)}

    def candidates(
        self, vector: Floats, tokens: Sequence[str], near: int, worded: int, allowed: Allowed = None
    ) -> tuple[Rows, Floats]:
        """The numbers int64 [m] of the passages of Milvus' hybrid search, and their vectors float32 [m, dimension]: the `near` nearest
        and the `worded` first by its BM25, m <= near + worded, ascending. Raises StoreError."""
        from pymilvus import AnnSearchRequest, RRFRanker

        only, words, near = self._only(allowed), coded(tokens), min(near, MOST)
        requests = [AnnSearchRequest([vector.tolist()], "dense", {"metric_type": "IP"}, limit=near, expr=only)]
        if words:
            requests.append(AnnSearchRequest([words], "sparse", {"metric_type": "BM25"}, limit=worded, expr=only))
        found = self._ask("hybrid_search", reqs=requests, ranker=RRFRanker(C), limit=min(near + worded, MOST))
        return self._numbered([hit["entity"] for hit in found[0]])

    def nearest(self, vector: Floats, n: int, allowed: Allowed = None) -> tuple[Floats, Rows]:
        """The inner products float32 [m] and numbers int64 [m] of the `n` nearest passages, best first. Raises StoreError."""
        only = self._only(allowed)
        found = self._ask("search", data=[vector.tolist()], anns_field="dense", limit=min(n, MOST), filter=only)
        items, vectors = self._numbered([hit["entity"] for hit in found[0]])
        products = vectors @ vector
        order = np.lexsort((items, -products))
        return products[order], items[order]

    def vectors(self, items: Rows) -> Floats:
        """The vectors float32 [m, dimension] of passages. Raises StoreError."""
        wanted = [self._ids[item] for item in items.tolist()]
        rows: list[dict[str, Any]] = []
        for start in range(0, len(wanted), _BATCH):
            rows += self._ask("get", ids=wanted[start : start + _BATCH])
        found, vectors = self._numbered(rows)
        if not np.array_equal(found, np.unique(items)):
            raise StoreError("store.incomplete", store=shown(self.address))
        return vectors[np.searchsorted(found, items)]

    def _ask(self, name: str, **given: Any) -> Any:
        """The ids and vectors that a method of the client finds; a server that was started again is told to load what it has."""
        from pymilvus.exceptions import MilvusException

        ask = partial(
            getattr(self._client, name), self.collection, output_fields=["id", "dense"], timeout=SECONDS, **given
        )
        with stated(self.address):
            try:
                return ask()
            except MilvusException as error:
                if error.code != _NOT_LOADED:
                    raise
                self._client.load_collection(self.collection, timeout=SECONDS)
                return ask()

    def _numbered(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Rows, Floats]:
        """The rows whose passages the index has, by number; others are of a later build."""
        held = sorted((self._numbers[row["id"]], row["dense"]) for row in rows if row["id"] in self._numbers)
        items = np.array([item for item, _ in held], np.int64)
        vectors = np.array([vector for _, vector in held], np.float32)
        return items, vectors.reshape(len(held), self.index.manifest.dimension)

    def _only(self, allowed: Allowed) -> str:
        """Milvus' filter for the notes of these passages."""
        if allowed is None:
            return ""
        paths = sorted(map(sent, self.index.paths_of(np.flatnonzero(allowed))))
        return f"path in {json.dumps(paths, ensure_ascii=False)}"


def open_store(settings: IndexSettings, index: NotesIndex) -> Store:
    """The store of the settings, for the generation of this index.

    Raises:
        ConfigError: the setting is no address.
        StoreError: it cannot be reached, refuses the token, or has not this generation.
    """
    client = connect(settings)
    address = settings.store
    with stated(address):
        collection = target(client, alias_of(index.generation))
        if not collection:
            raise _lacks(target(client, ALIAS), address, index)
        client.load_collection(collection)
    return Store(client, address, collection, index)


def _lacks(current: str, address: str, index: NotesIndex) -> StoreError:
    """Why the generation is not there, by the collection in use."""
    if not current:
        return StoreError("store.empty", store=shown(address))
    if form_of(index.manifest.parameters) not in current:
        return StoreError("store.other_form", store=shown(address))
    return StoreError("store.other_generation", store=shown(address))
