"""Smtp: a message as a mail, over TLS unless the site says otherwise, to the very address that the server's name had."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Mapping
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Any

from kartotek.engine.outgoing import Outcome, Outgoing
from kartotek.jobs.reaching import Lookup, Place, look_up, reach
from kartotek.jobs.secret_files import SecretFiles
from kartotek.jobs.watchdog import watched
from kartotek.model.process import Channel

STEP_SECONDS = 10.0
TOTAL_SECONDS = 20.0
_PORTS = {"none": 25, "starttls": 587, "tls": 465}


class SmtpCarrier:
    """Carries mails of channels of the sort smtp."""

    def __init__(self, secrets: SecretFiles, *, look: Lookup = look_up) -> None:
        self._secrets = secrets
        self._look = look

    def __call__(self, outgoing: Outgoing) -> Outcome:
        """Sends it once; nothing is raised."""
        assert isinstance(outgoing.way, Channel)
        settings = outgoing.way.settings
        security = str(settings.get("security") or "starttls")
        port = int(settings.get("port") or _PORTS[security])
        password: str | Outcome = ""
        if settings.get("password"):
            password = self._secrets.read(str(settings["password"]), f"smtp://{str(settings['host']).lower()}:{port}")
        if isinstance(password, Outcome):
            return password
        place = reach(str(settings["host"]), port, private=bool(settings.get("private")), look=self._look)
        if isinstance(place, Outcome):
            return place
        mail = _mail(outgoing, settings)
        if mail is None:
            return Outcome("bad_address")
        return _conversation(place, security, (str(settings.get("user") or ""), password), mail)


class _Smtp(smtplib.SMTP):
    """Connects to an address that was looked up before; the name stays the one that a certificate must have."""

    place: Place
    security: str

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        raw = _connected(self.place, timeout)
        if self.security != "tls":
            return raw
        return ssl.create_default_context().wrap_socket(raw, server_hostname=self.place.host)


def _connected(place: Place, seconds: float) -> socket.socket:
    failed: OSError | None = None
    for address in place.addresses[:2]:
        try:
            return socket.create_connection((address, place.port), timeout=min(seconds, 5.0))
        except OSError as error:
            failed = error
    raise failed or OSError("The server has no address.")


def _conversation(place: Place, security: str, login: tuple[str, str], mail: EmailMessage) -> Outcome:
    user, password = login
    smtp = _Smtp(timeout=STEP_SECONDS, local_hostname="localhost")
    smtp.place, smtp.security = place, security
    smtp._host = place.host  # type: ignore[attr-defined]  # what starttls() asks the certificate for
    with watched(lambda: smtp.sock, TOTAL_SECONDS) as late:
        try:
            smtp.connect(place.host, place.port)
            if smtp.sock is not None:
                smtp.sock.settimeout(STEP_SECONDS)
            if security == "starttls":
                smtp.starttls(context=ssl.create_default_context())
            if user:
                smtp.login(user, password)
            refused = smtp.send_message(mail)
            return Outcome("mail_refused", {"status": _status(refused)}) if refused else Outcome("sent", {"status": 250})
        except ssl.SSLError:
            return Outcome("certificate", {"host": place.host}, again=True, is_of_the_way=True)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            if late.is_set():
                return Outcome("timed_out", {"host": place.host}, again=True, is_of_the_way=True)
            return _told(error, place)
        finally:
            smtp.close()


def _told(error: Exception, place: Place) -> Outcome:
    """What the server's refusal means for this mail: its words are not kept, they name addresses."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Outcome("login_refused", {"host": place.host}, again=True, is_of_the_way=True)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Outcome("not_offered", {"host": place.host}, again=True, is_of_the_way=True)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        status = _status(error.recipients)
        return Outcome("mail_refused", {"status": status}, again=status < 500)
    if isinstance(error, smtplib.SMTPResponseException):
        return Outcome("mail_refused", {"status": error.smtp_code}, again=error.smtp_code < 500)
    return Outcome("not_reached", {"host": place.host}, again=True, is_of_the_way=True)


def _status(refused: Mapping[str, Any]) -> int:
    return min((int(answer[0]) for answer in refused.values()), default=0)


def _mail(outgoing: Outgoing, settings: Mapping[str, Any]) -> EmailMessage | None:
    """The mail; None where an address cannot stand in a header. No header holds a line break, whatever a record says."""
    name, sender = parseaddr(str(settings.get("sender") or ""))
    mail = EmailMessage()
    try:
        mail["From"] = Address(_line(name), addr_spec=sender)
        mail["To"] = Address(addr_spec=outgoing.address)
        mail["Subject"] = _line(outgoing.subject)
        mail["Date"] = formatdate(outgoing.at.timestamp())
        mail["Message-ID"] = f"<{outgoing.id}@{sender.rpartition('@')[2]}>"
        mail["Content-Language"] = outgoing.language
        mail["Auto-Submitted"] = "auto-generated"
    except (MessageError, ValueError, IndexError):
        return None
    mail.set_content(outgoing.text, cte=None if outgoing.text.isascii() else "base64")  # not every server takes 8 bit
    return mail


def _line(text: str) -> str:
    """The text as a header may hold it: on one line, and nothing in it that would be decoded.

    The email package reads "=?utf-8?q?=0D=0ABcc=3A…?=" in a header's value as the line break it encodes, and writes that.
    """
    printable = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(printable.split()).replace("=?", "= ?")
