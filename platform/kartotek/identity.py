"""Users: who may sign in, kept in the shell's own tables and mirrored into the engine on every change."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import Connection, Integer, String, create_engine, event, func, make_url, select
from sqlalchemy.engine import Engine as Database
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.errors import Invalid, NotFound
from kartotek.model.actor import OWNER
from kartotek.model.problem import Problem, problem

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
_PREPARE_LOCK = 7_263_101
_HASHER = PasswordHasher()


Roles = list[Role]
Problems = list[Problem]


class Account(User):
    """The shell's user with the language of its pages and the epoch that its sessions must carry."""

    __tablename__ = "ab_user"
    language: Mapped[str] = mapped_column(String(20), default="")
    epoch: Mapped[int] = mapped_column(Integer, default=1)

    @property
    def name(self) -> str:
        """The full name, as history and pages show it."""
        return f"{self.first_name} {self.last_name}".strip() or str(self.username)

    @property
    def role_names(self) -> frozenset[str]:
        """The roles given directly and through groups."""
        direct = {role.name for role in self.roles}
        return frozenset(direct | {role.name for group in self.groups for role in group.roles})


@dataclass(frozen=True, slots=True)
class Person:
    """What lists of users show of one."""

    id: int
    username: str
    name: str
    roles: tuple[str, ...]
    language: str
    active: bool


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
        self, username: str, password: str, *, name: str = "", roles: Sequence[str] = (), email: str = "", language: str = ""
    ) -> Person:
        """The new user. Raises Invalid with every problem of its values."""
        username = username.strip()
        problems = [*self._name_problems(username), *password_problems(password), *self._role_problems(roles)]
        if problems:
            raise Invalid(problems)
        with self.session() as session:
            account = Account(
                username=username, first_name=(name or username)[:64], last_name="", email=email or f"{username}@users.invalid",
                password=_HASHER.hash(password), active=True, language=language, roles=self._roles(session, roles),
            )  # fmt: skip
            session.add(account)
            return self._save(session, account)

    def change(self, username: str, *, name: str, roles: Sequence[str], active: bool, language: str = "") -> Person:
        """The user after the change. Raises Invalid where it would leave no active owner."""
        if problems := self._role_problems(roles):
            raise Invalid(problems)
        with self.session() as session:
            account = self._account(session, username)
            was_owner = bool(account.active) and OWNER in account.role_names
            account.first_name, account.last_name, account.language = name[:64], "", language
            account.roles = self._roles(session, roles)
            if account.active and not active:
                account.epoch += 1
            account.active = active
            session.flush()
            if was_owner:
                self._refuse_ownerless(session)
            return self._save(session, account)

    def disable(self, username: str) -> None:
        """The user can no longer sign in, and every session and token of theirs ends."""
        account = self.get(username)
        self.change(username, name=account.name, roles=account.roles, active=False, language=account.language)

    def set_password(self, username: str, password: str) -> None:
        """Sets the password and ends every session. Raises Invalid for a weak one."""
        if problems := password_problems(password):
            raise Invalid(problems)
        with self.session() as session:
            account = self._account(session, username)
            account.password = _HASHER.hash(password)
            account.epoch += 1
            self._save(session, account)

    def set_language(self, user_id: int, language: str) -> None:
        """Remembers the language of a user's pages."""
        with self.session() as session:
            account = session.get(Account, user_id)
            if account is not None and account.language != language:
                account.language = language
                self._save(session, account)

    def verify(self, username: str, password: str) -> Account | None:
        """The active account whose name and password these are; takes as long when there is none."""
        with self.reading() as session:
            account = _find(session, username)
        usable = account is not None and bool(account.active)
        kept = (account.password if account is not None and usable else None) or _nobody()
        right = _matches(kept, password)
        return account if usable and right else None

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

    def _save(self, session: Session, account: Account) -> Person:
        session.commit()
        self.engine.users.mirror(mirrored(account))
        return person(account)

    def _account(self, session: Session, username: str) -> Account:
        account = _find(session, username)
        if account is None:
            raise NotFound("There is no such user.")
        return account

    def _roles(self, session: Session, names: Sequence[str]) -> Roles:
        return list(session.scalars(select(Role).where(Role.name.in_(names))))

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
        if not any(one.active and OWNER in one.role_names for one in session.scalars(select(Account))):
            session.rollback()
            raise Invalid([problem("/roles", "last_owner")])


def person(account: Account) -> Person:
    """The account as lists show it; needs its session."""
    return Person(
        account.id, account.username, account.name, tuple(sorted(account.role_names)), account.language or "", bool(account.active)
    )


def mirrored(account: Account) -> MirroredUser:
    """The account as the engine keeps it; needs its session."""
    return MirroredUser(
        id=account.id, username=account.username, name=account.name, roles=account.role_names,
        language=account.language or "", active=bool(account.active), epoch=account.epoch,
    )  # fmt: skip


def password_problems(password: str) -> list[Problem]:
    """What is wrong with a password: length is all that is asked (NIST SP 800-63B-4 §3.1.1)."""
    if len(password) < SHORTEST_PASSWORD:
        return [problem("/password", "min_length", limit=SHORTEST_PASSWORD)]
    if len(password) > LONGEST_PASSWORD:
        return [problem("/password", "max_length", limit=LONGEST_PASSWORD)]
    return []


def open_database(url: str) -> Database:
    """SQLAlchemy's engine for the shell's tables, safe to fork."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    database = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() == "postgresql")
    if parsed.get_backend_name() == "sqlite":
        event.listen(database, "connect", _prepare_sqlite)
        event.listen(database, "begin", _begin_immediate)
    os.register_at_fork(after_in_child=lambda: database.dispose(close=False))
    return database


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin by itself
    for setting in ("journal_mode = wal", "busy_timeout = 5000", "foreign_keys = on", "synchronous = full"):
        connection.execute(f"pragma {setting}")


def _begin_immediate(connection: Connection) -> None:
    """A deferred transaction that turns into a writer fails at once when another wrote meanwhile; this one waits."""
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _find(session: Session, username: str) -> Account | None:
    return session.scalar(select(Account).where(func.lower(Account.username) == username.strip().lower()))


@cache
def _nobody() -> str:
    """Verified against when there is no such user, so that an unknown name takes as long as a known one."""
    return _HASHER.hash(secrets.token_urlsafe(16))


def _matches(kept: str, password: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
