"""Channels come from a file, hold no secret and send nothing unencrypted."""

from __future__ import annotations

import pytest

from flora_analytics.channels import (
    MailAccount,
    SlackChannel,
    Webhook,
    checked_address,
    read_mail,
    read_slack,
    read_webhook,
)
from flora_analytics.errors import ConfigurationError
from flora_analytics.settings import load_settings

MAIL = {"host": "smtp.example.com", "sender": "a@example.com"}


def test_a_file_may_hold_all_three(tmp_path):
    config = tmp_path / "flora-analytics.toml"
    config.write_text(
        """
        [mail]
        host = "smtp.example.com"
        security = "tls"
        user = "reports"
        password_env = "SMTP_PASSWORD"
        sender = "FLORA reports <reports@example.com>"
        to = ["ada@example.com", "Bo <bo@example.com>"]

        [slack]
        token_env = "SLACK_TOKEN"
        channel = "C0123456789"

        [webhook]
        url = "https://example.com/hook"
        """
    )

    settings = load_settings(config=config, environ={})

    assert settings.mail == MailAccount(
        host="smtp.example.com",
        port=465,
        security="tls",
        user="reports",
        password_env="SMTP_PASSWORD",
        sender="FLORA reports <reports@example.com>",
        to=("ada@example.com", "Bo <bo@example.com>"),
    )
    assert settings.slack == SlackChannel(token_env="SLACK_TOKEN", channel="C0123456789")
    assert settings.webhook == Webhook(url="https://example.com/hook")


def test_without_a_table_there_is_no_channel():
    assert (read_mail(None), read_slack(None), read_webhook(None)) == (None, None, None)


@pytest.mark.parametrize(
    ("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)], ids=str
)
def test_the_port_follows_from_the_security(security, port):
    account = read_mail({**MAIL, "host": "localhost", "security": security})

    assert account is not None
    assert account.port == port


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ([], r"begins with \[mail\]"),
        ({"host": "smtp.example.com"}, "lacks sender"),
        ({**MAIL, "hots": "x"}, "'hots' is not known; did you mean 'host'"),
        ({**MAIL, "password": "s3cr3t"}, "password would be a secret in a file"),
        ({**MAIL, "user": "a"}, "both user and password_env"),
        ({**MAIL, "security": "none"}, "would travel unencrypted"),
        ({**MAIL, "security": "ssl"}, "'starttls', 'tls', 'none'"),
        ({**MAIL, "port": "587"}, "port must be a number"),
        ({**MAIL, "port": 70_000}, "no port 70000"),
        ({**MAIL, "to": [1]}, "to must be a list of texts"),
        ({**MAIL, "to": "nobody"}, "'nobody' is no mail address"),
        ({**MAIL, "host": "smtp://example.com"}, "no mail server"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mail_account_that_cannot_be_says_why(table, says):
    with pytest.raises(ConfigurationError, match=says) as caught:
        read_mail(table)

    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({}, "either webhook_env, or both"),
        ({"webhook_env": "A", "token_env": "B", "channel": "C"}, "either"),
        ({"token_env": "B"}, "both token_env and channel"),
        ({"webhook": "https://hooks.slack.com/services/s3cr3t"}, "secret in a file"),
        ({"token": "xoxb-s3cr3t"}, "secret in a file"),
        ({"token_env": "B", "channel": "C", "api_url": "http://slack.example"}, "https://"),
    ],
    ids=["empty", "both", "half", "address", "token", "api"],
)
def test_a_slack_channel_that_cannot_be_says_why(table, says):
    with pytest.raises(ConfigurationError, match=says) as caught:
        read_slack(table)

    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    "table", [{}, {"url": "https://a.example", "url_env": "A"}, {"url": "ftp://s3cr3t"}]
)
def test_a_webhook_that_cannot_be_says_so_without_its_address(table):
    with pytest.raises(ConfigurationError) as caught:
        read_webhook(table)

    assert "s3cr3t" not in str(caught.value)


def test_an_address_that_may_be_a_secret_is_not_shown():
    assert "s3cr3t" not in repr(Webhook(url="https://example.com/s3cr3t"))


@pytest.mark.parametrize("secret", ["xoxb-1-2-three", "https://hooks.slack.com/services/T/B/x"])
def test_a_slack_secret_anywhere_in_the_file_is_refused(tmp_path, secret):
    config = tmp_path / "flora-analytics.toml"
    config.write_text(f'[slack]\nwebhook_env = "HOOK"  # {secret}')

    with pytest.raises(ConfigurationError, match="Take it out") as caught:
        load_settings(config=config, environ={})

    assert secret not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["ada@example.com", "Ada <ada@example.com>", '"Lovelace, Ada" <a.b+c@sub.example.com>'],
)
def test_an_address_with_or_without_a_name_is_one(text):
    assert checked_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "a@example.com, b@example.com",
        "a@example.com\nBcc: b@example.com",
        "Ada <ada@example.com> b@example.com",
        "ada@exämple.com",
        "a b@example.com",
        "group: a@example.com;",
    ],
)
def test_what_is_not_one_address_is_refused_on_one_line(text):
    with pytest.raises(ConfigurationError, match="no mail address") as caught:
        checked_address(text)

    assert "\n" not in str(caught.value)
