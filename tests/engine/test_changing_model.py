"""A site whose owner changes it all the time, beside a model of it in memory: no value is ever lost, and none is another."""

from __future__ import annotations

import copy
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from lengths import rounds
from neutral_site import OWNER

from kartotek.declaration.folder import Folder
from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.errors import Conflict
from kartotek.model.plan import Answers, Plan
from kartotek.model.query import Query
from kartotek.storage.database import Database
from tests.engine.plain_conversion import EMPTY
from tests.engine.plain_edits import Edits
from tests.engine.plain_model import PlainModel, Refused
from tests.engine.plain_records import UNKNOWN, duplicates, plain_value
from tests.engine.plain_types import Plain, PlainSite, PlainType, documents
from tests.engine.plain_values import some, value

SEEDS = st.integers(min_value=0, max_value=2**32)
FIRST: PlainSite = {
    "person": PlainType({"a": Plain("text", nullable=True), "b": Plain("integer", nullable=True), "c": Plain("choice", options=("red", "green", "7"))}),
    "thing": PlainType({
        "a": Plain("text"), "owner": Plain("reference", target="person"), "seen": Plain("references", target="person"),
        "lines": Plain("rows", members={"x": Plain("text", nullable=True), "y": Plain("integer", nullable=True), "z": Plain("reference", target="person")}),
        "box": Plain("object", members={"x": Plain("text"), "y": Plain("decimal")}), "many": Plain("integer", formula=("count", "lines")),
    }, states=(("open", ()), ("sent", ()), ("closed", ()))),
}  # fmt: skip
SEEN: Counter[str] = Counter()


class Changing(RuleBasedStateMachine):
    """Every rule is one thing that an owner does; `new_database` gives the URL of an empty database."""

    new_database: Callable[[Path], str]

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
        self.root = Path(tempfile.mkdtemp(prefix="kt"))
        (self.root / "data").mkdir()
        folder = Folder(self.root, self.root / "data", stands=lambda files: self.engine.proposals.stands(files))
        self.engine = Engine(
            Database.open(type(self).new_database(self.root)), files=self.root / "data" / "files", secret=b"s" * 32,
            clock=lambda: self.now, documents=folder.read, folder=folder,
        )
        self.engine.users.mirror(MirroredUser(id=OWNER.id, username="olive", name=OWNER.name, roles=OWNER.roles))
        self.model = PlainModel()
        SEEN["examples"] += 1

    def teardown(self) -> None:
        self.engine.close()
        shutil.rmtree(self.root)

    @initialize(seed=SEEDS)
    def begin(self, seed: int) -> None:
        """The first declarations with some records."""
        self._change(FIRST, {})
        chance = random.Random(seed)
        for record_type in ("person", "person", "person", "thing", "thing", "thing", "thing"):
            self._create(record_type, chance)
        self._compare()

    # --- changes

    @rule(seed=SEEDS)
    def edit(self, seed: int) -> None:
        """One to three edits of the files."""
        edits = Edits(self.model.site, self.model.versions, random.Random(seed))
        edits.some()
        self._change(edits.site, edits.answers)

    @precondition(lambda self: len(self.model.versions) > 1)
    @rule(seed=SEEDS)
    def roll_back(self, seed: int) -> None:
        """An earlier version comes back, into the files too."""
        version = random.Random(seed).choice(list(self.model.versions))
        site = self.model.versions[version]
        rollbacks = self.engine.rollbacks
        if self._judged(rollbacks.plan(OWNER, version), site, {}):
            plan = rollbacks.plan(OWNER, version)
            rollbacks.apply(OWNER, version, hash=plan.hash, confirm=plan.to_confirm)
            SEEN["rollbacks"] += 1
            self._went(site, {})

    @rule(seed=SEEDS, later=st.sampled_from((0, 40)))
    def clean(self, seed: int, later: int) -> None:
        """What was kept is dropped: all that is old enough, or one thing."""
        self.now += timedelta(days=later)
        kept = sorted(one.name for one in self.engine.plans.kept(OWNER))
        chance = random.Random(seed)
        if later:
            self.engine.plans.clean(OWNER)
            self._forget(None)
            assert self.engine.plans.kept(OWNER) == ()
        elif kept and chance.random() < 0.3:
            name = chance.choice(kept)
            dropped = self.engine.plans.clean(OWNER, [name])
            assert set(dropped) == {name}, dropped
            self._forget(name)
        self._compare()

    # --- what people write

    @rule(seed=SEEDS)
    def write(self, seed: int) -> None:
        """A few writes."""
        chance = random.Random(seed)
        for _ in range(3):
            record_type = chance.choice(list(self.model.tables))
            records = self.model.tables[record_type].records
            act = chance.choice((self._create, self._update, self._update, self._update, self._delete, self._restore, self._move))
            if act == self._create:
                self._create(record_type, chance)
            elif records:
                act(record_type, chance.choice(list(records)), chance)  # type: ignore[operator]
        self._compare()

    def _create(self, record_type: str, chance: random.Random) -> None:
        fields = self.model.tables[record_type].declared.fields
        ids = self._ids()
        values = some(chance, fields, ids)
        for name, one in fields.items():
            if one.required and values.get(name) is None and one.default is None:
                values[name] = value(chance, Plain(**{**vars(one), "nullable": False}), ids)
        if any(each is EMPTY for each in values.values()) or self._taken(record_type, 0, values):
            return
        self._tick()
        id = int(self.engine.create(OWNER, record_type, values)["id"])
        self.model.created(record_type, id, values)
        SEEN["writes"] += 1

    def _update(self, record_type: str, id: int, chance: random.Random) -> None:
        table = self.model.tables[record_type]
        record = table.records[id]
        values = some(chance, table.declared.fields, self._ids(), 0.4)
        for name, one in table.declared.fields.items():
            if one.sort == "rows" and name in values:
                values[name] = self._rows(plain_value(record.bag.values.get(name)), values[name], chance)
        values = {name: each for name, each in values.items() if not (each is None and table.declared.fields[name].required)}
        gone = [name for name, one in table.declared.fields.items() if name in record.bag.values and name not in values
                and not one.required and chance.random() < 0.1]
        if record.deleted or self._taken(record_type, id, values):
            return
        self._tick()
        self.engine.update(OWNER, record_type, id, values, unset=gone, version=record.version)
        self.model.updated(record_type, id, values | dict.fromkeys(gone, EMPTY))
        SEEN["writes"] += 1

    def _rows(self, before: Any, drawn: list[Any], chance: random.Random) -> list[Any]:
        """The rows with one changed, one more or one less, as a form sends them; others where they cannot be told apart."""
        if not before or len({repr(one) for one in before}) != len(before):
            return drawn if not before else copy.deepcopy(before)
        rows = copy.deepcopy(before)
        way = chance.choice(("more", "less", "other"))
        fresh = [one for one in drawn if one not in rows]
        if way == "less":
            rows.pop(chance.randrange(len(rows)))
        elif fresh and way == "more":
            rows.append(fresh[0])
        elif fresh:
            rows[chance.randrange(len(rows))] = fresh[0]
        return rows

    def _delete(self, record_type: str, id: int, chance: random.Random) -> None:
        record = self.model.tables[record_type].records[id]
        live, other = self.model.pointed_at(record_type, id)
        if record.deleted or (other and not live):
            return
        self._tick()
        if live:
            with pytest.raises(Conflict):
                self.engine.delete(OWNER, record_type, id)
            return
        self.engine.delete(OWNER, record_type, id)
        record.deleted, record.version = True, record.version + 1

    def _restore(self, record_type: str, id: int, chance: random.Random) -> None:
        table = self.model.tables[record_type]
        record = table.records[id]
        if not record.deleted:
            return
        self._tick()
        record.deleted = False
        if list(duplicates(table)):
            record.deleted = True
            with pytest.raises(Conflict):
                self.engine.restore(OWNER, record_type, id)
            return
        self.engine.restore(OWNER, record_type, id)
        record.version += 1

    def _move(self, record_type: str, id: int, chance: random.Random) -> None:
        table = self.model.tables[record_type]
        record = table.records[id]
        others = [name for name, _ in table.declared.states if name != record.state]
        if others and not record.deleted:
            self._tick()
            state = chance.choice(others)
            self.engine.processes.run(OWNER, record_type, id, f"to_{state}", version=record.version)
            record.state, record.version = state, record.version + 1

    # --- the change of the declarations

    def _change(self, site: PlainSite, answers: dict[Any, Any]) -> None:
        wanted = documents(site)
        given = Answers({".".join((record_type, *path)): dict(said) for (record_type, path), said in answers.items()})
        before = {name: text for name, text in self._files().items()}
        self._save(wanted)
        plan = self.engine.plans.plan(OWNER, answers=given)
        if not self._judged(plan, site, answers):
            self._save(before)
            return
        self.engine.plans.apply(OWNER, hash=plan.hash, confirm=plan.to_confirm, answers=given)
        self._went(site, answers)

    def _judged(self, plan: Plan, site: PlainSite, answers: dict[Any, Any]) -> bool:
        """Whether it can be applied; the plan and the model have to be of one opinion."""
        SEEN["plans"] += 1
        if not plan.hash:
            SEEN["mistakes"] += 1
            return False
        try:
            self.model.changed(site, answers)
        except Refused as refused:
            assert plan.verdict == "refused", f"{refused}: {[one.words for one in plan.steps]}"
            SEEN["refused"] += 1
            return False
        assert plan.verdict != "refused", [(one.type, one.path, one.words, one.finding) for one in plan.steps if one.verdict == "refused"]
        return bool(plan.steps)

    def _went(self, site: PlainSite, answers: dict[Any, Any]) -> None:
        self.model = self.model.changed(site, answers)
        self.model.versions[self.engine.ready()] = site
        SEEN["changes"] += 1
        for record_type in site:
            for trash in (False, True):
                for one in self._all(record_type, trash):
                    if one["id"] in self.model.tables[record_type].records:
                        self.model.adopt(record_type, one["id"], one["fields"])
        self._compare()

    def _compare(self) -> None:
        for record_type, table in self.model.tables.items():
            expected = self.model.shown(record_type)
            found = {trash: {one["id"]: one for one in self._all(record_type, trash)} for trash in (False, True)}
            assert {id: one.deleted for id, one in table.records.items()} == {id: trash for trash in found for id in found[trash]}
            for id, record in table.records.items():
                one = found[record.deleted][id]
                where = f"{record_type} {id} in version {self.engine.ready()}"
                assert exact(one["fields"]) == exact(expected[id]), f"{where}: {one['fields']} instead of {expected[id]}"
                assert (one["version"], one.get("state") or "") == (record.version, record.state), f"{where}: {one} and {record}"
                SEEN["records"] += 1
                self._compare_past(record_type, id)

    def _compare_past(self, record_type: str, id: int) -> None:
        fields = self.model.tables[record_type].declared.fields
        items = self.engine.history(OWNER, record_type, id, limit=200).items if not self.model.tables[record_type].records[id].deleted else None
        if items is None:
            return
        found: dict[str, list[Any]] = {}
        for item in reversed(items):
            for change in item["changes"]:
                if change["field"] in fields and not fields[change["field"]].formula:
                    found.setdefault(change["field"], []).append(change.get("now", "gone"))
        expected: dict[str, list[Any]] = {}
        for written in self.model.tables[record_type].records[id].past:
            for name, one in written.items():
                if isinstance(name, str):
                    expected.setdefault(name, []).append("gone" if one is EMPTY else one)
        for name in {*found, *expected}:
            was, now = expected.get(name, []), found.get(name, [])
            assert len(was) == len(now), (record_type, id, name, was, now)
            assert all(one is UNKNOWN or exact(one) == exact(other) for one, other in zip(was, now, strict=True)), (record_type, id, name, was, now)

    # --- helpers

    def _forget(self, name: str | None) -> None:
        """What is dropped for good cannot come back."""
        if name is None:
            self.model.removed = []
        for record_type, table in [*self.model.tables.items(), *self.model.removed]:
            table.kept = [one for one in table.kept if name not in (None, ".".join((record_type, *one.above, one.name)))]
        self.model.removed = [one for one in self.model.removed if one[0] != name]

    def _all(self, record_type: str, trash: bool) -> Any:
        return self.engine.select(OWNER, record_type, Query(limit=500, trash=trash)).items

    def _ids(self) -> dict[str, list[int]]:
        return {name: [id for id, one in table.records.items() if not one.deleted] for name, table in self.model.tables.items()}

    def _taken(self, record_type: str, id: int, values: dict[str, Any]) -> bool:
        table = self.model.tables[record_type]
        return any(one.unique and name in values and any(
            other != id and exact(each.bag.values.get(name)) == exact(values[name]) for other, each in table.records.items())
            for name, one in table.declared.fields.items())

    def _tick(self) -> None:
        self.now += timedelta(seconds=1)

    def _files(self) -> dict[str, str]:
        return {f"{path.parent.name}/{path.name}" if path.parent != self.root else path.name: path.read_text("utf-8")
                for path in [*self.root.glob("*.yaml"), *self.root.glob("schemas/*"), *self.root.glob("workflows/*")]}

    def _save(self, files: dict[str, str]) -> None:
        for name in self._files():
            if name not in files:
                (self.root / name).unlink()
        for name, text in files.items():
            (self.root / name).parent.mkdir(exist_ok=True)
            (self.root / name).write_text(text, "utf-8")


def exact(wire: Any) -> Any:
    """A JSON value so that yes is not 1, while 1.0 is."""
    if isinstance(wire, bool):
        return str(wire)
    if isinstance(wire, dict):
        return {name: exact(one) for name, one in wire.items()}
    return [exact(one) for one in wire] if isinstance(wire, list) else wire


def tried(new_database: Callable[[Path], str], examples: int, steps: int) -> None:
    """Runs the machine; what it did is counted in SEEN."""
    machine = type("OnOne", (Changing,), {"new_database": staticmethod(new_database)})
    run_state_machine_as_test(machine, settings=settings(  # type: ignore[no-untyped-call]
        max_examples=examples, stateful_step_count=steps, suppress_health_check=list(HealthCheck), deadline=None, derandomize=True, database=None,
        phases=(Phase.generate,)))  # whoever looks into a failure has the seeds of its rules


def test_no_change_loses_or_alters_a_value_on_sqlite() -> None:
    tried(lambda root: f"sqlite:///{root}/records.db", rounds(13, 150), rounds(18, 40))
    assert SEEN["changes"] > 50 and SEEN["mistakes"] < SEEN["plans"] / 5, SEEN


def test_no_change_loses_or_alters_a_value_on_postgresql(fresh_database: Callable[[], str]) -> None:
    tried(lambda root: fresh_database(), rounds(3, 40), rounds(12, 30))
