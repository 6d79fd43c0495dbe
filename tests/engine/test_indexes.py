"""The search index is what the records say, whatever happens to them; it is built while people work, and told when it is wrong."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from neutral_site import CLERK, PERSON, documents

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.errors import KartotekError
from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.storage import own_tables, search_states
from kartotek.storage.search_index import table_of
from kartotek.storage.search_states import SearchState

NAMES = ["张三", "张三丰", "曾单", "Anna Ångström", "Lena-Marie Müller", "李 雷", "X-2026-004", "", "a" * 60]


def with_search(*names: str) -> dict[str, str]:
    """The site with other fields of people searched."""
    person = copy.deepcopy(PERSON)
    person["x-record"]["search"] = list(names)
    return documents(person=person)


def apply(engine: Engine, files: dict[str, str]) -> None:
    """Puts the declarations into service."""
    report = engine.apply_documents(files, by=Actor.system("test"), reason="test")
    assert report.applied and not report.problems


def begin_anew(engine: Engine) -> None:
    """Leaves the index of people to be built from the first record on, as an upgrade does."""
    engine.indexes.rebuild("person", lambda done: None)
    with engine.database.write() as conn:
        for name in search_states.everyone(conn):
            conn.run(f'DELETE FROM "kartotek__search" WHERE "type" = \'{name}\'')
    engine.indexes.arrange()


def build(engine: Engine) -> None:
    """Does the background work until there is no more."""
    while engine.indexes.build():
        pass


def right(engine: Engine) -> bool:
    """Whether the index of people is complete, and says what the records say."""
    compared = engine.indexes.compare("person")
    return compared.complete and not compared.wrong


class Workers:
    """Someone who does this and that with people, the same each time."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine, self.random, self.ids = engine, Random(seed), [0]
        self.done = 0

    def step(self) -> None:
        """Does one thing; what is refused leaves nothing behind."""
        work = self.random.choice((self._create, self._create, self._update, self._update, self._delete, self._restore, self._bulk))
        try:
            work()
            self.done += 1
        except KartotekError:
            pass

    def _fields(self) -> dict[str, Any]:
        fields = {"name": self.random.choice(NAMES) or "-", "note": self.random.choice([*NAMES, None]), "level": "gold",
                  "mobile": f"+86138{self.random.randrange(10**8):08}"}  # fmt: skip
        return {name: fields[name] for name in self.random.sample(sorted(fields), self.random.randint(1, 4))}

    def _create(self) -> None:
        self.ids.append(self.engine.create(CLERK, "person", {"name": "张", **self._fields()})["id"])

    def _update(self) -> None:
        unset = ("mobile",) if self.random.random() < 0.3 else ()
        fields = {name: value for name, value in self._fields().items() if name not in unset}
        self.engine.update(CLERK, "person", self.random.choice(self.ids), fields, unset=unset)

    def _delete(self) -> None:
        self.engine.delete(CLERK, "person", self.random.choice(self.ids))

    def _restore(self) -> None:
        self.engine.restore(CLERK, "person", self.random.choice(self.ids))

    def _bulk(self) -> None:
        rows = [BulkRow(fields={"name": "三", **self._fields()}) for _ in range(3)]
        rows.append(BulkRow(id=self.random.choice(self.ids), fields=self._fields()))
        partial = self.random.random() < 0.5
        for one in self.engine.bulk(CLERK, "person", rows, partial=partial):
            if one["status"] == "created":
                self.ids.append(one["record"]["id"])


def test_the_index_says_what_the_records_say_after_whatever_was_done(engine: Engine) -> None:
    workers = Workers(engine, seed=4)
    for number in range(60):
        workers.step()
        assert number % 6 or right(engine), f"wrong after step {number}"
    assert right(engine) and workers.done > 30


def test_an_index_is_built_while_people_write(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kartotek.engine.indexes._BATCH", 4)
    workers = Workers(engine, seed=5)
    for _ in range(25):
        workers.step()
    begin_anew(engine)
    assert not engine.indexes.compare("person").complete
    for _ in range(12):
        workers.step()
        engine.indexes.build()
    build(engine)
    assert right(engine) and workers.done > 15


def test_until_the_index_is_complete_the_records_are_read(engine: Engine, made: Callable[..., dict[str, Any]]) -> None:
    made("person", name="Anna Banks")
    begin_anew(engine)
    found = engine.select(CLERK, "person", Query(search="nna"))
    assert [one["fields"]["name"] for one in found.items] == ["Anna Banks"], "as a part of any word"
    build(engine)
    assert not engine.select(CLERK, "person", Query(search="nna")).items, "as the beginning of a word"
    assert engine.select(CLERK, "person", Query(search="bank")).items


def test_another_list_of_searched_fields_is_built_beside_the_work(engine: Engine, made: Callable[..., dict[str, Any]]) -> None:
    made("person", name="Anna", note="likes tea")
    apply(engine, with_search("name", "note"))
    assert not engine.indexes.compare("person").complete
    made("person", name="Berta", note="likes cake")
    build(engine)
    assert right(engine) and len(engine.select(CLERK, "person", Query(search="likes")).items) == 2
    apply(engine, with_search())
    assert "person" not in engine.indexes.names() and not engine.select(CLERK, "person", Query(search="likes")).items
    made("person", name="Carla")
    apply(engine, with_search("name", "note"))
    build(engine)
    assert right(engine) and engine.select(CLERK, "person", Query(search="carla")).items


def test_a_database_of_the_version_before_is_searched_at_once_and_indexed_later(
    engine: Engine, open_engine: Callable[..., Engine], made: Callable[..., dict[str, Any]]
) -> None:
    made("person", name="张三")
    with engine.database.write() as conn:
        for name in engine.indexes.names():
            conn.run(f'DROP TABLE "{table_of(name)}"')
        for statement in (one for number in range(own_tables.NEWEST, 2, -1) for one in reversed(own_tables.MIGRATIONS[number])):
            if made_table := re.match(r'CREATE TABLE ("\w+")', statement):
                conn.run(f"DROP TABLE {made_table[1]}")
            elif added := re.match(r'ALTER TABLE ("\w+") ADD COLUMN ("\w+")', statement):
                conn.run(f"ALTER TABLE {added[1]} DROP COLUMN {added[2]}")
        conn.run('UPDATE "kartotek__schema" SET "number" = 2')
    upgraded = open_engine()
    assert len(upgraded.select(CLERK, "person", Query(search="张三")).items) == 1
    upgraded.create(CLERK, "person", {"name": "曾三"})
    build(upgraded)
    assert right(upgraded) and len(upgraded.select(CLERK, "person", Query(search="zengsan")).items) == 1


def test_what_an_index_has_wrong_is_told_and_mended(engine: Engine, made: Callable[..., dict[str, Any]]) -> None:
    wrong, other = made("person", name="张三"), made("person", name="Anna")
    with engine.database.write() as conn:
        conn.run("UPDATE \"person\" SET \"name\" = 'Berta' WHERE \"id\" = ?", (wrong["id"],))
    assert engine.indexes.compare("person").wrong == (wrong["id"],)
    told: list[int] = []
    engine.indexes.rebuild("person", told.append)
    assert told == [2] and right(engine)
    with engine.database.write() as conn:
        search_states.save(conn, "person", SearchState("of another version", search_states.COMPLETE))
    assert not engine.indexes.compare("person").complete
    engine.indexes.arrange()
    build(engine)
    assert right(engine) and other["id"] in [one["id"] for one in engine.select(CLERK, "person", Query(search="ann")).items]
