"""The formats an export can have: a name, the suffixes that mean it, and its sibling module.

A new format is a module with `write` and a line in `FORMATS`.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from flora_analytics.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

__all__ = ["FORMATS", "Write", "writer_for"]

#: Name → suffixes of the target that mean it. The module is ``as_<name>``.
FORMATS: dict[str, tuple[str, ...]] = {
    "csv": (".csv",),
    "parquet": (".parquet", ".pq"),
}


class Write(Protocol):
    """What a format's module offers as ``write``.

    It writes all `batches`, each of `schema`, to the file `path`, which it makes. With
    `for_people` it guards texts against being taken for formulas, if the format has any.
    """

    def __call__(
        self, path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch], *, for_people: bool
    ) -> None: ...


def writer_for(target: Path, format: str | None) -> Write:  # noqa: A002 - the public word
    """The writer of `format`, or of what the target's suffix means.

    Raises
    ------
    ConfigurationError
        If there is no such format, or the suffix means none.

    Examples
    --------
    >>> writer_for(Path("runs.pq"), None).__module__
    'flora_analytics.export.as_parquet'
    """
    name = format or _by_suffix(target)
    if name not in FORMATS:
        close = get_close_matches(name, FORMATS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        raise ConfigurationError(f"There is no format {name!r}{hint} Known: {', '.join(FORMATS)}.")
    write: Write = import_module(f"flora_analytics.export.as_{name}").write
    return write


def _by_suffix(target: Path) -> str:
    for name, suffixes in FORMATS.items():
        if target.suffix.lower() in suffixes:
            return name
    known = ", ".join(suffix for suffixes in FORMATS.values() for suffix in suffixes)
    raise ConfigurationError(
        f"The name {target.name!r} does not tell the format; end it with one of {known}, "
        "or name the format."
    )
