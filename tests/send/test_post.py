"""A post to Slack or to a hook goes out once, or not at all with a reason and no secret in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import trustme
from servers import DEAD_PORT, DROP, Web, server_context

from flora_analytics.channels import SlackChannel, Webhook
from flora_analytics.errors import ConfigurationError, SendError
from flora_analytics.send import post_slack, post_webhook

AT_ONCE = (0.0, 0.0)
SECRET_PATH = "/services/T0/B0/s3cr3t"
TOKEN = "xoxb-s3cr3t-token"
PAYLOAD = {"text": "Spend is up ↑ & <odd>", "blocks": [{"type": "divider"}]}
OK = (200, {}, b"ok")


def to_slack_by_webhook(url: str, **given: Any) -> None:
    channel = SlackChannel(webhook_env="HOOK")
    post_slack(channel, PAYLOAD, environ={"HOOK": url + SECRET_PATH}, waits=AT_ONCE, **given)


def to_slack_by_bot(url: str) -> None:
    channel = SlackChannel(token_env="TOKEN", channel="C0123456789", api_url=f"{url}/api")
    post_slack(channel, PAYLOAD, environ={"TOKEN": TOKEN}, waits=AT_ONCE)


def to_hook(url: str) -> None:
    post_webhook(Webhook(url_env="HOOK"), PAYLOAD, environ={"HOOK": url + SECRET_PATH},
                 waits=AT_ONCE)  # fmt: skip


WAYS = pytest.mark.parametrize(
    "post", [to_slack_by_webhook, to_slack_by_bot, to_hook], ids=["webhook", "bot", "hook"]
)
Post = Callable[[str], None]


def answer(status: int | str, body: bytes | dict[str, Any] = b"", **headers: str) -> Any:
    text = json.dumps(body).encode() if isinstance(body, dict) else body
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, text


def test_a_webhook_gets_the_payload_as_it_is():
    with Web([OK]) as web:
        to_slack_by_webhook(web.url)

    [(path, headers, body)] = web.posts
    assert path == SECRET_PATH
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(body) == PAYLOAD
    assert "Authorization" not in headers


def test_a_bot_posts_to_its_channel_with_its_token(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else")
    monkeypatch.setenv("NETRC", str(netrc))

    with Web([answer(200, {"ok": True})]) as web:
        to_slack_by_bot(web.url)

    [(path, headers, body)] = web.posts
    assert path == "/api/chat.postMessage"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(body) == {**PAYLOAD, "channel": "C0123456789"}


def test_a_hook_can_tell_a_message_that_it_has_already():
    with Web([answer(204)]) as web:
        to_hook(web.url)
        to_hook(web.url)
        post_webhook(Webhook(url=web.url), PAYLOAD, key="alert-7")

    keys = [headers["Idempotency-Key"] for _, headers, _ in web.posts]
    assert keys[0] == keys[1] != keys[2]


@WAYS
def test_a_limited_rate_is_waited_for_and_the_post_made_once(post: Post):
    taken = answer(200, {"ok": True})

    with Web([answer(429, Retry_After="0"), taken]) as web:
        post(web.url)

    assert len(web.posts) == 2


def test_a_rate_limit_in_an_answer_of_the_api_is_waited_for_too():
    with Web(
        [answer(200, {"ok": False, "error": "ratelimited"}), answer(200, {"ok": True})]
    ) as web:
        to_slack_by_bot(web.url)

    assert len(web.posts) == 2


@WAYS
def test_nobody_there_is_said_after_three_attempts(post: Post):
    with pytest.raises(SendError, match=r"3 attempts: no connection to 127\.0\.0\.1") as caught:
        post(f"http://127.0.0.1:{DEAD_PORT}")

    assert not caught.value.uncertain
    assert_fit_to_show(caught.value)


@WAYS
@pytest.mark.parametrize(
    "broken", [answer(500), answer(503), answer(DROP)], ids=["500", "503", "drop"]
)
def test_a_post_that_may_have_been_taken_is_never_made_again(post: Post, broken):
    with Web([broken]) as web, pytest.raises(SendError, match="may have been taken") as caught:
        post(web.url)

    assert len(web.posts) == 1
    assert caught.value.uncertain
    assert_fit_to_show(caught.value)


@WAYS
def test_a_redirect_is_not_followed(post: Post):
    with Web([OK]) as other:
        elsewhere = answer(302, Location=f"{other.url}/?{TOKEN}")
        with Web([elsewhere]) as web, pytest.raises(SendError, match="another address") as caught:
            post(web.url)

    assert other.posts == []
    assert_fit_to_show(caught.value)


@pytest.mark.parametrize(
    ("post", "answered", "says"),
    [
        (to_slack_by_webhook, answer(404, b"no_service"), "404 no_service; the webhook is gone"),
        (to_slack_by_webhook, answer(400, b"invalid_blocks"), "400 invalid_blocks."),
        (to_slack_by_webhook, answer(403, b"<html>proxy s3cr3t"), "answered 403."),
        (to_slack_by_bot, answer(200, {"ok": False, "error": "invalid_auth"}), "check the token"),
        (to_slack_by_bot, answer(200, {"ok": False, "error": "not_in_channel"}), "invite the bot"),
        (to_hook, answer(410), "answered 410"),
    ],
    ids=["gone", "blocks", "proxy", "token", "channel", "hook"],
)
def test_a_clear_no_is_passed_on_and_not_asked_again(post: Post, answered, says):
    with Web([answered]) as web, pytest.raises(SendError, match=says) as caught:
        post(web.url)

    assert len(web.posts) == 1
    assert not caught.value.uncertain
    assert_fit_to_show(caught.value)


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"ok": 1}', b"[]"])
def test_a_page_of_somebody_else_is_not_taken_for_a_yes(body):
    with Web([answer(200, body)]) as web, pytest.raises(SendError, match="not Slack"):
        to_slack_by_webhook(web.url)


def test_a_certificate_of_a_stranger_is_refused():
    with Web([OK]) as web:
        context = server_context(trustme.CA(), "127.0.0.1")
        web.encrypt(context)
        with pytest.raises(SendError, match="certificate that cannot be trusted") as caught:
            to_slack_by_webhook(web.url.replace("http:", "https:"))

    assert web.posts == []
    assert_fit_to_show(caught.value)


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({}, "HOOK, which is not set"),
        ({"HOOK": "http://hooks.example.com/s3cr3t"}, "https://"),
        ({"HOOK": "s3cr3t"}, "HOOK must hold an address"),
        ({"HOOK": "https://user:s3cr3t@example.com/"}, "HOOK must hold an address"),
    ],
    ids=["missing", "unencrypted", "no address", "user"],
)
def test_an_address_that_cannot_be_is_told_without_it(environ: Mapping[str, str], says: str):
    with pytest.raises(ConfigurationError, match=says) as caught:
        post_slack(SlackChannel(webhook_env="HOOK"), PAYLOAD, environ=environ)

    assert "s3cr3t" not in str(caught.value)


def assert_fit_to_show(error: SendError) -> None:
    for text in (str(error), repr(error), repr(error.__cause__)):
        assert "s3cr3t" not in text
    assert str(error).isprintable()
