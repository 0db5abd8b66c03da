"""The notes as they are now against those of a generation: what changed, and whether anything did. No input, no output."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from ingest.build.stages import Changes, Scan
from ingest.index.manifest import Manifest, Parameters
from ingest.messages import Message


def compare(scan: Scan, before: Mapping[str, str]) -> Changes:
    """What changed since a generation of the notes `before` (their SHA-256 by path)."""
    hashes = scan.hashes
    stale = {path: reason for path, reason in _under(scan.unread, before) if path not in hashes}
    skipped = {path: reason for path, reason in scan.unread.items() if path not in stale}
    now = hashes | {path: before[path] for path in stale}
    added = [path for path in sorted(now) if path not in before]
    removed = [path for path in sorted(before) if path not in now]
    origins: dict[str, list[str]] = defaultdict(list)
    for path in reversed(removed):
        origins[before[path]].append(path)
    renamed = tuple((origins[now[path]].pop(), path) for path in added if origins.get(now[path]))
    old, new = {pair[0] for pair in renamed}, {pair[1] for pair in renamed}
    return Changes(
        added=tuple(path for path in added if path not in new),
        changed=tuple(path for path in sorted(now) if path in before and before[path] != now[path]),
        renamed=renamed,
        removed=tuple(path for path in removed if path not in old),
        stale=stale,
        skipped=skipped | dict(scan.left_out) | dict(scan.missing),
    )


def is_as_it_was(manifest: Manifest, parameters: Parameters, scan: Scan, changes: Changes) -> bool:
    """Whether a generation is just what a build would make; `changes` are those since it."""
    return (
        not changes.any_note
        and manifest.parameters == replace(parameters, dimension=manifest.dimension)
        and manifest.stale == changes.stale
        and manifest.skipped == changes.skipped
        and manifest.refused == scan.refused
    )


def _under(unread: Mapping[str, Message], before: Mapping[str, str]) -> list[tuple[str, Message]]:
    """Notes of the generation that are, or lie in a folder that is, unread now; with the reason."""
    folders = {path + "/": reason for path, reason in unread.items() if path not in before}
    found = [(path, unread[path]) for path in before if path in unread]
    if folders:
        for path in before:
            parents = (path[: end + 1] for end, letter in enumerate(path) if letter == "/")
            found += [(path, folders[parent]) for parent in parents if parent in folders]
    return found
