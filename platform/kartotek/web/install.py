"""Install: puts the pages, the shell and their guards onto a Flask app."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from kartotek.engine.engine import Engine
from kartotek.identity import Users
from kartotek.web import assets, errors, frugal, guard, headers, routes, shell, vocabulary, wording
from kartotek.web.current import KEY, Installed, Options
from kartotek.web.sessions import SecureWhereSecure, Sessions
from kartotek.web.throttle import Throttle
from kartotek.web.whole import IdConverter

__all__ = ["Options", "install"]


def install(app: Flask, engine: Engine, options: Options) -> Users:
    """The pages of the engine's site on this app, and its users. The tables of users are made ready."""
    _configure(app, options)
    users = Users.open(options.auth_url, engine)
    app.extensions["kartotek"] = engine
    app.extensions[KEY] = Installed(
        engine, options, users, Sessions(users.database, engine, users.signing), Throttle(users.database, engine)
    )
    shell.install(app, users)
    frugal.install(app)
    guard.install(app, routes.ADMISSIONS)
    headers.install(app)
    errors.install(app)
    app.url_map.converters["id"] = IdConverter
    app.register_blueprint(assets.blueprint)
    app.register_blueprint(routes.blueprint())
    vocabulary.install(app)
    wording.install(app)
    return users


def _configure(app: Flask, options: Options) -> None:
    app.session_interface = SecureWhereSecure(options.bearer_paths)
    app.config.update(
        SECRET_KEY=options.secret_key,
        SESSION_COOKIE_NAME="kartotek",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=options.secure,
        PERMANENT_SESSION_LIFETIME=timedelta(days=100),  # each session has an end of its own
        MAX_CONTENT_LENGTH=options.body,
        MAX_FORM_MEMORY_SIZE=options.body,
        MAX_FORM_PARTS=5000,
        FAB_SAFE_REDIRECT_HOSTS=["localhost"],  # nothing of the shell's own redirects
    )

