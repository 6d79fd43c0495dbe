"""Shell: Flask-AppBuilder reduced to users, roles, sign-in and translations; none of its own pages or APIs is mounted."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_babel import get_babel
from sqlalchemy.orm import scoped_session

from kartotek.errors import KartotekError
from kartotek.identity import Account, Users, mirrored
from kartotek.model.actor import OWNER
from kartotek.web import languages
from kartotek.web.current import installed
from kartotek.web.home import HomeView
from kartotek.web.login import SignInView
from kartotek.web.sessions import Visitor


class Door(SecurityManager):
    """The shell's security manager: our passwords, our sessions, and no way around the mirrored users."""

    user_model = Account
    authdbview = SignInView
    userstatschartview = None

    def create_limiter(self, app: Flask) -> None:
        """Failures are counted by our own throttle, shared by processes, and at the sign-in page alone."""

    def create_jwt_manager(self, app: Flask) -> None:
        """The API has tokens of its own."""

    def create_db(self) -> None:
        """Users.prepare has made tables and roles, once for all processes."""

    def security_cleanup(self, baseviews: Any, menus: Any) -> None:
        """Deletes nothing: the stock method takes away permissions it does not know, grants included."""

    def register_views(self) -> None:
        """The sign-in page alone: the stock pages for users, roles and groups would be a second, unguarded door."""
        self.auth_view = self.appbuilder.add_view_no_menu(self.authdbview())

    def load_user(self, pk: str) -> Visitor | None:
        """The visitor whose session the cookie still holds."""
        actor = installed().sessions.actor()
        return Visitor(actor) if actor is not None and str(actor.id) == str(pk) else None

    def auth_user_db(self, username: str, password: str) -> Account | None:
        """The account, if the password is right."""
        return installed().users.verify(username or "", password or "")

    def add_user(self, username: str, *names: Any, **given: Any) -> Any:
        """Through our own rules, as the shell's command line has no others; False where they refuse."""
        first, last, email, role = (*names, *(given.get(name, "") for name in ("first_name", "last_name", "email", "role")[len(names):]))
        roles = [one.name for one in (role if isinstance(role, list) else [role]) if one]
        try:
            name = f"{first} {last}".strip()
            person = installed().users.add(username, given.get("password", ""), name=name, roles=roles, email=email)
        except KartotekError:
            return False
        return self.get_user_by_id(person.id)

    def update_user(self, user: Account, commit: bool = True) -> Any:
        """The stock change, then the engine's mirror."""
        answer = super().update_user(user, commit)
        installed().users.engine.users.mirror(mirrored(user))
        return answer

    def delete_user(self, user_or_id: Any, commit: bool = True) -> bool:
        """Never: history names users for good. They are disabled."""
        return False

    def reset_password(self, userid: int, password: str) -> None:
        """Sets the password by our rules and ends the user's sessions."""
        account = self.get_user_by_id(userid)
        installed().users.set_password(account.username, password)


class Shell(AppBuilder):
    """Flask-AppBuilder without its static files, menu API, language links and index page."""

    def _add_global_static(self) -> None:
        """None: the stock scripts do not work under our content security policy."""

    def _add_admin_views(self) -> None:
        self._indexview = self.add_view_no_menu(HomeView)
        self.sm.register_views()


def install(app: Flask, users: Users) -> Shell:
    """The shell of the app; its database session ends with each request."""
    app.config.update(
        AUTH_TYPE=1,
        AUTH_ROLE_ADMIN=OWNER,
        AUTH_ROLE_PUBLIC="",
        FAB_ADD_SECURITY_API=False,
        FAB_UPDATE_PERMS=False,
        FAB_SECURITY_MANAGER_CLASS=None,
        BABEL_DOMAIN="kartotek",
        BABEL_TRANSLATION_DIRECTORIES=str(languages.FOLDER),
    )
    stock = scoped_session(users.session)
    app.teardown_appcontext(lambda _error: stock.remove())
    with app.app_context():
        shell = Shell(app, stock, security_manager_class=Door)
        get_babel().locale_selector = languages.locale
    shell.sm.lm.session_protection = None
    shell.sm.lm.needs_refresh_message = ""
    return shell
