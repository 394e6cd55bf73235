"""Post one message to Slack, by an incoming webhook or by a bot's token.

Takes a channel and a payload as ``chat.postMessage`` and webhooks take it. Knows what Slack
answers; knows nothing of what the message says.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from flora_analytics.channels import SlackChannel
from flora_analytics.errors import SendError
from flora_analytics.send.attempts import WAITS, NotTakenError
from flora_analytics.send.posting import Answered, post_json

__all__ = ["post_slack"]

_WHAT = "The Slack message"
#: What to do about the errors that a setting causes.
#: https://docs.slack.dev/reference/methods/chat.postMessage#errors
_ADVICE = {
    "invalid_auth": "check the token",
    "not_authed": "check the token",
    "token_revoked": "the token was revoked",
    "token_expired": "the token has expired",
    "account_inactive": "the token's owner is gone",
    "missing_scope": "the bot needs the scope chat:write",
    "channel_not_found": "check the channel's id, and invite the bot if it is private",
    "not_in_channel": "invite the bot to the channel",
    "is_archived": "the channel is archived",
    "channel_is_archived": "the channel is archived",
    "no_service": "the webhook is gone",
    "no_active_hooks": "the webhook is switched off",
    "no_team": "the workspace is gone",
    "invalid_token": "the webhook's address is wrong",
    "action_prohibited": "the workspace's admins do not allow it",
    "posting_to_general_channel_denied": "the workspace's admins do not allow it",
}


def post_slack(
    channel: SlackChannel,
    payload: Mapping[str, Any],
    *,
    environ: Mapping[str, str] = os.environ,
    waits: Sequence[float] = WAITS,
) -> None:
    """Post `payload` to the channel, once.

    Parameters
    ----------
    channel : SlackChannel
        Where to.
    payload : mapping
        ``text`` and ``blocks``.
    environ : mapping of str to str
        Holds the webhook's address or the token.
    waits : sequence of float
        Before each further attempt, made only while the message was certainly not taken. [s]

    Raises
    ------
    SendError
        If it was not posted; ``.uncertain`` if Slack had it and gave no clear answer.
    ConfigurationError
        If the address or the token is not where the channel says.
    """
    if channel.webhook_env is not None:
        url, token, given = channel.webhook(environ), None, dict(payload)
    else:
        url, token = f"{channel.api_url}/chat.postMessage", channel.token(environ)
        given = {**payload, "channel": channel.channel}
    body = json.dumps(given, ensure_ascii=True, sort_keys=True).encode("ascii")
    post_json(url, body, what=_WHAT, waits=waits, check=_check, token=token)


def _check(answered: Answered) -> None:
    """Slack says no by a status (webhooks) or by ``"ok": false`` in a 200 (the Web API)."""
    text = answered.body.decode("utf-8", "replace")
    said: Any = None
    with suppress(ValueError):
        said = json.loads(text)
    if answered.status == 200 and (text.strip() == "ok" or _is_ok(said)):
        return
    word = said.get("error") if isinstance(said, dict) else text.strip()
    # Anything but one of Slack's words may be a page of some other server.
    code = word if isinstance(word, str) and re.fullmatch(r"[a-z_]{1,60}", word) else None
    if code in ("ratelimited", "rate_limited"):
        raise NotTakenError(f"Slack limits the rate ({code})")
    if answered.status == 200 and code is None:
        raise SendError(
            f"{_WHAT} was answered by something that is not Slack; check the address.",
            uncertain=True,
        )
    advice = f"; {_ADVICE[code]}" if code in _ADVICE else ""
    status = None if answered.status == 200 else str(answered.status)
    said_no = " ".join(filter(None, [status, code]))
    raise SendError(f"{_WHAT} was not posted: Slack answered {said_no}{advice}.")


def _is_ok(said: object) -> bool:
    return isinstance(said, dict) and said.get("ok") is True
