"""Bring a store up to date with the API, and say what that proves.

- `ledger_sync`: the order of the steps, from the memory of the last sync to the certificate
- `stretch`: read from the head down to known ground, resumably
- `parallel`: read a whole history by several workers
- `open_runs`: read again what had not ended, however deep it lies
- `session`: what one sync holds in hand, and its bounded batches into the store

Knows the walk and the store; computes no figures.
"""

from flora_analytics.sync.ledger_sync import SyncResult, sync_runs

__all__ = ["SyncResult", "sync_runs"]
