"""A progress bar for reading pages: on a terminal and in Jupyter, silent anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Progress", "progress_bar"]

#: Takes the number of runs read so far and the API's estimate of all, if it gave one.
Progress = Callable[[int, int | None], object]


@contextmanager
def progress_bar(*, shown: bool | None = None, what: str = "Reading runs") -> Iterator[Progress]:
    """A function to call after each page with the runs read and the estimate of all.

    Parameters
    ----------
    shown : bool, optional
        Default: where somebody watches, that is on a terminal or in a notebook.
    what : str
        What is being done.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    console = Console(stderr=True)
    if not (console.is_terminal or console.is_jupyter if shown is None else shown):
        yield lambda n_read, total: None
        return
    columns = (
        TextColumn(what),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.completed:,.0f}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        # The estimate may be lower than what is read: runs arrive while we read.
        yield lambda n_read, total: progress.update(
            task, completed=n_read, total=total and max(total, n_read)
        )
