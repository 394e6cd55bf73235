"""Walk the run history, and judge what its pages prove together.

- `pages`: follow the pointers to the end, counting runs and noting gaps
- `place`: where a run stands in the newest-first order, and what a page says of a gap
- `proof`: is it certain that no run slipped past
"""

from flora_analytics.walk.pages import PAGE_SIZE, BrokenResumeError, Query, Walk
from flora_analytics.walk.place import Place
from flora_analytics.walk.proof import Verdict, judge

__all__ = ["PAGE_SIZE", "BrokenResumeError", "Place", "Query", "Verdict", "Walk", "judge"]
