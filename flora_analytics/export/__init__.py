"""Export: runs or a figure in, one file out that other tools read; whole, or not there.

`write_runs` streams runs in bounded memory, `write_figure` writes a metric table. Both know
formats only by name: each is a sibling module, loaded when it is asked for. Knows no network,
store or chart.
"""

from __future__ import annotations

from flora_analytics.export.figures import write_figure
from flora_analytics.export.formats import FORMATS
from flora_analytics.export.runs import write_runs

__all__ = ["FORMATS", "write_figure", "write_runs"]
