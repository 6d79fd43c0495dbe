"""Signing: how people of one site sign in and stay so: their sessions and their second steps, each change in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.engine import Engine as Database
from sqlalchemy.orm import Session as Work

from kartotek.engine.engine import Engine
from kartotek.errors import Conflict, NotFound
from kartotek.identity import sessions, trail
from kartotek.identity.accounts import Account, mirrored
from kartotek.identity.care import Care
from kartotek.identity.second_steps import SecondSteps
from kartotek.identity.sessions import Session, Standing
from kartotek.identity.telling import tell
from kartotek.identity.trail import Event
from kartotek.model.security import Security


class Signing:
    """`came` is {"device": what the browser calls itself, "address": from where}."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self._database = database
        self._reading = database.execution_options(isolation_level="AUTOCOMMIT")
        self._engine = engine
        self._steps = SecondSteps(lambda: engine.keys, lambda: engine.clock().astimezone(UTC))

    # --- sessions

    def begin(self, user_id: int, secret: str, came: Mapping[str, str]) -> int:
        """The epoch that the cookie of the new session must carry."""
        with self._database.begin() as connection:
            trail.mark_seen(connection, user_id, self._now())
            return sessions.begin(connection, user_id, secret, now=self._now(), came=came, lasts=self._security().absolute)

    def find(self, user_id: int, secret: str) -> Standing | None:
        """The session of an active user, None where it has ended; one query, so what another process changed counts at once."""
        with self._reading.connect() as connection:
            return sessions.find(connection, user_id, secret, now=self._now(), security=self._security())

    def change(self, secret: str, **values: Any) -> None:
        """Notes `seen_at`, `proved_at` or `stepped` of a session."""
        with self._database.begin() as connection:
            sessions.change(connection, secret, **values)

    def end(self, secret: str) -> None:
        """Ends the session of a cookie."""
        with self._database.begin() as connection:
            sessions.end_secret(connection, secret)

    def sessions(self, user_id: int) -> list[Session]:
        """The sessions of a user, the one used last first."""
        with self._reading.connect() as connection:
            return sessions.of_user(connection, user_id, self._now(), self._security())

    def end_session(self, user_id: int, id: str, *, by: int | None = None) -> None:
        """Ends one session of a user. Raises NotFound."""
        self._refuse(user_id, by)
        with self._database.begin() as connection:
            if not sessions.end(connection, user_id, id):
                raise NotFound("There is no such session.")
            self._note(connection, user_id, by, "session_ended")

    # --- second steps

    def has_step(self, user_id: int) -> bool:
        """Whether signing in asks this user for a code."""
        with self._reading.connect() as connection:
            return self._steps.is_set(connection, user_id)

    def codes_left(self, user_id: int) -> int:
        """How many recovery codes have not been used."""
        with self._reading.connect() as connection:
            return self._steps.codes_left(connection, user_id)

    def begin_step(self, user_id: int) -> None:
        """Makes a secret for an authenticator, which counts once it is confirmed. Raises Conflict where there is a confirmed one."""
        with self._database.begin() as connection:
            if not self._steps.begin(connection, user_id):
                raise Conflict("The second step is set up already.")

    def waiting_step(self, user_id: int) -> str | None:
        """The secret that was begun and is not confirmed."""
        with self._reading.connect() as connection:
            return self._steps.waiting(connection, user_id)

    def confirm_step(self, user_id: int, code: str) -> list[str] | None:
        """The recovery codes, told this once; None where the code is wrong."""
        with self._database.begin() as connection:
            codes = self._steps.confirm(connection, user_id, code)
            if codes is not None:
                self._note(connection, user_id, user_id, "step_on")
        return codes

    def takes(self, user_id: int, code: str) -> bool:
        """Whether it is a code of now or a recovery code that counts; it never counts again."""
        with self._database.begin() as connection:
            return self._steps.takes(connection, user_id, code)

    def renew_codes(self, user_id: int) -> list[str]:
        """New recovery codes, told this once; the ones before end."""
        with self._database.begin() as connection:
            self._note(connection, user_id, user_id, "codes")
            return self._steps.renew_codes(connection, user_id)

    def take_off_step(self, user_id: int, *, by: int | None = None) -> bool:
        """Takes the second step off an account and ends its sessions; False where there was none."""
        with Work(self._database) as work:
            account = work.scalar(select(Account).where(Account.id == user_id))
            if account is not None and user_id != by:
                Care(self._engine, by).refuse_to_act_as(account)
            if account is None or not self._steps.take_off(work.connection(), user_id):
                return False
            account.epoch += 1
            sessions.end_all(work.connection(), user_id)
            self._note(work.connection(), user_id, by, "step_off")
            told = mirrored(account)
            work.commit()
        self._engine.users.mirror(told)
        return True

    def seal_again(self) -> int:
        """Encrypts what authenticators share with the site with the key that is current now; how many there are."""
        with self._database.begin() as connection:
            return self._steps.seal_again(connection)

    def _refuse(self, user_id: int, by: int | None) -> None:
        with Work(self._reading) as work:
            account = work.get(Account, user_id)
            if account is not None:
                Care(self._engine, by).refuse_others(account)

    def _note(self, connection: Connection, user_id: int, by: int | None, action: str) -> None:
        event = Event(self._now(), user_id, by, action, {})
        trail.note(connection, event)
        tell(self._engine, event)

    def _security(self) -> Security:
        return self._engine.catalog().settings.security

    def _now(self) -> datetime:
        return self._engine.clock().astimezone(UTC).replace(tzinfo=None)
