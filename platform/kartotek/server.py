"""Server: gunicorn around the application, with the background work in one of its processes."""

from __future__ import annotations

import errno
import gc
import socket
import ssl
import sys
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from kartotek.app import create_app
from kartotek.errors import SetupInvalid
from kartotek.jobs.background import Background
from kartotek.site import Site

THREADS = 4
_MEMORY = Path("/dev/shm")  # heartbeats of the workers must not wait for a disk


@dataclass(frozen=True, slots=True)
class Identity:
    """The files, in PEM, by which browsers know the server: its certificate with those that vouch for it, and its key."""

    certificate: Path
    key: Path

    def check(self) -> None:
        """Raises SetupInvalid where the files cannot be read, or do not belong together."""
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certificate, self.key, password=lambda: b"")
        except FileNotFoundError as error:
            raise SetupInvalid(f"There is no {self.certificate} or no {self.key}.") from error
        except (OSError, ValueError) as error:  # ssl's own errors are OSErrors
            raise SetupInvalid(f"{self.certificate} and {self.key} are not a certificate and its key (PEM, the key without a password): {error}.") from error


class Server(BaseApplication):
    """`workers` processes of a few threads each. The application is loaded before the fork, so they share memory.

    Connections are made anew in each process after the fork, and threads are started only there.
    """

    def __init__(self, site: Site, listener: socket.socket, *, workers: int, identity: Identity | None = None) -> None:
        self._site = site
        self._socket = listener
        self._identity = identity
        self.address = _address(*self._socket.getsockname()[:2], scheme="https" if identity else "http")
        self._workers = workers
        self._background: Background | None = None
        super().__init__()

    def load_config(self) -> None:
        """Gunicorn's settings; none is taken from a file or from its environment variables."""
        settings: dict[str, Any] = {
            "bind": f"fd://{self._socket.detach()}",  # gunicorn closes it
            "workers": self._workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "preload_app": True,
            "timeout": 60,
            "graceful_timeout": 10,
            "keepalive": 5,
            "limit_request_line": 8190,
            "loglevel": "warning",
            "control_socket_disable": True,
            # What a proxy says is the application's affair, which knows how many there are; gunicorn would believe any on this machine.
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "certfile": str(self._identity.certificate) if self._identity else None,
            "keyfile": str(self._identity.key) if self._identity else None,
            "worker_tmp_dir": str(_MEMORY) if _MEMORY.is_dir() else None,
            "when_ready": self._ready,
            "post_worker_init": self._begin_background,
            "worker_exit": self._end_background,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application; called once, before the fork."""
        self._site.engine.indexes.warm()
        app = create_app(self._site)
        # What is there now stays, and is not looked at again, so that its pages remain shared between the processes.
        gc.collect()
        gc.freeze()
        return app

    def _ready(self, _arbiter: Any) -> None:
        print(f"Kartotek serves {self._site.folder} at {self.address} (Ctrl+C stops it).", flush=True)

    def _begin_background(self, _worker: Any) -> None:
        self._background = self._site.background()
        self._background.start()

    def _end_background(self, _arbiter: Any, _worker: Any) -> None:
        if self._background is not None:
            self._background.stop()


def listening(host: str, port: int) -> socket.socket:
    """A socket bound to the address. Raises SetupInvalid in words when it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError as error:
        raise SetupInvalid(_refusal(host, port, error)) from error
    made.set_inheritable(True)
    return made


def is_private(listener: socket.socket) -> bool:
    """Whether only programs of this very machine reach it."""
    return ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


def _address(host: str, port: int, *, scheme: str) -> str:
    """What to type into a browser."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"{scheme}://{shown}:{port}"


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program. Stop that one, or choose another port with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} on {host} may not be used by this user. Choose one from 1024 on with --port."
    return f"The address {host}:{port} cannot be used: {error.strerror or error}."


def serve(site: Site, listener: socket.socket, *, workers: int, identity: Identity | None = None) -> None:
    """Serves until it is stopped. Ends the process with gunicorn's own status when a worker cannot start."""
    sys.argv = sys.argv[:1]  # gunicorn would take ours for its own
    Server(site, listener, workers=workers, identity=identity).run()
