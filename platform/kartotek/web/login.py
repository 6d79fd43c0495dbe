"""Signing in and out, as the shell's sign-in view."""

from __future__ import annotations

from flask import current_app, redirect, request
from flask_appbuilder import AppBuilder
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.views import AuthDBView
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.errors import TooMany
from kartotek.identity import telling
from kartotek.model.audit import AuditEntry
from kartotek.web.current import installed
from kartotek.web.page import page
from kartotek.web.paths import own_path

_LONGEST_NAME = 200


class SignInView(AuthDBView):
    """`/login/` and `/logout/`; signing out changes something, so it is a POST."""

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Response | str | tuple[str, int] | tuple[str, int, dict[str, str]]:
        """The form, or the way back to where the visitor wanted to go."""
        target = own_path(request.args.get("next", ""))
        if installed().sessions.anybody() is not None:
            return redirect(target)
        if request.method != "POST":  # HEAD is no try
            return page("login.html", username="", problem="")
        username = request.form.get("username", "")
        try:
            if sign_in(username, request.form.get("password", "")):
                return redirect(target, 303)
        except TooMany as many:
            return page("login.html", username=username, problem=too_many()), 429, waiting(many)
        return page("login.html", username=username, problem=gettext("The name or the password is wrong.")), 401

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Response:
        """Ends the session, here and on the server."""
        sessions = installed().sessions
        actor = sessions.anybody()
        sessions.end()
        if actor is not None:
            telling.note(installed().engine, actor, AuditEntry("sign_out", "user", actor.id))
        return redirect("/login/", 303)


def sign_in(username: str, password: str) -> bool:
    """Whether the password was right, and then the cookie holds a session, which may lack a second step. Raises TooMany."""
    shared, username = installed(), username[:_LONGEST_NAME]
    shell: AppBuilder = current_app.extensions["appbuilder"]
    with shared.throttle.attempt(username, request.remote_addr or "") as attempt:
        account = shell.sm.auth_user_db(username, password)
        attempt.is_right = account is not None
    if account is None:
        telling.refused(shared.engine, shared.users.number_of(username))
        return False
    shared.sessions.begin(account.id)
    actor = shared.sessions.anybody()
    if actor is not None:
        telling.note(shared.engine, actor, AuditEntry("sign_in", "user", actor.id))
    return True


def too_many() -> str:
    """The sentence for somebody who has to wait."""
    return gettext("Too many wrong passwords. Please wait a few minutes.")


def waiting(many: TooMany) -> dict[str, str]:
    """The header that tells how long."""
    return {"Retry-After": str(int(many.params["retry_after"]))}
