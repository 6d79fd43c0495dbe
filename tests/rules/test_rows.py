"""Rows of a sub-table sent anew keep the ids of the stored ones they continue."""

from __future__ import annotations

import pytest

from kartotek.model.field import Field
from kartotek.model.record import Row
from kartotek.rules.rows import matched

INNER = (
    Field(name="item", kind="integer", column="item", title="Item"),
    Field(name="quantity", kind="integer", column="quantity", title="Quantity"),
    Field(name="amount", kind="integer", column="amount", title="Amount", read_only=True),
)
PLAIN = Field(name="lines", kind="rows", column="lines", title="Lines", fields=INNER)
KEYED = Field(name="lines", kind="rows", column="lines", title="Lines", fields=INNER, row_key=("item",))
STORED = (Row({"item": 1, "quantity": 1, "amount": 9}, 11), Row({"item": 2, "quantity": 5, "amount": 9}, 12))


@pytest.mark.parametrize(
    ("field", "sent", "ids"),
    [
        (PLAIN, [{"item": 1, "quantity": 1}, {"item": 2, "quantity": 5}], [11, 12]),
        (PLAIN, [{"item": 2, "quantity": 5}, {"item": 1, "quantity": 1}], [12, 11]),
        (PLAIN, [{"item": 1, "quantity": 7}, {"item": 2, "quantity": 5}], [11, 12]),
        (PLAIN, [{"item": 3, "quantity": 1}], [11]),
        (PLAIN, [{"item": 2, "quantity": 5}, {"item": 3, "quantity": 1}], [12, None]),
        (PLAIN, [], []),
        (KEYED, [{"item": 2, "quantity": 1}, {"item": 3, "quantity": 1}], [12, None]),
        (KEYED, [{"quantity": 5}], [None]),
        (PLAIN, [{"item": 1, "quantity": 1}] * 2, [11, 12]),
    ],
)
def test_rows_are_matched_by_key_then_content_then_position(
    field: Field, sent: list[dict[str, int]], ids: list[int | None]
) -> None:
    assert [row.id for row in matched(field, STORED, [Row(values) for values in sent])] == ids


def test_ten_thousand_rows_are_matched_without_comparing_each_with_each() -> None:
    compared = 0

    class Counted(int):
        def __eq__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return int(self) == other

        __hash__ = int.__hash__

    stored = [Row({"item": Counted(one), "quantity": Counted(1)}, one + 1) for one in range(10_000)]
    sent = [Row({"item": Counted(one), "quantity": Counted(2)}) for one in reversed(range(10_000))]
    assert [row.id for row in matched(KEYED, stored, sent)] == list(reversed(range(1, 10_001)))
    assert [row.id for row in matched(PLAIN, stored, sent)] == list(range(1, 10_001))
    assert compared < 100_000
