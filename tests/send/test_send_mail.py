"""A mail goes out encrypted, once, or not at all with a reason."""

from __future__ import annotations

import pickle
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme
from servers import DEAD_PORT, DROP, PASSWORD, USER, Misbehaving, smtp_server

from flora_analytics.channels import MailAccount
from flora_analytics.errors import ConfigurationError, SendError
from flora_analytics.send import message_id, send_mail

ENVIRON = {"SMTP_PASSWORD": PASSWORD}
AT_ONCE = (0.0, 0.0)

#: aiosmtpd does not count TLS from the first byte as TLS.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the authority."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


def make_account(port: int, **given: object) -> MailAccount:
    usual: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "FLORA reports <reports@example.com>",
    }
    return MailAccount(**(usual | given))  # type: ignore[arg-type]


def logged_in(port: int, security: str) -> MailAccount:
    return make_account(port, security=security, user=USER, password_env="SMTP_PASSWORD")


def make_message(*to: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "FLORA reports <reports@example.com>"
    message["To"] = ", ".join(to or ("ada@example.com", "Bo <bo@example.com>"))
    message["Subject"] = "Kosten im März 📷"
    message["Message-ID"] = message_id("text", sender="reports@example.com")
    message.set_content("Ein Satz.\n.\n..Punkte am Anfang\n" + "lang " * 400)
    return message


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.usefixtures("trusted")
def test_a_mail_arrives_encrypted_as_it_was_written(authority, security):
    message = make_message()

    with smtp_server(authority, security=security) as box:
        send_mail(logged_in(box.port, security), message, environ=ENVIRON)

    [envelope], [read] = box.envelopes, box.messages
    assert envelope.encrypted
    assert envelope.mail_from == "reports@example.com"
    assert envelope.rcpt_tos == ["ada@example.com", "bo@example.com"]
    assert read["Subject"] == "Kosten im März 📷"
    assert read["Message-ID"] == message["Message-ID"]
    assert read.get_content().replace("\r\n", "\n") == message.get_content()


def test_a_server_on_this_machine_may_do_without_encryption():
    with smtp_server(None, security="none") as box:
        send_mail(make_account(box.port), make_message(), environ={})

    assert len(box.envelopes) == 1


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_is_told_without_it_and_tried_once(authority):
    with smtp_server(authority, security="starttls", accepts="another") as box:
        account = logged_in(box.port, "starttls")
        with pytest.raises(SendError, match="SMTP_PASSWORD") as caught:
            send_mail(account, make_message(), environ=ENVIRON, waits=AT_ONCE)

    assert box.envelopes == []
    assert "535" in str(caught.value)
    assert_fit_to_show(caught.value)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_a_stranger_is_refused(authority, security):
    with smtp_server(authority, security=security) as box:
        account = logged_in(box.port, security)
        with pytest.raises(SendError, match=r"certificate.*nothing was sent") as caught:
            send_mail(account, make_message(), environ=ENVIRON, waits=AT_ONCE)

    assert box.envelopes == []
    assert_fit_to_show(caught.value)


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_host_is_refused(authority):
    with smtp_server(authority, security="starttls", host="mail.example.com") as box:
        account = logged_in(box.port, "starttls")
        with pytest.raises(SendError, match="certificate"):
            send_mail(account, make_message(), environ=ENVIRON, waits=AT_ONCE)

    assert box.envelopes == []


def test_a_server_that_does_not_encrypt_gets_neither_password_nor_mail():
    with Misbehaving({}) as server:
        account = logged_in(server.port, "starttls")
        with pytest.raises(SendError, match="STARTTLS"):
            send_mail(account, make_message(), environ=ENVIRON, waits=AT_ONCE)

    assert not {"AUTH", "MAIL", "DATA"} & set(server.heard)


def test_tls_to_a_server_that_speaks_none_says_which_port_goes_with_it():
    with Misbehaving({}) as server:
        account = logged_in(server.port, "tls")
        with pytest.raises(SendError, match="587"):
            send_mail(account, make_message(), environ=ENVIRON, waits=AT_ONCE)


def test_no_server_is_tried_again_and_then_named():
    account = make_account(DEAD_PORT)

    with pytest.raises(SendError, match=r"3 attempts.*Connection refused") as caught:
        send_mail(account, make_message(), environ={}, waits=AT_ONCE)

    assert not caught.value.uncertain
    assert_fit_to_show(caught.value)


@pytest.mark.parametrize(
    "answers",
    [
        {"GREETING": ["421 busy", "220 here"]},
        {"GREETING": [DROP, "220 here"]},
        {"EHLO": [DROP, "250 yes"]},
        {"MAIL": ["451 later", "250 yes"]},
        {"RCPT": ["250 yes", "450 greylisted", "250 yes"]},
        {"DATA": ["452 disk full", "354 go"]},
    ],
    ids=["busy", "drop", "drop at ehlo", "sender", "recipient", "data"],
)
def test_what_was_certainly_not_taken_is_sent_again_and_once(answers):
    with Misbehaving(answers) as server:
        send_mail(make_account(server.port), make_message(), environ={}, waits=AT_ONCE)

    assert server.taken == 1


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"GREETING": ["554 go away"]}, "554 go away"),
        ({"MAIL": ["550 no such sender"]}, "refused the sender reports@example.com: 550"),
        ({"RCPT": ["250 yes", "550 unknown"]}, "refused the recipient bo@example.com: 550"),
        ({"DATA": ["554 no"]}, "takes no message: 554"),
        ({".": ["554 spam"]}, "did not take the mail: 554 spam"),
        ({".": ["451 scanner is down"]}, "did not take the mail: 451"),
    ],
    ids=["greeting", "sender", "one recipient", "data", "message", "message for now"],
)
def test_a_clear_no_is_passed_on_and_not_asked_again(answers, says):
    with Misbehaving(answers) as server, pytest.raises(SendError, match=says) as caught:
        send_mail(make_account(server.port), make_message(), environ={}, waits=AT_ONCE)

    assert server.taken == 0
    assert server.heard.count("EHLO") <= 1
    assert "Nothing was sent" in str(caught.value) or "nothing was sent" in str(caught.value)
    assert not caught.value.uncertain
    assert_fit_to_show(caught.value)


@pytest.mark.parametrize(
    "answers", [{"DATA BODY": [DROP]}, {".": [DROP]}], ids=["middle of the data", "no answer"]
)
def test_a_mail_that_may_have_been_taken_is_never_sent_again(answers):
    with Misbehaving(answers) as server, pytest.raises(SendError, match="may have") as caught:
        send_mail(make_account(server.port), make_message(), environ={}, waits=AT_ONCE)

    assert server.heard.count("DATA") == 1
    assert caught.value.uncertain
    assert pickle.loads(pickle.dumps(caught.value)).uncertain
    assert_fit_to_show(caught.value)


def test_a_server_that_leaves_after_its_yes_has_the_mail():
    with Misbehaving({"QUIT": [DROP]}) as server:
        send_mail(make_account(server.port), make_message(), environ={}, waits=AT_ONCE)

    assert server.taken == 1


def test_a_server_that_repeats_the_password_does_not_get_it_into_the_message():
    with Misbehaving({"MAIL": [f"550 {PASSWORD} \x1b[2J is wrong"]}) as server:
        account = make_account(server.port)
        with pytest.raises(SendError) as caught:
            send_mail(account, make_message(), environ=ENVIRON, waits=AT_ONCE)

    assert str(caught.value).isprintable()


def test_a_password_that_no_server_would_take_is_told_before_it_is_sent():
    account = logged_in(DEAD_PORT, "starttls")

    with pytest.raises(ConfigurationError, match="SMTP_PASSWORD"):
        send_mail(account, make_message(), environ={"SMTP_PASSWORD": "pässwort"})


def test_a_mail_to_nobody_is_called_so():
    message = make_message()
    del message["To"]

    with pytest.raises(ConfigurationError, match="goes to nobody"):
        send_mail(make_account(DEAD_PORT), message, environ={})


def test_the_id_of_a_mail_follows_from_what_it_says():
    one = message_id("a", b"bc", sender="Ada <ada@example.com>")

    assert one == message_id(b"a", "bc", sender="ada@example.com")
    assert one != message_id("ab", "c", sender="ada@example.com")
    assert one.endswith("@example.com>")


def assert_fit_to_show(error: SendError) -> None:
    assert str(error).isprintable()
    assert PASSWORD not in str(error)
    assert PASSWORD not in repr(error)
