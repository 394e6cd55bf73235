"""What techniques are listed at today: their ids in, US dollars a run out.

Asks the API, once for each technique. The API keeps no history of list prices: what a technique
was listed at last month nobody can say. Stores nothing, compares nothing; `metrics.price_drift`
does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from flora_analytics.errors import ContractError, RefusedRequestError

if TYPE_CHECKING:
    from flora_analytics.client import Answer, FloraClient

__all__ = ["listed_prices"]

#: No more than a charged cost can be. [USD]
_MOST = Decimal(10) ** 9


def listed_prices(client: FloraClient, technique_ids: Iterable[str]) -> dict[str, Decimal]:
    """The list price of one run of each technique, ``run_cost``, as it is today.

    Parameters
    ----------
    client : FloraClient
    technique_ids : iterable of str
        Each is asked for once, one after the other.

    Returns
    -------
    dict of technique id to Decimal, exact [USD]
        Without those that the API does not know or no longer shows to this key, or lists without
        a price: unknown is not zero.

    Raises
    ------
    ContractError
        A price that is no amount of dollars.
    ApiError
        The API could not be asked.

    Examples
    --------
    >>> from flora_analytics.client import FloraClient
    >>> from flora_analytics.sandbox import Sandbox, generate
    >>> with Sandbox(generate(1)) as api, FloraClient(api.api_key, base_url=api.base_url) as client:
    ...     listed_prices(client, ["tech_reel", "tech_nobody_knows"])
    {'tech_reel': Decimal('0.525')}
    """
    prices = {
        technique_id: _price(client, technique_id) for technique_id in dict.fromkeys(technique_ids)
    }
    return {technique_id: price for technique_id, price in prices.items() if price is not None}


def _price(client: FloraClient, technique_id: str) -> Decimal | None:
    try:
        answer = client.technique(technique_id)
    except RefusedRequestError as refused:
        if refused.status == 404:
            return None
        raise
    return _run_cost(answer, technique_id)


def _run_cost(answer: Answer, technique_id: str) -> Decimal | None:
    try:
        technique = json.loads(answer.body, parse_float=Decimal, parse_int=Decimal)
    except ValueError as error:
        raise _not_as_documented(answer, technique_id, "is no JSON") from error
    price = technique.get("run_cost")
    if price is None:
        return None
    if not isinstance(price, Decimal) or not 0 <= price < _MOST:
        raise _not_as_documented(answer, technique_id, "has a run_cost that is no amount of USD")
    return price


def _not_as_documented(answer: Answer, technique_id: str, what: str) -> ContractError:
    return ContractError(
        f"The API's answer about technique {technique_id!r} {what}; expected a number from 0 on. "
        "Leave out --listed, or ask again later.",
        request_id=answer.request_id,
    )
