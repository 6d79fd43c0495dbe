"""x-record.calendar and contact: which fields say when somebody is there, and how messages reach him."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.formulas import Formulas, type_of
from kartotek.declaration.shown import find_field
from kartotek.declaration.suggest import listed
from kartotek.formula.types import BOOL, STRING
from kartotek.model.catalog import RecordType
from kartotek.model.process import Calendar, Contact

_KEY = "calendar"
_WANTED: Mapping[str, tuple[frozenset[str], str]] = MappingProxyType(
    {
        "of": (frozenset({"reference", "references", "user"}), "a link to whom the calendar is about"),
        "start": (frozenset({"instant", "date"}), "a date or an instant"),
        "end": (frozenset({"instant", "date"}), "a date or an instant"),
        "weekday": (frozenset({"integer", "rating", "choice", "choices"}), "a whole number or a choice from 1 to 7"),
        "opens": (frozenset({"time"}), "a time"),
        "closes": (frozenset({"time"}), "a time"),
        "since": (frozenset({"date"}), "a date"),
        "until": (frozenset({"date"}), "a date"),
    }
)
_WEEKLY = ("weekday", "opens", "closes")
_DAYS = frozenset("1234567")
_RESERVED = frozenset({"language", "consent"})


def calendar_of(formulas: Formulas, record_type: RecordType) -> Calendar | None:
    """The calendar, or None and problems; None too where none is declared."""
    draft = formulas.draft
    declared: Mapping[str, Any] | None = draft.own.get(_KEY)
    if declared is None:
        return None
    path: Path = ("x-record", _KEY)
    before = len(draft.problems.found)
    for key, (kinds, words) in _WANTED.items():
        if key in declared:
            field = find_field(draft, (*path, key), declared[key], record_type.by_name)
            if field and (field.kind not in kinds or field.is_live):
                draft.problems.error((*path, key), "calendar", f"'{field.name}' is not {words} that is stored.")
    _check_days(formulas, record_type, declared)
    _check_complete(formulas, path, declared)
    names = {name: one for name, one in formulas.about().items() if name in ("record", "meta")}
    where = formulas.check((*path, "where"), names, BOOL)
    if len(draft.problems.found) > before:
        return None
    texts = {key: declared.get(key, "") for key in _WANTED}
    return Calendar(closed=declared.get("closed", False), where=where, **texts)


def _check_days(formulas: Formulas, record_type: RecordType, declared: Mapping[str, Any]) -> None:
    field = record_type.by_name.get(declared.get("weekday", ""))
    if field and field.kind in ("choice", "choices") and {str(one.value) for one in field.options} - _DAYS:
        sentence = f"The values of '{field.name}' must be 1 (Monday) to 7 (Sunday)."
        formulas.draft.problems.error(("x-record", _KEY, "weekday"), "calendar", sentence)


def _check_complete(formulas: Formulas, path: Path, declared: Mapping[str, Any]) -> None:
    spans, weekly = [key for key in ("start", "end") if key in declared], [key for key in _WEEKLY if key in declared]
    if len(spans) == 2 and not weekly and not {"since", "until"} & declared.keys():
        return
    if len(weekly) == len(_WEEKLY) and not spans:
        return
    sentence = "Name either 'start' and 'end', or 'weekday', 'opens' and 'closes' (and perhaps 'since' and 'until')."
    formulas.draft.problems.error_at_key(path, "calendar", sentence)


def contact_of(formulas: Formulas, record_type: RecordType) -> Contact | None:
    """How messages reach records of the type; None where nothing is declared."""
    draft = formulas.draft
    declared: Mapping[str, str] | None = draft.own.get("contact")
    if declared is None:
        return None
    path: Path = ("x-record", "contact")
    for key, name in declared.items():
        field = find_field(draft, (*path, key), name, record_type.by_name) if key != "consent" else None
        if field and (type_of(field).name != "string" or field.write_only):
            sentence = f"'{field.name}' is not a text that can be read, such as {listed(['a phone number', 'a mail address'])}."
            draft.problems.error((*path, key), "contact", sentence)
    names = {name: one for name, one in formulas.about().items() if name != "user"}
    consent = formulas.check((*path, "consent"), {**names, "channel": STRING, "purpose": STRING}, BOOL)
    addresses = {key: name for key, name in declared.items() if key not in _RESERVED}
    return Contact(addresses=MappingProxyType(addresses), language=declared.get("language", ""), consent=consent)
