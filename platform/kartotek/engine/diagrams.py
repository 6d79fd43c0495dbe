"""Diagrams: the picture of a type's workflow for whoever may read the type, with one record's state marked."""

from __future__ import annotations

from kartotek.engine.compiled import Compiled
from kartotek.engine.reading import find
from kartotek.engine.transactions import Transactions
from kartotek.errors import NotFound
from kartotek.model.actor import Actor
from kartotek.rules.diagram import pictured
from kartotek.rules.diagram_svg import svg


class Diagrams:
    """Of one process; a picture is the same for everyone who may read the type, so it is kept as long as the catalog."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._kept: tuple[Compiled | None, dict[tuple[str, str, str | None], str]] = (None, {})

    def draw(self, actor: Actor, record_type: str, id: int | None = None) -> str:
        """The SVG element, titles in the actor's language, the record's state marked where `id` is given.

        Raises NotFound for a hidden type or record, and where the type has no workflow.
        """
        moment = self._transactions.begin(actor)
        compiled, _ = moment.type(record_type)
        if compiled.type.workflow is None:
            raise NotFound("This type of record has no workflow.")
        state = None
        if id is not None:
            with self._transactions.at(actor) as (moment, conn):
                state = find(moment, conn, record_type, id).state
        if self._kept[0] is not moment.compiled:
            self._kept = (moment.compiled, {})
        pictures, key = self._kept[1], (record_type, actor.language, state)
        if key not in pictures:
            pictures[key] = _draw(moment.compiled, record_type, actor.language, state)
        return pictures[key]


def _draw(compiled: Compiled, record_type: str, language: str, state: str | None) -> str:
    declared = compiled.type(record_type).type
    assert declared.workflow is not None
    roles = compiled.catalog.settings.roles
    title = declared.label(language)
    return svg(pictured(declared.workflow, language, roles=roles, present=state, title=title))
