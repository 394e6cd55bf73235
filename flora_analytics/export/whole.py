"""A file that is whole or not there: written beside its target, then renamed over it.

Whatever goes wrong, what lay at the target stays as it was. Only a process that is killed
outright can leave its unfinished file behind, under a name that ends in ``.part``.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from flora_analytics.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["written_whole"]

#: Errors that tell of the place, not of where the data comes from.
_OF_THE_PLACE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def written_whole(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path to write to; on leaving without an error it becomes `target`.

    Raises
    ------
    ConfigurationError
        If the target is a folder, its folder is not there, or it cannot be written.
    """
    # A link is followed, so that the file it points to is replaced and not the link.
    place = Path(os.path.realpath(Path(target).expanduser()))
    _check(place)
    part = place.with_name(f".{place.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        # Made by open(), so that the umask decides who may read it.
        part.open("xb").close()
    except OSError as exc:
        raise _unwritable(place, exc) from exc
    try:
        yield part
        _to_disk(part)
        if place.exists():
            shutil.copymode(place, part)
        part.replace(place)
    except OSError as exc:
        if exc.errno not in _OF_THE_PLACE:
            raise
        raise _unwritable(place, exc) from exc
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    _folder_to_disk(place.parent)


def _check(place: Path) -> None:
    if place.is_dir():
        raise ConfigurationError(f"{place} is a folder; name a file in it.")
    if not place.parent.is_dir():
        raise ConfigurationError(f"There is no folder {place.parent}; make it, or name another.")


def _unwritable(place: Path, exc: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{place} cannot be written: {os.strerror(exc.errno or 0)}. "
        "Choose a place you may write to that has room."
    )


def _to_disk(path: Path) -> None:
    with path.open("rb+") as written:
        os.fsync(written.fileno())


def _folder_to_disk(folder: Path) -> None:
    """Make the rename itself last; not every system lets a folder be opened."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
