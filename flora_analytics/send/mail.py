"""Send one mail by SMTP, encrypted: an account and a finished message in, nothing out.

Knows what a server's answers mean at which moment, and from when on it may have the message.
Knows nothing of what the message says.
"""

from __future__ import annotations

import hashlib
import os
import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr

from flora_analytics.channels import MailAccount
from flora_analytics.errors import ConfigurationError, SendError
from flora_analytics.send.attempts import WAITS, NotTakenError, attempt, plain

__all__ = ["message_id", "send_mail"]

_TIMEOUT = 60.0  # s


def send_mail(
    account: MailAccount,
    message: EmailMessage,
    *,
    environ: Mapping[str, str] = os.environ,
    waits: Sequence[float] = WAITS,
) -> None:
    """Send `message` to everybody in its ``To``, or to nobody.

    A server that refuses one of the recipients is not given the message at all: once the
    address is corrected, the mail can be sent again and reaches nobody twice.

    Parameters
    ----------
    account : MailAccount
        The server, and whom to log in as. Its certificate is checked against the system's
        authorities, or those in the file that ``SSL_CERT_FILE`` names.
    message : EmailMessage
        With ``From``, ``To`` and ``Message-ID``. One without ``Date`` gets the time of sending.
    environ : mapping of str to str
        Holds the password.
    waits : sequence of float
        Before each further attempt, made only while the message was certainly not taken. [s]

    Raises
    ------
    SendError
        If it was not sent; ``.uncertain`` if the server had all of it and never answered.
    ConfigurationError
        If the password is not where the account says, or the message goes to nobody.
    """
    if not (recipients := _addresses(message)):
        raise ConfigurationError("The mail goes to nobody: name an address, or `to` in [mail].")
    password = account.password(environ)
    sender = parseaddr(message["From"])[1]
    data = message.as_bytes(policy=SMTP)
    if "Date" not in message:
        data = f"Date: {formatdate()}\r\n".encode() + data
    attempt(
        lambda: _deliver(account, password, sender, recipients, data),
        what="The mail",
        waits=waits,
    )


def message_id(*parts: str | bytes, sender: str) -> str:
    """A ``Message-ID`` that is the same for the same parts, in the sender's domain.

    A mailbox that meets an id again knows the message for the one it has.

    Examples
    --------
    >>> message_id("the text", sender="Ada <ada@example.com>")
    '<e231622f09a17981f756392c96cf01fb@example.com>'
    """
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part.encode() if isinstance(part, str) else part).digest())
    domain = parseaddr(sender)[1].rpartition("@")[2]
    return f"<{digest.hexdigest()[:32]}@{domain}>"


def _addresses(message: EmailMessage) -> list[str]:
    header = message["To"]
    return [] if header is None else [address.addr_spec for address in header.addresses]


def _deliver(
    account: MailAccount,
    password: str | None,
    sender: str,
    recipients: Sequence[str],
    data: bytes,
) -> None:
    """One attempt, up to the server's word that it has the message."""
    with _connected(account) as server:
        if account.user is not None and password is not None:
            _log_in(server, account.user, password, account)
        _expect_yes(server.mail(sender), f"refused the sender {sender}", (password,))
        for recipient in recipients:
            _expect_yes(server.rcpt(recipient), f"refused the recipient {recipient}", (password,))
        _hand_over(server, data, account, password)


@contextmanager
def _connected(account: MailAccount) -> Iterator[smtplib.SMTP]:
    """A greeted, encrypted connection; whatever breaks in it, the message was not taken."""
    place = f"{account.host}:{account.port}"
    server: smtplib.SMTP | None = None
    try:
        server = _encrypted(account)
        server.ehlo_or_helo_if_needed()
        yield server
        # The message is taken: how the conversation ends does not matter any more.
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
    except ssl.SSLCertVerificationError as error:
        raise SendError(
            f"The mail server {place} shows a certificate that cannot be trusted "
            f"({plain(error.verify_message)}); nothing was sent. Check the host, or name the file "
            "of your own authority's certificate in SSL_CERT_FILE."
        ) from error
    except ssl.SSLError as error:
        raise SendError(
            f"The mail server {place} does not speak TLS as security = {account.security!r} "
            "expects; nothing was sent. Port 465 usually goes with 'tls', 587 with 'starttls'."
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise SendError(
            f"The mail server {place} offers no {'login' if server else 'STARTTLS'}; nothing was "
            "sent. Check host, port and security in [mail]."
        ) from error
    except smtplib.SMTPResponseException as error:
        _expect_yes((error.smtp_code, error.smtp_error), f"{place} refused", ())
        raise NotTakenError(f"{place} answered {error.smtp_code}") from error
    except smtplib.SMTPServerDisconnected as error:
        raise NotTakenError(f"{place} closed the connection") from error
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise NotTakenError(f"no connection to {place} ({plain(reason)})") from error
    finally:
        if server is not None:
            server.close()


def _encrypted(account: MailAccount) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if account.security == "tls":
        return smtplib.SMTP_SSL(account.host, account.port, timeout=_TIMEOUT, context=context)
    server = smtplib.SMTP(account.host, account.port, timeout=_TIMEOUT)
    try:
        if account.security == "starttls":
            server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


def _log_in(server: smtplib.SMTP, user: str, password: str, account: MailAccount) -> None:
    try:
        server.login(user, password)
    except smtplib.SMTPAuthenticationError as error:
        # What the server says here may repeat what it was told, so that only its code is shown.
        if 400 <= error.smtp_code < 500:
            raise NotTakenError(f"the login failed for now ({error.smtp_code})") from error
        raise SendError(
            f"The mail server {account.host} refused the login of {user} ({error.smtp_code}); "
            f"nothing was sent. Check user in [mail] and the password in {account.password_env}."
        ) from None


def _expect_yes(answer: tuple[int, bytes | str], what: str, secrets: Sequence[str | None]) -> None:
    code, text = answer
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    said = f"{what}: {code} {plain(text, secrets=secrets)}"
    if 400 <= code < 500 or code < 200:
        raise NotTakenError(f"the mail server {said}")
    if code >= 500:
        raise SendError(f"The mail server {said}; nothing was sent to anybody.")


def _hand_over(
    server: smtplib.SMTP, data: bytes, account: MailAccount, password: str | None
) -> None:
    """Give the message away, once: from here on, only the server's answer says who has it."""
    try:
        code, text = server.data(data)
    except smtplib.SMTPDataError as error:
        _expect_yes((error.smtp_code, error.smtp_error), "takes no message", (password,))
        raise
    except (OSError, smtplib.SMTPException) as error:
        raise SendError(
            f"The mail server {account.host} was given the mail and broke off before it answered: "
            "the mail may have been sent. It is not sent again by itself; look whether it arrived.",
            uncertain=True,
        ) from error
    if not 200 <= code < 300:
        said = plain(text.decode("utf-8", "replace"), secrets=(password,))
        raise SendError(
            f"The mail server {account.host} did not take the mail: {code} {said}. "
            "Nothing was sent to anybody."
        )
