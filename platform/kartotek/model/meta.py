"""Meta: what the system keeps of every record beside its fields, in the shape of fields, so that lists can show and ask it."""

from __future__ import annotations

from types import MappingProxyType

from kartotek.model.catalog import RecordType
from kartotek.model.field import Field, Option, Reference
from kartotek.model.workflow import State

_USER = "user"


def meta_fields(record_type: RecordType, timezone: str) -> tuple[Field, ...]:
    """The system's values by the names that formulas know below `meta`; `state` only where there is a workflow."""
    states = () if record_type.workflow is None else tuple(record_type.workflow.states.values())
    zone = MappingProxyType({"timezone": timezone})
    return (
        *((_field("state", "choice", "State", "状态", options=tuple(map(_option, states))),) if states else ()),
        _field("id", "integer", "Number in the system", "系统编号"),
        _field("version", "integer", "Version", "版本"),
        _field("created_at", "instant", "Created", "创建时间", settings=zone),
        _field("created_by", "user", "Created by", "创建人", reference=Reference(_USER)),
        _field("updated_at", "instant", "Changed", "修改时间", settings=zone),
        _field("updated_by", "user", "Changed by", "修改人", reference=Reference(_USER)),
    )


def _field(name: str, kind: str, title: str, chinese: str, **more: object) -> Field:
    labels = MappingProxyType({"zh": MappingProxyType({"title": chinese})})
    return Field(name=name, kind=kind, column="", title=title, labels=labels, read_only=True, **more)  # type: ignore[arg-type]


def _option(state: State) -> Option:
    return Option(state.name, state.label(""), state.titles, color=state.color)
