"""App: the Flask application of one site, composed of the API and the pages."""

from __future__ import annotations

from flask import Flask

from kartotek.api.serving import blueprint
from kartotek.site import Site
from kartotek.web.install import Options, install


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
    return app
