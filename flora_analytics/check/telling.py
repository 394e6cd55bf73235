"""Tell each channel its news, and remember at once that it was told.

What was not sent stays news, and the next check tells it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from flora_analytics.calendar import check_zone
from flora_analytics.check.messages import as_json, as_mail, as_slack, as_text, subject
from flora_analytics.check.notices import News, news_for, told, without_forgotten
from flora_analytics.errors import ConfigurationError, SendError
from flora_analytics.rules import Channel
from flora_analytics.send import post_slack, post_webhook, send_mail
from flora_analytics.send.attempts import WAITS

if TYPE_CHECKING:
    from flora_analytics.settings import Settings
    from flora_analytics.store import Remembered, RunStore

__all__ = ["Told", "check_channels", "news_now", "tell", "written"]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one channel's news.

    Attributes
    ----------
    channel : "mail", "slack" or "webhook"
    subject, text : str
        Of what was sent, or would have been.
    error : str or None
        Why it was not sent, or may not have been; None if it was.
    """

    channel: Channel
    subject: str
    text: str
    error: str | None = None


def check_channels(settings: Settings) -> None:
    """Refuse rules that tell a channel which is not set up.

    Raises
    ------
    ConfigurationError
    """
    for channel in _used(settings):
        account: Any = getattr(settings, channel)
        if account is None:
            raise ConfigurationError(
                f"Alerts go to {channel}, which is not set up; write [{channel}] into "
                "flora-analytics.toml, or take it out of to."
            )
        if channel == "mail" and not account.to:
            raise ConfigurationError(
                'Alerts go by mail, and [mail] names nobody; write to = ["you@example.com"].'
            )


def news_now(remembered: Sequence[Remembered], settings: Settings, *, now: datetime) -> list[News]:
    """What each channel is to be told at this hour; channels without news are left out."""
    is_quiet = settings.alerts.is_quiet(now.astimezone(check_zone(settings.tz)))
    news = [
        news_for(channel, remembered, settings.alerts, is_quiet=is_quiet)
        for channel in _used(settings)
    ]
    return [each for each in news if each.notices]


def tell(
    store: RunStore,
    settings: Settings,
    *,
    now: datetime,
    environ: Mapping[str, str] = os.environ,
    waits: Sequence[float] = WAITS,
) -> list[Told]:
    """Tell every channel what it does not know yet, and forget what all of them know is over."""
    outcomes = []
    for news in news_now(store.alerts.alerts(), settings, now=now):
        try:
            _send(news, settings, now=now, environ=environ, waits=waits)
        except (SendError, ConfigurationError) as error:
            counts_as_told = isinstance(error, SendError) and error.may_have_arrived
            then = "It counts as told." if counts_as_told else "The next check tells it."
            outcomes.append(written(news, settings, error=f"{error} {then}"))
            if not counts_as_told:
                continue
        else:
            outcomes.append(written(news, settings))
        store.alerts.change(partial(told, news=news))
    store.alerts.change(lambda kept: without_forgotten(kept, settings.alerts, now=now))
    return outcomes


def written(news: News, settings: Settings, *, error: str | None = None) -> Told:
    """The news as it is told, in plain text."""
    return Told(news.channel, subject(news), as_text(news, tz=settings.tz), error)


def _used(settings: Settings) -> list[Channel]:
    alerts = settings.alerts
    wanted = {*alerts.to, *(channel for rule in alerts.rules for channel in rule.to or ())}
    return [channel for channel in get_args(Channel) if channel in wanted]


def _send(news: News, settings: Settings, *, now: datetime, **how: Any) -> None:
    if news.channel == "mail":
        assert settings.mail is not None  # noqa: S101 - check_channels has seen to it
        send_mail(settings.mail, as_mail(news, settings.mail, now=now, tz=settings.tz), **how)
    elif news.channel == "slack":
        assert settings.slack is not None  # noqa: S101
        post_slack(settings.slack, as_slack(news, tz=settings.tz), **how)
    else:
        assert settings.webhook is not None  # noqa: S101
        post_webhook(settings.webhook, as_json(news), key=news.key, **how)
