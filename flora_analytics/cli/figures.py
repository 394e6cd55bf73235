"""The commands that show a figure: ``cost``, ``failures``, ``durations``."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from flora_analytics.calendar import Window
from flora_analytics.cli.app import say
from flora_analytics.cli.options import Choice, Place, View
from flora_analytics.cli.showing import show
from flora_analytics.errors import ConfigurationError

if TYPE_CHECKING:
    import pandas as pd

    from flora_analytics.cli.showing import Figure
    from flora_analytics.settings import Settings

__all__ = ["cost", "durations", "failures"]

Span = Literal["queue", "execution", "turnaround"]


def cost(
    *,
    place: Place,
    choice: Choice,
    view: View,
    unit: Annotated[
        bool, typer.Option("--unit", help="Cost per finished run, completed run and output.")
    ] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Cost of the runs that failed.")] = False,
    outputs: Annotated[
        bool, typer.Option("--outputs", help="Cost of an output of each type, failures included.")
    ] = False,
    drift: Annotated[
        bool, typer.Option("--drift", help="Median charge by technique, and when it changed.")
    ] = False,
    listed: Annotated[
        bool,
        typer.Option("--listed", help="With --drift: ask the API for today's list prices, too."),
    ] = False,
) -> int:
    """Show what runs cost, to the last digit.

      flora-analytics cost --by technique --last 30d
      flora-analytics cost --period month --tz Europe/Vienna --format csv > cost.csv
      flora-analytics cost --unit --by project
      flora-analytics cost --drift --listed --last 26w

    A run whose cost the API does not state is counted, not taken for free.
    """
    from flora_analytics import metrics

    if unit + failed + outputs + drift > 1:
        raise ConfigurationError(
            "--unit, --failed, --outputs and --drift are tables of their own; "
            "ask for one at a time."
        )
    if listed and not drift:
        raise ConfigurationError("--listed compares with list prices: give --drift with it.")
    if unit:
        return show({"unit_cost": metrics.unit_cost}, place, choice, view)
    if failed:
        return show({"cost_of_failed_runs": metrics.cost_of_failed_runs}, place, choice, view)
    if outputs:
        return show(
            {"output_cost": metrics.output_cost},
            place, choice, view, totals={"output_cost": metrics.unit_cost},
        )  # fmt: skip
    if drift:
        return show(
            {"price_drift": partial(_price_drift, listed=place.settings() if listed else None)},
            place, choice, view, totals={"price_drift": metrics.charged_cost},
        )  # fmt: skip
    return show({"charged_cost": metrics.charged_cost}, place, choice, view)


def failures(
    *,
    place: Place,
    choice: Choice,
    view: View,
    codes: Annotated[
        bool, typer.Option("--codes", help="Failed runs by error code instead.")
    ] = False,
    change: Annotated[
        bool, typer.Option("--change", help="Compare with as long a time before.")
    ] = False,
    retries: Annotated[
        bool, typer.Option("--retries", help="Runs that seem to be another try: an estimate.")
    ] = False,
) -> int:
    """Show how many finished runs failed, with the 95% interval of the rate.

      flora-analytics failures --by technique --last 4w
      flora-analytics failures --codes
      flora-analytics failures --change --by technique --last 30d

    Runs that are still pending or running have no outcome yet and are left out.
    """
    from flora_analytics import metrics

    if codes + change + retries > 1:
        raise ConfigurationError(
            "--codes, --change and --retries are tables of their own; ask for one at a time."
        )
    if change:
        return show({"failure_rate_change": _failure_rate_change}, place, choice, view,
                    reaching=True)  # fmt: skip
    if retries:
        return show({"estimated_retries": metrics.estimated_retries}, place, choice, view)
    if codes:
        return show(
            {"failures_by_code": metrics.failures_by_code},
            place, choice, view, totals={"failures_by_code": metrics.cost_of_failed_runs},
        )  # fmt: skip
    return show({"failure_rate": metrics.failure_rate}, place, choice, view)


def durations(
    *,
    place: Place,
    choice: Choice,
    view: View,
    of: Annotated[Span | None, typer.Option("--of", help="Only this span.")] = None,
    bounds: Annotated[
        bool, typer.Option("--bounds", help="With the 95% bounds of each quantile.")
    ] = False,
    with_open: Annotated[
        bool, typer.Option("--open", help="Turnaround time, open runs counted for their age.")
    ] = False,
    success: Annotated[
        bool, typer.Option("--success", help="Time until a run has completed, if it does not fail.")
    ] = False,
    stuck: Annotated[
        bool, typer.Option("--stuck", help="List open runs that are older than runs ever get.")
    ] = False,
) -> int:
    """Show how long runs wait, execute, and take in all.

      flora-analytics durations --last 7d
      flora-analytics durations --of queue --by technique --period week --bounds
      flora-analytics durations --open --by technique --last 12h
      flora-analytics durations --stuck

    Queue time is from creation to start, execution time from start to end, turnaround time
    from creation to end. Quantiles are exact and leave out runs that have not got there yet;
    --open and --success count them for as long as they have been open, with 95% bounds.
    """
    from flora_analytics import metrics

    if with_open + success + stuck + (of is not None) > 1:
        raise ConfigurationError(
            "--of, --open, --success and --stuck show different things; ask for one at a time."
        )
    if stuck:
        from flora_analytics.cli.lists import show_stuck_runs

        return show_stuck_runs(place, choice, view)
    if with_open:
        figures: dict[str, Figure] = {"turnaround_quantiles": metrics.turnaround_quantiles}
        return show(figures, place, choice, view, as_of=True)
    if success:
        return show({"time_to_success": metrics.time_to_success}, place, choice, view, as_of=True)
    spans: dict[str, Figure] = {
        "queue_time": metrics.queue_time,
        "execution_time": metrics.execution_time,
        "turnaround_time": metrics.turnaround_time,
    }
    if bounds:
        spans = {name: partial(span, quantile_bounds=True) for name, span in spans.items()}
    chosen = spans if of is None else {f"{of}_time": spans[f"{of}_time"]}
    return show(chosen, place, choice, view)


def _price_drift(
    runs: Any,
    *,
    by: list[str] | None,
    period: str | None,
    tz: str,
    listed: Settings | None,
    **_: Any,
) -> pd.DataFrame:
    from flora_analytics import metrics

    if period is not None:
        raise ConfigurationError("--drift finds its own periods; leave out --period.")
    by = by or ["technique"]
    prices = None
    if listed is not None:
        from flora_analytics.cli.listed import list_prices

        if not {"technique", "technique_id"} & set(by):
            raise ConfigurationError("Techniques have list prices: add technique to --by.")
        prices = list_prices(listed, metrics.charged_cost(runs, by="technique").index)
    table = metrics.price_drift(runs, by=by, tz=tz, listed=prices)
    if table["price_ratio"].notna().any():
        say("Price ratio: of like runs; the median also moves with what sizes are bought.")
    return table


def _failure_rate_change(
    runs: Any, *, window: Window, by: list[str] | None = None, period: str | None = None, **_: Any
) -> pd.DataFrame:
    from flora_analytics import metrics

    if period is not None:
        raise ConfigurationError("--change compares two times as a whole; leave out --period.")
    if window.start is None:
        raise ConfigurationError(
            "--change needs to know since when: give --last 30d, or --from and --to."
        )
    end = window.end or datetime.now(UTC)
    earlier = Window(window.start - (end - window.start), window.start)
    return metrics.failure_rate_change(
        runs, earlier=earlier, later=Window(window.start, end), by=by
    )
