"""Questions of every sort about the hidden site, drawn with a fixed seed: what each asks, and how it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from random import Random
from typing import Any, get_args

from hidden_site import HELPER, World

from kartotek.errors import KartotekError
from kartotek.model.query import Condition, Operator, Query

Ask = Callable[[World], Any]

TEXTS = [
    "record.name", "record.secret", "record.remark", "record.phone", "record.hint", "record.echo", "record.address.city",
    "record.address.door", "record.den.lair", "record.friend.name", "record.friend.secret", "record.friend.remark",
    "record.friend.friend.remark", "record.friend.address.door", "record.vault.label", "record.vault.code", "record.note.title",
    "record.note.text", "record.note.mood", "record.note.person.name", "record.friend.note.title", "meta.created_by.name",
    "meta.created_by.username", "user.name", "lower(record.remark)", "trim(record.secret)", "upper(record.note.text)",
    "(record.open ? record.name : record.remark)", "(record.open ? record.name : record.secret)", "record.missing",
    "string(record.weight)", "record.remark + record.name", "user.person.name", "user.person.remark", "user.person.secret",
    "user.person.note.title", "user.person.friend.remark", "user.person.address.door",
]  # fmt: skip
NUMBERS = [
    "record.grade", "record.weight", "record.salary", "record.stash", "record.gauge", "record.friend.weight", "record.friend.salary",
    "record.friend.stash", "size(record.pieces)", "size(record.hoard)", "size(record.marks)", "size(record.friend.marks)",
    "size(record.notes)", "size(record.vaults)", "size(record.friends)", "size(record.friend.notes)", "size(record.remark)",
    "size(record.secret)", "size(record.vaults_read)", "meta.version", "meta(record.friend).version", "meta(record.note).version",
    "meta(record.vault).version", "meta(record.note).id", "meta(record.vault).id", "div(record.weight, 2)", "abs(record.weight)",
    "min(record.weight, 5)", "max(record.grade, record.weight)", "year(record.born)", "record.weight * 2 - 1", "user.person.weight",
    "size(user.person.marks)", "size(user.person.notes)", "user.person.friend.weight", "user.person.stash", "size(user.person.vaults)",
]  # fmt: skip
LISTS = {
    "record.pieces": ["x.label", "x.cost", "x.giver.name", "x.from_vault.label", "x.giver.remark"],
    "record.hoard": ["x.label", "x.paper"],
    "record.notes": ["x.title", "x.text", "x.mood", "x.person.name", "x.person.secret", "x.person.remark"],
    "record.friend.notes": ["x.title", "x.mood"],
    "record.vaults": ["x.label", "x.code"],
    "record.friends": ["x.name", "x.remark", "x.secret", "x.note.title", "x.address.door"],
    "record.vaults_read": ["x.label"],
    "user.person.notes": ["x.title", "x.mood"],
    "user.person.friends": ["x.remark", "x.name", "x.secret"],
    "user.person.pieces": ["x.cost", "x.label", "x.giver.name"],
}
SETS = [
    "record.address", "record.den", "record.friend.den", "record.marks", "record.pieces", "record.hoard", "record.notes",
    "record.vaults", "record.vault", "record.vaults_read", "record.note.person", "record.note.mood", "record.born", "record.paper",
    "record.friend.remark", "record.remark", "record.secret", "record.weight", "record.friends", "record.den.size",
    "user.person.den", "user.person.remark", "user.person.marks", "user.person.notes", "user.person.vaults",
]  # fmt: skip
WORDS = ["amber", "zebra", "azure", "zonal", "a", "z", "said 1", "Person 1", "alpha", "omega", "plain", "Here", "There", "555-01", ""]
FIELDS = [
    "name", "open", "grade", "secret", "salary", "phone", "remark", "weight", "marks", "address", "den", "pieces", "hoard", "friend",
    "vault", "vaults_read", "stash", "gauge", "hint", "echo", "note", "paper", "missing",
]  # fmt: skip
PATHS = [
    *FIELDS, "friend.name", "friend.secret", "friend.remark", "friend.weight", "address.city", "address.door", "den.lair", "vault.label",
    "note.title", "note.text", "note.mood", "friend.note.title", "note.person.name", "meta.version", "meta.created_by", "meta.state",
    "vault.meta.version", "note.meta.created_at", "pieces.label", "pieces.cost", "hoard.label", "notes.text", "vaults.code", "friends.remark",
    "pieces.from_vault.label", "notes", "vaults", "friend.notes.mood",
]  # fmt: skip
EXPANSIONS = [
    "friend", "friend.friend", "friend.friend.friend", "note", "note.person", "vault", "vault.person", "vaults_read", "pieces",
    "pieces.giver", "pieces.from_vault", "pieces.giver.friend", "pieces.missing", "friend.note", "friend.pieces.giver", "missing", "hoard.paper",
]  # fmt: skip
OPERATORS: tuple[Operator, ...] = get_args(Operator)


def questions(seed: int, number: int) -> Iterator[tuple[str, Ask]]:
    """So many lists asked for at random, then everything else there is to ask of one record and of the types."""
    random = Random(seed)
    for _ in range(number):
        wanted = query(random)
        yield f"select {asdict(wanted)}", _select("person", wanted)
    for record_type in ("person", "note", "box", "vault", "case", "user"):
        yield from _of_type(random, record_type)
    for record_type in ("case", "person", "vault", "missing"):
        for id in range(1, 8):
            yield from _of_process(record_type, id)


def answer(asked: World, ask: Ask) -> Any:
    """What is answered, a refusal included."""
    try:
        return ask(asked)
    except KartotekError as refused:
        said = [one.wire() for one in refused.problems]
        return {"error": type(refused).__name__, "sentence": refused.sentence, "params": dict(refused.params), "problems": said}


def _select(record_type: str, query: Query) -> Ask:
    def ask(asked: World) -> Any:
        """All pages, with their cursors."""
        pages, cursor = [], query.cursor
        for _ in range(8):
            found = asked.engine.select(HELPER, record_type, replace(query, cursor=cursor))
            pages.append(asdict(found))
            if not found.next:
                break
            cursor = found.next
        return pages

    return ask


def query(random: Random) -> Query:
    """A list asked for at random."""

    def some(of: list[str], chance: float = 0.25) -> tuple[str, ...]:
        return tuple(random.sample(of, random.randint(1, 2))) if random.random() < chance else ()

    conditions = tuple(
        Condition(tuple(random.choice(PATHS).split(".")), random.choice(OPERATORS), random.choice([*WORDS, "1", "7", "true", "2", "99.50"]))
        for _ in range(random.choice((0, 0, 0, 1, 1, 2)))
    )
    return Query(
        filter=formula(random, 2) if random.random() < 0.7 else "", conditions=conditions,
        search=random.choice(WORDS) if random.random() < 0.2 else "",
        sort=tuple(random.choice(("", "-")) + one for one in some([*FIELDS[:-2], "meta.version", "friend.name"])),
        fields=some(FIELDS) or None, expand=some(EXPANSIONS), limit=random.choice((1, 2, 3, 50)),
        count=random.random() < 0.3, titles=random.random() < 0.3,
    )  # fmt: skip


def formula(random: Random, deepest: int) -> str:
    """A condition over `record`; it may name what is hidden or is not there."""
    if deepest and random.random() < 0.5:
        left, right = formula(random, deepest - 1), formula(random, deepest - 1)
        return random.choice((f"({left}) && ({right})", f"({left}) || ({right})", f"!({left})", f"({left}) ? ({right}) : false"))
    return random.choice((_of_text, _of_number, _of_list, _of_list, _of_set, _of_reference))(random)


def _of_text(random: Random, path: str = "") -> str:
    path, word = path or random.choice(TEXTS), repr(random.choice(WORDS))
    return random.choice((
        f"{path} {random.choice(('==', '!=', '<', '<=', '>', '>='))} {word}", f"{path}.startsWith({word})", f"{path}.endsWith({word})",
        f"{path}.contains({word})", f"{path} in [{word}, 'zebra']", f"isSet({path})", f"size({path}) > {random.randint(3, 6)}",
        f"{path} == {random.choice(TEXTS)}", f"{path} != null",
    ))  # fmt: skip


def _of_number(random: Random) -> str:
    path, number = random.choice(NUMBERS), random.choice((0, 1, 2, 3, 7, 10, 70, 1995))
    if "salary" in path:
        return f"{path} > {random.choice(('20.0', '5.0'))}"
    return random.choice((f"{path} {random.choice(('==', '!=', '<', '<=', '>', '>='))} {number}", f"{path} in [{number}, 7]", f"isSet({path})"))


def _of_list(random: Random) -> str:
    path = random.choice([*LISTS, "record.marks"])
    if path == "record.marks":
        return random.choice((
            "'a' in record.marks", "record.marks.exists(m, m == 'a')", "record.marks.all(m, m == 'b')", "'b' in record.friend.marks",
            "record.friend.marks.all(m, m == 'a')",
        ))  # fmt: skip
    member = random.choice(LISTS[path])
    inner = "x.cost > 5.0" if member == "x.cost" else _of_text(random, member)
    return f"{path}.{random.choice(('exists', 'all'))}(x, {inner})"


def _of_set(random: Random) -> str:
    return f"isSet({random.choice(SETS)})"


def _of_reference(random: Random) -> str:
    number = random.choice((1, 2, 4))
    return random.choice((
        f"record.vault == {number}", f"{number} in record.vaults_read", f"record.pieces.exists(x, x.giver == {number})",
        f"record.pieces.exists(x, x.from_vault == {number})", f"record.note == {number}", "record.vault == null", "record.note == null",
        f"record.note.person == {number}", f"record.friend == {number}",
    ))  # fmt: skip


def _of_type(random: Random, name: str) -> Iterator[tuple[str, Ask]]:
    yield f"describe {name}", lambda asked: asked.engine.describe(HELPER, name)
    yield f"types {name}", lambda asked: asked.engine.types(HELPER)
    yield f"draft {name}", lambda asked: asked.engine.draft(HELPER, name)
    for given in ({"note": 4}, {"note": 1}, {"friend": 2}, {"friend": 1, "vault": 1}, {"secret": "x"}):
        yield f"draft {name} {given}", lambda asked, given=given: asked.engine.draft(HELPER, name, given=given)
    yield f"titles {name}", lambda asked: asked.engine.title(HELPER, name, range(1, 14))
    for trash in (False, True):
        for search in ("", *WORDS):
            query = Query(search=search, titles=True, count=True, limit=3, trash=trash)
            yield f"list {name} {search!r} {trash}", _select(name, query)
    for fields in (("name",), ("inside",), ("name", "inside"), ("title", "text", "person")):
        query = Query(fields=fields, expand=("person",) if "title" in fields else ())
        yield f"list {name} {fields}", _select(name, query)
    for path in ("friend", "note", "vault", "vaults_read", "pieces.giver", "pieces.from_vault", "person", "secret", "missing"):
        for search in ("", "alpha", "zebra", "Person"):
            more = random.choice(({}, {"ids": (1, 2, 4, 5, 8, 9)}))
            yield f"options {name}.{path} {search} {more}", _options(name, path, search, more)
    for id in range(1, 11):
        yield from _of_record(random, name, id)


def _options(name: str, path: str, search: str, more: dict[str, Any]) -> Ask:
    return lambda asked: asked.engine.options(HELPER, name, tuple(path.split(".")), search=search, **more)


def _of_record(random: Random, name: str, id: int) -> Iterator[tuple[str, Ask]]:
    asked_for = {"expand": tuple(random.sample(EXPANSIONS[:6], 2)), "titles": True} if name == "person" else {"titles": True}
    for more in ({}, asked_for, {"trash": True}, {"fields": ("name",)}):
        yield f"get {name} {id} {more}", lambda asked, more=more: asked.engine.get(HELPER, name, id, **more)
    yield f"history {name} {id}", lambda asked: [asdict(asked.engine.history(HELPER, name, id, limit=50))]
    yield f"inverses {name} {id}", lambda asked: [{**one, "page": asdict(one["page"])} for one in asked.engine.inverses(HELPER, name, id)]
    for minutes in (5, 12, 20, 40, 60):
        yield f"{name} {id} after {minutes}", _as_of(name, id, minutes)


def _of_process(name: str, id: int) -> Iterator[tuple[str, Ask]]:
    """What can be done with a record, and doing it wrongly and rightly; what is done is done in both worlds."""
    yield f"transitions {name} {id}", lambda asked: asked.engine.processes.transitions(HELPER, name, id)
    yield f"locks {name} {id}", lambda asked: asked.engine.processes.locks(HELPER, name, id)
    yield f"upcoming {name} {id}", lambda asked: asked.engine.timers.upcoming(HELPER, name, id)
    yield f"diagram {name} {id}", lambda asked: asked.engine.diagram(HELPER, name, id)
    for way in ("judge", "lapse", "look", "undo", "missing"):
        for fields in ({"secret": "x"}, {"worth": "1.00"}, {"grade": 0}, {"note": 4}, {"note": 5}, {"missing": 1}, {"gifts": 2}):
            for more in ({}, {"version": 1}, {"comment": "\0"}, {"confirm": {"dear": "x"}}):
                yield f"run {name} {id} {way} {fields} {more}", _run(name, id, way, {"fields": fields, **more})
    for way in ("judge", "look", "transitions", "undo"):
        yield f"run {name} {id} {way}", _run(name, id, way, {"comment": "c"})
    yield f"transitions {name} {id} then", lambda asked: asked.engine.processes.transitions(HELPER, name, id)
    yield f"history {name} {id} then", lambda asked: [asdict(asked.engine.history(HELPER, name, id, limit=50))]


def _run(name: str, id: int, way: str, more: dict[str, Any]) -> Ask:
    return lambda asked: asked.engine.processes.run(HELPER, name, id, way, **more)


def _as_of(name: str, id: int, minutes: int) -> Ask:
    from_start = minutes * 60

    def ask(asked: World) -> Any:
        instant = asked.engine.clock().timestamp() - 3600 + from_start
        return asked.engine.get(HELPER, name, id, as_of=asked.engine.clock().fromtimestamp(instant, tz=asked.engine.clock().tzinfo))

    return ask
