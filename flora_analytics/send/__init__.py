"""Send what others wrote: by mail, to Slack, to any address that takes JSON.

A message goes out once. An attempt is repeated only while it is certain that the message was
not taken: no connection, or a server that said "not now" before it had the message. After that
`SendError` says what happened, and whether the message may have arrived all the same.

Knows channels and messages; knows no runs and writes no text of its own.
"""

from __future__ import annotations

from flora_analytics.send.mail import message_id, send_mail
from flora_analytics.send.slack import post_slack
from flora_analytics.send.webhook import post_webhook

__all__ = ["message_id", "post_slack", "post_webhook", "send_mail"]
