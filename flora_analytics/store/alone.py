"""One at a time: a lock against a schedule that overtakes itself.

Syncs need none, because commits follow each other; but two checks at once would both tell
the same alert, and two reports would both be sent.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from flora_analytics.errors import StoreConflictError, StoreError
from flora_analytics.store.files import local_path

__all__ = ["alone"]


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
        place = _place(store)
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


def _place(store: str) -> Path:
    folder = local_path(store)
    if folder is None:
        name = hashlib.sha256(store.rstrip("/").encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"flora-analytics-{name}.lock"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "_alone.lock"
