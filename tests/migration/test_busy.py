"""A site that is changed while many write: nothing acknowledged is lost, and nobody writes under a wrong catalog."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from kartotek.declaration.load import load
from kartotek.migration.apply import apply_steps
from kartotek.migration.steps import steps
from kartotek.model.catalog import Catalog
from kartotek.storage import catalogs, records
from kartotek.storage.database import Collision, Database, StaleCatalog
from kartotek.storage.layout import layout_of
from kartotek.storage.stored import Stored

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def catalog_of(number: int) -> Catalog:
    """A type with so many fields."""
    fields = ", ".join(f'"f{n}": {{"type": "integer", "default": {n}}}' for n in range(number))
    text = (
        f'{{"title": "T", "type": "object", "properties": {{"a": {{"type": "integer"}}, {fields}}}, "x-record": {{}}}}'
    )
    loaded = load({"site.yaml": "name: T\n", "schemas/thing.json": text})
    assert loaded.catalog is not None, loaded.problems
    return loaded.catalog


def apply(database: Database, old: Catalog | None, new: Catalog) -> Catalog:
    """Applies, again after a collision as the engine does."""
    for _ in range(5):
        try:
            with database.write() as conn:
                version = apply_steps(
                    conn, steps(old, new), new, by=1, at=AT, reason="", after=old.version if old else 0
                )
            return replace(new, version=version)
        except Collision:
            continue
    raise AssertionError("There was a collision each time.")


def test_a_type_is_widened_under_writers(database: Database) -> None:
    served = [apply(database, None, catalog_of(1))]
    stop, acknowledged, failures = threading.Event(), [], []

    def write() -> None:
        while not stop.is_set():
            catalog = served[-1]
            layout = layout_of(catalog.types["thing"])
            values = {column.name: 7 for column in layout.columns}
            try:
                with database.write() as conn:
                    id = records.insert(conn, layout, Stored(columns=values), catalog_version=catalog.version)
                acknowledged.append((id, len(values)))
            except (StaleCatalog, Collision):
                continue
            except Exception as error:
                failures.append(error)
                return

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in (2, 3, 4, 5):
        _until(lambda: len(acknowledged) >= 15 * (number - 1))  # noqa: B023
        served.append(apply(database, served[-1], catalog_of(number)))
    stop.set()
    for thread in threads:
        thread.join(60)
    assert failures == []
    layout = layout_of(served[-1].types["thing"])
    with database.read() as conn:
        assert catalogs.pulse(conn).catalog_version == 5
        found = records.load_many(conn, layout, [id for id, _ in acknowledged])
    for id, width in acknowledged:
        columns = found[id].columns
        assert len(columns) == 6  # what a record did not have when it was written, it got as the default
        assert [columns[f"f{n}"] for n in range(5)] == [7 if n < width - 1 else n for n in range(5)]


def _until(holds: Callable[[], bool]) -> None:
    waiter = threading.Event()
    for _ in range(2000):
        if holds():
            return
        waiter.wait(0.01)
    raise AssertionError("Nothing was written.")
