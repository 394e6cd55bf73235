"""Decode the API's JSON: bytes in, a typed Arrow batch and the rejected runs out.

- `page`: one page of run history, or one polled run
- `wire`: the JSON as typed structs, and plain reasons where it is not that
- `contract`: can these instants and this cost be true
- `columns`: runs as Arrow columns
- `strict_json`: foreign JSON made readable for the quarantine
"""

from flora_analytics.decode.page import Drift, Page, RejectedRun, decode_page, decode_polled

__all__ = ["Drift", "Page", "RejectedRun", "decode_page", "decode_polled"]
