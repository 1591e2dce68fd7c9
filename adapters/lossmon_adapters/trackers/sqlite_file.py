"""Read the SQLite database of another program: its folder stays as it is, and its writer is not stopped.

Opening a database read-only is not enough for either. Beside a database in WAL mode it makes files; and while rows are
read of one with a rollback journal, its writer waits. So the way to open it is chosen by the files that are there, and
every query ends after a limited time.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from lossmon.core.errors import LossmonError
from lossmon.core.temporary import temporary_directory

SIGNATURE = b"SQLite format 3\0"
"""First bytes of a database."""
_WAL, _SHM, _JOURNAL = "-wal", "-shm", "-journal"
"""What SQLite adds to the name of a database for the files beside it: write-ahead log, its index, rollback journal."""
_HEADER_BYTES = 100
_WAL_MODE = b"\2\2"
"""In the header of a database in WAL mode, at ``_MODE``."""
_MODE = slice(18, 20)
_QUERY_SECONDS = 0.06
"""Longest time that a query takes; a writer may have to wait so long, and no writer should notice."""
_STEPS_PER_CHECK = 1000
"""Instructions of SQLite between two looks at the time, some 20 microseconds."""
_WAIT_SECONDS = 0.02
"""How long a look waits for a writer that is just writing."""
_MAX_COPY_BYTES = 1 << 28
"""Largest database that is copied where there is no other way to read it."""
_MAX_WAL_COPY_BYTES = 1 << 24
"""Largest database that is copied rather than read beside its writer: that takes some milliseconds at most."""
_WAL_HEADER_BYTES = 32
"""Start of a write-ahead log, with two numbers that change whenever it is begun anew."""


class DatabaseError(Exception):
    """The database cannot be read now; the message says why, in words for the user."""


class BusyError(DatabaseError):
    """The same, and another look soon will probably succeed."""


class _Access(Enum):
    """How a database is opened; the value is the parameter for SQLite."""

    LOCKED = ""
    """With a lock while rows are read: a rollback journal allows nothing else."""
    UNSHARED = "&immutable=1"
    """As a file that nobody writes, since there is no write-ahead log; afterwards it must be as it was before."""
    SHARED = "&readonly_shm=1"
    """Beside the writer, by the index of its write-ahead log. A writer that closes it at this moment has to leave the
    log where it is."""
    COPIED = "copied"
    """In a private copy, where SQLite may repair what a writer left unfinished. The writer notices nothing."""


class _FileState(NamedTuple):
    size: int
    modified: int
    inode: int


class DatabaseState(NamedTuple):
    """What is known of the files of a database without opening it."""

    header: bytes
    database: _FileState
    wal: _FileState
    journal: _FileState
    has_shm: bool

    @property
    def size(self) -> int:
        """Bytes of the database and its write-ahead log."""
        return self.database.size + self.wal.size

    @property
    def modified(self) -> float:
        """When one of both was last written, in seconds since 1970."""
        return max(self.database.modified, self.wal.modified) / 1e9


def look_at(path: str) -> DatabaseState:
    """Return the state of the database at *path*. Raises OSError if there is none."""
    with Path(path).open("rb") as file:
        header, state = file.read(_HEADER_BYTES), _state(os.fstat(file.fileno()))
    return DatabaseState(header, state, _file(path + _WAL), _file(path + _JOURNAL), Path(path + _SHM).exists())


def _file(path: str) -> _FileState:
    try:
        return _state(Path(path).stat())
    except OSError:
        return _FileState(0, 0, 0)


def _state(status: os.stat_result) -> _FileState:
    return _FileState(status.st_size, status.st_mtime_ns, status.st_ino)


def _access(state: DatabaseState) -> _Access:
    if not state.header.startswith(SIGNATURE):
        raise DatabaseError("not a database, or not completely written yet")
    if state.header[_MODE] != _WAL_MODE:
        return _Access.LOCKED
    if not state.wal.size:
        return _Access.UNSHARED
    return _Access.SHARED if state.has_shm and state.size > _MAX_WAL_COPY_BYTES else _Access.COPIED


@contextmanager
def open_database(path: str) -> Iterator[sqlite3.Connection]:
    """Open the database at *path* for reading; raises DatabaseError if that fails, also when it is closed.

    What was read is valid only once the database was closed without an error.
    """
    path = os.path.realpath(path)  # the other files are beside the database, not beside a link to it
    before = look_at_or_raise(path)
    access = _access(before)
    try:
        with _connect(path, before, access) as connection:
            yield connection
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _describe(error) from None
    if access is _Access.UNSHARED and look_at_or_raise(path) != before:
        raise BusyError("it was written to at the same time")


def look_at_or_raise(path: str) -> DatabaseState:
    """Return the state of the database at *path*; raises DatabaseError if there is none."""
    try:
        return look_at(path)
    except OSError as error:
        raise DatabaseError(f"cannot be read: {os.strerror(error.errno or 0)}") from None


@contextmanager
def _connect(path: str, state: DatabaseState, access: _Access) -> Iterator[sqlite3.Connection]:
    with ExitStack() as stack:
        connection = None if access is _Access.COPIED else _open_original(path, access, stack)
        yield connection or _open(f"file:{quote(_copy(path, state, stack))}?mode=rw", stack)


def _open_original(path: str, access: _Access, stack: ExitStack) -> sqlite3.Connection | None:
    """Open the database where it is; return None if its writer was killed and left something to repair."""
    connection = _open(f"file:{quote(path)}?mode=ro{access.value}", stack)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if "readonly" not in str(error):  # SQLite may not repair the original
            raise
        return None
    return connection


def _open(uri: str, stack: ExitStack) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=_WAIT_SECONDS, isolation_level=None)
    stack.callback(connection.close)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    connection.execute("PRAGMA query_only = 1")
    connection.execute("PRAGMA trusted_schema = 0")
    return connection


def _copy(path: str, state: DatabaseState, stack: ExitStack) -> str:
    """Copy the database and what its writer left beside it; return the path of the copy."""
    if state.size + state.journal.size > _MAX_COPY_BYTES:
        raise DatabaseError("its writer was killed, and it is too large to be repaired in a copy; open it once with it")
    log = _log_identity(path) if state.header[_MODE] == _WAL_MODE else None
    try:
        copy = str(temporary_directory("lossmon-", stack) / "copy.db")
        for suffix in ("", _JOURNAL, _WAL):
            if not suffix or Path(path + suffix).exists():
                shutil.copyfile(path + suffix, copy + suffix)
    except (OSError, LossmonError) as error:
        raise DatabaseError(f"it cannot be copied: {error}") from None
    now = look_at_or_raise(path)
    # As long as the write-ahead log is not begun anew, it has all that is written to the database meanwhile.
    is_whole = now.database.inode == state.database.inode and log and log == _log_identity(path)
    if not is_whole and now != state:
        raise BusyError("it was written to at the same time")
    return copy


def _log_identity(path: str) -> tuple[int, bytes] | None:
    """Return what tells one write-ahead log from the next in the same file; None if there is none."""
    try:
        with Path(path + _WAL).open("rb") as file:
            return os.fstat(file.fileno()).st_ino, file.read(_WAL_HEADER_BYTES)
    except OSError:
        return None


def _describe(error: sqlite3.Error | UnicodeDecodeError) -> DatabaseError:
    """Return *error* in words for the user; the message of one about damaged names may not even be text."""
    message = "malformed" if isinstance(error, UnicodeDecodeError) else str(error)
    if "locked" in message:
        return BusyError("it is locked by its writer; tried again")
    if "interrupted" in message:
        return BusyError("reading takes too long; tried again")
    if "no such" in message:
        return BusyError("it is not completely set up yet")
    if "malformed" in message or "not a database" in message:
        return DatabaseError("it is damaged, or not completely written yet")
    return DatabaseError(f"it cannot be read: {message}")


@contextmanager
def time_limit(connection: sqlite3.Connection, seconds: float = _QUERY_SECONDS) -> Iterator[None]:
    """Interrupt queries inside of the block after some *seconds*, so that no writer waits longer."""
    end = time.monotonic() + seconds
    connection.set_progress_handler(lambda: int(time.monotonic() > end), _STEPS_PER_CHECK)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


def table_names(path: str) -> frozenset[str] | None:
    """Return the tables of the database at *path*; None if they cannot be read now."""
    try:
        with open_database(path) as connection, time_limit(connection):
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    except DatabaseError:
        return None
    return frozenset(name for (name,) in rows)
