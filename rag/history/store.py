"""The one database of people's data: its file, its numbered forms, and transactions on it.

`PRAGMA user_version` numbers the form. A form is never changed once people have it: what is to be otherwise is another
migration at the end of `MIGRATIONS`.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ingest.errors import HistoryError
from rag.history.earlier_files import take_over

FILE = "history.sqlite3"

# Brings a database from one form to the next, within a transaction; gets the folder that the file lies in.
Migration = Callable[[sqlite3.Connection, Path], None]

_creating = threading.Lock()


class Store:
    """The database in `folder`, made when it is first used; safe to use from threads and processes.

    Raises:
        HistoryError: from both methods, when the file cannot be used or is of a newer form than `migrations` lead to.
    """

    def __init__(self, folder: Path, migrations: Sequence[Migration] | None = None) -> None:
        self._file = folder / FILE
        self._migrations = MIGRATIONS if migrations is None else migrations

    @property
    def there(self) -> bool:
        """Whether anything was ever kept."""
        return self._file.exists()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state throughout."""
        with self._transaction("BEGIN") as base:
            yield base

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept together, or none of them; one writer at a time."""
        with self._transaction("BEGIN IMMEDIATE") as base:
            yield base

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        try:
            self._create()
            with closing(sqlite3.connect(self._file, timeout=10, isolation_level=None)) as base:
                self._migrate(base)
                base.execute("PRAGMA foreign_keys = ON")
                with base:
                    base.execute(begin)
                    yield base
        except (sqlite3.Error, OSError) as error:
            raise HistoryError("history.unusable", file=self._file, reason=error) from error

    def _create(self) -> None:
        """Make the file, for its owner's eyes only; SQLite gives the files beside it the same rights."""
        with _creating:  # who closes a file loses this process's locks on it: nobody may have it open yet
            if not self._file.exists():
                for folder in reversed(self._file.parents):  # `parents=True` would open those above to everybody
                    if not folder.is_dir():
                        folder.mkdir(mode=0o700, exist_ok=True)
                self._file.touch(mode=0o600)
            elif self._file.stat().st_mode & 0o077:  # of an earlier version, or copied here
                self._file.chmod(0o600)

    def _migrate(self, base: sqlite3.Connection) -> None:
        """Bring the file to the newest form, a transaction for each step; another process may be at it as well."""
        newest = len(self._migrations)
        while _form(base) < newest:
            with base:
                base.execute("BEGIN IMMEDIATE")
                form = _form(base)
                if form < newest:  # nobody was faster
                    self._migrations[form](base, self._file.parent)
                    base.execute(f"PRAGMA user_version = {form + 1}")
        if (form := _form(base)) > newest:
            raise HistoryError("history.newer", file=self._file, form=form, newest=newest)


def _form(base: sqlite3.Connection) -> int:
    return int(base.execute("PRAGMA user_version").fetchone()[0])


def _one_file(base: sqlite3.Connection, folder: Path) -> None:
    """Form 1: conversations, opinions and gaps in one file."""
    base.execute(
        "CREATE TABLE conversation (id TEXT PRIMARY KEY, title TEXT NOT NULL, created TEXT NOT NULL, "
        "changed TEXT NOT NULL, pinned INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0)"
    )
    base.execute(
        "CREATE TABLE answer (conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE, "
        "turn INTEGER NOT NULL, question TEXT NOT NULL, text TEXT NOT NULL, record TEXT NOT NULL, "
        "PRIMARY KEY (conversation, turn))"
    )
    base.execute(
        "CREATE TABLE rating (id INTEGER PRIMARY KEY, "
        "conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE, "
        "turn INTEGER, "  # NULL once the answer was replaced by another one
        "good INTEGER NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL, record TEXT NOT NULL, history TEXT NOT NULL, "
        "UNIQUE (conversation, turn))"
    )
    base.execute(
        "CREATE TABLE gap (question TEXT PRIMARY KEY, asked TEXT NOT NULL, times INTEGER NOT NULL, "
        "nearest TEXT NOT NULL, checked TEXT NOT NULL, closed TEXT NOT NULL DEFAULT '', "
        "closed_by TEXT NOT NULL DEFAULT '')"
    )
    take_over(base, folder)


def _marks(base: sqlite3.Connection, _: Path) -> None:
    """Form 2: what was thought of sections."""
    base.execute(
        "CREATE TABLE mark (question TEXT NOT NULL, section TEXT NOT NULL, good INTEGER NOT NULL, name TEXT NOT NULL, "
        "at TEXT NOT NULL, PRIMARY KEY (question, section))"
    )


MIGRATIONS: tuple[Migration, ...] = (_one_file, _marks)


def now() -> str:
    """This moment as it is kept: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat()


def storable(text: str) -> str:
    """SQLite takes no lone surrogates, which file names that are not UTF-8 bring along."""
    return text.encode("utf-8", "replace").decode()
