"""Related: the records that refer to a record, as short tables on its page, and as what its deletion would touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from kartotek.engine.sight import Sight
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.conditions import RESERVED, written_name
from kartotek.model.field import Field
from kartotek.model.query import Condition, Page
from kartotek.web.current import engine
from kartotek.web.layout import list_columns
from kartotek.web.shown import text_of

_SHOWN = 6
_COLUMNS = 3
_NAMED = 5
_WHEN = frozenset({"instant", "date"})


@dataclass(frozen=True, slots=True)
class Related:
    """Records of `type` whose `field` refers to the one that is shown; `by` names the field where the type alone does not."""

    id: str
    type: RecordType
    field: Field
    title: str
    by: str
    sight: Sight
    columns: Sequence[Field]
    page: Page
    all: str
    new: str


@dataclass(frozen=True, slots=True)
class Touched:
    """What a deletion does to records that refer to it: "restrict" keeps it from happening, "cascade" takes them along."""

    title: str
    on_delete: str
    names: Sequence[str]
    more: bool


def related(visitor: Actor, record_type: RecordType, record_id: int) -> list[Related]:
    """What refers to the record, as far as the visitor may read it; what is empty comes last."""
    found = [_related(visitor, record_type, record_id, one) for one in engine().inverses(visitor, record_type.name, record_id, limit=_SHOWN)]
    return sorted(found, key=lambda one: not one.page.items)


def touched(visitor: Actor, record_type: RecordType, record_id: int) -> list[Touched]:
    """What deleting the record would touch of what the visitor may read. The engine decides again, over everything."""
    types, found = engine().catalog().types, []
    for one in engine().inverses(visitor, record_type.name, record_id, limit=_NAMED):
        reference = types[one["type"]].by_name[one["field"]].reference
        if reference is not None and one["page"].items:
            names = [item["title"] for item in one["page"].items]
            found.append(Touched(one["title"], reference.on_delete, names, bool(one["page"].next)))
    return found


def _related(visitor: Actor, record_type: RecordType, record_id: int, one: Mapping[str, Any]) -> Related:
    target = engine().catalog().types[one["type"]]
    field, sight, language = target.by_name[one["field"]], engine().sight(visitor, target.name), visitor.language
    label = field.label(language)
    wanted = Condition((field.name,), "contains" if field.kind == "references" else "eq", str(record_id))
    return Related(
        id=f"related-{one['type']}-{one['name']}", type=target, field=field, title=one["title"],
        by="" if label == record_type.label(language) else label, sight=sight, columns=_columns(sight, field, one["page"], language),
        page=one["page"], all=f"/r/{target.name}/?{urlencode({written_name(wanted, RESERVED): record_id})}",
        new=f"/r/{target.name}/new?{urlencode({field.name: record_id})}",
    )  # fmt: skip


def _columns(sight: Sight, field: Field, page: Page, language: str) -> list[Field]:
    """The first columns of the list that say something the titles do not, when first; the state has a place of its own."""
    listed = list_columns(sight.type, [one for one in sight.seen if one.name != field.name and not one.is_state])
    telling = [one for one in listed if _says_more(one, page, language)]
    return sorted(telling, key=lambda one: one.kind not in _WHEN)[:_COLUMNS]


def _says_more(field: Field, page: Page, language: str) -> bool:
    told = [
        (item.get("masked", {}).get(field.name) or text_of(field, item["fields"].get(field.name), language), item["title"])
        for item in page.items if field.reference is None
    ]
    return field.reference is not None or any(text and text not in title for text, title in told)
