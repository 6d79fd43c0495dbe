"""x-record.subject and retention: whom records are about, and how long they are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.draft import Draft
from kartotek.declaration.formulas import Formulas
from kartotek.declaration.shown import find_field
from kartotek.declaration.texts import plain_text
from kartotek.formula.types import BOOL
from kartotek.model.catalog import RecordType
from kartotek.model.people import Retention, Span
from kartotek.model.settings import Texts

_SUBJECT: Path = ("x-record", "subject")
_RETENTION: Path = ("x-record", "retention")
_MEASURES = re.compile(r"([0-9]+)([YMD])")


def subject_of(formulas: Formulas, record_type: RecordType) -> str | None:
    """"" for a type that is a person, the link that leads to one, or None."""
    declared = formulas.draft.own.get("subject")
    if declared is None or declared is True:
        return "" if declared else None
    field = find_field(formulas.draft, _SUBJECT, declared, record_type.by_name)
    if field is not None and field.kind != "reference":
        sentence = f"'{field.name}' is not a link to one record, so it leads to nobody."
        formulas.draft.problems.error(_SUBJECT, "subject", sentence)
        return None
    return declared if field is not None else None


def retention_of(formulas: Formulas, record_type: RecordType) -> Retention | None:
    """How long records are kept, or None."""
    draft = formulas.draft
    declared: Mapping[str, Any] | None = draft.own.get("retention")
    if declared is None:
        return None
    since = declared.get("from", "")
    field = find_field(draft, (*_RETENTION, "from"), since, record_type.by_name) if since else None
    if field is not None and (field.kind not in ("date", "instant") or field.is_live):
        draft.problems.error((*_RETENTION, "from"), "retention", f"'{field.name}' is not a date or an instant that is stored.")
    if "from" in declared and "after" not in declared:
        draft.problems.error((*_RETENTION, "from"), "retention", "'from' says nothing without 'after'.")
    elif record_type.subject is None and "after" not in declared:
        sentence = "These records are about nobody ('subject'), so they end with time alone: say 'after' how long."
        draft.problems.error_at_key(_RETENTION, "retention", sentence)
    names = {name: one for name, one in formulas.about().items() if name != "user"}
    return Retention(
        fate=declared.get("do", "erase"), after=_span(declared["after"]) if "after" in declared else None, since=since,
        keep=formulas.check((*_RETENTION, "keep"), names, BOOL), reasons=_texts(draft, declared.get("reason")),
    )


def check_subjects(drafts: Mapping[str, Draft], types: Mapping[str, RecordType]) -> None:
    """Every link that is said to lead to a person does so in the end."""
    for name, draft in drafts.items():
        one = types[name]
        if not one.subject:
            continue
        seen, at = {name}, one
        while at.subject:
            reference = at.by_name[at.subject].reference if at.subject in at.by_name else None
            following = types.get(reference.target) if reference is not None else None
            if following is None or following.name in seen:
                sentence = "This leads back to where it began, and to nobody." if following is not None else ""
                if sentence:
                    draft.problems.error(_SUBJECT, "subject", sentence)
                break
            seen.add(following.name)
            at = following
        if at.subject is None and not (at.name in drafts and "subject" in drafts[at.name].own):
            sentence = f"This leads to '{at.name}', which is no person. Say \"subject\": true there, or where it leads to."
            draft.problems.error(_SUBJECT, "subject", sentence)


def _span(written: str) -> Span:
    found = {unit: int(count) for count, unit in _MEASURES.findall(written)}
    return Span(found.get("Y", 0), found.get("M", 0), found.get("D", 0))


def _texts(draft: Draft, declared: Any) -> Texts:
    if declared is None:
        return {}
    languages = draft.site.languages
    return {languages[0]: plain_text(declared, languages)} | dict(declared if isinstance(declared, dict) else {})
