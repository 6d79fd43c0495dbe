"""Links: what a personal link shows and runs, for whoever has its address; and how staff take one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kartotek.engine import reading
from kartotek.engine.envelopes import Envelope, instant
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.people_consents import purpose_of, told, write
from kartotek.engine.people_graph import root_of
from kartotek.engine.processes import Processes
from kartotek.engine.seals import opened, sealed, unjudged
from kartotek.engine.transaction import Once
from kartotek.engine.transactions import Transactions
from kartotek.errors import Conflict, Forbidden, Invalid, NotFound
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.problem import Problem, anonymous, problem
from kartotek.model.workflow import LinkEffect, Transition, Workflow
from kartotek.rules.access import may
from kartotek.rules.decide import allows
from kartotek.storage import consents, links
from kartotek.storage.links import LinkRow

_ENDED = "This link is not valid any more."
_SAID = frozenset({"guard", "wrong_state", "not_asked", "idempotency_key_reused", "idempotency_key_running"})
_ID = 7  # bytes: numbers below 2^53


@dataclass(frozen=True, slots=True)
class OpenLink:
    """What the page of a link is made of; `record` is the envelope with no more fields than `shown`."""

    type: RecordType
    transition: Transition
    fields: tuple[Field, ...]
    shown: tuple[Field, ...]
    record: Envelope
    blockers: Sequence[Mapping[str, Any]]


class Links:
    """Safe to share by threads."""

    def __init__(self, transactions: Transactions, processes: Processes, secret: bytes) -> None:
        self._transactions = transactions
        self._processes = processes
        self._secret = secret

    def url(self, conn: Any, record_type: str, record_id: int, name: str) -> str:
        """The address of the link of that name which the record has in force; "" where there is none."""
        now = self._transactions.clock()
        for row in links.of_record(conn, record_type, record_id):
            if row.name == name and _in_force(row, now):
                base = self._transactions.catalogs.current().catalog.settings.url.rstrip("/")
                return f"{base}/l/{self.token(row)}"
        return ""

    def token(self, row: LinkRow) -> str:
        """The part of the address that opens the link."""
        return sealed(self._secret, _purpose(row), row.id.to_bytes(_ID, "big"))

    def open(self, token: str, language: str) -> OpenLink:
        """What the link shows. Writes nothing, so that a program that follows addresses runs nothing. Raises NotFound."""
        actor = _bearer(language)
        with self._transactions.at(actor) as (moment, conn):
            row = self._row(conn, token)
            if not _in_force(row, moment.now):
                raise NotFound(_ENDED)
            workflow, transition = _transition(moment, row)
            record_type = moment.compiled.type(row.type).type
            shown = [name for name in _shows(workflow, row) if name in record_type.by_name]
            record = reading.get(moment, conn, row.type, row.record_id, fields=shown, titles=True)
        offers = self._processes.transitions(actor, row.type, row.record_id)
        offer = next((one for one in offers if one["name"] == row.transition), None)
        if offer is None:
            raise NotFound(_ENDED)
        by_name = record_type.by_name
        return OpenLink(
            record_type, transition, tuple(by_name[name] for name in transition.fields),
            tuple(by_name[name] for name in shown), record, offer["blockers"],
        )

    def fields(self, token: str) -> tuple[Field, ...]:
        """The fields of the link's dialog, also where the link has ended, since a second click is answered too. Raises NotFound."""
        with self._transactions.at(_bearer("en")) as (moment, conn):
            row = self._row(conn, token)
        _, transition = _transition(moment, row)
        by_name = moment.compiled.type(row.type).type.by_name
        return tuple(by_name[name] for name in transition.fields)

    def run(
        self, token: str, language: str, *, fields: Mapping[str, Any], comment: str = "", once: Once | None = None
    ) -> None:
        """Runs the link's transition and counts the use, or neither. Raises NotFound, Invalid, Conflict, Busy."""

        def attempt(moment: Moment) -> Any:
            def work(writing: Writing) -> None:
                row = self._row(writing.conn, token)
                if not links.use(writing.conn, row.id, moment.now):
                    raise NotFound(_ENDED)
                _transition(moment, row)
                self._processes.run_in(writing, row.type, row.record_id, row.transition, fields=fields, comment=comment)

            return work

        try:
            self._transactions.transact(_bearer(language), attempt, once)
        except (Invalid, Conflict) as refused:
            raise _for_strangers(refused, [one.name for one in self.fields(token)]) from refused

    def consents(self, token: str, language: str) -> dict[str, Any] | None:
        """What the person whom the link's record is about has agreed to; None where it is about nobody, or nobody is asked."""
        with self._transactions.at(_bearer(language)) as (moment, conn):
            root = self._person(moment, conn, token)
            return told(moment, consents.of_person(conn, *root)) if root is not None else None

    def answer(self, token: str, language: str, purpose: str, *, given: bool) -> None:
        """Writes down what she says about a purpose; it uses the link up no further. Raises NotFound, Invalid, Busy."""

        def work(writing: Writing) -> None:
            root = self._person(writing.moment, writing.conn, token)
            if root is None:
                raise NotFound(_ENDED)
            write(writing, root, purpose_of(writing.moment, purpose), given=given, via="link")

        self._transactions.transact(_bearer(language), lambda _: work)

    def _person(self, moment: Moment, conn: Any, token: str) -> tuple[str, int] | None:
        row = self._row(conn, token)
        if not _in_force(row, moment.now):
            raise NotFound(_ENDED)
        asked = any(one.basis == "consent" for one in moment.compiled.catalog.settings.purposes)
        return root_of(moment, conn, reading.find(moment, conn, row.type, row.record_id)) if asked else None

    def of_record(self, actor: Actor, record_type: str, record_id: int) -> list[dict[str, Any]]:
        """The links of a record he may change, newest first, without their addresses. Raises NotFound, Forbidden."""
        with self._transactions.at(actor) as (moment, conn):
            _refuse_unless_his(moment, conn, record_type, record_id)
            return [_described(row, moment.now) for row in links.of_record(conn, record_type, record_id)]

    def revoke(self, actor: Actor, id: int) -> None:
        """Ends a link of a record he may change, at once on every process. Raises NotFound, Forbidden."""
        with self._transactions.writing_at(actor) as (moment, conn):
            row = links.find(conn, id)
            if row is None or not _is_known(moment, conn, row):
                raise NotFound("There is no such link.")
            _refuse_unless_his(moment, conn, row.type, row.record_id)
            links.revoke(conn, id, moment.now)
            self._transactions.audit.append(conn, actor, AuditEntry("link_revoked", row.type, row.record_id, body={"link": id}))

    def _row(self, conn: Any, token: str) -> LinkRow:
        """The row of a token that this site made. Raises NotFound."""
        # The number is read before its seal is judged, because what else is sealed with it stands in the row.
        content = unjudged(token)
        row = links.find(conn, int.from_bytes(content, "big")) if len(content) == _ID else None
        if row is None or opened(self._secret, _purpose(row), token) is None:
            raise NotFound(_ENDED)
        return row


def _purpose(row: LinkRow) -> str:
    """A link of another record or time has another seal, even if a number should come twice."""
    return f"link/{row.type}/{row.record_id}/{row.name}/{row.created_at.astimezone(UTC).isoformat()}"


def _in_force(row: LinkRow, now: datetime) -> bool:
    return row.revoked_at is None and row.expires_at > now and row.used < row.uses


def _bearer(language: str) -> Actor:
    system = Actor.system("link")
    return Actor(id=system.id, name=system.name, roles=system.roles, language=language, via="system")


def _transition(moment: Moment, row: LinkRow) -> tuple[Workflow, Transition]:
    known = moment.compiled.catalog.types.get(row.type)
    workflow = known.workflow if known is not None else None
    transition = workflow.transitions.get(row.transition) if workflow is not None else None
    if workflow is None or transition is None:
        raise NotFound(_ENDED)
    return workflow, transition


def _shows(workflow: Workflow, row: LinkRow) -> tuple[str, ...]:
    """The fields that the effect which made the link lets its page show."""
    effects = [
        *(effect for one in workflow.transitions.values() for effect in one.effects),
        *(effect for one in workflow.schedules.values() for effect in one.effects),
        *(effect for one in workflow.clocks.values() for limit in one.limits for effect in limit.effects),
    ]
    made = (one for one in effects if isinstance(one, LinkEffect) and one.name == row.name)
    return next((one.shows for one in made if one.transition == row.transition), ())


def _is_known(moment: Moment, conn: Any, row: LinkRow) -> bool:
    """Whether the actor may know of the record: of others' links he is told as of those that never were."""
    try:
        reading.find(moment, conn, row.type, row.record_id)
    except NotFound:
        return False
    return True


def _for_strangers(refused: Invalid | Conflict, fields: Sequence[str]) -> Invalid | Conflict:
    """The refusal as the bearer may know it: what is wrong with his own words, and what the owner has worded."""
    told: list[Problem] = []
    for one in refused.problems:
        steps = one.path.split("/")
        if one.code in _SAID or one.path == "/comment" or (one.code != "unique" and steps[1:2] == ["fields"] and steps[2] in fields):
            told.append(one)
        elif one.code in ("validation", "occupied") and steps[1:2] != ["effects"]:
            told.append(anonymous(one))
        elif not any(other.code == "public_refused" for other in told):
            told.append(problem("", "public_refused"))
    sentence = told[0].message if len(told) == 1 else "This could not be accepted."
    return Invalid(told, sentence) if isinstance(refused, Invalid) else Conflict(sentence, problems=told)


def _refuse_unless_his(moment: Moment, conn: Any, record_type: str, record_id: int) -> None:
    record = reading.find(moment, conn, record_type, record_id)
    compiled = moment.compiled.type(record_type)
    granted = may(moment.actor, compiled.type, "write")
    if not allows(compiled.rules, granted, (record, record), moment.setting(conn)):
        raise Forbidden("You may not see the links of this record.")


def _described(row: LinkRow, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "transition": row.transition, "created_at": instant(row.created_at),
        "created_by": row.created_by, "expires_at": instant(row.expires_at), "uses": row.uses, "used": row.used,
        "active": _in_force(row, now),
    }
