"""Care: what somebody may do with the accounts of others: with those whose roles he covers, and never so that anybody has more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kartotek.engine.engine import Engine
from kartotek.engine.granting import Granting
from kartotek.errors import Forbidden, NotFound
from kartotek.identity.accounts import Account
from kartotek.model.actor import Actor
from kartotek.model.problem import Problem, problem


@dataclass(frozen=True, slots=True)
class Care:
    """Of the user `by`; None is whoever runs commands on the server itself, and nothing is refused to him.

    Every change of an account asks here, within its own transaction, so that no door can forget to.
    """

    engine: Engine
    by: int | None

    def role_problems(self, roles: Iterable[str]) -> list[Problem]:
        """What keeps him from giving these roles: nobody gives what he lacks."""
        actor = self._actor()
        return [problem("/roles", "not_yours")] if actor is not None and self._granting.lacking(actor, roles) else []

    def refuse_uncovered(self, account: Account) -> None:
        """Raises NotFound for the account of somebody who may do what he may not: for him it does not exist."""
        if not self.covers(account.role_names):
            raise NotFound("There is no such user.")

    def refuse_to_act_as(self, account: Account) -> None:
        """Raises NotFound, and Forbidden where the account would show him more than his own does."""
        actor = self._actor() if account.id != self.by else None
        self.refuse_uncovered(account)
        if actor is not None and self._granting.lacking_as_another(actor, account.role_names):
            raise Forbidden("This would open records that you may not see. An owner can do it.")

    def refuse_others(self, account: Account) -> None:
        """Raises NotFound, unless it is his own account or one that he covers."""
        if account.id != self.by:
            self.refuse_uncovered(account)

    def covers(self, roles: Iterable[str]) -> bool:
        """Whether he may know of somebody with these roles."""
        actor = self._actor()
        return actor is None or not self._granting.lacking(actor, roles)

    def _actor(self) -> Actor | None:
        """None where nothing is refused. Raises NotFound for whoever may not sign in or has nothing to do with accounts."""
        if self.by is None:
            return None
        found = self.engine.users.actor(self.by)
        if found is None or not self._granting.able(found, "users"):
            raise NotFound("There is no such user.")
        return found

    @property
    def _granting(self) -> Granting:
        return self.engine.users.granting
