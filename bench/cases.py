"""What is measured: the requests to us and to the floor, and the milliseconds of CPU that each may cost."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from declared import CITIES, LISTED
from floor import TOKEN
from people import ORDERS, person
from servers import Server, call
from wrk import Line

_MANY = 400
_NARROW = "fields=" + ",".join(LISTED)
_NEW = {name: value for name, value in person(7).items() if name not in ("mobile", "secret")}


@dataclass(frozen=True)
class Case:
    """`ours` and `floor` are requests sent in turn; `page` asks with a cookie instead of a token."""

    name: str
    aim: float | None
    ours: Sequence[Line]
    floor: Sequence[Line] = ()
    page: bool = False

    def headers(self, token: str, cookie: str) -> Mapping[str, str]:
        """How we are asked."""
        return {"Cookie": cookie} if self.page else {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def floor_headers(self) -> Mapping[str, str]:
        """How the floor is asked."""
        return {"Cookie": f"session={TOKEN}"} if self.page else {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


def cases(server: Server, token: str, number: int) -> list[Case]:
    """All of them, for a site of so many people; a few requests find out who may be asked for."""
    chance = random.Random(1)
    read, written = _allowed(number, chance, _readable), _allowed(number, chance, _writable)
    cities = [(city, chance.randint(300, 2500)) for city in CITIES for _ in range(10)]
    cursors, places = _deep(server, token, number)
    words = _words(number, chance)
    lists = [
        Case("get", 0.9, _gets("/records/person/{}", read), _gets("/people/{}", read, root="")),
        Case("list of 50", 1.8, [_get(f"/records/person?{_NARROW}")], [("GET", "/people", "")]),
        Case("list of 50, whole", None, [_get("/records/person")], [("GET", "/people?whole=1", "")]),
        Case(
            "filtered list", 1.8, [_get(f"/records/person?{_NARROW}&city={quote(city)}&points[gte]={points}") for city, points in cities],
            [("GET", f"/people?city={quote(city)}&points={points}", "") for city, points in cities],
        ),
        Case(
            "deep page", 1.8, [_get(f"/records/person?{_NARROW}&cursor={quote(one)}") for one in cursors],
            [("GET", f"/people?after={quote(name)}&id={id}", "") for name, id in places],
        ),
        Case(
            "search", 3, [_get(f"/records/person?{_NARROW}&limit=20&search={quote(one)}") for one in words],
            [("GET", f"/people?limit=20&search={quote(one)}", "") for one in words],
        ),
        Case("expand", 2.6, [_get(f"/records/person?{_NARROW}&expand=advisor")], [("GET", "/people?expand=1", "")]),
    ]  # fmt: skip
    new = {"fields": {**_NEW, "mobile": "+861@n@000"}}
    changed = json.dumps({"fields": {"points": "@n@"}}).replace('"@n@"', "@n@")
    writes = [
        Case("create", 2.2, [("POST", "/api/v1/records/person", json.dumps(new))], [("POST", "/people", json.dumps(new))]),
        Case(
            "update", 1.8, [("PATCH", f"/api/v1/records/person/{id}", changed) for id in written],
            [("PATCH", f"/people/{id}", changed) for id in written],
        ),
    ]  # fmt: skip
    pages = [
        Case("HTML list", 5, [("GET", "/r/person/", "")], [("GET", "/page/people", "")], page=True),
        Case("HTML form", 4, _gets("/r/person/{}/edit", written, root=""), _gets("/page/people/{}", written, root=""), page=True),
    ]
    return [*lists, *writes, *pages, *_without_floor(read)]


def _without_floor(read: Sequence[int]) -> list[Case]:
    ways = [("POST", f"/api/v1/records/order/{id}/transitions/close", "{}") for id in range(1, ORDERS + 1)]
    back = [(method, path.replace("close", "reopen"), body) for method, path, body in ways]
    return [
        Case("HTML record", None, _gets("/r/person/{}", read, root=""), page=True),
        Case("transition", None, [*ways, *back]),
        Case("what can be done", None, [("GET", line[1].rpartition("/")[0], "") for line in ways]),
    ]


def _get(path: str) -> Line:
    return "GET", f"/api/v1{path}", ""


def _gets(path: str, ids: Sequence[int], root: str = "/api/v1") -> list[Line]:
    return [("GET", root + path.format(id), "") for id in ids]


def _readable(id: int) -> bool:
    fields = person(id)
    return bool(fields["level"] != "vip" or fields["agrees"])


def _writable(id: int) -> bool:
    return bool(person(id)["level"] != "vip")


def _allowed(number: int, chance: random.Random, holds: Callable[[int], bool]) -> list[int]:
    """Ids of those who may be asked for: the people were loaded in the order of their numbers."""
    return [id for id in (chance.randint(1, number) for _ in range(_MANY)) if holds(id)]


def _deep(server: Server, token: str, number: int) -> tuple[list[str], list[tuple[str, int]]]:
    """Cursors in the second half of the list, and the people they stand for."""
    cursors, places, cursor = [], [], ""
    for page in range(number * 3 // 4 // 200):
        found = call(server, f"/records/person?fields=name&limit=200&cursor={quote(cursor)}", token)
        cursor = found["next"]
        if page * 200 > number // 2:
            cursors.append(cursor)
            places.append((found["items"][-1]["fields"]["name"], found["items"][-1]["id"]))
    return cursors, places


def _words(number: int, chance: random.Random) -> list[str]:
    """Names, two signs of names, parts of telephone numbers."""
    found = []
    for _ in range(_MANY):
        fields = person(chance.randint(1, number))
        name: str = fields["name"]
        found.append(chance.choice((name, name[-2:] if name[0] > "一" else name.split()[1], fields["mobile"][-6:])))
    return found
