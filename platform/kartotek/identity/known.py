"""Known: who there is, as lists and pages ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.engine import Engine as Database
from sqlalchemy.orm import Session, sessionmaker

from kartotek.errors import NotFound
from kartotek.identity import trail
from kartotek.identity.accounts import Account, Person, person
from kartotek.identity.checks import find
from kartotek.identity.trail import Event


class Known:
    """What can be asked about the users of one site. Nothing of it writes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.reading = sessionmaker(database.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False)

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
            return person(account_of(session, username))

    def number_of(self, username: str) -> int | None:
        """The number of the user of this name, None for nobody's."""
        with self.reading() as session:
            account = find(session, username)
            return account.id if account is not None else None

    def by_id(self, user_id: int) -> Person:
        """One user by the number. Raises NotFound."""
        with self.reading() as session:
            account = session.get(Account, user_id)
            if account is None:
                raise NotFound("There is no such user.")
            return person(account)

    def list(self) -> tuple[Person, ...]:
        """All users by name."""
        with self.reading() as session:
            return tuple(person(one) for one in session.scalars(select(Account).order_by(func.lower(Account.username))))


def held(session: Session, username: str) -> Account:
    """The same, held until the transaction ends, so that what is judged of it is still so when it is written. Raises NotFound."""
    account = account_of(session, username)
    session.refresh(account, with_for_update=True)
    return account


def account_of(session: Session, username: str) -> Account:
    """The account of this name. Raises NotFound."""
    account = find(session, username)
    if account is None:
        raise NotFound("There is no such user.")
    return account
