"""Signing in and out, as the shell's sign-in view."""

from __future__ import annotations

from flask import current_app, redirect, request
from flask_appbuilder import AppBuilder
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.views import AuthDBView
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.errors import TooMany
from kartotek.web.current import installed
from kartotek.web.page import page
from kartotek.web.paths import own_path


class SignInView(AuthDBView):
    """`/login/` and `/logout/`; signing out changes something, so it is a POST."""

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Response | str | tuple[str, int]:
        """The form, or the way back to where the visitor wanted to go."""
        target = own_path(request.args.get("next", ""))
        if installed().sessions.actor() is not None:
            return redirect(target)
        if request.method == "GET":
            return page("login.html", username="", problem="")
        username = request.form.get("username", "")
        try:
            if sign_in(username, request.form.get("password", "")):
                return redirect(target, 303)
            problem = gettext("The name or the password is wrong.")
            return page("login.html", username=username, problem=problem), 401
        except TooMany:
            problem = gettext("Too many wrong passwords. Please wait a few minutes.")
            return page("login.html", username=username, problem=problem), 429

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Response:
        """Ends the session, here and on the server."""
        installed().sessions.end()
        return redirect("/login/", 303)


def sign_in(username: str, password: str) -> bool:
    """Whether the password was right, and then the cookie holds a session. Raises TooMany."""
    throttle, address = installed().throttle, request.remote_addr or ""
    throttle.check(username, address)
    shell: AppBuilder = current_app.extensions["appbuilder"]
    account = shell.sm.auth_user_db(username, password)
    if account is None:
        throttle.failed(username, address)
        return False
    installed().sessions.begin(account.id)
    return True
