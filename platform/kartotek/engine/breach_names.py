"""Breach names: what may be broken, as far as an actor may know of it, in words and as a condition of lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kartotek.engine.aliases import called
from kartotek.engine.asking import unknown_field
from kartotek.engine.compiled import CompiledType
from kartotek.engine.moment import Moment
from kartotek.formula.scope import row_path
from kartotek.model.catalog import RecordType, Validation
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.problem import Problem
from kartotek.model.record import Record
from kartotek.model.view import Rules, View
from kartotek.rules.breaches import WHOLE
from kartotek.rules.decide import allows
from kartotek.rules.setting import Setting
from kartotek.storage.breaches import named
from kartotek.storage.select import ALIAS
from kartotek.storage.sql_text import SqlText

NOBODY: Rules = ()


def readers(seen: View, declared: RecordType, name: str) -> Rules:
    """Whether the reader may know who breaks this: True, or the formulas of which one must hold for the record; () is never.

    What a rule says tells of all that it looks at, so all of that has to be his to read.
    """
    fields = seen.of(declared.name).fields
    found = place_of(declared, name)
    if found is not None:
        hidden = len(found) > 1 and seen.of(declared.name).inner.get((found[0].name, found[1].name), True) is not True
        return NOBODY if hidden else fields.get(found[0].name, NOBODY)
    rule = rule_of(declared, name)
    if rule is not None:
        return True if all(_shown(seen, *pair) for pair in rule.rule.fields) and _field_shown(seen, declared, rule) else NOBODY
    # What is wrong with a foreign record as a whole, or with a property that its schema does not declare.
    return True if declared.foreign and all(fields.get(one.name) is True for one in declared.fields) else NOBODY


def place_of(declared: RecordType, name: str) -> tuple[Field, ...] | None:
    """The field that a name means, with the member of it where it means one."""
    if name in declared.by_name:
        return (declared.by_name[name],)
    for one in () if declared.foreign else declared.fields:
        inner = next((each for each in one.fields if name in _below(one, each)), None)
        if inner is not None:
            return one, inner
    return None


def rule_of(declared: RecordType, name: str) -> Validation | None:
    """The rule over the record that a name means."""
    return next((one for one in declared.validations if one.name == name), None)


def label(declared: RecordType, name: str, language: str) -> str:
    """What is broken, in the reader's words."""
    found, rule = place_of(declared, name), rule_of(declared, name)
    if found is not None:
        return " › ".join(one.label(language) for one in found)
    return rule.sentence(language) if rule is not None else declared.label(language) if name == WHOLE else name


def known(moment: Moment, declared: RecordType) -> list[str]:
    """The names that some record may break and that the reader may know of, in the order of the declaration."""
    names = moment.compiled.catalog.ratcheted.get(declared.name, frozenset())
    if declared.foreign:
        names = frozenset([WHOLE, *declared.by_name]) if names else names
    return [one for one in _ordered(declared, names) if readers(moment.view, declared, one)]


def condition(moment: Moment, compiled: CompiledType, names: Sequence[str]) -> SqlText:
    """That a record breaks one of the names, as far as the reader may know. Raises Malformed, alike for hidden and unknown ones."""
    declared = compiled.type
    if WHOLE in names and declared.foreign and readers(moment.view, declared, WHOLE):
        return named(None, declared.name, f'{ALIAS}."id"')
    wanted = known(moment, declared) if WHOLE in names else list(names)
    parts: list[SqlText] = []
    open_to_all: list[str] = []
    for one in wanted:
        one = called(declared, moment.view.of(declared.name), one)
        rules = readers(moment.view, declared, one)
        if not rules:
            raise unknown_field(one, "broken")
        if isinstance(rules, bool):
            open_to_all.append(one)
        else:
            parts.append(_part(moment, declared.name, one, rules))
    parts += [named(open_to_all, declared.name, f'{ALIAS}."id"')] if open_to_all else []
    joined = " OR ".join(one.text for one in parts)
    return SqlText(f"({joined})", tuple(each for one in parts for each in one.params)) if parts else SqlText("1 = 0", ())


def shown(moment: Moment, record: Record, found: Mapping[str, Problem], setting: Setting) -> dict[str, Problem]:
    """What an actor is told of what a record that he can read goes on to break."""
    compiled = moment.compiled.type(record.type)
    return {
        name: one for name, one in found.items()
        if allows(compiled.rules, readers(moment.view, compiled.type, name), (record, None), setting)
    }


def _part(moment: Moment, record_type: str, name: str, rules: Sequence[Formula]) -> SqlText:
    found = named([name], record_type, f'{ALIAS}."id"')
    texts = [moment.compiled.declared_sql(formula, record_type) for formula in rules]
    allowed = " OR ".join(f"({one.text})" for one in texts)
    return SqlText(f"({found.text} AND ({allowed}))", (*found.params, *(param for one in texts for param in one.params)))


def _below(outer: Field, inner: Field) -> Iterator[str]:
    yield f"{outer.name}.{inner.name}"
    yield from (f"{outer.name}.{inner.name}.{one.name}" for one in inner.fields)


def _ordered(declared: RecordType, names: frozenset[str]) -> list[str]:
    places = {one.name: index for index, one in enumerate(declared.fields)}

    def order(name: str) -> tuple[int, str]:
        found = place_of(declared, name)
        return (places[found[0].name] if found else len(places), name)

    return sorted(names, key=order)


def _shown(seen: View, holder: str, name: str) -> bool:
    record_type = holder.split(".")[0].split("[")[0]
    view = seen.of(record_type)
    if holder == record_type:
        return view.fields.get(name) is True
    return all(rules is True for (outer, inner), rules in view.inner.items() if inner == name and row_path(record_type, outer) == holder)


def _field_shown(seen: View, declared: RecordType, rule: Validation) -> bool:
    return not rule.field or seen.of(declared.name).fields.get(rule.field) is True
