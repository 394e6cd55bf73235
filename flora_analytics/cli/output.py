"""A metric's table for machines: CSV and JSON that carry every digit.

Money is exact, instants are ISO 8601 and spans are seconds in columns that end in ``_s``; CSV is
what `flora_analytics.export` writes. `terminal` prints the same tables for people.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rows", "flat", "machine", "machine_rows", "plain", "print_csv", "print_json"]

#: Rows under their column names, ready for JSON; a Decimal is a number with all its digits.
Rows = list[dict[str, Any]]


def flat(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its keys as its first columns."""
    return table if table.index.names == [None] else table.reset_index()


def plain(value: Any) -> Any:
    """A cell as a value of Python's own; None where there is none."""
    import pandas as pd

    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def machine_rows(table: pd.DataFrame) -> Rows:
    """Every row as names and values that JSON knows."""
    table = flat(table)
    names = [f"{name}_s" if table[name].dtype.kind == "m" else str(name) for name in table]
    columns = [[machine(plain(value)) for value in table[name]] for name in table]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def print_json(content: Mapping[str, Any]) -> None:
    """Print an object: one line for each entry, and for each row of a list."""
    entries = ",\n".join(f"  {_json(key)}: {_entry(value)}" for key, value in content.items())
    sys.stdout.write(f"{{\n{entries}\n}}\n")


def print_csv(table: pd.DataFrame) -> None:
    """Print the table as `write_figure` writes it, with the line ends of a terminal."""
    from flora_analytics.export import write_figure

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.csv"
        write_figure(table, file)
        sys.stdout.write(file.read_text(encoding="utf-8"))


def machine(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return Decimal(value // timedelta(microseconds=1)).scaleb(-6)
    return value


def _entry(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return "[\n    " + ",\n    ".join(_json(row) for row in value) + "\n  ]"
    return _json(value)


def _json(value: Any) -> str:
    """As `json.dumps`, but a Decimal keeps all its digits."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_json(key)}: {_json(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_json(part) for part in value) + "]"
    return json.dumps(value)
