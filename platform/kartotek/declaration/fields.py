"""Schema fragments → Fields, each through the kind that claims it; formulas come later, when all types are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from kartotek.declaration.document import Path
from kartotek.declaration.draft import Draft
from kartotek.declaration.fit import check_fit, is_derived
from kartotek.declaration.levels import access_of, mask_of
from kartotek.declaration.options import options_of
from kartotek.declaration.problems import parts
from kartotek.declaration.suggest import did_you_mean, listed
from kartotek.declaration.texts import labels_of, plain_text
from kartotek.kinds.kind import Kind, Refused
from kartotek.kinds.registry import claim
from kartotek.model.field import Field, Reference, Rollup
from kartotek.model.frozen import EMPTY
from kartotek.model.missing import MISSING
from kartotek.model.naming import column_name

Within = Literal["record", "rows", "object"]


def fields_of(draft: Draft) -> tuple[Field, ...]:
    """The fields of a type in their order; of one that cannot be built only the problems."""
    declared = draft.declared
    fields = _members(draft, ("properties",), declared["properties"], "record", prefix="")
    return _with_required(draft, (), fields, required=declared.get("required", ()), known=draft.names)


def _members(
    draft: Draft, path: Path, properties: Mapping[str, Any], within: Within, *, prefix: str
) -> tuple[Field, ...]:
    fields: list[Field] = []
    taken: set[str] = set()
    for name, fragment in properties.items():
        column = column_name(prefix + name, taken)
        taken.add(column)
        field = _field(draft, (*path, name), fragment, within, column=column)
        if field is None:
            draft.doubtful.add(name)
        else:
            fields.append(field)
    return tuple(fields)


def _field(draft: Draft, path: Path, fragment: Mapping[str, Any], within: Within, *, column: str) -> Field | None:
    kind = None if _is_untyped(fragment) else claim(fragment)
    if kind is None:
        draft.problems.error_at_key(path, "kind", _unclaimed(fragment))
        return None
    before = len(draft.problems.found)
    check_fit(draft.problems, path, fragment, kind, within=within)
    settings = _settings(draft, path, fragment, kind)
    field = _declared(draft, path, fragment, kind, column=column)
    if settings is None or len(draft.problems.found) > before:
        return None
    field = replace(field, settings=settings)
    field = replace(field, fields=_inner(draft, path, fragment, kind, column=column))
    return _with_default(draft, path, field, kind)


def _declared(draft: Draft, path: Path, fragment: Mapping[str, Any], kind: Kind, *, column: str) -> Field:
    own = fragment.get("x-field", EMPTY)
    languages = draft.site.languages
    is_derived = "compute" in own or "rollup" in own or "autoNumber" in own
    return Field(
        name=str(path[-1]),
        kind=kind.name,
        column=column,
        title=plain_text(fragment.get("title", path[-1]), languages),
        description=plain_text(fragment.get("description"), languages),
        placeholder=_placeholder(fragment),
        labels=labels_of(fragment),
        nullable=_is_nullable(fragment),
        read_only=is_derived or fragment.get("readOnly", False),
        write_only=fragment.get("writeOnly", False),
        deprecated=fragment.get("deprecated", False),
        aliases=tuple(own.get("aliases", ())),
        options=options_of(draft.problems, path, fragment, languages),
        unique=own.get("unique", False),
        index=own.get("index", False),
        row_key=tuple(own.get("rowKey", ())),
        reference=_reference(own),
        stored="compute" in own and own.get("stored", False),
        rollup=_rollup(own),
        fetch_from=_fetch_from(own),
        read=_roles(draft, (*path, "x-field", "read"), own.get("read")),
        write=_roles(draft, (*path, "x-field", "write"), own.get("write")),
        access=access_of(draft, (*path, "x-field", "access"), own.get("access", EMPTY)),
        mask=mask_of(draft, (*path, "x-field", "mask"), own, kind.name),
        declassify=own.get("declassify", False),
        personal=own.get("personal", False),
        encrypt=bool(own.get("encrypt", False)),
        blind=isinstance(own.get("encrypt"), dict) and own["encrypt"].get("index", False),
        sensitive=bool(own.get("sensitive") or own.get("encrypt")),
        account=own.get("account", False),
        widget=own.get("widget", ""),
        fragment=fragment,
        place=draft.problems.document.key_place(path),
    )


def _settings(draft: Draft, path: Path, fragment: Mapping[str, Any], kind: Kind) -> Mapping[str, Any] | None:
    try:
        return kind.settings(fragment, draft.site)
    except Refused as refused:
        for problem in refused.problems:
            draft.problems.error((*path, *parts(problem.path)), problem.code, problem.message)
        return None


def _inner(draft: Draft, path: Path, fragment: Mapping[str, Any], kind: Kind, *, column: str) -> tuple[Field, ...]:
    """The columns of a table inside the record, or the members of a small object."""
    if kind.name == "rows":
        inner, here, prefix = fragment["items"], (*path, "items"), ""
    elif kind.name == "object":
        inner, here, prefix = fragment, path, f"{column}_"
    else:
        return ()
    within: Within = "rows" if kind.name == "rows" else "object"
    declared = inner.get("properties", EMPTY)
    fields = _members(draft, (*here, "properties"), declared, within, prefix=prefix)
    for index, name in enumerate(fragment.get("x-field", EMPTY).get("rowKey", ())):
        if name not in declared:
            sentence = f"The table has no column '{name}'.{did_you_mean(name, declared)}"
            draft.problems.error((*path, "x-field", "rowKey", index), "unknown_field", sentence)
    return _with_required(draft, here, fields, required=inner.get("required", ()), known=declared)


def _with_required(
    draft: Draft, path: Path, fields: tuple[Field, ...], *, required: Iterable[str], known: Iterable[str]
) -> tuple[Field, ...]:
    names = list(required)
    for index, name in enumerate(names):
        if name not in known:
            hint = did_you_mean(name, dict.fromkeys(known) | {one.name: one for one in fields})
            sentence = f"There is no field '{name}'.{hint}"
            draft.problems.error((*path, "required", index), "unknown_field", sentence)
    for field in fields:
        if field.name in names and is_derived(field.fragment):
            sentence = f"'{field.name}' is computed, so nobody can be asked for it. Take it out of required."
            draft.problems.error((*path, "required", names.index(field.name)), "required", sentence)
    return tuple(replace(field, required=field.name in names) for field in fields)


def _with_default(draft: Draft, path: Path, field: Field, kind: Kind) -> Field | None:
    default = field.fragment.get("default", MISSING)
    if default is MISSING:
        return field
    here = (*path, "default")
    before = len(draft.problems.found)
    if is_derived(field.fragment) or "defaultExpr" in field.fragment.get("x-field", EMPTY):
        draft.problems.error(here, "default", "The value is computed, so a default would never be used.")
    elif default is None and not field.nullable:
        draft.problems.error(
            here, "default", 'null is not accepted here unless the type is ["…", "null"]. Leave default out.'
        )
    elif default is not None:
        _check_default(draft, here, field, kind)
    return replace(field, default=default) if len(draft.problems.found) == before else None


def _check_default(draft: Draft, path: Path, field: Field, kind: Kind) -> None:
    try:
        kind.parse(field)(field.fragment["default"])
    except Refused as refused:
        for problem in refused.problems:
            sentence = f"The default would be refused: {problem.message}"
            draft.problems.error((*path, *parts(problem.path)), "default", sentence)


def _is_nullable(fragment: Mapping[str, Any]) -> bool:
    named = fragment.get("type", "")
    return (isinstance(named, list) and "null" in named) or None in fragment.get("enum", ())


def _placeholder(fragment: Mapping[str, Any]) -> str:
    examples = fragment.get("examples", ())
    return str(examples[0]) if examples and isinstance(examples[0], str | int | float) else ""


def _reference(own: Mapping[str, Any]) -> Reference | None:
    if "references" not in own:
        return None
    return Reference(own["references"], own.get("onDelete", "restrict"), own.get("inverse", ""))


def _rollup(own: Mapping[str, Any]) -> Rollup | None:
    declared = own.get("rollup")
    return Rollup(declared["from"], declared["fn"], declared.get("field", "")) if declared else None


def _fetch_from(own: Mapping[str, Any]) -> tuple[str, str] | None:
    if "fetchFrom" not in own:
        return None
    link, name = own["fetchFrom"].split(".", 1)
    return link, name


def _roles(draft: Draft, path: Path, names: list[str] | None) -> frozenset[str] | None:
    for index, name in enumerate(names or ()):
        if name not in draft.site.role_names:
            known = draft.site.role_names
            sentence = f"There is no role '{name}' in site.yaml.{did_you_mean(name, known)}"
            draft.problems.error((*path, index), "unknown_role", sentence)
    return None if names is None else frozenset(names)


def _is_untyped(fragment: Mapping[str, Any]) -> bool:
    """A field of ours has one type; what may be anything is written as an object or array."""
    named = fragment.get("type", ())
    types = [named] if isinstance(named, str) else [one for one in named if one != "null"]
    return len(types) > 1 or not (types or {"oneOf", "enum"} & fragment.keys())


def _unclaimed(fragment: Mapping[str, Any]) -> str:
    if isinstance(fragment.get("type"), list):
        return "A field has one type, and perhaps 'null' beside it."
    if "type" not in fragment:
        types = listed(["string", "integer", "number", "boolean", "array", "object"])
        return f"A field needs a type ({types}), or the options of a choice under oneOf."
    return "There is no kind of field for this type together with its other keys."
