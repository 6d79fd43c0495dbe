"""What the app of this request was installed with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app

from kartotek.engine.engine import Engine
from kartotek.identity import Users
from kartotek.web.sessions import Sessions
from kartotek.web.throttle import Throttle

KEY = "kartotek_web"


@dataclass(frozen=True)
class Options:
    """How the pages of one site are served.

    `auth_url` is the database of users; `hosts` are the names the site answers to, () for any; `body` and `file` are the
    most bytes of a request and of one with files; `bearer_blueprints` are those that know no cookie and so need no
    protection against forged forms; what stands below `bearer_paths` is theirs.
    """

    auth_url: str
    secret_key: str
    hosts: tuple[str, ...] = ()
    secure: bool = False
    body: int = 2_000_000
    file: int = 20_000_000
    bearer_blueprints: frozenset[str] = frozenset({"api"})
    bearer_paths: tuple[str, ...] = ("/api/",)


@dataclass(frozen=True)
class Installed:
    """The parts that one app's pages share."""

    engine: Engine
    options: Options
    users: Users
    sessions: Sessions
    throttle: Throttle


def installed() -> Installed:
    """The parts of the app of this request."""
    return cast(Installed, current_app.extensions[KEY])


def engine() -> Engine:
    """The engine of the site."""
    return installed().engine
