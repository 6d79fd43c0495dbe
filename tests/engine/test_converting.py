"""Records as they will be under another catalog: top level, in rows and objects, and what no column holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from conversion_scenes import BIG, SCENES
from kind_samples import SAMPLES, Sample
from two_catalogs import catalog_of, change_of, documents, group, rows, text, was, whole

from kartotek.engine.change import CatalogChange
from kartotek.engine.codec import Codec
from kartotek.engine.converted import Converted
from kartotek.engine.converting import Converter, converters
from kartotek.engine.stored_wires import taker
from kartotek.kinds.conversion import conversion
from kartotek.kinds.equality import canonical
from kartotek.kinds.kind import Refused
from kartotek.kinds.registry import kind_of
from kartotek.kinds.unlimited import unlimited
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.record import Record
from kartotek.storage.layout import layout_of
from kartotek.storage.stored import Stored, StoredRow

Fields = Mapping[str, Any]


def changed(old: Fields, new: Fields, options: Fields | None = None, **types: Fields) -> CatalogChange:
    before, after = (catalog_of(documents(item=one, **types)) for one in (old, new))
    return change_of(before, after, options or {})


def stored_of(record_type: RecordType, wire: Fields) -> Stored:
    """A record as the codec keeps it; rows get ids."""
    values = {
        one.name: None if wire[one.name] is None else kind_of(one).parse(unlimited(one))(wire[one.name])
        for one in record_type.fields if one.name in wire
    }
    found = Codec(record_type).stored(Record(type=record_type.name, id=7, values=values))
    numbered = {name: tuple(replace(row, id=at + 1) for at, row in enumerate(each)) for name, each in found.rows.items()}
    return replace(found, id=7, rows=numbered)


def after(change: CatalogChange, stored: Stored, converter: Converter) -> tuple[Stored, Converted]:
    """The record as it stands once places were moved as the lineage says and the converter's were filled."""
    out = converter(stored)
    old, new = change.current.catalog.types["item"], change.wanted.types["item"]
    paths = {one.path: one.name for one in layout_of(old).columns}
    columns = {
        one.name: stored.columns[paths[was]] for one in layout_of(new).columns
        if one.name not in converter.columns and (was := change.lineage.former("item", one.path)) in paths
        and paths[was] in stored.columns
    }
    found = replace(stored, columns=columns | out.columns, rest=out.rest, links=_links(change, stored, out), rows={})
    return replace(found, rows=_rows(change, stored, converter, out)), out


def _links(change: CatalogChange, stored: Stored, out: Converted) -> dict[str, tuple[int, ...]]:
    names = {one.name: change.lineage.former("item", (one.name,)) for one in change.wanted.types["item"].fields}
    kept = {name: stored.links[was[0]] for name, was in names.items() if was and was[0] in stored.links}
    return kept | out.links


def _rows(change: CatalogChange, stored: Stored, converter: Converter, out: Converted) -> dict[str, tuple[StoredRow, ...]]:
    found = {name: each for name, each in out.rows.items() if name in converter.tables}
    old, new = (layout_of(one).rows for one in (change.current.catalog.types["item"], change.wanted.types["item"]))
    for name, part in new.items():
        was = change.lineage.former("item", (name,))
        if name in converter.tables or not was or was[0] not in stored.rows or was[0] not in old:
            continue
        paths = {one.path: one.name for one in old[was[0]].columns}
        fills, filled = converter.parts.get(name, ()), {row.id: row for row in out.rows.get(name, ())}
        found[name] = tuple(
            StoredRow(row.id, {
                one.name: row.columns[paths[former[1:]]] for one in part.columns
                if one.name not in fills and (former := change.lineage.former("item", (name, *one.path)))
                and paths.get(former[1:]) in row.columns
            } | (filled[row.id].columns if row.id in filled else {}), out.row_rest.get(name, {}).get(row.id or 0, row.rest))
            for row in stored.rows[was[0]]
        )
    return found


def wire_of(record_type: RecordType, stored: Stored) -> dict[str, Any]:
    """All that is there, read by the new declaration, and by its codec just so."""
    found = {one.name: wire for one in record_type.fields if (wire := taker(one)(stored)) is not MISSING}
    codec = Codec(replace(record_type, fields=tuple(unlimited(one) for one in record_type.fields)))
    assert canonical(codec.wire(codec.record(stored).values)) == canonical(found)
    return found


def gone_over(old: Fields, new: Fields, wire: Fields, options: Fields | None = None, **types: Fields) -> tuple[dict[str, Any], Converted]:
    """(what the record has afterwards, what the converter said)."""
    change = changed(old, new, options, **types)
    converter = converters(change)["item"]
    stored, out = after(change, stored_of(change.current.catalog.types["item"], wire), converter)
    return wire_of(change.wanted.types["item"], stored), out


@pytest.mark.parametrize(("old", "new", "wire", "expected"), [one[1:] for one in SCENES], ids=[one[0] for one in SCENES])
def test_what_a_record_has_afterwards(old: Fields, new: Fields, wire: Fields, expected: Fields) -> None:
    found, out = gone_over(old, new, wire, thing={"name": text()})
    assert canonical(found) == canonical(expected)
    assert out.refused == []


def test_what_cannot_go_is_told_and_leaves_its_place_empty() -> None:
    old = {"a": text(), "l": rows(n=text(), t=text()), "o": group(n=text(), t=text()), "k": text()}
    new = {"b": was("a", whole()), "l": rows(n=whole(), t=text()), "o": group(n=whole(), t=text()), "k": text()}
    wire = {"a": "x", "l": [{"n": "1"}, {"n": "y", "t": "z"}], "o": {"n": "w", "t": "v"}, "k": "k"}
    found, out = gone_over(old, new, wire)
    assert found == {"l": [{"n": 1}, {"t": "z"}], "o": {"t": "v"}, "k": "k"}
    assert [(one.path, one.row, one.wire, one.problem.code) for one in out.refused] == [
        (("b",), 0, "x", "type"), (("l", "n"), 2, "y", "type"), (("o", "n"), 0, "w", "type"),
    ]
    assert out.left == {} and not out.changes_rest


def test_what_no_column_held_and_does_not_go_on_is_left_for_keeping() -> None:
    old = {"a": whole(), "g": whole(), "l": rows(n=whole(), m=whole(), t=text()), "o": group(n=whole(), m=whole(), t=text())}
    new = {"a": text(format="phone"), "l": rows(m=text(format="phone"), t=text()), "o": group(m=text(format="phone"), t=text())}
    wire = {"a": BIG, "g": BIG, "l": [{"n": BIG, "m": BIG, "t": "x"}], "o": {"n": 1, "m": BIG, "t": "x"}}
    found, out = gone_over(old, new, wire)
    assert found == {"l": [{"t": "x"}], "o": {"t": "x"}}
    assert out.left == {(0, "a"): BIG, (0, "g"): BIG, (1, "l.n"): BIG, (1, "l.m"): BIG, (0, "o.n"): 1, (0, "o.m"): BIG}
    assert out.changes_rest


def test_answers_say_what_becomes_of_values_without_an_option() -> None:
    old = {"a": {"enum": ["x", "y", "z"]}, "n": {"enum": [1, 2]}, "m": {"type": "array", "items": {"enum": ["p", "q", "r"]}},
           "l": rows(a={"enum": ["x", "y"]})}
    new = {"a": {"enum": ["x", "w"]}, "n": {"enum": [2, 3]}, "m": {"type": "array", "items": {"enum": ["q", "s"]}},
           "l": rows(a={"enum": ["y"]})}
    said = {"item.a": {"y": "w", "z": None}, "item.n": {"1": "3"}, "item.m": {"p": "q", "r": None}, "item.l.a": {"x": "y"}}
    wire = {"a": "y", "n": 1, "m": ["p", "q", "r", "p"], "l": [{"a": "x"}]}
    found, out = gone_over(old, new, wire, said)
    assert found == {"a": "w", "n": 3, "m": ["q"], "l": [{"a": "y"}]} and out.refused == []
    assert gone_over(old, new, {"a": "z", "m": ["r"]}, said)[0] == {}
    assert gone_over(old, new, {"a": "x", "m": ["q"]}, said)[0] == {"a": "x", "m": ["q"]}


def test_an_answer_that_is_no_option_is_none() -> None:
    old, new = {"a": {"enum": ["x", "y"]}}, {"a": {"enum": ["x"]}}
    assert converters(changed(old, new, {"item.a": {"y": "nowhere"}})) == {}


def test_an_answer_also_says_how_text_becomes_a_choice() -> None:
    old, new = {"a": text()}, {"a": {"enum": ["vip", "plain"]}}
    found, out = gone_over(old, new, {"a": "V.I.P."}, {"item.a": {"V.I.P.": "vip"}})
    assert (found, out.refused) == ({"a": "vip"}, [])
    assert [one.wire for one in gone_over(old, new, {"a": "gold"}, {"item.a": {"V.I.P.": "vip"}})[1].refused] == ["gold"]


def test_a_converter_says_what_it_reads_and_fills() -> None:
    old = {"a": whole(), "k": text(), "l": rows(n=whole(), t=text()), "o": group(n=whole(), t=text()), "s": text(), "r": text()}
    new = {"b": was("a", text()), "k": text(), "l": rows(n=text(), t=text()), "o": group(n=text(), t=text()), "s": rows(s=text()), "q": was("r", text())}
    found = converters(changed(old, new))["item"]
    assert found.reads == {"a", "l", "o", "s", "r"}
    assert (found.columns, found.tables, found.only_rest) == (("b", "o_n"), ("s",), False)
    assert found.parts == {"l": ("n",)}
    assert found.paths == (("b",), ("l", "n"), ("o", "n"), ("s",))


def test_only_types_that_change_have_a_converter() -> None:
    item, thing = {"a": whole()}, {"a": text()}
    assert converters(changed(item, {"a": whole(maximum=7)}, thing=thing)) == {}
    renamed = converters(changed(item, {"b": was("a", whole())}, thing=thing))
    assert set(renamed) == {"item"} and renamed["item"].only_rest


def test_a_renamed_type_and_its_references_go_on() -> None:
    before = catalog_of(documents(item={"a": whole(**{"x-field": {"references": "thing"}})}, thing={"n": text()}))
    many = {"type": "array", "items": whole(), "x-field": {"references": "part"}}
    after_it = catalog_of(documents(item={"a": many}, part={"n": text(), "x-record": {"aliases": ["thing"]}}))
    found = converters(change_of(before, after_it))
    assert set(found) == {"item"}
    assert found["item"](Stored(columns={"a": 5})).links == {"a": (5,)}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_every_kind_goes_over_like_its_wire(sample: Sample) -> None:
    """As a field of a record, through columns, joins and sub-tables, it comes to the same as its conversion says."""
    for other in SAMPLES:
        found = conversion(sample.field, other.field)
        if found.fit in ("lossless", "lossy"):
            _goes_over(replace(sample.field, name="a"), replace(other.field, name="a"), sample.good + sample.formless)


def _goes_over(old: Field, new: Field, wires: tuple[Any, ...]) -> None:
    types = [RecordType(name="item", title="Item", fields=(one,)) for one in (old, new)]
    change = _change(*types)
    converter = converters(change)["item"]
    convert = conversion(old, new).convert
    for wire in wires:
        try:
            expected = convert(wire)
        except Refused:
            expected = MISSING
        stored, out = after(change, stored_of(types[0], {"a": wire}), converter)
        assert canonical(wire_of(types[1], stored)) == canonical({} if expected is MISSING else {"a": expected})


def _change(old: RecordType, new: RecordType) -> CatalogChange:
    catalogs = [catalog_of(documents()) for _ in (old, new)]
    made = [replace(catalog, types={**catalog.types, "item": one}) for catalog, one in zip(catalogs, (old, new), strict=True)]
    empty = change_of(catalogs[0], catalogs[1])
    lines = replace(empty.lineage, types={"item": "item"}, fields={"item": {("a",): ("a",)}})
    current = _Current(made[0])
    return replace(empty, current=current, wanted=made[1], lineage=lines)  # type: ignore[arg-type]


class _Current:
    """A compiled catalog as far as converting looks at it."""

    def __init__(self, catalog: Any) -> None:
        self.catalog = catalog
