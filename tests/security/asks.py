"""Asks: requests of every sort at the addresses that only tell, drawn with a fixed seed over the inventory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from random import Random
from urllib.parse import urlencode

from inventory import Way
from questions import EXPANSIONS, FIELDS, OPERATORS, PATHS, WORDS, formula, query
from veiled_site import NAMES

from kartotek.model.conditions import PERIODS, written_name
from kartotek.model.query import Query

Pairs = list[tuple[str, str]]
TYPES = ("person", "person", "person", "dossier", "dossier", "dossier", "note", "case", "visit", "visit", "box", "place", "vault", "wish", "user", "nopes")
OTHERS = {"transition": ("look", "judge", "undo", "again", "nopes"), "form": ("ask", "nopes"), "digest": ("x",), "static file": ("nopes",)}
MOMENTS = ("2026-11-21T10:00:00Z", "2026-11-21T10:20:00Z", "2026-11-21T10:45:00Z", "2026-11-21T11:15:00Z", "2027-01-01T00:00:00Z", "soon")

_WORD = re.compile(r"[a-z_]+")


def asks(random: Random, ways: Sequence[Way], number: int) -> Iterator[tuple[Way, str, dict[str, str]]]:
    """(way, address, form): each way at least three times, those that take much a good deal more often."""
    rest = [one for one in ways for _ in range(12 if one.endpoint in PARAMETERS else 3 if one.parts else 1)]
    for way in [*(one for one in ways for _ in range(3)), *random.choices(rest, k=number)]:
        parts = {name: _named(random, name) for _, name in way.parts}
        address = way.address(parts).partition("?")[0]
        names = NAMES if parts.get("type") == "dossier" else {}
        text = urlencode(_renamed(PARAMETERS.get(way.endpoint, _some)(random), names))
        form = dict(_renamed(FORMS[way.endpoint](random).items(), names)) if way.endpoint in FORMS else {}
        yield way, f"{address}?{text}" if text else address, form


def _renamed(pairs: Iterable[tuple[str, str]], names: Mapping[str, str]) -> Pairs:
    return [(_WORD.sub(lambda found: names.get(found[0], found[0]), name), _WORD.sub(lambda found: names.get(found[0], found[0]), text)) for name, text in pairs]


def _named(random: Random, name: str) -> str:
    if name == "type":
        return random.choice(TYPES)
    return random.choice(OTHERS.get(name) or [str(one) for one in range(1, 10)])


def _maybe(random: Random, chance: float, *pairs: tuple[str, str]) -> Pairs:
    return [random.choice(pairs)] if random.random() < chance else []


def _some(random: Random) -> Pairs:
    """What any address may be asked, most of which it refuses."""
    return _maybe(random, 0.3, ("limit", "2"), ("limit", "0"), ("trash", "1"), ("nopes", "1"), ("search", "amber"), ("cursor", "AAAA"))


def _list(random: Random) -> Pairs:
    asked: Query = query(random)
    pairs = [(written_name(one), one.text or "") for one in asked.conditions]
    pairs += [(name, ",".join(given)) for name in ("sort", "fields", "expand") if (given := getattr(asked, name))]
    pairs += [(name, given) for name in ("filter", "search") if (given := getattr(asked, name))]
    pairs += [(name, "true") for name in ("titles",) if asked.titles] + ([("count", "exact")] if asked.count else [])
    return [*pairs, ("limit", str(asked.limit)), *_maybe(random, 0.15, ("trash", "true"), ("broken", "light"), ("broken", "light,nopes"))]


def _page_list(random: Random) -> Pairs:
    pairs = [one for one in _list(random) if one[0] not in ("fields", "expand", "titles", "limit")]
    columns = ",".join(random.sample([*FIELDS, "meta.created_by"], 3))
    more = ("columns", columns), ("back", "~"), ("cursor", "AAAA"), ("trash", "1")
    return [*pairs, *_maybe(random, 0.4, *more), *_maybe(random, 0.1, *_filter(random))]


def _filter(random: Random) -> Pairs:
    path = random.choice(PATHS)
    typed = [("~one", random.choice(WORDS)), ("~first", "1"), ("~last", "9"), ("~period", random.choice(PERIODS)), ("~days", "3"), ("~in", path)]
    return [("~path", path), ("~operator", random.choice([*OPERATORS, "is_empty", "is_set"])), *random.sample(typed, 2)]


def _export(random: Random) -> Pairs:
    pairs = [one for one in _list(random) if one[0] not in ("count", "limit", "titles")]
    return [*pairs, ("format", "csv"), *_maybe(random, 0.3, ("language", "zh"), ("language", "xx"))]


def _record(random: Random) -> Pairs:
    pairs = [(name, ",".join(random.sample(of, random.randint(1, 3)))) for name, of in (("fields", FIELDS), ("expand", EXPANSIONS)) if random.random() < 0.4]
    return [*pairs, *_maybe(random, 0.3, *(("as_of", one) for one in MOMENTS)), *_maybe(random, 0.4, ("titles", "true"), ("trash", "true"))]


def _slots(random: Random) -> Pairs:
    keys = [(key, value) for key in ("place", "person", "spot") for value in ("", "1", "3", "99") if random.random() < 0.2]
    given = _maybe(random, 0.5, ("given.spot", "3"), ("given.person", "1"), ("given.word", "amber"), ("given.place", "3"), ("given.stage", "seen"))
    wanted = _maybe(random, 0.5, ("filter.place", "record.shown"), ("filter.spot", "record.word == 'wild'"), ("filter.person", formula(random, 1)))
    more = _maybe(random, 0.4, ("except", "1"), ("except", "5"), ("near", "2026-12-03T10:00:00Z"), ("step", "PT30M"), ("limit", "20"))
    return [("from", "2026-12-01T09:00:00Z"), ("to", "2026-12-05T12:00:00Z"), ("duration", "PT1H"), *keys, *given, *wanted, *more]


def _search(random: Random) -> Pairs:
    return [("q", random.choice([*WORDS, "p", "vis", "Case"])), *_maybe(random, 0.3, ("limit", "1"), ("limit", "50"))]


def _choices(random: Random) -> Pairs:
    paths = ("note", "friend", "vault", "vaults_read", "secret", "nopes", "pieces/0/giver", "pieces/0/from_vault", "login", "place", "person", "spot")
    return [("field", f"/{random.choice(paths)}"), ("search", random.choice(WORDS))]


def _new(random: Random) -> Pairs:
    return [(random.choice(FIELDS), random.choice(("1", "4", "2", "x"))) for _ in range(random.randint(0, 2))]


def _bulk(random: Random) -> Pairs:
    ids = [("id", str(random.randint(1, 10))) for _ in range(3)]
    return [*ids, ("~do", random.choice(("change", "step", "delete", "restore"))), ("~field", random.choice(FIELDS)), ("~step", "look")]


PARAMETERS: dict[str, Callable[[Random], Pairs]] = {
    "api.records": _list, "web.listing": _page_list, "web.filter": lambda random: _page_list(random) + _filter(random),
    "web.columns": _page_list, "web.export": _page_list, "api.export": _export, "api.record": _record, "api.availability": _slots,
    "api.search": _search, "web.found": _search, "web.choices": _choices, "web.new": _new, "web.bulk": _bulk,
    "web.record": lambda random: _maybe(random, 0.3, ("trash", "1")), "web.history": _some, "api.history": _some,
}  # fmt: skip
FORMS: dict[str, Callable[[Random], dict[str, str]]] = {
    "web.send_export": lambda random: {"format": "csv", "~list": "?" + urlencode(_page_list(random)), "columns": random.choice(("shown", "all"))},
    "web.preview": lambda random: {"path": f"/{random.choice(FIELDS)}", "text": "*x*"},
    "web.choose_columns": lambda random: {"columns": random.choice(FIELDS)},
    "web.choose_language": lambda random: {"language": random.choice(("en", "en", "xx"))},
}  # fmt: skip
