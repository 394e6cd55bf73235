"""Alert rules as they are written in the configuration file."""

from __future__ import annotations

import tomllib
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest

from flora_analytics.errors import ConfigurationError
from flora_analytics.rules import WATCHED, Alerts, Quiet, read_alerts
from flora_analytics.settings import load_settings

LEVELS = {"usd": "50", "share": "0.2", "span": '"30m"', "runs": "3", "yes": "true"}


def read(text: str) -> Alerts:
    content = tomllib.loads(text)
    return read_alerts(content.get("alerts"), content.get("rule", []), "flora.toml: ")


def test_rules_say_what_is_watched_and_when_it_is_over():
    alerts = read(
        """
        [alerts]
        to = ["slack", "mail"]
        quiet = "22:00-07:00"
        fresh = "2h"

        [[rule]]
        spend = 50.1
        clear = 40
        per = "month"
        by = "project"
        workspace = ["ws_a", "ws_b"]

        [[rule]]
        name = "Nobody waits"
        queue_time = "90s"
        quantile = 0.99
        at_least = 400
        to = "webhook"
        urgent = true
        """
    )

    spend, queue = alerts.rules
    assert (spend.of, spend.above, spend.clear) == ("spend", Decimal("50.1"), Decimal(40))
    assert (spend.per, spend.by, spend.workspace) == ("month", ("project",), ("ws_a", "ws_b"))
    assert (spend.name, spend.to, spend.urgent) == ("Spend by project", None, False)
    assert (queue.above, queue.clear, queue.per) == (
        timedelta(seconds=90), timedelta(seconds=90), timedelta(days=1),
    )  # fmt: skip
    assert (queue.quantile, queue.at_least, queue.to, queue.urgent) == (
        0.99, 400, ("webhook",), True,
    )  # fmt: skip
    assert (alerts.to, alerts.fresh) == (("slack", "mail"), timedelta(hours=2))


def test_without_tables_nothing_is_watched():
    assert read("") == Alerts()


@pytest.mark.parametrize("of", WATCHED)
def test_every_kind_of_rule_needs_no_more_than_its_level(of):
    (rule,) = read(f"[[rule]]\n{of} = {LEVELS[WATCHED[of].unit]}").rules

    assert rule.of == of
    assert rule.clear == rule.above
    assert rule.name


@pytest.mark.parametrize(
    ("quiet", "at", "is_quiet"),
    [
        ("22:00-07:00", "21:59", False),
        ("22:00-07:00", "22:00", True),
        ("22:00-07:00", "03:00", True),
        ("22:00-07:00", "07:00", False),
        ("9:00-17:30", "17:29", True),
        ("9:00-17:30", "08:59", False),
    ],
)
def test_quiet_hours_may_pass_midnight(quiet, at, is_quiet):
    alerts = read(f'[alerts]\nquiet = ["{quiet}"]')

    assert alerts.is_quiet(datetime.fromisoformat(f"2026-03-02T{at}")) is is_quiet


def test_several_quiet_hours_add_up():
    assert read('[alerts]\nquiet = ["22:00-07:00", "12:00-13:00"]').quiet == (
        Quiet(time(22), time(7)),
        Quiet(time(12), time(13)),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("spent = 50", "did you mean 'spend'"),
        ('by = "project"', "must watch one thing, and watches none"),
        ("spend = 50\nfailure_rate = 0.1", "watches spend and failure_rate"),
        ("spend = 50\nquantile = 0.9", "takes no quantile"),
        ("spend = true", "expected US dollars such as 50"),
        ("spend = -1", "expected US dollars"),
        ("spend = nan", "expected US dollars"),
        ("spend = 50\nclear = 60", "must be over below that"),
        ('spend = 50\nper = "dayly"', "write a period (hour, day"),
        ('spend = 50\nby = "status"', "some of workspace, project, technique"),
        ('spend = 50\nproject = ""', "an id, or a list of them"),
        ('spend = 50\nto = "pager"', "some of mail, slack, webhook"),
        ("failure_rate = 20", "a share lies below 1"),
        ("failure_rate = 0.2\nat_least = 0", "from 1 on"),
        ("queue_time = 30", "such as 30s"),
        ('queue_time = "0s"', "such as 30s"),
        ('queue_time = "30s"\nquantile = 95', "a share such as 0.9"),
        ('breach_probability = 0.5\nbudget = "all"', "included usage, extra balance"),
        ("incomplete = false", "leave the rule out"),
        ("spend = 50\nurgent = 1", "true or false"),
        ('spend = 50\nname = " "', "expected a text"),
    ],
)
def test_a_wrong_rule_is_named_with_what_would_do(text, says):
    with pytest.raises(ConfigurationError) as caught:
        read(f"[[rule]]\n{text}")

    assert says in str(caught.value)
    assert str(caught.value).startswith("flora.toml: rule 1")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('quiet = "at night"', '"22:00-07:00"'),
        ('quiet = "22:00-25:00"', '"22:00-07:00"'),
        ('quiet = "07:00-07:00"', "no time at all or always"),
        ('fresh = "soon"', "26h"),
        ('to = ["phone"]', "mail, slack, webhook"),
        ("silent = true", "'silent' is not known"),
    ],
)
def test_what_holds_for_all_rules_is_checked_too(text, says):
    with pytest.raises(ConfigurationError) as caught:
        read(f"[alerts]\n{text}")

    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("own", "tables"), [([], []), ("slack", []), (None, {"spend": 3}), (None, ["spend"])]
)
def test_what_are_no_tables_is_refused(own, tables):
    with pytest.raises(ConfigurationError, match=r"\[alerts\]|\[\[rule\]\]"):
        read_alerts(own, tables)


def test_two_rules_of_one_name_are_refused_because_alerts_are_remembered_by_it():
    with pytest.raises(ConfigurationError, match="name of its own"):
        read("[[rule]]\nspend = 5\n[[rule]]\nspend = 9")


def test_the_settings_hold_the_rules_of_their_file(tmp_path):
    file = tmp_path / "flora.toml"
    file.write_text('[alerts]\nto = ["mail"]\n[[rule]]\nstale = "6h"\n', encoding="utf-8")

    alerts = load_settings(config=file, environ={}).alerts

    assert alerts.to == ("mail",)
    assert [rule.name for rule in alerts.rules] == ["Stale"]
