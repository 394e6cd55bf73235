"""Where messages go: the ``[mail]``, ``[slack]`` and ``[webhook]`` tables of a configuration file.

Knows what an account, a channel and a hook consist of and how each is written; sends nothing.
A password, a token or a secret address is named by the environment variable that holds it and
is read when it is needed.

Written as::

    [mail]
    host = "smtp.example.com"
    port = 587                      # 465 with security = "tls"
    security = "starttls"           # or "tls"; "none" for a server on this machine only
    user = "reports@example.com"
    password_env = "FLORA_SMTP_PASSWORD"
    sender = "FLORA reports <reports@example.com>"
    to = ["finance@example.com"]

    [slack]
    webhook_env = "FLORA_SLACK_WEBHOOK"     # or token_env and channel = "C0123456789"

    [webhook]
    url_env = "FLORA_WEBHOOK"       # or url, where the address itself is no secret
"""

from flora_analytics.channels.addresses import checked_address, checked_url
from flora_analytics.channels.kinds import MailAccount, Security, SlackChannel, Webhook
from flora_analytics.channels.tables import read_mail, read_slack, read_webhook

__all__ = [
    "MailAccount",
    "Security",
    "SlackChannel",
    "Webhook",
    "checked_address",
    "checked_url",
    "read_mail",
    "read_slack",
    "read_webhook",
]
