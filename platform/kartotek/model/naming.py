"""Safe database names for declared names: lower case, plain letters, within 63 bytes, never one of ours."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable

SYSTEM_COLUMNS = (
    "id", "version", "state", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "deleted_group", "rest",
)
ROW_COLUMNS = ("id", "parent_id", "position", "target_id", "rest")
TYPE_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*([_-]+[A-Za-z0-9]+)*")
_LONGEST_COLUMN = 48
_LONGEST_TABLE = 60


def column_name(name: str, taken: Collection[str]) -> str:
    """The column of a property: the name itself where that is safe and free, else a readable form with a hash.

    `taken` holds the columns already given in the same table; the answer depends on the name and on clashes alone.
    """
    plain = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")
    safe = re.fullmatch(r"[a-z][a-z0-9_]*", plain) is not None and "__" not in plain
    reserved = plain in SYSTEM_COLUMNS or plain in ROW_COLUMNS
    if safe and plain == name and len(plain) <= _LONGEST_COLUMN and not reserved and plain not in taken:
        return plain
    return _hashed(f"f_{plain}" if not safe else plain, name, _LONGEST_COLUMN)


def part_table(record_type: str, column: str) -> str:
    """The table of a sub-table or of a join: `order__lines`; names with `__` can never be a record type's."""
    name = f"{record_type}__{column}"
    return name if len(name) <= _LONGEST_TABLE else _hashed(name, name, _LONGEST_TABLE)


def row_path(parent: str, name: str) -> str:
    """How formulas call the rows of a sub-table, or a small object: "order.lines"."""
    return f"{parent}.{name}" if "." not in name and '"' not in name else f'{parent}["{name}"]'


def titles_of_names(names: Iterable[str]) -> dict[str, str]:
    """{name: how people read it}: "postalCode" is "Postal code". Names that would read alike stay as they are."""
    found = {name: _title(name) for name in names}
    times = Counter(found.values())
    return {name: title if times[title] == 1 else name for name, title in found.items()}


def _title(name: str) -> str:
    if not _PLAIN_NAME.fullmatch(name):
        return name
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_-]+", " ", name).strip().split(" ")
    said = " ".join(one if len(one) > 1 and one.isupper() else one.lower() for one in words)
    return said[:1].upper() + said[1:]


def _hashed(plain: str, name: str, longest: int) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{re.sub(r'_+', '_', plain)[: longest - 9].rstrip('_')}_{digest}"
