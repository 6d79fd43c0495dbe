"""The owner's page of one record: who sees and may change what of it, and why, with the lines of the files that decide."""

from __future__ import annotations

from flask import request
from flask_babel import gettext

from kartotek.engine.explaining import Question
from kartotek.errors import NotFound
from kartotek.identity import Person
from kartotek.model.access_texts import REASONS, VERDICTS
from kartotek.web.current import engine, installed
from kartotek.web.page import page
from kartotek.web.visitor import actor


def explained(type_name: str, record_id: int) -> str:
    """`/r/<type>/<id>/access`: of one person all fields, and of one field each step of the decision."""
    visitor, shared = actor(), engine()
    people = sorted((one for one in installed().users.list() if one.active), key=lambda one: one.name.casefold())
    person = _chosen(people, request.args.get("user", ""))
    of = shared.users.actor(person.id)
    if of is None:
        raise NotFound("There is no such user.")
    record_type = shared.catalog().types[type_name]
    field = request.args.get("field", "")
    steps = []
    if field in record_type.by_name:
        steps = [(title, shared.explanations.explain(visitor, Question(of, type_name, record_id, field, action))) for action, title in _asked()]
    return page(
        "explained.html", record_type=record_type, record_id=record_id, people=people, person=person, field=record_type.by_name.get(field),
        title=shared.title(visitor, type_name, [record_id]).get(record_id, ""), steps=steps, words=reason_words, verdicts=verdict_words(),
        fields=shared.explanations.fields(visitor, Question(of, type_name, record_id)),
    )  # fmt: skip


def reason_words(code: str, params: dict[str, str]) -> str:
    """The sentence of a step in the current language."""
    return gettext(REASONS[code]).format_map(params)


def verdict_words() -> dict[str, str]:
    """{verdict: what it comes to}."""
    return {code: gettext(text) for code, text in VERDICTS.items()}


def _asked() -> list[tuple[str, str]]:
    return [("read", gettext("See")), ("write", gettext("Change"))]


def _chosen(people: list[Person], wanted: str) -> Person:
    """The person asked about, else the first there is who is no owner."""
    by_id = {str(one.id): one for one in people}
    return by_id.get(wanted) or next((one for one in people if "owner" not in one.roles), people[0])
