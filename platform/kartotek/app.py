"""App: the Flask application of one site, composed of the API and the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from kartotek.api.serving import blueprint
from kartotek.engine.engine import Engine
from kartotek.errors import Busy
from kartotek.site import Site
from kartotek.web.install import Options, install

_QUESTIONS = frozenset({"GET", "HEAD"})


def create_app(site: Site) -> Flask:
    """The application over the site's engine, which it holds as app.extensions["kartotek"]."""
    app = Flask("kartotek", static_folder=None)
    settings = site.engine.catalog().settings
    options = Options(
        auth_url=site.users_url,
        secret_key=site.secret.decode("ascii"),
        hosts=settings.hosts,
        body=settings.limits.body,
        file=settings.limits.file,
    )
    install(app, site.engine, options)
    app.register_blueprint(blueprint(site.engine))
    app.wsgi_app = Repeated(app.wsgi_app, site.engine)  # type: ignore[method-assign]
    if settings.security.proxies:
        app.wsgi_app = _behind(app.wsgi_app, settings.security.proxies)  # type: ignore[method-assign]
    return app


def _behind(application: Callable[..., Iterable[bytes]], proxies: int) -> ProxyFix:
    """Who asks, and whether over https, as that many servers in front say, each of which adds itself at the end.

    The host is not theirs to say: they hand it on, and what they were not told they would hand on from anybody.
    """
    return ProxyFix(application, x_for=proxies, x_proto=proxies, x_host=0, x_port=0, x_prefix=0)


class Repeated:
    """Asks a question once more that failed while the catalog was replaced.

    A page asks the engine several things, each of which sees one catalog; a field that the first named may be gone when
    the second looks for it.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]], engine: Engine) -> None:
        self._application = application
        self._engine = engine

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """As WSGI has it."""
        if environ.get("REQUEST_METHOD") not in _QUESTIONS:
            return self._application(environ, start_response)
        try:
            before = self._engine.catalog().version
        except Busy:  # which the application has better words for
            return self._application(environ, start_response)
        told: list[Any] = []
        body = self._application(dict(environ), lambda *told_now: told.append(told_now))
        if int(told[0][0].split(" ", 1)[0]) < 400 or not self._has_moved(before):
            start_response(*told[0])
            return body
        _close(body)
        return self._application(environ, start_response)

    def _has_moved(self, before: int) -> bool:
        try:
            return self._engine.ready() != before
        except Busy:
            return False


def _close(body: Iterable[bytes]) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        close()
