"""Show a figure: compute it for groups and in all, print it, and say what it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from flora_analytics.calendar import Window
from flora_analytics.cli.app import say
from flora_analytics.cli.completeness import tell
from flora_analytics.cli.options import Choice, Place, View

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Figure", "show"]

Figure: TypeAlias = "Callable[..., pd.DataFrame]"

#: Groups a person reads; tables by period are shown whole.
_MOST_ROWS = 50
#: Their rows are no parts of all runs.
_NO_PARTS = ("price_drift",)
#: What is to be said of the runs that a column counts.
_REMARKS = {
    "n_unknown": "Cost not stated: {}; counted, but not taken for free.",
    "n_open": "Open: {} that got no further yet; left out of rates and quantiles.",
    "n_other": "Other: {} of a status that is neither open nor finished; left out of rates.",
    "n_missing": "Missing: {} that ended without the times it takes; left out.",
    "n_negative": "Negative: {} whose times run backwards; counted as they are.",
}

#: Figures that do not leave open runs out.
_COUNTING_OPEN = ("time_to_success", "turnaround_quantiles")


def show(
    figures: Mapping[str, Figure],
    place: Place,
    choice: Choice,
    view: View,
    *,
    totals: Mapping[str, Figure] | None = None,
    reaching: bool = False,
    as_of: bool = False,
    print_people: Callable[[pd.DataFrame], None] | None = None,
) -> int:
    """Compute each figure for the groups and for all runs, and print them.

    Figures that are `reaching` beyond the runs created in the window get all runs and the
    window itself; those of runs as they stood `as_of` some time get that of the ledger. A figure
    that people read in a form of its own is printed to them by `print_people`.
    """
    from flora_analytics.cli.output import machine_rows, print_csv, print_json
    from flora_analytics.report.stretch import describe

    settings = place.settings(tz=choice.tz)
    window = choice.window(settings)
    ledger = choice.read(settings, Window() if reaching else window)
    cut = view.arguments(settings)
    of: dict[str, Any] = {"window": window} if reaching else {}
    of |= {"now": ledger.as_of} if as_of else {}
    tables = {name: figure(ledger.runs, **cut, **of) for name, figure in figures.items()}
    whole = {name: figure(ledger.runs, **of) for name, figure in (totals or figures).items()}
    if view.format == "csv":
        print_csv(_stacked(tables))
    elif view.format == "json":
        print_json(
            {
                "figure": next(iter(tables)) if len(tables) == 1 else "durations",
                "by": view.groups(),
                "period": view.period,
                "tz": settings.tz,
                "from": window.start and window.start.isoformat(),
                "to": window.end and window.end.isoformat(),
                **ledger.standing.to_dict(),
                "rows": machine_rows(_stacked(tables)),
                "total": _totals(whole),
            }
        )
    else:
        if print_people is not None:
            print_people(next(iter(tables.values())))
        else:
            _print_for_people(tables, whole, view)
        say(f"Runs created: {describe(window, tz=settings.tz)} ({settings.tz}).")
        _say_what_is_left_out(whole)
    return tell(ledger.standing)


def _stacked(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The tables as one; several are told apart by a first column ``figure``."""
    import pandas as pd

    from flora_analytics.cli.output import flat

    if len(tables) == 1:
        return flat(next(iter(tables.values())))
    parts = [flat(table) for table in tables.values()]
    for name, part in zip(tables, parts, strict=True):
        part.insert(0, "figure", name)
    return pd.concat(parts, ignore_index=True)


def _totals(whole: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    from flora_analytics.cli.output import machine_rows

    totals = {name: machine_rows(table)[0] for name, table in whole.items()}
    return next(iter(totals.values())) if len(totals) == 1 else totals


def _print_for_people(
    tables: Mapping[str, pd.DataFrame], whole: Mapping[str, pd.DataFrame], view: View
) -> None:
    from flora_analytics.cli.terminal import heading, print_table

    if all(len(table) == 1 for table in tables.values()) and not (view.by or view.period):
        print_table(_stacked({heading(name): table for name, table in tables.items()}))
        return
    for (name, table), total in zip(tables.items(), whole.values(), strict=True):
        longest = None if view.period else _MOST_ROWS
        print_table(
            table,
            total=None if name in _NO_PARTS else total,
            period=view.period,
            title=heading(name) if len(tables) > 1 else None,
            longest=longest,
        )
        if longest is not None and len(table) > longest:
            rows = f"{longest} of {len(table):,} rows"
            say(f"Shown: the first {rows}; all of them with --format csv or json.")


def _say_what_is_left_out(whole: Mapping[str, pd.DataFrame]) -> None:
    from flora_analytics.cli.terminal import heading
    from flora_analytics.report.display import counted

    for name, table in whole.items():
        prefix = f"{heading(name)}. " if len(whole) > 1 else ""
        for column, remark in _REMARKS.items():
            if column in table and (n := int(table[column].iloc[0])):
                if column == "n_open" and name in _COUNTING_OPEN:
                    remark = "Open: {}; counted for as long as they have been open."
                say(prefix + remark.format(counted(n, "run")))
