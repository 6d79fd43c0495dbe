"""Users: who may sign in, kept in the shell's own tables and mirrored into the engine on every change."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select, update
from sqlalchemy.engine import Engine as Database
from sqlalchemy.orm import Session, sessionmaker

from kartotek.engine.engine import Engine
from kartotek.errors import Invalid, NotFound
from kartotek.identity import checks, sessions, trail
from kartotek.identity.accounts import NO_PASSWORD, Account, Person, mail_of, mirrored, person
from kartotek.identity.care import Care
from kartotek.identity.checks import find
from kartotek.identity.database import open_database
from kartotek.identity.door import Door
from kartotek.identity.known import Known, account_of, held
from kartotek.identity.passwords import NOBODYS, hashed, is_dated, matches, password_problems
from kartotek.identity.signing import Signing
from kartotek.identity.telling import tell
from kartotek.identity.trail import Event
from kartotek.model.actor import OWNER
from kartotek.model.frozen import EMPTY
from kartotek.model.problem import Problem, problem

_PREPARE_LOCK = 7_263_101
_WHAT = ("name", "roles", "language", "email", "active")

Roles = list[Role]
Problems = list[Problem]


class Users(Known):
    """The users of one site. Every change is committed here first and then mirrored into the engine."""

    def __init__(self, database: Database, engine: Engine) -> None:
        super().__init__(database)
        self.engine = engine
        self.session = sessionmaker(database, expire_on_commit=False)
        self.signing = Signing(database, engine)
        engine.users.accounts = Door(self)

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
            sessions.make_room(connection)
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
        about = (name, email.partition("@")[0], *self._site_names())
        problems = [*self._problems(username, roles, email, by), *password_problems(password, username, about=about, is_owner=OWNER in roles)]
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
        if problems := self._problems(username, roles, email, by):
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
            account = held(session, username)
            Care(self.engine, by).refuse_to_act_as(account)
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
        whose = self.invited(secret)
        self._refuse_weak(whose, password)
        with self.session() as session:
            account = account_of(session, whose.username)
            if trail.invited(session, secret, self._now()) != account.id:  # used at this very moment elsewhere
                raise NotFound("This link is not valid any more.")
            trail.use_up(session, account.id)
            account.password = hashed(password)
            _end_sessions(session, account)
            return self._save(session, account, "joined", by=account.id)

    def change(
        self, username: str, *, name: str, roles: Sequence[str], active: bool, language: str = "", email: str | None = None,
        by: int | None = None,
    ) -> Person:
        """The user after the change; no `email` leaves it. Raises Invalid where it would leave no active owner."""
        care = Care(self.engine, by)
        with self.session() as session:
            account = held(session, username)
            care.refuse_uncovered(account)
            problems = [*checks.role_problems(roles, self._declared()), *(checks.email_problems(session, email, username) if email else ())]
            problems = problems or care.role_problems({*roles, *self._lasting(account)})
            if problems:
                raise Invalid(problems)
            before = person(account)
            account.first_name, account.last_name, account.language = name[:64], "", language
            account.roles = self._roles(session, roles)
            account.email = mail_of(account.username, email) if email is not None else account.email
            if account.active and not active:
                _end_sessions(session, account)
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
        self._refuse_weak(self.get(username), password)
        with self.session() as session:
            account = held(session, username)
            if account.id != by:
                Care(self.engine, by).refuse_to_act_as(account)
            account.password = hashed(password)
            _end_sessions(session, account)
            trail.use_up(session, account.id)
            self._save(session, account, "password", by=by)

    def sign_out(self, username: str, *, by: int | None = None) -> None:
        """Ends every session of the user."""
        with self.session() as session:
            account = account_of(session, username)
            Care(self.engine, by).refuse_others(account)
            _end_sessions(session, account)
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
            account = find(session, username)
        usable = account is not None and bool(account.active)
        kept = account.password if account is not None and usable else ""
        right = matches(kept if kept and kept != NO_PASSWORD else NOBODYS, password)
        if account is None or not usable or not right:
            return None
        if is_dated(kept):
            self._keep_anew(account.id, kept, password)
        return account

    def _keep_anew(self, user_id: int, kept: str, password: str) -> None:
        """The password that was just given, kept as passwords are kept today, unless it has changed meanwhile."""
        with self.database.begin() as connection:
            connection.execute(update(Account).where(Account.id == user_id, Account.password == kept).values(password=hashed(password)))

    def covered(self, by: int | None) -> tuple[Person, ...]:
        """Those of all users whose roles somebody covers, by name. Raises NotFound for whoever has nothing to do with accounts."""
        care, people = Care(self.engine, by), self.list()
        covered = {roles: care.covers(roles) for roles in {one.roles for one in people}}
        return tuple(one for one in people if covered[one.roles])

    def ensure_owner(self, password: str = "") -> str | None:
        """The password of the first owner, made now (generated unless given); None where an owner exists already."""
        if any(OWNER in one.roles for one in self.list()):
            return None
        chosen = password or secrets.token_urlsafe(12)
        self.add("owner", chosen, roles=(OWNER,))
        return chosen

    def _refuse_weak(self, whose: Person, password: str) -> None:
        about = (whose.name, whose.email.partition("@")[0], *self._site_names())
        if problems := password_problems(password, whose.username, about=about, is_owner=OWNER in whose.roles):
            raise Invalid(problems)

    def _site_names(self) -> Iterable[str]:
        return self.engine.catalog().settings.name.values()

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
            event = Event(self._now(), account.id, by, action, detail)
            trail.note(session, event)
            tell(self.engine, event)
        session.commit()
        self.engine.users.mirror(mirrored(account))
        return person(account)

    def _now(self) -> datetime:
        return self.engine.clock().astimezone(UTC).replace(tzinfo=None)

    def _roles(self, session: Session, names: Sequence[str]) -> Roles:
        return list(session.scalars(select(Role).where(Role.name.in_(names))))

    def _problems(self, username: str, roles: Sequence[str], email: str, by: int | None) -> Problems:
        with self.reading() as session:
            of_roles = checks.role_problems(roles, self._declared()) or Care(self.engine, by).role_problems(roles)
            found = [*checks.name_problems(session, username.strip()), *of_roles]
            return [*found, *(checks.email_problems(session, email) if email else ())]

    def _lasting(self, account: Account) -> Iterable[str]:
        """The roles that the account has through groups, whatever it is given."""
        return {role.name for group in account.groups for role in group.roles}

    def _declared(self) -> frozenset[str]:
        return self.engine.catalog().settings.role_names

    def _refuse_ownerless(self, session: Session) -> None:
        if not any(one.active and one.password != NO_PASSWORD and OWNER in one.role_names for one in session.scalars(select(Account))):
            session.rollback()
            raise Invalid([problem("/roles", "last_owner")])


def _end_sessions(session: Session, account: Account) -> None:
    """The number alone ends them, on every process at once; the rows go so that nobody is shown them."""
    account.epoch += 1
    sessions.end_all(session.connection(), account.id)


def _differences(before: Person, after: Person) -> dict[str, Any]:
    """{what: [before, after]}."""
    pairs = {what: [getattr(before, what), getattr(after, what)] for what in _WHAT}
    return {what: [list(one) if isinstance(one, tuple) else one for one in pair] for what, pair in pairs.items() if pair[0] != pair[1]}
