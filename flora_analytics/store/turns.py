"""One at a time: locks against a schedule that overtakes itself, and for writers in turn.

Two checks at once would both tell the same alert, and two reports would both be sent. Syncs may
overlap, because each commit follows exactly one version; but many at once would make each
other's work void again and again, so that those of one machine take turns.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from flora_analytics.errors import StoreConflictError, StoreError
from flora_analytics.store.files import local_path

__all__ = ["alone", "in_turn"]

#: How long one writer waits for its turn before it tries without. [s]
_PATIENCE = 60
#: Commits take tens of milliseconds.
_POLL = 0.005


@contextmanager
def alone(store: str, *, wait: float = 0) -> Iterator[None]:
    """Hold the store for one job that tells people things; let go however it ends.

    The lock lies in a local store itself. For a store elsewhere it lies among this machine's
    temporary files, and keeps off jobs of this machine alone. The system takes it away from a
    process that dies.

    Parameters
    ----------
    store : str
        Path or URI.
    wait : float, default 0
        How long to wait for another to end. [s]

    Raises
    ------
    StoreConflictError
        If another job holds it still.
    StoreError
        If the lock cannot be written.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder, alone(folder):
    ...     print("working")
    working
    """
    try:
        place = _place(store, "alone")
        lock = FileLock(place, timeout=wait, thread_local=False)
        lock.acquire()
    except Timeout:
        raise StoreConflictError(
            f"Another check or report is at work on {store}, so this one did nothing; let them "
            "start at different times, or less often."
        ) from None
    except OSError as exc:
        raise StoreError(
            f"The store at {store} cannot be locked: {exc.strerror or exc}; a check remembers in "
            "the store whom it told, and needs to write there."
        ) from exc
    try:
        yield
    finally:
        lock.release()


@contextmanager
def in_turn(store: str) -> Iterator[None]:
    """Keep this machine's other writers waiting for one commit.

    A courtesy, not a safeguard: who cannot lock, or has waited for a minute, goes on without, and
    the commit itself sees whether another writer was quicker.
    """
    with ExitStack() as turn:
        with suppress(Timeout, OSError, NotImplementedError):
            lock = FileLock(_place(store, "writer"), timeout=_PATIENCE, thread_local=False)
            turn.enter_context(lock.acquire(poll_interval=_POLL))
        yield


def _place(store: str, kind: str) -> Path:
    folder = local_path(store)
    if folder is None:
        name = hashlib.sha256(store.rstrip("/").encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"flora-analytics-{name}-{kind}.lock"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"_{kind}.lock"
