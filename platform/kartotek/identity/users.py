"""Users: who may sign in, kept in the shell's own tables and mirrored into the engine on every change."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select
from sqlalchemy.engine import Engine as Database
from sqlalchemy.orm import Session, sessionmaker

from kartotek.engine.engine import Engine
from kartotek.errors import Invalid, NotFound
from kartotek.identity import trail
from kartotek.identity.accounts import NO_PASSWORD, Account, Person, mail_of, mirrored, person
from kartotek.identity.database import open_database
from kartotek.identity.passwords import hashed, matches, nobodys, password_problems
from kartotek.identity.trail import Event
from kartotek.model.actor import OWNER
from kartotek.model.frozen import EMPTY
from kartotek.model.problem import Problem, problem

_PREPARE_LOCK = 7_263_101
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_WHAT = ("name", "roles", "language", "email", "active")

Roles = list[Role]
Problems = list[Problem]


class Users:
    """The users of one site. Every change is committed here first and then mirrored into the engine."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self.database = database
        self.engine = engine
        self.session = sessionmaker(database, expire_on_commit=False)
        self.reading = sessionmaker(database.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False)

    @classmethod
    def open(cls, url: str, engine: Engine) -> Users:
        """The users in the database at `url` (sqlite:///… or postgresql://…), its tables and roles made ready."""
        users = cls(open_database(url), engine)
        users.prepare()
        return users

    def prepare(self) -> None:
        """Creates what is missing of the tables, the declared roles, and the engine's mirror of every user."""
        with self.database.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_PREPARE_LOCK)))
            Model.metadata.create_all(connection)
        self.sync_roles(self.engine.catalog().settings.role_names)
        known = {one.id: one for one in self.engine.users.everyone()}
        with self.session() as session:
            for account in session.scalars(select(Account)):
                if known.get(account.id) != (wanted := mirrored(account)):
                    self.engine.users.mirror(wanted)

    def sync_roles(self, names: Iterable[str]) -> None:
        """Adds the roles that declarations name. One that is no longer named stays: it grants nothing."""
        with self.session() as session:
            there = set(session.scalars(select(Role.name)))
            session.add_all(Role(name=name) for name in sorted(set(names) - there))
            session.commit()

    def add(
        self, username: str, password: str, *, name: str = "", roles: Sequence[str] = (), email: str = "", language: str = "",
        by: int | None = None,
    ) -> Person:
        """The new user. Raises Invalid with every problem of its values."""
        problems = [*self._problems(username, roles, email), *password_problems(password, username)]
        if problems:
            raise Invalid(problems)
        with self.session() as session:
            account = self._new(session, username, name=name, roles=roles, email=email, language=language)
            account.password = hashed(password)
            return self._save(session, account, "added", by=by)

    def invite(
        self, username: str, *, name: str = "", roles: Sequence[str] = (), email: str = "", language: str = "", by: int | None = None
    ) -> tuple[Person, str]:
        """(the new user, the secret of the link by which he sets his password within a week). Raises Invalid."""
        if problems := self._problems(username, roles, email):
            raise Invalid(problems)
        with self.session() as session:
            account = self._new(session, username, name=name, roles=roles, email=email, language=language)
            account.password = NO_PASSWORD
            session.flush()
            secret = trail.invite(session, account.id, self._now() + trail.INVITED_FOR)
            return self._save(session, account, "invited", by=by), secret

    def link(self, username: str, *, by: int | None = None) -> str:
        """The secret of a link by which a user sets a new password; the former password holds until it is used."""
        with self.session() as session:
            account = self._account(session, username)
            lasts = trail.INVITED_FOR if account.password == NO_PASSWORD else trail.RESET_FOR
            secret = trail.invite(session, account.id, self._now() + lasts)
            self._save(session, account, "link", by=by)
            return secret

    def invited(self, secret: str) -> Person:
        """Whose link it is. Raises NotFound where it holds no longer."""
        with self.reading() as session:
            found = trail.invited(session, secret, self._now())
            account = session.get(Account, found) if found is not None else None
            if account is None or not account.active:
                raise NotFound("This link is not valid any more.")
            return person(account)

    def accept(self, secret: str, password: str) -> Person:
        """Sets the password of the link's user; the link and all his sessions end. Raises NotFound, Invalid."""
        username = self.invited(secret).username
        if problems := password_problems(password, username):
            raise Invalid(problems)
        with self.session() as session:
            account = self._account(session, username)
            if trail.invited(session, secret, self._now()) != account.id:  # used at this very moment elsewhere
                raise NotFound("This link is not valid any more.")
            trail.use_up(session, account.id)
            account.password = hashed(password)
            account.epoch += 1
            return self._save(session, account, "joined", by=account.id)

    def change(
        self, username: str, *, name: str, roles: Sequence[str], active: bool, language: str = "", email: str | None = None,
        by: int | None = None,
    ) -> Person:
        """The user after the change; no `email` leaves it. Raises Invalid where it would leave no active owner."""
        problems = self._role_problems(roles)
        problems += self._email_problems(email, username) if email else []
        if problems:
            raise Invalid(problems)
        with self.session() as session:
            account = self._account(session, username)
            before = person(account)
            account.first_name, account.last_name, account.language = name[:64], "", language
            account.roles = self._roles(session, roles)
            account.email = mail_of(account.username, email) if email is not None else account.email
            if account.active and not active:
                account.epoch += 1
            account.active = active
            session.flush()
            if before.active and not before.invited and OWNER in before.roles:
                self._refuse_ownerless(session)
            changed = _differences(before, person(account))
            action = "changed" if before.active == active else "enabled" if active else "disabled"
            return self._save(session, account, action if changed else "", by=by, detail=changed)

    def disable(self, username: str, *, by: int | None = None) -> None:
        """The user can no longer sign in, and every session and token of theirs ends."""
        account = self.get(username)
        self.change(username, name=account.name, roles=account.roles, active=False, language=account.language, by=by)

    def set_password(self, username: str, password: str, *, by: int | None = None) -> None:
        """Sets the password and ends every session and link. Raises Invalid for a weak one."""
        if problems := password_problems(password, username):
            raise Invalid(problems)
        with self.session() as session:
            account = self._account(session, username)
            account.password = hashed(password)
            account.epoch += 1
            trail.use_up(session, account.id)
            self._save(session, account, "password", by=by)

    def sign_out(self, username: str, *, by: int | None = None) -> None:
        """Ends every session of the user."""
        with self.session() as session:
            account = self._account(session, username)
            account.epoch += 1
            self._save(session, account, "signed_out", by=by)

    def set_language(self, user_id: int, language: str) -> None:
        """Remembers the language of a user's pages."""
        with self.session() as session:
            account = session.get(Account, user_id)
            if account is not None and account.language != language:
                account.language = language
                self._save(session, account, "", by=user_id)

    def verify(self, username: str, password: str) -> Account | None:
        """The active account whose name and password these are; takes as long when there is none."""
        with self.reading() as session:
            account = _find(session, username)
        usable = account is not None and bool(account.active)
        kept = account.password if account is not None and usable else ""
        right = matches(kept if kept and kept != NO_PASSWORD else nobodys(), password)
        return account if usable and right else None

    def events(self, user_id: int) -> Sequence[Event]:
        """What happened to an account, newest first."""
        with self.reading() as session:
            return trail.events(session.connection(), user_id)

    def last_seen(self) -> Mapping[int, datetime]:
        """{user: when he was last here, in UTC}, true to within some minutes."""
        with self.reading() as session:
            return {id: at.replace(tzinfo=UTC) for id, at in trail.last_seen(session.connection()).items()}

    def get(self, username: str) -> Person:
        """One user. Raises NotFound."""
        with self.reading() as session:
            return person(self._account(session, username))

    def list(self) -> tuple[Person, ...]:
        """All users by name."""
        with self.reading() as session:
            return tuple(person(one) for one in session.scalars(select(Account).order_by(func.lower(Account.username))))

    def ensure_owner(self, password: str = "") -> str | None:
        """The password of the first owner, made now (generated unless given); None where an owner exists already."""
        if any(OWNER in one.roles for one in self.list()):
            return None
        chosen = password or secrets.token_urlsafe(12)
        self.add("owner", chosen, roles=(OWNER,))
        return chosen

    def _new(self, session: Session, username: str, *, name: str, roles: Sequence[str], email: str, language: str) -> Account:
        username = username.strip()
        account = Account(
            username=username, first_name=(name or username)[:64], last_name="", email=mail_of(username, email),
            active=True, language=language, roles=self._roles(session, roles),
        )  # fmt: skip
        session.add(account)
        return account

    def _save(self, session: Session, account: Account, action: str, *, by: int | None, detail: Mapping[str, Any] = EMPTY) -> Person:
        session.flush()
        if action:
            trail.note(session, Event(self._now(), account.id, by, action, detail))
        session.commit()
        self.engine.users.mirror(mirrored(account))
        return person(account)

    def _now(self) -> datetime:
        return self.engine.clock().astimezone(UTC).replace(tzinfo=None)

    def _account(self, session: Session, username: str) -> Account:
        account = _find(session, username)
        if account is None:
            raise NotFound("There is no such user.")
        return account

    def _roles(self, session: Session, names: Sequence[str]) -> Roles:
        return list(session.scalars(select(Role).where(Role.name.in_(names))))

    def _problems(self, username: str, roles: Sequence[str], email: str) -> Problems:
        return [*self._name_problems(username.strip()), *self._role_problems(roles), *(self._email_problems(email) if email else ())]

    def _email_problems(self, email: str, username: str = "") -> Problems:
        if not _EMAIL.fullmatch(email):
            return [problem("/email", "format", format="e-mail address")]
        with self.reading() as session:
            other = session.scalar(select(Account.username).where(func.lower(Account.email) == email.lower()))
        return [problem("/email", "unique")] if other is not None and other.lower() != username.strip().lower() else []

    def _name_problems(self, username: str) -> Problems:
        if not username:
            return [problem("/username", "required")]
        if len(username) > 60:
            return [problem("/username", "max_length", limit=60)]
        if not username.isprintable():
            return [problem("/username", "pattern")]
        with self.reading() as session:
            taken = _find(session, username) is not None
        return [problem("/username", "unique")] if taken else []

    def _role_problems(self, names: Sequence[str]) -> Problems:
        declared = self.engine.catalog().settings.role_names
        return [problem("/roles", "choice")] if set(names) - declared else []

    def _refuse_ownerless(self, session: Session) -> None:
        if not any(one.active and one.password != NO_PASSWORD and OWNER in one.role_names for one in session.scalars(select(Account))):
            session.rollback()
            raise Invalid([problem("/roles", "last_owner")])


def _find(session: Session, username: str) -> Account | None:
    return session.scalar(select(Account).where(func.lower(Account.username) == username.strip().lower()))


def _differences(before: Person, after: Person) -> dict[str, Any]:
    """{what: [before, after]}."""
    pairs = {what: [getattr(before, what), getattr(after, what)] for what in _WHAT}
    return {what: [list(one) if isinstance(one, tuple) else one for one in pair] for what, pair in pairs.items() if pair[0] != pair[1]}
