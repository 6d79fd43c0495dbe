"""Auto-numbers: drawn inside the transaction that uses them, so that none is lost and none given twice."""

from __future__ import annotations

from typing import Any

from kartotek.engine.compiled import CompiledType
from kartotek.engine.open_writing import Writing
from kartotek.kinds.autonumber import counter_key, numbered
from kartotek.storage import counters


def drawn(writing: Writing, compiled: CompiledType) -> dict[str, Any]:
    """{field name: number} for each auto-number of the type; the date parts are of today in the site's zone."""
    today = writing.setting.env["today"]
    found = {}
    for field in compiled.type.fields:
        if field.kind == "autonumber":
            pattern = field.settings["auto_number"]
            name = f"{compiled.type.name}.{field.column}.{counter_key(pattern, today)}"
            found[field.name] = numbered(pattern, counters.next(writing.conn, name), today)
    return found
