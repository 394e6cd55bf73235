"""A report goes out by mail and to Slack once, whatever a schedule tries again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from servers import DROP, Mailbox, Misbehaving, Web, smtp_server
from typer.testing import CliRunner

from flora_analytics.channels import SlackChannel
from flora_analytics.cli import app
from flora_analytics.report.page import Content
from flora_analytics.report.sending import messages_of, send_once
from flora_analytics.sandbox import Sandbox, generate
from flora_analytics.settings import Settings
from flora_analytics.store import RunStore

OK, BROKEN, REFUSED = (200, {}, b"ok"), (500, {}, b""), (404, {}, b"no_service")


MONDAY = datetime(2026, 3, 30, 7, 30, tzinfo=UTC)
EMPTY: dict[str, Any] = {
    "title": "A report", "period": "last week", "data_as_of": "30 March 2026, 07:30", "tz": "UTC",
    "warning": None, "headlines": (), "findings": (), "sections": (), "basis": (), "methods": (),
}  # fmt: skip


@dataclass
class Answer:
    """What a command left: its exit status and what it said."""

    status: int
    said: str


Report = Callable[..., Answer]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a handful of runs."""
    path = tmp_path_factory.mktemp("stores") / "runs"
    with Sandbox(generate(25, seed=1)) as api:
        access = {"FLORA_BASE_URL": api.base_url, "FLORA_API_KEY": api.api_key}
        assert call("sync", "--store", str(path), env=access).status == 0
    return path


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with smtp_server(None, security="none") as box:
        yield box


@pytest.fixture
def report(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """The command, of a store and with settings of its own."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(store, tmp_path / "runs")

    def report(*arguments: str, mail_port: int = 1, slack: str = "") -> Answer:
        (tmp_path / "flora-analytics.toml").write_text(
            f"""
            store = "runs"
            [mail]
            host = "127.0.0.1"
            port = {mail_port}
            security = "none"
            sender = "FLORA reports <reports@example.com>"
            to = ["ada@example.com"]
            [slack]
            webhook_env = "SLACK_HOOK"
            """
        )
        short = ("report", "--section", "objectives")  # of which there are none
        return call(*short, *arguments, env={"SLACK_HOOK": slack} if slack else {})

    return report


def call(*arguments: str, env: dict[str, str]) -> Answer:
    unset = {name: None for name in os.environ if name.startswith("FLORA_")}
    result = CliRunner().invoke(app, arguments, env={**unset, **env})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(result.exit_code, result.stderr)


def test_one_call_writes_mails_and_posts_the_same(report: Report, box: Mailbox):
    with Web([OK]) as web:
        answer = report("--out", "r.md", "--email", "--slack", mail_port=box.port, slack=web.url)

    [mail] = box.messages
    assert answer.status == 0, answer.said
    assert "Sent to ada@example.com." in answer.said
    assert mail["To"] == "ada@example.com"
    assert mail["Date"]
    assert mail.get_body(("html",)) is not None
    assert len(web.posts) == 1
    assert Path("r.md").exists()


def test_addresses_may_be_named_instead(report: Report, box: Mailbox):
    answer = report("--email", "bo@example.com", "eve@example.com", mail_port=box.port)

    assert answer.status == 0, answer.said
    assert box.envelopes[0].rcpt_tos == ["bo@example.com", "eve@example.com"]


def test_what_failed_is_tried_again_without_a_second_copy_of_the_rest(report: Report, box: Mailbox):
    with Web([BROKEN, OK]) as web:
        first = report("--email", "--slack", mail_port=box.port, slack=web.url)
        second = report("--email", "--slack", mail_port=box.port, slack=web.url)
        third = report("--email", "--slack", mail_port=box.port, slack=web.url)

    assert (first.status, second.status, third.status) == (1, 0, 0)
    assert "answered 500" in first.said
    assert "was sent to ada@example.com at" in second.said
    assert len(box.envelopes) == 1
    assert len(web.posts) == 2


def test_a_mail_that_may_have_arrived_is_not_sent_again_unless_asked(report: Report, box: Mailbox):
    with Misbehaving({".": [DROP]}) as server:
        first = report("--email", mail_port=server.port)
    second = report("--email", mail_port=box.port)
    third = report("--email", "--again", mail_port=box.port)

    assert (first.status, second.status, third.status) == (1, 1, 0)
    assert server.heard.count("DATA") == 1
    assert "may have arrived" in second.said
    assert len(box.envelopes) == 1


def test_what_arrives_is_what_a_dry_run_shows_but_for_the_date(report: Report, box: Mailbox):
    report("--email", "--section", "failures", "--dry-run", mail_port=box.port)
    report("--email", "--section", "failures", mail_port=box.port)

    date, _, arrived = box.envelopes[0].original_content.partition(b"\r\n")
    assert date.startswith(b"Date: ")
    assert arrived == Path("report.eml").read_bytes()


def test_fresher_data_without_other_figures_is_no_new_report(tmp_path: Path):
    store, settings = RunStore(tmp_path / "runs"), Settings(slack=SlackChannel(webhook_env="HOOK"))

    def send(after: timedelta, **given: Any) -> bool:
        report = Content(**(EMPTY | given))
        environ = {"HOOK": web.url}
        messages = messages_of(report, settings, slack=True, environ=environ)
        return send_once(messages, store, now=MONDAY + after)[0].text.startswith("Sent")

    with Web([OK]) as web:
        sent = [
            send(timedelta(0)),
            send(timedelta(minutes=5), data_as_of="30 March 2026, 07:35"),
            send(timedelta(minutes=6), period="March 2026"),
            send(timedelta(minutes=7), warning="The sync failed."),
            send(timedelta(days=1)),
        ]

    assert sent == [True, False, True, True, True]
    assert len(web.posts) == 4


def test_a_refusal_is_one_clear_line_and_exit_status_1(report: Report):
    with Web([REFUSED]) as web:
        answer = report("--slack", slack=f"{web.url}/s3cr3t")

    assert answer.status == 1
    assert "404 no_service; the webhook is gone" in answer.said
    assert "s3cr3t" not in answer.said


def test_a_dry_run_writes_what_would_be_sent_and_needs_no_secret(report: Report, box: Mailbox):
    answer = report("--out", "march.md", "--email", "--slack", "--dry-run", mail_port=box.port)

    mail = message_from_bytes(Path("march.eml").read_bytes(), policy=default)
    assert answer.status == 0, answer.said
    assert box.envelopes == []
    assert mail["To"] == "ada@example.com"
    assert '"blocks"' in Path("march.slack.json").read_text(encoding="utf-8")


def test_a_missing_secret_is_told_before_anything_is_sent(report: Report, box: Mailbox):
    answer = report("--email", "--slack", mail_port=box.port)

    assert answer.status == 2
    assert "SLACK_HOOK, which is not set" in answer.said
    assert box.envelopes == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ada@example.com"], "without --email"),
        (["--email", "ada"], "'ada' is no mail address"),
        (["--dry-run", "--out", "r.md"], "--email, --slack or both"),
        ([], "--email or --slack"),
    ],
    ids=["address alone", "no address", "nothing to send", "nowhere"],
)
def test_a_call_that_makes_no_sense_is_refused(report: Report, arguments, says):
    answer = report(*arguments)

    assert answer.status == 2
    assert says in answer.said
