"""Commands that stay until they are stopped: run and worker."""

from __future__ import annotations

import argparse
import logging
import os
import signal
from collections.abc import Mapping
from types import FrameType

from kartotek.commands.terminal import OK, line, say
from kartotek.errors import SetupInvalid
from kartotek.server import Identity, is_private, listening, serve
from kartotek.site import Site, Start

OWNER_PASSWORD = "KARTOTEK_OWNER_PASSWORD"
DEMO = "KARTOTEK_DEMO"
_IN_THE_OPEN = (
    "Plain HTTP on {host} would let anybody in the network read passwords and records. Give --certificate and --key, listen on "
    "127.0.0.1, or say --insecure where a server in front of this one encrypts."
)


def run(options: argparse.Namespace) -> int:
    """Prepares the site and serves it."""
    _log_to_terminal()
    site, identity = Site(options.site, database=options.database), _identity(options)
    listener = listening(options.host, options.port)  # first, so that a taken port is told before any work
    if identity is None and not options.insecure and not is_private(listener):
        listener.close()
        raise SetupInvalid(_IN_THE_OPEN.format(host=options.host))
    try:
        if site.is_new:
            say("Making the site ready for its first start ...")
        _tell(_prepared(site, os.environ))
    finally:
        site.close()  # what comes after the fork opens its own connections
    serve(site, listener, workers=options.workers, identity=identity)
    return OK


def worker(options: argparse.Namespace) -> int:
    """Does the background work alone, for installations whose servers stand elsewhere."""
    _log_to_terminal()
    site = Site(options.site, database=options.database)
    try:
        if site.is_new:
            raise SetupInvalid(f"{site.folder} has never been started. Start it with: kartotek run")
        background = site.background()

        def stop(_signal: int, _frame: FrameType | None) -> None:
            background.ask_to_stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        say("The worker is running (Ctrl+C stops it).")
        background.run()
    finally:
        site.close()
    return OK


def _identity(options: argparse.Namespace) -> Identity | None:
    if (options.certificate is None) != (options.key is None):
        raise SetupInvalid("Give both --certificate and --key, or neither.")
    if options.certificate is None:
        return None
    made = Identity(options.certificate.resolve(), options.key.resolve())
    made.check()
    return made


def _prepared(site: Site, environment: Mapping[str, str]) -> Start:
    return site.prepare(owner_password=environment.get(OWNER_PASSWORD, ""), demo=environment.get(DEMO, "1") != "0")


def _tell(start: Start) -> None:
    for one in start.problems:
        if one.severity != "note":
            say(f"Not applied: {line(one)}")
    if start.sample:
        say(f"{start.sample} sample records were loaded.")
    if start.owner_password and not os.environ.get(OWNER_PASSWORD):
        say(f"Sign in as owner with the password {start.owner_password} (shown this once).")


def _log_to_terminal() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("kartotek").setLevel(logging.INFO)
