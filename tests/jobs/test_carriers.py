"""Carriers: signatures that others verify, secrets that reach nobody else, mails over TLS, and logs that tell no values."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import sys
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from listeners import CERTIFICATES, NAME, mail, web  # noqa: E402 - found through the line above, as importmode=importlib wants it

from kartotek.engine.outgoing import Outcome, Outgoing  # noqa: E402
from kartotek.jobs.delivery import _told  # noqa: E402
from kartotek.jobs.http import call  # noqa: E402
from kartotek.jobs.secret_files import SecretFiles  # noqa: E402
from kartotek.jobs.smtp import SmtpCarrier  # noqa: E402
from kartotek.jobs.webhooks import HttpCarrier, WebhookCarrier, signature  # noqa: E402
from kartotek.model.process import Channel, Endpoint  # noqa: E402

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.fixture
def secrets(tmp_path: Path) -> SecretFiles:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "books").write_text("whsec_" + base64.b64encode(b"key of the books").decode() + "\n")
    (folder / "gate").write_text("gate-password")
    (folder / "secret.key").write_text("0" * 64)
    (folder / "master.key").write_text("0" * 64)
    return SecretFiles(folder, tmp_path / "pins")


def webhook(port: int, **more: Any) -> Outgoing:
    endpoint = Endpoint(name="books", url=f"http://127.0.0.1:{port}/hook", secret=more.pop("secret", "books"), private=True)
    return Outgoing(sort="webhook", id="msg_1", way=endpoint, at=AT, body=b'{"a":1}', **more)


def message(channel: Channel, **more: Any) -> Outgoing:
    given = {"address": "ann@example.org", "subject": "Hello\r\nBcc: eve@example.org", "text": "Größe 中\n.\nend", "language": "en"}
    return Outgoing(sort="smtp", id="msg_1", way=channel, at=AT, **(given | more))


def mail_channel(port: int, **more: Any) -> Channel:
    settings = {"host": NAME, "port": port, "security": "none", "sender": "Shop 店 <shop@example.org>", "private": True}
    return Channel(name="mail", kind="smtp", settings=settings | more)


def smtp(secrets: SecretFiles) -> SmtpCarrier:
    return SmtpCarrier(secrets, look=lambda host, port: ["127.0.0.1"])


def test_a_signature_is_the_one_of_the_published_example() -> None:
    """Source: the example of the Standard Webhooks libraries."""
    made = signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_webhook_is_signed_over_id_time_and_body(secrets: SecretFiles) -> None:
    with web() as heard:
        assert WebhookCarrier(call, secrets)(webhook(heard.port)).code == "sent"
        ((path, headers, body),) = heard.requests
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(b"key of the books", signed, hashlib.sha256).digest()).decode()
    assert (path, headers["webhook-signature"], headers["webhook-timestamp"]) == ("/hook", f"v1,{wanted}", str(int(AT.timestamp())))


@pytest.mark.parametrize("status", [301, 400, 404, 410, 500])
def test_whatever_an_endpoint_answers_it_is_told_again(secrets: SecretFiles, status: int) -> None:
    with web(lambda path, body: (status, {})) as heard:
        outcome = WebhookCarrier(call, secrets)(webhook(heard.port))
        assert (outcome.code, outcome.again) == ("answered", True)


@pytest.mark.parametrize("name", ["missing", "", "secret.key", "master.key", "../secrets/books", "/etc/passwd", "Books"])
def test_a_missing_secret_is_told_and_nothing_is_sent(secrets: SecretFiles, name: str) -> None:
    with web() as heard:
        outcome = WebhookCarrier(call, secrets)(webhook(heard.port, secret=name))
        assert (outcome.code, outcome.again, heard.connections) == ("no_secret", True, 0)


def test_a_changed_address_does_not_get_the_secret_of_the_old_one(secrets: SecretFiles, tmp_path: Path) -> None:
    with web() as old, web() as new:
        carrier = WebhookCarrier(call, secrets)
        assert carrier(webhook(old.port)).code == "sent"
        refused = carrier(webhook(new.port))
        assert (refused.code, refused.params["known"]) == ("secret_of_other", f"http://127.0.0.1:{old.port}")
        assert new.connections == 0 and carrier(webhook(old.port)).code == "sent"
        (tmp_path / "secrets" / "books").write_text("another secret")  # made for the new address
        assert carrier(webhook(new.port)).code == "sent"
        assert carrier(webhook(old.port)).code == "secret_of_other"
        (tmp_path / "pins" / "books").unlink()  # or the owner says so
        assert carrier(webhook(old.port)).code == "sent"


@pytest.mark.parametrize(
    ("headers", "name", "value"),
    [({}, "authorization", "Bearer gate-password"), ({"X-Key": "k {secret}"}, "x-key", "k gate-password")],
)
def test_a_gateway_gets_its_secret_in_a_header(secrets: SecretFiles, headers: dict[str, str], name: str, value: str) -> None:
    with web() as heard:
        settings = {"url": f"http://127.0.0.1:{heard.port}/send", "secret": "gate", "headers": headers, "method": "PUT", "private": True}
        channel = Channel(name="text", kind="http", settings=settings)
        outgoing = Outgoing(sort="http", id="msg_7", way=channel, at=AT, body=b'{"to": "+1"}')
        assert HttpCarrier(call, secrets)(outgoing).code == "sent"
        ((_, sent, body),) = heard.requests
    assert (sent[name], sent["idempotency-key"], sent["content-type"], body) == (value, "msg_7", "application/json", b'{"to": "+1"}')


def test_a_mail_arrives_whole_and_no_value_becomes_a_header(secrets: SecretFiles) -> None:
    with mail() as heard:
        assert smtp(secrets)(message(mail_channel(heard.port))).code == "sent"
        ((recipient, text),) = heard.mails
    read = message_from_string(text, policy=policy.default)
    assert "ann@example.org" in recipient and read["Bcc"] is None
    assert (read["Subject"], str(read["From"]), read["Message-ID"]) == (
        "Hello Bcc: eve@example.org", "Shop 店 <shop@example.org>", "<msg_1@example.org>",
    )  # fmt: skip
    assert read.get_content().replace("\r\n", "\n") == "Größe 中\n.\nend\n"


def test_a_mail_goes_over_tls_to_the_declared_name(secrets: SecretFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    with mail(security="starttls", login=("u", "p")) as heard:
        channel = mail_channel(heard.port, security="starttls", user="u", password="gate")
        assert smtp(secrets)(message(channel)).code == "certificate" and not heard.mails  # its authority is not known
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "authority.pem"))
        assert smtp(secrets)(message(channel)).code == "sent" and heard.names[-1] == NAME
    with mail(login=("u", "p")) as heard:  # a server that cannot, or somebody between us who hides that it can
        outcome = smtp(secrets)(message(mail_channel(heard.port, security="starttls")))
        assert (outcome.code, outcome.again, heard.mails) == ("not_offered", True, [])


@pytest.mark.parametrize(("answer", "again"), [("550 no such user", False), ("451 later", True)])
def test_a_refused_recipient_is_tried_again_only_where_that_may_help(secrets: SecretFiles, answer: str, again: bool) -> None:
    with mail(refuse=answer) as heard:
        outcome = smtp(secrets)(message(mail_channel(heard.port)))
        assert (outcome.code, outcome.params["status"], outcome.again) == ("mail_refused", int(answer[:3]), again)


def test_a_wrong_password_may_be_mended(secrets: SecretFiles) -> None:
    with mail() as heard:
        outcome = smtp(secrets)(message(mail_channel(heard.port, user="u", password="gate")))
        assert (outcome.code, outcome.again) == ("login_refused", True)


def test_a_mail_server_in_a_private_network_must_be_allowed(secrets: SecretFiles) -> None:
    with mail() as heard:
        assert smtp(secrets)(message(mail_channel(heard.port, private=False))).code == "host_refused"
        assert heard.connections == 0


@pytest.mark.parametrize("subject", [
    "=?utf-8?q?Hello=0D=0ABcc=3A_eve=40example.org=0D=0A=0D=0APay_here?=", "Re: =?utf-8?b?eA0KQmNjOiBlQHgueQ0KDQpib2R5?= for you",
    "==??utf-8?q?=0ABcc=3A_e=40x.yy?=", "a\x0b\u2028\x1b[31mBcc: eve@example.org", "店 =?utf-8?q?=0ABcc=3A_e=40x.yy?=",
])  # fmt: skip
def test_a_subject_is_not_decoded_into_headers_or_a_body(secrets: SecretFiles, subject: str) -> None:
    with mail() as heard:
        assert smtp(secrets)(message(mail_channel(heard.port), subject=subject)).code == "sent"
        ((_, text),) = heard.mails
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    names = [line.partition(":")[0] for line in head.split("\n") if not line.startswith(" ")]
    assert "Bcc" not in names and "Auto-Submitted" in names and "Pay" not in body


@pytest.mark.parametrize("address", ["ann@example.org\r\nRCPT TO:<eve@example.org>", "no address", "a@b@c", ""])
def test_an_address_that_is_none_is_not_sent_to(secrets: SecretFiles, address: str) -> None:
    with mail() as heard:
        outcome = smtp(secrets)(message(mail_channel(heard.port), address=address))
        assert outcome.code in {"bad_address", "mail_refused"} and not heard.mails


def test_a_silent_mail_server_is_left_in_time(secrets: SecretFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kartotek.jobs.smtp.TOTAL_SECONDS", 0.3)
    with web() as silent:  # waits for a request, and says nothing before
        outcome = smtp(secrets)(message(mail_channel(silent.port)))
        assert (outcome.code, outcome.again) == ("timed_out", True)


def test_logs_and_outcomes_tell_no_values(secrets: SecretFiles, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), mail(refuse="550 ann@example.org is unknown, gate-password") as heard, web(lambda path, body: (500, {})) as hook:
        outcomes: list[Outcome] = [
            _told(smtp(secrets))(message(mail_channel(heard.port))),
            _told(WebhookCarrier(call, secrets))(replace(webhook(hook.port), body=b'{"name":"Ann"}')),
        ]
    told = caplog.text + repr(outcomes)
    assert "mail_refused" in told and "answered" in told
    assert not any(value in told for value in ("ann@", "Größe", "Hello", "gate-password", "key of the books", '"Ann"', "whsec"))
