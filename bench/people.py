"""The people that are measured: 20 fields each, the same for the same number, no real person."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from declared import CITIES, LEVELS, SOURCES, TAGS
from sample_words import FEMALE, MALE, SURNAMES

STAFF = 40
ORDERS = 2000
_FIRST = ("Anna", "Émile", "Jürgen", "María", "Søren", "Zoë", "Peter", "Nina", "Łukasz", "Ida")
_LAST = ("Müller", "Martin", "García", "Novák", "Berg", "Rossi", "Silva", "Kowalski", "Weber", "Lang")
Fields = dict[str, Any]


def name_of(chance: random.Random) -> str:
    """Three of four are Chinese."""
    if chance.random() < 0.75:
        return chance.choice(SURNAMES) + chance.choice(FEMALE + MALE)
    return f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"


def person(number: int) -> Fields:
    """The wire of the n-th person; `age` and `worth` are computed by whoever keeps them."""
    chance = random.Random(number)
    return {
        "name": name_of(chance),
        "mobile": f"+8613{100000000 + number:09d}",
        "email": f"person{number}@example.org",
        "sex": chance.choice(("female", "male")),
        "level": chance.choices(LEVELS, (60, 25, 10, 5))[0],
        "tags": chance.sample(TAGS, chance.randint(0, 3)),
        "birth_date": f"{chance.randint(1950, 2005)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
        "joined_on": f"{chance.randint(2015, 2025)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
        "city": chance.choice(CITIES),
        "street": f"{chance.choice(('Long Road', 'Lake Street', '南京西路', '延安路'))} {chance.randint(1, 900)}",
        "source": chance.choice(SOURCES),
        "points": chance.randint(0, 5000),
        "balance": f"{chance.randint(0, 900000) / 100:.2f}",
        "rate": f"{chance.randint(50, 150) / 100:.2f}",
        "agrees": chance.random() < 0.5,
        "advisor": chance.randint(1, STAFF),
        "note": "" if chance.random() < 0.5 else f"Note {number}: prefers the afternoon.",
        "secret": f"Known since {number}.",
    }  # fmt: skip


def people(first: int, last: int) -> Iterator[Fields]:
    """Those from `first` up to and without `last`; empty texts are left out, as a form leaves them out."""
    for number in range(first, last):
        yield {name: value for name, value in person(number).items() if value != ""}


def staff() -> Iterator[Fields]:
    """Those whom the people refer to; their ids are 1 to STAFF."""
    for number in range(1, STAFF + 1):
        yield {"name": name_of(random.Random(-number)), "room": f"R{number}"}


def orders() -> Iterator[Fields]:
    """What the workflow is measured on."""
    for number in range(1, ORDERS + 1):
        yield {"name": f"Order {number}", "price": f"{number % 900}.50"}
