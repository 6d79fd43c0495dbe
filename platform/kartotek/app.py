"""App: the Flask application of one site, composed of the API and the pages."""

from __future__ import annotations

from flask import Flask

from kartotek import api, web
from kartotek.site import Site


def create_app(site: Site) -> Flask:
    """The application over the site's engine, which it holds as app.extensions["kartotek"]."""
    app = Flask("kartotek", static_folder=None)
    app.config["SECRET_KEY"] = site.secret
    app.extensions["kartotek"] = site.engine
    app.register_blueprint(api.blueprint(site.engine))
    web.install(app, site.engine, site.users)
    return app
