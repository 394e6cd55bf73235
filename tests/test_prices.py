"""listed_prices: what the API lists techniques at today, exactly; unknown is not zero."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from flora_analytics.client import FloraClient
from flora_analytics.errors import AuthenticationError, ContractError
from flora_analytics.prices import listed_prices
from flora_analytics.sandbox import Sandbox, generate


@contextmanager
def listing(bodies: dict[str, str]):
    """A client of an API that answers about these techniques, and the paths it was asked for."""
    paths: list[str] = []

    class Techniques(BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            body = bodies[self.path.rpartition("/")[2]].encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Techniques)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with FloraClient("sk_test", base_url=f"http://127.0.0.1:{server.server_port}") as client:
            yield client, paths
    finally:
        server.shutdown()
        server.server_close()


def test_prices_are_those_of_the_catalogue_and_withdrawn_techniques_have_none():
    history = generate(2_000, seed=3)
    gone = history.facts.goes.technique_id
    wanted = [each.technique_id for each in history.facts.techniques]

    with Sandbox(history) as api, FloraClient(api.api_key, base_url=api.base_url) as client:
        prices = listed_prices(client, [*wanted, "tech_nobody_knows"])

    assert prices == {
        each.technique_id: each.run_cost
        for each in history.facts.techniques
        if each.technique_id != gone
    }


def test_every_digit_counts_and_zero_is_a_price():
    bodies = {"tech_a": '{"run_cost": 0.100000001}', "tech_b": '{"run_cost": 0}'}

    with listing(bodies) as (client, paths):
        prices = listed_prices(client, ["tech_a", "tech_b", "tech_a"])

    assert prices == {"tech_a": Decimal("0.100000001"), "tech_b": Decimal(0)}
    assert paths == ["/techniques/tech_a", "/techniques/tech_b"]


@pytest.mark.parametrize("body", ['{"name": "A"}', '{"run_cost": null}'], ids=["missing", "null"])
def test_a_technique_without_a_price_is_unknown(body):
    with listing({"tech_a": body}) as (client, _):
        assert listed_prices(client, ["tech_a"]) == {}


@pytest.mark.parametrize("price", ["-0.1", '"0.1"', "true", "NaN", "1e30", "[]"])
def test_a_price_that_is_no_amount_is_refused(price):
    with (
        listing({"tech_a": f'{{"run_cost": {price}}}'}) as (client, _),
        pytest.raises(ContractError, match="tech_a"),
    ):
        listed_prices(client, ["tech_a"])


def test_a_wrong_key_is_no_unknown_price():
    with (
        Sandbox(generate(10)) as api,
        FloraClient("sk_wrong", base_url=api.base_url) as client,
        pytest.raises(AuthenticationError),
    ):
        listed_prices(client, ["tech_reel"])
