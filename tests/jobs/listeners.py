"""Servers on this machine that remember what they were sent: for HTTP, with TLS too, and for mail."""

from __future__ import annotations

import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CERTIFICATES = Path(__file__).parent / "certificates"
NAME = "hook.example.test"  # whom the certificate is for


@dataclass
class Heard:
    """`connections` counts all, `requests` are (path, headers in small letters, body)."""

    port: int = 0
    connections: int = 0
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    mails: list[tuple[str, str]] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)


def tls(heard: Heard) -> ssl.SSLContext:
    """A server's context; the names that clients ask for are remembered."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem")
    context.sni_callback = lambda _sock, name, _context: heard.names.append(name)
    return context


@contextmanager
def web(answer: Callable[[str, bytes], tuple[int, dict[str, str]]] = lambda path, body: (204, {}), *, secure: bool = False, drip: float = 0.0, content: bytes = b"") -> Iterator[Heard]:
    """A server that answers as told; with `drip` it sends a byte of its answer in so many seconds."""
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            if drip:
                for byte in b"HTTP/1.1 200 OK\r\n" * 20:
                    try:
                        self.wfile.write(bytes([byte]))
                        time.sleep(drip)
                    except OSError:
                        return
                return
            status, headers = answer(self.path, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_PUT = do_GET = do_POST  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self) -> Any:
            sock, address = super().get_request()
            heard.connections += 1
            return (context.wrap_socket(sock, server_side=True, do_handshake_on_connect=True) if secure else sock), address

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    context = tls(heard)
    with _served(Server(("127.0.0.1", 0), Handler), heard) as found:
        yield found


@contextmanager
def mail(*, refuse: str = "", security: str = "none", login: tuple[str, str] | None = None) -> Iterator[Heard]:
    """A mail server; `refuse` is its answer to RCPT TO."""
    heard = Heard()
    context = tls(heard)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            heard.connections += 1
            self.say("220 test")
            recipients: list[str] = []
            while line := self.rfile.readline().decode().strip():
                verb = line.split()[0].upper()
                if verb in ("EHLO", "HELO"):
                    self.say("250-test", *(["250-STARTTLS"] if security == "starttls" else []), "250 AUTH PLAIN")
                elif verb == "STARTTLS":
                    self.say("220 go")
                    self.connection = context.wrap_socket(self.connection, server_side=True)
                    self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)  # type: ignore[assignment]
                elif verb == "AUTH":
                    self.say("235 ok" if login else "535 no")
                elif verb == "RCPT":
                    recipients.append(line)
                    self.say(refuse or "250 ok")
                elif verb == "DATA":
                    self.say("354 go")
                    text = b""
                    while (part := self.rfile.readline()) != b".\r\n":
                        text += part
                    heard.mails.append((recipients[-1], text.decode()))
                    self.say("250 ok")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def finish(self) -> None:
            super().finish()
            if self.connection is not self.request:
                self.connection.close()

        def say(self, *lines: str) -> None:
            self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    with _served(Server(("127.0.0.1", 0), Handler), heard) as found:
        yield found


@contextmanager
def _served(server: Any, heard: Heard) -> Iterator[Heard]:
    heard.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
