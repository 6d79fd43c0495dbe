"""Uses: every place of a catalog that names fields, types, states or options, each with its sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kartotek.migration.use import Name, Use, reading
from kartotek.migration.uses_of_workflows import workflow_uses
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.naming import row_path


def uses(catalog: Catalog) -> tuple[Use, ...]:
    """All of them, those of a type together in the order of its file."""
    found: list[Use] = []
    for one in catalog.types.values():
        if not one.builtin:
            found += [*_of_fields(one, one.name, one.fields), *_of_lists(one), *_of_rules(one), *workflow_uses(one, catalog)]
    for template in catalog.templates.values():
        found += reading("message", (template.body, template.subject), rule=template.name)
        found.append(Use("message", {"rule": template.name}, types=frozenset({template.record})))
    return (*found, *(Use("menu", {}, types=frozenset(group.types)) for group in catalog.settings.menu))


def _of_fields(record_type: RecordType, owner: str, fields: Sequence[Field]) -> Iterator[Use]:
    for one in fields:
        name = f"{owner}.{one.name}"
        yield from reading("compute", one.compute, name=name)
        yield from _of_rollup(record_type, one, name)
        yield from reading("default", one.default_expr, name=name)
        yield from reading("shown_if", one.show_if, name=name)
        yield from reading("required_if", one.required_if, name=name)
        yield from reading("locked_if", one.read_only_if, name=name)
        if one.reference is not None:
            yield from reading("filter", one.reference.filter, name=name)
            yield Use("reference", {"name": name}, types=frozenset({one.reference.target}))
        if one.fetch_from is not None:
            yield Use("fetched", {"name": name}, frozenset(_copied(owner, fields, one.fetch_from)))
        inside = row_path(owner, one.name)
        if one.row_key:
            yield Use("row_key", {"name": name}, frozenset((inside, key) for key in one.row_key))
        for code, roles in (("readers", one.read), ("writers", one.write)):
            if roles is not None:
                yield Use(code, {"roles": ", ".join(sorted(roles))}, frozenset({(owner, one.name)}))
        yield from _of_fields(record_type, inside, one.fields)


def _of_rollup(record_type: RecordType, field: Field, name: str) -> Iterator[Use]:
    rollup = field.rollup
    if rollup is None:
        return
    inverse = record_type.inverses.get(rollup.source)
    source = inverse.type if inverse is not None else row_path(record_type.name, rollup.source)
    link = (inverse.type, inverse.field) if inverse is not None else (record_type.name, rollup.source)
    named = [link, (source, rollup.field)] if rollup.field else [link]
    yield from reading("rollup", rollup.where, named, name=name)


def _copied(owner: str, fields: Sequence[Field], source: tuple[str, str]) -> Iterator[Name]:
    link, name = source
    yield owner, link
    target = next((one.reference.target for one in fields if one.name == link and one.reference is not None), "")
    if target:
        yield target, name


def _of_lists(one: RecordType) -> Iterator[Use]:
    """Where fields are named to be shown, sought and sorted by."""
    name = one.name
    yield from _named("title", [each.split(".")[0] for each in one.title_template[1::2]], name)
    yield from _named("list", one.list, name)
    yield from _named("search", one.search, name)
    yield from _named("sort", [each.removeprefix("-") for each in one.sort], name)
    for unique in one.unique:
        named = [(name, each) for each in unique.fields]
        yield from reading("unique", unique.where, named, type=name, names=", ".join(unique.fields))
    for names in one.indexes:
        yield Use("index", {"type": name, "names": ", ".join(names)}, frozenset((name, each) for each in names))
    for tab in one.form:
        yield from _named("form", [each for section in tab.sections for each in section.fields], name)
        yield from reading("form_if", (tab.show_if, *(section.show_if for section in tab.sections)), type=name)


def _named(code: str, names: Sequence[str], record_type: str) -> Iterator[Use]:
    if names:
        yield Use(code, {"type": record_type}, frozenset((record_type, one) for one in names))


def _of_rules(one: RecordType) -> Iterator[Use]:
    name = one.name
    for rule in one.validations:
        yield from reading("validation", rule.rule, type=name, rule=rule.name)
        if rule.field:
            yield Use("validation_place", {"type": name, "rule": rule.name}, frozenset({(name, rule.field)}))
    for role, grants in one.permissions.items():
        for action, grant in grants.items():
            if isinstance(grant, Formula):
                yield from reading("permission", grant, role=role, action=action, type=name)
    for each in one.occupancy:
        inside = row_path(name, each.rows)
        named = [(owner, field) for field in (*each.key, each.start, each.end) for owner in (name, inside)]
        yield from reading("occupancy", each, [*named, (name, each.rows)], type=name, rule=each.name)
        yield Use("occupancy", {"type": name, "rule": each.name}, types=frozenset(each.calendars))
    if one.calendar is not None:
        shown = [getattr(one.calendar, key) for key in ("of", "start", "end", "weekday", "opens", "closes", "since", "until")]
        yield from reading("calendar", one.calendar, [(name, each) for each in shown if each], type=name)
    if one.contact is not None:
        named = [(name, each) for each in (*one.contact.addresses.values(), one.contact.language) if each]
        yield from reading("contact", one.contact, named, type=name)
    for form in one.public_forms.values():
        yield from reading("public_form", form, [(name, each) for each in (*form.fields, *form.values)], type=name, rule=form.name)
    yield from reading("frozen", one.frozen_when, type=name)
