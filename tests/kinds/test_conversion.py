"""From every kind to every other: what goes over comes back, and what cannot go exactly does not go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kind_samples import SAMPLES, UUID, Sample, field_of

from kartotek.kinds.conversion import Conversion, conversion
from kartotek.kinds.equality import canonical
from kartotek.kinds.kind import Refused
from kartotek.kinds.registry import KINDS, kind_of
from kartotek.kinds.unlimited import unlimited
from kartotek.model.field import Field
from kartotek.model.missing import MISSING

BY_NAME = {one.name: one.field for one in SAMPLES}
# In zones east of Greenwich the first day of the calendar begins before it.
BEYOND = (("date", "0001-01-01"),)


def text(**more: Any) -> dict[str, Any]:
    return {"type": "string", **more}


def decimal(precision: int, scale: int, **own: Any) -> Field:
    return field_of("amount", text(format="decimal", **{"x-field": {"precision": precision, "scale": scale, **own}}))


def over(old: str | Field, new: str | Field) -> Conversion:
    return conversion(*(BY_NAME[one] if isinstance(one, str) else one for one in (old, new)))


def refused(found: Conversion, wire: Any) -> str:
    with pytest.raises(Refused) as raised:
        found.convert(wire)
    return raised.value.problems[0].code


def _can_be_kept(field: Field, wire: Any) -> bool:
    plain = unlimited(field)
    value = kind_of(plain).parse(plain)(wire)
    write = kind_of(plain).wire(plain)
    return bool(canonical(write(value) if write else value) == canonical(wire))


@pytest.mark.parametrize("old", SAMPLES, ids=lambda one: one.name)
def test_every_pair_keeps_to_what_it_promises(old: Sample) -> None:
    for new in SAMPLES:
        _keeps_to_its_promise(old, new)


def _keeps_to_its_promise(old: Sample, new: Sample) -> None:
    found, back = conversion(old.field, new.field), conversion(new.field, old.field)
    for wire in (one for one in (*old.good, *old.formless) if (old.name, one) not in BEYOND):
        try:
            gone = found.convert(wire)
        except Refused as exc:
            assert found.fit in ("lossy", "none") and exc.problems
            continue
        assert found.fit != "none"
        if gone is MISSING:
            assert wire in ([], {}) and found.alters(wire, gone)
            continue
        if found.fit != "same":
            assert _can_be_kept(new.field, gone), (wire, gone)
        if found.fit == "lossless":
            assert back.fit != "none" and canonical(back.convert(gone)) == canonical(wire), (wire, gone)
            assert not found.alters(wire, gone)
        elif found.fit == "lossy" and not found.alters(wire, gone):
            assert canonical(back.convert(gone)) == canonical(wire), (wire, gone)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_a_field_stays_what_it_is(sample: Sample) -> None:
    assert conversion(sample.field, replace(sample.field, name="other", column="other", title="Other")).fit == "same"


@pytest.mark.parametrize("old", SAMPLES, ids=lambda one: one.name)
def test_what_stays_is_in_one_column_and_read_alike(old: Sample) -> None:
    for new in SAMPLES:
        if conversion(old.field, new.field).fit == "same":
            _reads_alike(old, new)


def _reads_alike(old: Sample, new: Sample) -> None:
    before, after = kind_of(old.field), kind_of(new.field)
    specs = before.column(old.field), after.column(new.field)
    assert [one and (one.type, one.scale) for one in specs[:1]] == [one and (one.type, one.scale) for one in specs[1:]]
    if specs[0] is None:
        return
    put, take, write = before.to_column(old.field), after.from_column(new.field), after.wire(new.field)
    for wire in (*old.good, *old.formless):
        value = before.parse(old.field)(wire)
        held = put(value) if put else value
        if held is not None:
            read = take(held) if take else held
            assert canonical(write(read) if write else read) == canonical(wire)


def test_every_kind_is_some_pair_of_each_sort() -> None:
    fits = {(old.kind, conversion(old.field, new.field).fit) for old in SAMPLES for new in SAMPLES}
    assert {kind for kind, fit in fits if fit == "same"} == set(KINDS)
    assert {kind for kind, fit in fits if fit == "none"} == set(KINDS)


FITS = (
    ("text", "longtext", "same"), ("email", "text", "same"), ("time", "text", "same"), ("choice", "text", "same"),
    ("rating", "integer", "same"), ("level", "integer", "same"), ("file", "image", "same"), ("choices", "anything", "same"),
    ("integer", "number", "lossless"), ("integer", "text", "lossless"), ("boolean", "integer", "lossless"),
    ("date", "instant", "lossless"), ("date", "text", "lossless"), ("decimal", "text", "lossless"), ("decimal", "number", "lossless"),
    ("whole", "integer", "lossless"), ("file", "files", "lossless"), ("reference", "references", "lossless"),
    ("text", "tags", "lossless"), ("text", "anything", "lossless"), ("rows", "anything", "lossless"),
    ("text", "integer", "lossy"), ("text", "phone", "lossy"), ("text", "choice", "lossy"), ("text", "markdown", "lossy"),
    ("number", "integer", "lossy"), ("integer", "decimal", "lossy"), ("money", "number", "lossy"), ("instant", "date", "lossy"),
    ("references", "reference", "lossy"), ("files", "file", "lossy"), ("choices", "choice", "lossy"), ("anything", "text", "lossy"),
    ("reference", "integer", "none"), ("integer", "reference", "none"), ("reference", "text", "none"), ("file", "text", "none"),
    ("uuid", "file", "none"), ("duration", "integer", "none"), ("date", "monthday", "none"), ("instant", "time", "none"),
    ("boolean", "date", "none"), ("reference", "user", "none"), ("anything", "references", "none"),
)


@pytest.mark.parametrize(("old", "new", "fit"), FITS, ids=lambda one: str(one))
def test_the_fit_of_a_pair(old: str, new: str, fit: str) -> None:
    assert over(old, new).fit == fit


READ = (
    ("integer", "007", 7), ("integer", " 42 ", 42), ("integer", "+5", 5), ("number", "0.10", 0.1), ("number", "1e3", 1000.0),
    ("boolean", "True", True), ("date", " 2026-11-21", "2026-11-21"), ("time", "09:30", "09:30:00"), ("decimal", "1.5", "1.50"),
    ("phone", "138 0013 8000", "+8613800138000"), ("instant", "2026-11-21T18:00:00+08:00", "2026-11-21T10:00:00Z"),
    ("duration", "PT90M", "PT1H30M"), ("level", "2", None), ("mixed", "1.5", 1.5),
)


@pytest.mark.parametrize(("new", "wire", "read"), READ, ids=lambda one: str(one))
def test_text_that_reads_otherwise_afterwards_is_altered(new: str, wire: str, read: Any) -> None:
    found = over("text", new)
    if read is None:
        assert found.convert(wire) == int(wire) and not found.alters(wire, int(wire))
        return
    assert found.convert(wire) == read and found.alters(wire, found.convert(wire)) is (new != "mixed")


UNREAD = (
    ("integer", "1,000"), ("integer", "1.0"), ("integer", ""), ("integer", "1e3"), ("integer", "１２"), ("integer", "12 34"),
    ("number", "0.1000000000000000000001"), ("number", "1,5"), ("number", "1e999"), ("number", "nan"), ("number", "0x10"),
    ("boolean", "yes"), ("boolean", "1"), ("date", "21.11.2026"), ("date", "2026-02-30"), ("decimal", "1.234"), ("decimal", "1,5"),
    ("phone", "call me"), ("email", "Ann"), ("choice", "New"), ("choice", "NEW"), ("rating", "9"), ("uuid", "x"),
)


@pytest.mark.parametrize(("new", "wire"), UNREAD, ids=lambda one: str(one))
def test_text_that_would_have_to_be_guessed_is_refused(new: str, wire: str) -> None:
    assert refused(over("text", new), wire)


def test_decimals_gain_places_and_lose_only_noughts() -> None:
    assert over(decimal(6, 2), decimal(8, 4)).fit == "lossless"
    assert over(decimal(6, 2), decimal(8, 4)).convert("1.50") == "1.5000"
    assert over(decimal(6, 2), decimal(12, 2)).fit == over(decimal(12, 2), decimal(6, 2)).fit == "same"
    fewer = over(decimal(8, 4), decimal(8, 2))
    assert (fewer.fit, fewer.convert("1.5000"), fewer.alters("1.5000", "1.50")) == ("lossy", "1.50", False)
    assert refused(fewer, "1.5050") == "scale"
    assert refused(over(decimal(8, 2), decimal(8, 6)), "100.00") == "precision"


def test_amounts_in_another_currency_are_another_thing() -> None:
    found = over(decimal(8, 2, currency="CNY"), decimal(8, 2, currency="USD"))
    assert (found.fit, found.convert("1.00"), found.alters("1.00", "1.00")) == ("lossy", "1.00", True)
    assert "USD" in found.words
    assert over(decimal(8, 2), decimal(8, 2, currency="CNY")).fit == "same"


def test_integers_within_bounds_are_decimals_without_loss() -> None:
    bounded = field_of("count", {"type": "integer", "minimum": 0, "maximum": 9999})
    assert over(bounded, decimal(6, 2)).fit == "lossless"
    assert over(bounded, decimal(5, 2)).fit == "lossy"
    assert over("integer", decimal(6, 2)).convert(12) == "12.00"
    assert refused(over("integer", decimal(6, 2)), 10_000) == "precision"


def test_days_begin_at_midnight_in_the_zone_of_the_site() -> None:
    assert over("date", "instant").convert("2026-11-21") == "2026-11-20T16:00:00Z"
    back = over("instant", "date")
    assert (back.convert("2026-11-20T16:00:00Z"), back.alters("2026-11-20T16:00:00Z", "2026-11-21")) == ("2026-11-21", False)
    assert refused(back, "2026-11-20T16:00:01Z") == "time_lost"


def test_a_day_without_midnight_begins_with_its_first_moment() -> None:
    moment = field_of("at", text(format="date-time"))
    beirut = replace(moment, settings={"timezone": "Asia/Beirut"})  # clocks were put forward at midnight
    gone = over("date", beirut).convert("2022-03-27")
    assert gone == "2022-03-26T22:00:00Z"
    assert over(beirut, "date").convert(gone) == "2022-03-27"


def _rows(**members: Any) -> Field:
    return field_of("phones", {"type": "array", "items": {"type": "object", "properties": members}})


def test_a_value_becomes_a_row_by_alias_by_name_or_as_the_only_one_that_fits() -> None:
    phone = field_of("phone", text(format="phone"))
    two = _rows(number=text(format="phone"), label=text())
    aliased = replace(two, fields=(replace(two.fields[0], aliases=("phone",)), two.fields[1]))
    assert over(phone, aliased).fit == "lossless"
    assert over(phone, aliased).convert("+8613800138000") == [{"number": "+8613800138000"}]
    assert over(phone, aliased).words == "each becomes one row with number"
    assert over(phone, two).fit == "none"  # it could be either of the two
    assert over(phone, _rows(phone=text(), label=text())).convert("+1") == [{"phone": "+1"}]
    assert over(phone, _rows(number=text(format="phone"), main={"type": "boolean"})).fit == "lossless"


def test_rows_become_a_value_where_there_is_one_with_nothing_else_in_it() -> None:
    two, phone = _rows(number=text(), label=text()), field_of("number", text())
    found = over(two, phone)
    assert (found.fit, found.convert([{"number": "1"}])) == ("lossy", "1")
    assert refused(found, [{"number": "1"}, {"number": "2"}]) == "several_values"
    assert refused(found, [{"number": "1", "label": "home"}]) == "left_over"
    assert found.convert([]) is MISSING and found.convert([{"number": "1", "label": None}]) == "1"


def test_a_list_becomes_rows_element_by_element() -> None:
    found = over("tags", _rows(word=text()))
    assert (found.fit, found.convert(["a", "b"])) == ("lossless", [{"word": "a"}, {"word": "b"}])
    assert over(_rows(word=text()), "tags").convert([{"word": "a"}, {"word": "b"}]) == ["a", "b"]


def test_an_object_becomes_a_row_and_back_with_members_by_their_names() -> None:
    group = field_of("place", {"type": "object", "properties": {"city": text(), "size": {"type": "integer"}}})
    rows = _rows(city=text(), size={"type": "number"})
    assert over(group, rows).fit == "lossless"
    assert over(group, rows).convert({"city": "A", "size": 3}) == [{"city": "A", "size": 3.0}]
    assert over(rows, group).convert([{"city": "A", "size": 3.0}]) == {"city": "A", "size": 3}
    assert refused(over(group, _rows(city=text())), {"city": "A", "size": 3}) == "left_over"


def test_one_of_many_goes_over_alone() -> None:
    found = over("references", "reference")
    assert (found.convert([7]), found.convert([])) == (7, MISSING)
    assert refused(found, [7, 8]) == "several_values"
    assert over("files", "file").convert([UUID]) == UUID


def test_a_reference_goes_to_the_same_type_and_nowhere_else() -> None:
    item = field_of("ref", {"type": "integer", "x-field": {"references": "item"}})
    things = field_of("ref", {"type": "array", "items": {"type": "integer"}, "x-field": {"references": "thing"}})
    thing = replace(item, reference=things.reference)
    assert conversion(item, thing).fit == conversion(item, things).fit == "none"
    assert conversion(thing, things).fit == "lossless"
    many = conversion(things, thing)
    assert (many.fit, many.convert([3]), many.alters([3], 3)) == ("lossy", 3, False)


def test_retired_and_new_options_stay_in_their_column() -> None:
    narrower = field_of("choice", {"enum": ["new"]})
    assert over("choice", narrower).fit == "same"
    assert over("choice", field_of("choice", {"enum": [1, 2]})).fit == "lossy"
    several = field_of("choice", {"type": "array", "items": {"enum": ["new", "old", "lent"]}})
    assert (over("choice", several).fit, over("choice", several).convert("old")) == ("lossless", ["old"])


def test_lists_that_take_null_and_lists_that_do_not_are_one_sort_of_json() -> None:
    def listed(*sorts: Any) -> Field:
        return field_of("list", {"type": sorts[0], "items": {"type": sorts[1]}})

    loose, strict = listed(["array", "null"], ["string", "null"]), listed("array", "string")
    assert over(loose, strict).fit == over(strict, loose).fit == "same"
    assert over(strict, listed("array", "integer")).fit == "lossy"
    assert over(listed("array", "integer"), strict).convert([1, 2]) == ["1", "2"]
    assert refused(over(strict, listed("array", "integer")), ["1", "x"]) == "type"


def test_json_goes_by_the_sort_of_each_value() -> None:
    found = over("anything", "integer")
    assert (found.convert(7), found.convert("7"), found.convert([7])) == (7, 7, 7)
    assert {refused(found, wire) for wire in ({"a": 1}, [1, 2], 1.5, "x")} >= {"conversion", "several_values"}
    assert over("anything", "rows").convert([{"price": "1.00"}]) == [{"price": "1.00"}]


@given(st.text(max_size=30))
def test_whatever_text_is_read_comes_back_or_is_told(wire: str) -> None:
    for name in ("integer", "number", "decimal", "boolean", "date", "phone", "choice", "tags"):
        found, back = over("text", name), over(name, "text")
        try:
            gone = found.convert(wire)
        except Refused:
            continue
        assert found.alters(wire, gone) or canonical(back.convert(gone)) == canonical(wire)


@given(st.integers(-(10**25), 10**25) | st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_number_goes_over_is_the_same_number(wire: float) -> None:
    source = "integer" if isinstance(wire, int) else "number"
    for name in ("integer", "number", "decimal", "whole", "text", "anything"):
        try:
            gone = over(source, name).convert(wire)
        except Refused:
            assert over(source, name).fit == "lossy"
            continue
        assert canonical(over(name, source).convert(gone)) == canonical(wire)
