"""Serving: the routes as a Flask blueprint over one engine, every refusal as problem details."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.routing import Rule

from kartotek.api import denials, errors
from kartotek.api.addresses import ROOT, type_today
from kartotek.api.answers import nothing
from kartotek.api.routes import ROUTES, Route
from kartotek.engine.engine import Engine
from kartotek.errors import Forbidden, KartotekError, NotFound
from kartotek.model.actor import Actor

NAME = "api"


def blueprint(engine: Engine) -> Blueprint:
    """The API under /api/v1, /healthz and /readyz, to be registered without a prefix.

    Its rules take every method and decide themselves: so each refusal, a wrong method or an unknown address under
    /api/v1 included, is a problem document and not a page of the application around it.
    """
    made = Blueprint(NAME, __name__)
    for route in ROUTES:
        made.record(_adding(route.name, route.path, _view(engine, route)))
    for name, path in (("unknown_root", ROOT), ("unknown_start", f"{ROOT}/"), ("unknown", f"{ROOT}/<path:rest>")):
        made.record(_adding(name, path, _unknown))
    made.register_error_handler(KartotekError, errors.refused)
    made.register_error_handler(HTTPException, errors.http_refused)
    for code in default_exceptions:  # by code too, since the application's own handlers of a code would come first
        made.register_error_handler(code, errors.http_refused)
    made.register_error_handler(Exception, errors.unexpected)
    return made


def _adding(name: str, path: str, view: Callable[..., Response]) -> Callable[[BlueprintSetupState], None]:
    """What puts a rule for all methods on the map; Flask's own way always names methods."""

    def add(state: BlueprintSetupState) -> None:
        endpoint = f"{state.name}.{name}"
        state.app.url_map.add(Rule(path, endpoint=endpoint, strict_slashes=True))
        state.app.view_functions[endpoint] = view

    return add


def _view(engine: Engine, route: Route) -> Callable[..., Response]:
    """Method → view; who asks is settled before anything else is read."""

    def serve(**parts: Any) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS":
            return nothing(headers={"Allow": route.allowed})
        view = route.views.get(method)
        if view is None:
            return errors.method_refused(route.allowed)
        if route.admission.is_open:
            return view(engine, **parts)
        actor = denials.known(engine)
        try:
            return admitted(actor, view, **parts)
        except (Forbidden, NotFound) as error:
            denials.note(engine, actor, error, parts)
            raise

    def admitted(actor: Actor, view: Callable[..., Response], **parts: Any) -> Response:
        if not engine.users.granting.admits(actor, route.admission):
            raise Forbidden("This address is for others.")
        if "type_name" in parts:
            parts["type_name"] = type_today(engine, parts["type_name"])
        return view(engine, actor, **parts)

    return serve


def _unknown(**_: Any) -> Response:
    raise NotFound("There is nothing here.")
