"""List prices for a figure of the store: the one thing of a figure that the API is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flora_analytics.cli.app import say
from flora_analytics.cli.syncing import client_of
from flora_analytics.settings import Settings

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["list_prices"]


def list_prices(settings: Settings, technique_ids: Iterable[str]) -> dict[str, Decimal]:
    """What the API lists these techniques at, seen with each key there is."""
    from flora_analytics.prices import listed_prices
    from flora_analytics.report.display import counted

    wanted = list(technique_ids)
    prices: dict[str, Decimal] = {}
    by_profile = settings.profiles and settings.api_key_file is None
    for profile in settings.profiles if by_profile else (None,):
        with client_of(profile, settings) as client:
            prices |= listed_prices(client, [one for one in wanted if one not in prices])
    if n_unlisted := len(wanted) - len(prices):
        say(f"No list price: {counted(n_unlisted, 'technique')} that the API does not list today.")
    return prices
