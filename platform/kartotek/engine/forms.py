"""Forms: what people without an account may send in, bounded in what, how fast and how often."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from kartotek.engine import writing
from kartotek.engine.compiled import CompiledType
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.people_consents import agree
from kartotek.engine.processes import Processes
from kartotek.engine.seals import blurred, opened, sealed
from kartotek.engine.transaction import Once
from kartotek.engine.transactions import Transactions
from kartotek.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.problem import Problem, anonymous, pointer, problem
from kartotek.model.process import PublicForm
from kartotek.model.record import Record
from kartotek.model.settings import Purpose
from kartotek.rules.asked import Asked, asked, by_effect
from kartotek.rules.given import given_wire
from kartotek.storage import rates

_SOONEST = timedelta(seconds=2)  # nobody fills in a form faster
_LATEST = timedelta(hours=12)
_TRIES = 10  # refused attempts for each one that may be accepted
_NONCE = 12  # bytes


@dataclass(frozen=True, slots=True)
class OpenForm:
    """What the page of a public form is made of."""

    type: RecordType
    form: PublicForm
    fields: tuple[Field, ...]


class Forms:
    """Safe to share by threads."""

    def __init__(self, transactions: Transactions, processes: Processes, secret: bytes) -> None:
        self._transactions = transactions
        self._processes = processes
        self._secret = secret

    def open(self, name: str) -> OpenForm:
        """The form of that name; no query. Raises NotFound."""
        return _found(self._transactions.catalogs.current().catalog.types, name)

    def ticket(self, name: str) -> str:
        """What a page of the form carries: it tells one filling-in from another, and when it began."""
        stamp = int(self._transactions.clock().timestamp()).to_bytes(5, "big")
        return sealed(self._secret, f"form/{name}", stamp + secrets.token_bytes(_NONCE))

    def takes(self, name: str, ticket: str) -> bool:
        """Whether the ticket is one of this form, neither too young for a person nor too old."""
        content = opened(self._secret, f"form/{name}", ticket)
        if content is None:
            return False
        began = datetime.fromtimestamp(int.from_bytes(content[:5], "big"), UTC)
        return _SOONEST <= self._transactions.clock() - began <= _LATEST

    def purposes(self, name: str) -> tuple[Purpose, ...]:
        """What whoever sends the form may agree to. Raises NotFound."""
        asked = self.open(name).form.consents
        settings = self._transactions.catalogs.current().catalog.settings
        return tuple(one for one in settings.purposes if one.name in asked and one.basis == "consent")

    def send(
        self, name: str, fields: Mapping[str, Any], *, ticket: str, address: str, language: str, agreed: Collection[str] = (),
    ) -> None:
        """Stores what was sent, once for a ticket; `agreed` are purposes. Raises NotFound, Invalid (idempotency_key_reused), TooMany, Busy.

        What is refused says nothing about records there are, but that something could not be accepted.
        """
        found = self.open(name)
        actor = Actor(id=0, name=f"form {name}", roles=Actor.system("form").roles, language=language, via="system")
        who = blurred(self._secret, f"{name}/{_network(address)}")
        digest = hashlib.sha256(json.dumps([fields, sorted(agreed)] if agreed else fields, sort_keys=True, default=str).encode()).hexdigest()
        self._refuse_too_many_tries(found.form, who)
        try:
            self._transactions.transact(
                actor, lambda moment: self._attempt(moment, name, fields, who, agreed=agreed), Once(f"form:{ticket}", digest)
            )
        except (Invalid, Conflict, Forbidden) as refused:
            if any(one.code == "idempotency_key_reused" for one in refused.problems):
                raise
            self._count_try(found.form, who)
            raise _without_records(found, refused) from refused

    def tidy(self) -> None:
        """Forgets who sent what in hours gone by. Writes."""
        with self._transactions.writing() as conn:
            rates.purge(conn, self._transactions.clock())

    def _attempt(
        self, moment: Moment, name: str, fields: Mapping[str, Any], who: str, *, agreed: Collection[str],
    ) -> Callable[[Writing], None]:
        found = _found(moment.compiled.catalog.types, name)
        compiled = moment.compiled.type(found.type.name)
        strange = [one for one in fields if one not in found.form.fields]
        if strange:
            raise Invalid([problem(pointer("fields", one), "unknown_field", name=one) for one in strange])
        sent = asked(compiled.rules, compiled.load, moment.actor, "create", wire=fields)

        def work(open: Writing) -> None:
            _count(open.conn, found.form, who, moment.now)
            record = writing.create(open, found.type.name, _with_set(open, compiled, found.form, sent))
            agree(open, record, [one for one in found.form.consents if one in agreed], via=f"form {name}")
            if found.form.transition:
                self._processes.run_in(open, found.type.name, record.id, found.form.transition)

        return work

    def _refuse_too_many_tries(self, form: PublicForm, who: str) -> None:
        now = self._transactions.clock()
        with self._transactions.reading() as conn:
            for name, most in ((f"try/{form.name}/{who}", form.limit), (f"try/{form.name}", form.total)):
                if rates.counted(conn, name, now) >= most * _TRIES:
                    raise _too_many(now)

    def _count_try(self, form: PublicForm, who: str) -> None:
        now = self._transactions.clock()
        with self._transactions.writing() as conn:
            rates.count(conn, f"try/{form.name}/{who}", now)
            rates.count(conn, f"try/{form.name}", now)


def _found(types: Mapping[str, RecordType], name: str) -> OpenForm:
    for one in types.values():
        form = one.public_forms.get(name)
        if form is not None:
            return OpenForm(one, form, tuple(one.by_name[field] for field in form.fields))
    raise NotFound("There is no such form.")


def _count(conn: Any, form: PublicForm, who: str, now: datetime) -> None:
    """Counts within the transaction, so what is refused was not counted. Raises TooMany."""
    if rates.count(conn, f"form/{form.name}/{who}", now) > form.limit or rates.count(conn, f"form/{form.name}", now) > form.total:
        raise _too_many(now)


def _too_many(now: datetime) -> TooMany:
    return TooMany("Too much was sent within this hour; please try again later.", retry_after=3600 - int(now.timestamp()) % 3600)


def _with_set(open: Writing, compiled: CompiledType, form: PublicForm, sent: Asked) -> Asked:
    """What was sent with what the form itself sets, which wins."""
    about = open.setting.about(Record(type=compiled.type.name, id=0, values=sent.values), None)
    wire, problems = given_wire(compiled.rules, form.values, compiled.type.by_name, about)
    own = by_effect(compiled.load, {name: value for name, value in wire.items() if value is not None})
    return replace(
        sent, values={**sent.values, **own.values}, wire={**sent.wire, **own.wire},
        problems=(*sent.problems, *problems, *own.problems),
    )


def _without_records(found: OpenForm, refused: Exception) -> Invalid:
    """The refusal as a stranger may know it: what is wrong with his own words in full, all else in one sentence."""
    own: list[Problem] = []
    if isinstance(refused, Invalid):
        own += [one for one in refused.problems if _field_of(one) in found.form.fields]
        own += [anonymous(one) for one in refused.problems if one.code == "validation" and one not in own]
        if len(own) == len(refused.problems) > 0:
            return Invalid(own, refused.sentence)
    return Invalid([*own, problem("", "public_refused")])


def _field_of(one: Problem) -> str:
    parts = one.path.split("/")
    return parts[2].replace("~1", "/").replace("~0", "~") if len(parts) > 2 and parts[1] == "fields" else ""


def _network(address: str) -> str:
    """The address, or of version 6 the network that one household has."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else str(known)
