"""The ledger on disk: typed rows in, exactly one row per run out, with the sync's own memory.

- `ledger`: the runs table, its versions and its atomic commits
- `difference`: which rows are new, which say something else than before
- `quarantine`: runs that broke the contract, with the reason
- `alerts`: what was fired, and who was told of it
- `sent`: which reports were sent
- `small`: a table that is rewritten whole, as those three are
- `turns`: one check or report at a time, and this machine's writers in turn
- `files`: the Parquet files, written and rewritten in bounded memory
- `upkeep`: compaction and vacuum at sensible intervals
- `delta`: the one door to Delta Lake

Holds what the API said and nothing derived; knows no API, no figures.
"""

from flora_analytics.store.alerts import Remembered
from flora_analytics.store.delta import is_one_of
from flora_analytics.store.ledger import RunStore, Snapshot, Written
from flora_analytics.store.turns import alone

__all__ = ["Remembered", "RunStore", "Snapshot", "Written", "alone", "is_one_of"]
