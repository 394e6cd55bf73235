"""Each channel is told once that it fires and once that it is over, whatever fails meanwhile."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime

import pytest
from checked_store import HOUR, NOW, a_run, runs, settings_of, store_of
from servers import DEAD_PORT, DROP, Web, smtp_server

from flora_analytics.channels import MailAccount, SlackChannel, Webhook
from flora_analytics.check import check_rules
from flora_analytics.errors import ConfigurationError, StoreConflictError
from flora_analytics.store import alone

OK = (200, {}, b"ok")
BUSY = (503, {}, b"")
RULES = '[alerts]\nto = ["webhook"]\n[[rule]]\nspend = 2\nclear = 1\nper = "3h"\n'


class History:
    """A store that fills as time goes by, checked every now and then."""

    def __init__(self, folder, rules=RULES, **channels):
        self.folder, self.rules, self.channels, self.rows = folder, rules, channels, []

    def check(self, hour, spent, *, slot="", **how):
        """Sync and check so many hours after `NOW`, with so many dollars just spent."""
        now = NOW + hour * HOUR
        self.rows += [
            a_run(created_at=now - HOUR / 2, run_id=f"run_{hour}_{n}{slot}") for n in range(spent)
        ]
        store = store_of(self.folder, self.rows, as_of=now)
        settings = settings_of(store, self.rules, **self.channels)
        return check_rules(settings, now=now, waits=(), **how)


def whats(web):
    return [[alert["what"] for alert in json.loads(body)["alerts"]] for _, _, body in web.posts]


def test_an_alert_is_told_once_and_so_is_its_end(tmp_path):
    with Web([OK]) as web:
        history = History(tmp_path, webhook=Webhook(url=web.url))
        fires = [history.check(hour, spent).fires for hour, spent in
                 [(0, 3), (1, 0), (2, 0), (6, 0), (7, 0), (9, 3)]]  # fmt: skip

    assert whats(web) == [["fires"], ["over"], ["fires"]]
    assert fires == [True, True, True, False, False, True]
    first = json.loads(web.posts[0][2])
    assert first["subject"] == "FLORA: 1 alert: Spend"
    assert first["alerts"][0]["text"].startswith("Spend: $3.00 for 3 runs, from 4 March 2026, 09")
    assert first["alerts"][0]["fired_at"] == "2026-03-04T12:00:00+00:00"


def test_the_end_of_an_alert_says_from_when_to_when_it_fired(tmp_path):
    with Web([OK]) as web:
        history = History(tmp_path, webhook=Webhook(url=web.url))
        history.check(0, 3)
        [over] = history.check(2, 0).told or history.check(6, 0).told

    assert over.text.startswith("Over (4 March 2026, 12:00 to 4 March 2026, 18:00, UTC): Spend")


def test_a_ledger_grows_stale_by_the_clock_and_not_when_it_last_spoke(tmp_path):
    rules = '[alerts]\nto = ["webhook"]\n[[rule]]\nstale = "6h"\n'
    with Web([OK]) as web:
        store = store_of(tmp_path, runs(1), as_of=NOW)
        settings = settings_of(store, rules, webhook=Webhook(url=web.url))
        [told] = check_rules(settings, now=NOW + 7 * HOUR, waits=()).told

    assert told.text.startswith("Fires (since 4 March 2026, 19:00, UTC): Stale")


def test_what_could_not_be_sent_is_told_by_the_next_check_once(tmp_path):
    with Web([BUSY, BUSY, OK]) as web:
        history = History(tmp_path, webhook=Webhook(url=web.url))
        checks = [history.check(hour, 0 if hour else 3) for hour in (0, 1, 2, 2.5)]

    assert [check.has_failed for check in checks] == [True, True, False, False]
    assert [len(check.told) for check in checks] == [1, 1, 1, 0]
    assert web.url not in str(checks[0].told)
    keys = {headers["Idempotency-Key"] for _, headers, _ in web.posts}
    assert len(web.posts) == 3
    assert len(keys) == 1


def test_one_channel_that_fails_keeps_no_other_from_being_told(tmp_path):
    rules = RULES.replace('["webhook"]', '["slack", "webhook"]')
    with Web([OK]) as web, Web([BUSY, OK]) as slack:
        channels = {
            "webhook": Webhook(url=web.url),
            "slack": SlackChannel(token_env="T", channel="C1", api_url=slack.url),
        }
        slack.answers[-1] = (200, {}, b'{"ok": true}')
        history = History(tmp_path, rules, **channels)
        for hour in range(3):
            history.check(hour, 3 if hour == 0 else 0, environ={"T": "xoxb-secret"})

    assert (len(web.posts), len(slack.posts)) == (1, 2)


def test_what_may_have_been_sent_is_not_sent_again(tmp_path):
    with Web([(DROP, {}, b""), OK]) as web:
        history = History(tmp_path, webhook=Webhook(url=web.url))
        checks = [history.check(hour, 3 if hour == 0 else 0) for hour in range(2)]

    assert [check.has_failed for check in checks] == [True, False]
    assert len(web.posts) == 1


def test_quiet_hours_put_off_and_lose_nothing(tmp_path):
    rules = RULES.replace("[[rule]]", 'quiet = "13:00-20:00"\n[[rule]]', 1)
    rules += '[[rule]]\nname = "Urgent"\nspend = 2\nper = "3h"\nurgent = true\n'
    with Web([OK]) as web:
        history = History(tmp_path, rules, webhook=Webhook(url=web.url))
        history.check(0, 1)
        history.check(1, 3)  # 13:00: one fires aloud, one quietly
        assert whats(web) == [["fires"]]
        history.check(5, 0)  # both are over
        history.check(8, 0)  # 20:00

    assert whats(web) == [["fires"], ["over"], ["passed"]]
    passed = json.loads(web.posts[-1][2])["alerts"][0]
    assert (passed["fired_at"], passed["ended_at"]) == (
        "2026-03-04T13:00:00+00:00", "2026-03-04T17:00:00+00:00",
    )  # fmt: skip
    assert "fires above $2.00. Spend: $0.00 for 0 runs" in passed["text"]


def test_quiet_hours_are_those_of_the_time_zone(tmp_path):
    rules = RULES.replace("[[rule]]", 'quiet = "21:00-22:00"\n[[rule]]', 1)
    with Web([OK]) as web:
        history = History(tmp_path, rules, webhook=Webhook(url=web.url), tz="Asia/Tokyo")
        history.check(0, 3)  # 21:00 in Tokyo
        assert not web.posts
        history.check(1, 0)

    assert whats(web) == [["fires"]]


def test_a_dry_run_shows_what_would_be_told_and_remembers_nothing(tmp_path):
    with Web([OK]) as web:
        history = History(tmp_path, webhook=Webhook(url=web.url))
        dry = history.check(0, 3, dry_run=True)
        assert not web.posts
        history.check(1, 0)

    assert dry.told[0].subject == "FLORA: 1 alert: Spend"
    assert dry.told[0].text.startswith("Fires (since 4 March 2026, 12:00, UTC): Spend: $3.00")
    assert whats(web) == [["fires"]]


def test_a_rule_may_tell_others_than_the_rest(tmp_path):
    rules = RULES + '[[rule]]\nname = "Silent"\nspend = 1\nto = []\n'
    with Web([OK]) as web:
        check = History(tmp_path, rules, webhook=Webhook(url=web.url)).check(0, 3)

    [post] = [json.loads(body) for _, _, body in web.posts]
    assert [alert["rule"] for alert in post["alerts"]] == ["Spend"]
    assert [verdict.state for verdict in check.verdicts] == ["fires", "fires"]


def test_a_rule_that_was_taken_out_is_forgotten(tmp_path):
    with Web([OK]) as web:
        history = History(tmp_path, webhook=Webhook(url=web.url))
        history.check(0, 3)
        history.rules = RULES.replace("spend = 2", 'spend = 2\nname = "Other"')
        history.check(1, 0)

    assert whats(web) == [["fires"], ["fires"]]


def test_two_files_of_rules_for_one_store_do_not_disturb_each_other(tmp_path):
    other = RULES.replace("spend = 2", 'spend = 1\nname = "Other"')
    with Web([OK]) as web:
        history = History(tmp_path, webhook=Webhook(url=web.url))
        for hour in (0, 1, 2):
            for history.rules in (RULES, other):
                history.check(hour, 0 if hour else 3, slot=history.rules)

    assert whats(web) == [["fires"], ["fires"]]


def test_a_mail_arrives_as_it_was_meant(tmp_path):
    rules = RULES.replace("webhook", "mail").replace("spend = 2", 'spend = 2\nby = "technique"')
    with smtp_server(None, security="none") as box:
        account = MailAccount(
            host="127.0.0.1", port=box.port, security="none", sender="FLORA <flora@example.com>",
            to=("ada@example.com", "Bob <bob@example.com>"),
        )  # fmt: skip
        history = History(tmp_path, rules, mail=account)
        for hour in range(3):
            history.check(hour, 3 if hour == 0 else 0)

    [message] = box.messages
    assert message["Subject"] == "FLORA: 1 alert: Spend by technique"
    assert box.envelopes[0].rcpt_tos == ["ada@example.com", "bob@example.com"]
    assert parsedate_to_datetime(message["Date"]) == NOW
    assert message["Message-ID"].endswith("@example.com>")
    text = message.get_content().replace("\n", " ")
    assert "Spend by technique, Name of tech_a: $3.00 for 3 runs" in text


@pytest.mark.parametrize(
    "hostile",
    ["<!channel> & <@U1>", "<https://evil.example|click>", "*bold* `code`", "a\nb\r\nBcc: x@y.z",
     "\u202egnp.exe", "=HYPERLINK(1)", "x" * 5_000, "🚀 'quoted\" \\"],
    ids=["mention", "link", "format", "header", "bidi", "formula", "long", "emoji"],
)  # fmt: skip
def test_hostile_names_are_text_everywhere(tmp_path, hostile):
    name = json.dumps(hostile, ensure_ascii=False)
    rules = (
        f'[alerts]\nto = ["mail", "slack"]\n[[rule]]\nname = {name}\nspend = 0\nby = "technique"'
    )
    rows = runs(1, technique_name=hostile, technique_id="tech_x")
    store = store_of(tmp_path, rows)
    with smtp_server(None, security="none") as box, Web([(200, {}, b'{"ok": true}')]) as slack:
        account = MailAccount(host="127.0.0.1", port=box.port, security="none",
                              sender="a@example.com", to=("b@example.com",))  # fmt: skip
        channel = SlackChannel(token_env="T", channel="C1", api_url=slack.url)
        settings = settings_of(store, rules, mail=account, slack=channel)
        check = check_rules(settings, now=NOW, environ={"T": "xoxb-1"}, waits=())

    assert not check.has_failed
    [message] = box.messages
    assert message["Bcc"] is None
    assert len(message["Subject"]) <= 140
    payload = json.loads(slack.posts[0][2])
    assert "<" not in payload["text"]
    assert {block["text"]["type"] for block in payload["blocks"]} == {"plain_text"}
    assert "\u202e" not in str(payload)


def test_many_alerts_stay_within_the_limits_of_slack(tmp_path):
    rows = [a_run(technique_id=f"tech_{n}", technique_name="n" * 300) for n in range(120)]
    rules = '[alerts]\nto = ["slack"]\n[[rule]]\nspend = 0\nby = "technique"\n'
    with Web([(200, {}, b'{"ok": true}')]) as slack:
        channel = SlackChannel(token_env="T", channel="C1", api_url=slack.url)
        settings = settings_of(store_of(tmp_path, rows), rules, slack=channel)
        check_rules(settings, now=NOW, environ={"T": "xoxb-1"}, waits=())

    payload = json.loads(slack.posts[0][2])
    assert len(payload["blocks"]) <= 50
    header, *sections = payload["blocks"]
    assert len(header["text"]["text"]) <= 150
    assert all(len(section["text"]["text"]) <= 3_000 for section in sections)
    assert sections[-1]["text"]["text"].startswith("And 100 alerts more")


@pytest.mark.parametrize("channel", ["mail", "slack", "webhook"])
def test_a_channel_that_is_not_set_up_is_refused_before_anything_is_judged(tmp_path, channel):
    rules = f'[[rule]]\nspend = 2\nto = "{channel}"'

    with pytest.raises(ConfigurationError, match=rf"\[{channel}\]"):
        check_rules(settings_of(store_of(tmp_path, runs(1)), rules), now=NOW)


def test_a_secret_that_is_not_there_fails_clearly_and_is_told_later(tmp_path):
    with Web([OK]) as web:
        history = History(tmp_path, webhook=Webhook(url_env="HOOK"))
        first = history.check(0, 3, environ={})
        history.check(1, 0, environ={"HOOK": web.url})

    assert "HOOK" in str(first.told[0].error)
    assert len(web.posts) == 1


def test_no_connection_is_said_and_told_later(tmp_path):
    history = History(tmp_path, webhook=Webhook(url=f"http://127.0.0.1:{DEAD_PORT}/secret"))

    check = history.check(0, 3)

    assert check.has_failed
    assert "secret" not in str(check.told)


def test_a_check_that_overtakes_another_does_nothing(tmp_path):
    with Web([OK]) as web:
        history = History(tmp_path, webhook=Webhook(url=web.url))
        with alone(store_of(tmp_path, []).uri), pytest.raises(StoreConflictError):
            history.check(0, 3)
        assert not web.posts
        history.check(1, 0)

    assert whats(web) == [["fires"]]
