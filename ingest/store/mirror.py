"""A generation on the disk -> the same in Milvus: what differs is sent, then the alias is swung."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from ingest.config import IndexSettings
from ingest.errors import StoreError
from ingest.index.manifest import Parameters
from ingest.index.read import NotesIndex, read_generation, read_manifest
from ingest.progress import CancelCall, ProgressCall, check
from ingest.store.client import ALIAS, PREFIX, alias_of, connect, form_of, shown, stated, target
from ingest.store.rows import MOST_BYTES, rows, sent, wanted

if TYPE_CHECKING:
    from pymilvus import MilvusClient

_BATCH = 500  # rows of a call: about 3 MB
_HEX = 16  # digits of an id
_T = TypeVar("_T")


def mirror(settings: IndexSettings, generation: str, progress: ProgressCall, cancel: CancelCall | None = None) -> None:
    """Make the alias `asknotes` of the settings' store stand for this generation.

    Readers have the generation before until it is whole, and when this is ended in between the next one goes on from there. The
    stage of `progress` is "storing".

    Raises:
        ConfigError, StoreError: nothing was swung.
        NotesIndexError: the generation cannot be read.
        BuildCancelled: when `cancel` said so.
    """
    client = connect(settings)
    with stated(settings.store):
        current, whole = target(client, ALIAS), target(client, alias_of(generation))
        passages = read_manifest(settings.index, generation).passages
        if not whole or _count(client, whole) != passages:
            index = read_generation(settings.index, generation)
            parameters, exact = index.manifest.parameters, settings.store.endswith(".db")
            filled = whole or _spare(client, parameters, current, exact)
            _bring(client, filled, index, progress, cancel)
            if _count(client, filled) != passages:
                raise StoreError("store.incomplete", store=shown(settings.store))
            if not whole:
                client.create_alias(filled, alias_of(generation))
            whole = filled
        if current != whole:
            swing = client.alter_alias if current else client.create_alias
            swing(whole, ALIAS)


def _spare(client: "MilvusClient", parameters: Parameters, current: str, exact: bool) -> str:
    """The collection that is written to: not the one in use, and of no generation any more. All others go."""
    first, second = (f"{PREFIX}{form_of(parameters)}_{turn}" for turn in "ab")
    spare = second if current == first else first
    for name in client.list_collections():
        if name.startswith(PREFIX) and name != current:
            for alias in client.list_aliases(name)["aliases"]:
                client.drop_alias(alias)
            if name != spare:
                client.drop_collection(name)
    if not client.has_collection(spare):
        _create(client, spare, parameters, exact)
    client.load_collection(spare)
    return spare


def _create(client: "MilvusClient", name: str, parameters: Parameters, exact: bool) -> None:
    """An empty collection. `exact`: every vector is looked at, which Milvus Lite does in any case."""
    from pymilvus import DataType, Function, FunctionType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=_HEX)
    for field, length in (
        ("section", _HEX),
        ("kind", _HEX),
        ("version", _HEX),
        ("path", MOST_BYTES),
        ("text", MOST_BYTES),
    ):
        schema.add_field(field, DataType.VARCHAR, max_length=length)
    for field in ("first_line", "last_line"):
        schema.add_field(field, DataType.INT32)
    schema.add_field("headings", DataType.JSON)
    analyzer = {"tokenizer": "standard"}
    schema.add_field("tokens", DataType.VARCHAR, max_length=MOST_BYTES, enable_analyzer=True, analyzer_params=analyzer)
    schema.add_field("dense", DataType.FLOAT_VECTOR, dim=parameters.dimension)
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    function = Function("bm25", FunctionType.BM25, input_field_names=["tokens"], output_field_names=["sparse"])
    schema.add_function(function)
    found = client.prepare_index_params()
    found.add_index("dense", index_type="FLAT" if exact else "AUTOINDEX", metric_type="IP")
    weights = {"bm25_k1": parameters.bm25_k1, "bm25_b": parameters.bm25_b}
    found.add_index("sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=weights)
    client.create_collection(name, schema=schema, index_params=found)


def _bring(
    client: "MilvusClient", name: str, index: NotesIndex, progress: ProgressCall, cancel: CancelCall | None
) -> None:
    """Send the notes that the collection has not as they are, and delete what is of no note any more."""
    notes = wanted(index)
    fine = Counter[str]()
    old = set()
    for row in _held(client, name):
        if notes.get(row["path"], ("", 0))[0] == row["version"]:
            fine[row["path"]] += 1
        else:
            old.add(row["id"])
    missing = {path for path in index.notes if fine[sent(path)] != notes[sent(path)][1]}
    total, done = sum(len(index.passages_of(path)) for path in missing), 0
    for batch in _batches(rows(index, missing)):
        check(cancel)
        progress("storing", done, total)
        client.upsert(name, batch)
        old -= {row["id"] for row in batch}
        done += len(batch)
    for ids in _batches(sorted(old)):
        check(cancel)
        client.delete(name, ids=ids)
    if total or old:
        client.flush(name)
    progress("storing", total, total)


def _held(client: "MilvusClient", name: str) -> Iterator[dict[str, str]]:
    """The id, path and version of every row."""
    fields = ["id", "path", "version"]
    found = client.query_iterator(name, batch_size=10 * _BATCH, output_fields=fields, consistency_level="Strong")
    while batch := found.next():
        yield from batch
    found.close()


def _count(client: "MilvusClient", name: str) -> int:
    """How many rows there are, when all that was sent can be seen."""
    return int(client.query(name, filter="", output_fields=["count(*)"], consistency_level="Strong")[0]["count(*)"])


def _batches(items: Iterable[_T]) -> Iterator[list[_T]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch
