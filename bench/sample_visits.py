"""Sample records of four weeks: bookings, and what follows from them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from sample_people import skin
from sample_values import Line, date, key, minutes_of, moment
from sample_words import COMMENTS, ROOMS, SERVICES, WORKING

DAYS_BACK, DAYS_AHEAD = 21, 7
OPENS, NOON, CLOSES = 10 * 60, 12 * 60, 20 * 60  # minutes of the day
REGULARS = tuple(1 / (rank + 25) for rank in range(1, 201))  # the first customers come more often


def bookings(chance: random.Random, people: list[Line]) -> list[Line]:
    """Four weeks; nobody and no room is in two places at once."""
    health = [frozenset(one["fields"].get("conditions", ())) for one in people]
    plan: list[tuple[int, int, Line]] = []
    for day in range(-DAYS_BACK, DAYS_AHEAD + 1):
        rooms_until = dict.fromkeys(range(1, len(ROOMS) + 1), 0)
        busy: dict[int, int] = {}  # customer → the minute they are free again
        starts = _starts(chance)
        for begin, member, chosen in starts:
            room = next((room for room, until in rooms_until.items() if until <= begin), None)
            (customer,) = chance.choices(range(1, 201), REGULARS)
            length = sum(minutes_of(SERVICES[one - 1][2]) for one in chosen)
            if room is None or busy.get(customer, 0) > begin:
                continue
            rooms_until[room], busy[customer] = begin + length + 10, begin + length
            fields: Line = {
                "customer": key(f"customer{customer}"),
                "staff": key(f"staff{member}"),
                "room": key(f"room{room}"),
                "channel": chance.choice(("phone", "wechat", "wechat", "walk_in", "app")),
                "starts_at": moment(day, begin),
                "ends_at": moment(day, begin + length),
                "lines": [{"service": key(f"service{one}")} for one in chosen],
            }
            more = _state(chance, day, begin, fields)
            if day >= 0 and any(health[customer - 1] & set(SERVICES[one - 1][5]) for one in chosen):
                more["confirm"] = {"suits_health": "电话询问过，按要求调整。"}
            plan.append((day, begin, {"fields": fields, **more}))
    plan.sort(key=lambda one: one[:2])
    return [{"key": f"booking{number}", **line} for number, (_, _, line) in enumerate(plan, 1)]


def _starts(chance: random.Random) -> list[tuple[int, int, tuple[int, ...]]]:
    """(minute, staff number, service numbers) of one day, in the order of the clock."""
    found = []
    for member in range(1, WORKING + 1):
        now = OPENS + chance.choice((0, 0, 30, 60))
        while True:
            chosen = tuple(chance.sample(range(1, len(SERVICES) + 1), 2 if chance.random() < 0.2 else 1))
            length = sum(minutes_of(SERVICES[one - 1][2]) for one in chosen)
            if now + length > CLOSES:
                break
            if chance.random() < 0.55:
                found.append((now, member, chosen))
            now += length + chance.choice((15, 15, 30, 60))
    return sorted(found)


def _state(chance: random.Random, day: int, begin: int, fields: Line) -> Line:
    """The state of a booking; one that was cancelled gets its reason."""
    if day > 0:
        return {"state": chance.choices(("confirmed", "requested"), (75, 25))[0]}
    if day == 0:
        return {"state": "completed" if begin < NOON else "confirmed"}
    state = chance.choices(("completed", "cancelled", "no_show"), (90, 6, 4))[0]
    if state == "cancelled":
        fields["cancel_reason"] = chance.choice(("临时有事", "身体不适", "Changed her mind", "改期"))
    return {"state": state}


def completed(all_bookings: list[Line]) -> list[Line]:
    """Those that took place."""
    return [one for one in all_bookings if one["state"] == "completed"]


def reviews(chance: random.Random, all_bookings: list[Line]) -> Iterator[Line]:
    for number, one in enumerate((line for line in completed(all_bookings) if chance.random() < 0.25), 1):
        fields = one["fields"]
        rating = chance.choices((5, 4, 3, 2, 1), (58, 26, 10, 4, 2))[0]
        given: Line = {
            "customer": fields["customer"],
            "booking": key(one["key"]),
            "staff": fields["staff"],
            "given_at": fields["ends_at"],
            "rating": rating,
            "attitude": min(5, max(1, rating + chance.choice((-1, 0, 0, 1)))),
        }
        if chance.random() < 0.7:
            given["comment"] = chance.choice(COMMENTS[rating])
        state = "published" if rating > 2 else "to_handle"
        if rating <= 2 and chance.random() < 0.5:
            given["reply"], state = "非常抱歉，我们会联系您。", "replied"
        yield {"key": f"review{number}", "fields": given, "state": state}


def complaints(chance: random.Random, all_bookings: list[Line]) -> Iterator[Line]:
    texts = (
        ("waiting", "等了半个小时才开始。"),
        ("quality", "做完第二天脸上起了红疹。"),
        ("attitude", "前台接电话不耐烦。"),
        ("price", "The price at the desk was not the one online."),
        ("product", "买的面霜过期了。"),
        ("attitude", "一直推销办卡。"),
        ("waiting", "My booking was forgotten."),
        ("other", "停车不方便。"),
    )
    for number, ((subject, text), one) in enumerate(
        zip(texts, chance.sample(completed(all_bookings), len(texts)), strict=True), 1
    ):
        state = chance.choice(("new", "investigating", "closed"))
        fields: Line = {
            "customer": one["fields"]["customer"],
            "booking": key(one["key"]),
            "received_at": one["fields"]["ends_at"],
            "subject": subject,
            "text": text,
            "severity": chance.choice(("minor", "normal", "serious")),
        }
        if state == "closed":
            fields["resolution"] = "致电道歉并安排补做。"
            fields["root_cause"], fields["prevention"] = "高峰时段人手不足。", "周末增加一名前台。"
        yield {"key": f"complaint{number}", "fields": fields, "state": state}


def cards(chance: random.Random) -> Iterator[Line]:
    for number, customer in enumerate(sorted(chance.sample(range(1, 121), 45)), 1):
        service = chance.randint(1, len(SERVICES))
        price = SERVICES[service - 1][3] * 10 * 85 // 100
        yield {
            "key": f"card{number}",
            "fields": {
                "customer": key(f"customer{customer}"),
                "service": key(f"service{service}"),
                "paid": f"{price}.00",
                "sold_on": date(-DAYS_BACK - number),
                "expires_on": date(365 - DAYS_BACK - number),
            },
        }


def card_entries(chance: random.Random, count: int) -> Iterator[Line]:
    for number in range(1, count + 1):
        sold = -DAYS_BACK - number
        yield {"fields": {"card": key(f"card{number}"), "at": moment(sold, 15 * 60), "kind": "sale", "sessions": 10}}
        if chance.random() < 0.3:
            yield {
                "fields": {
                    "card": key(f"card{number}"),
                    "at": moment(sold, 15 * 60 + 1),
                    "kind": "gift",
                    "sessions": 1,
                    "note": "开业赠送",
                }
            }
        for use in range(chance.randint(0, 8)):
            yield {
                "fields": {
                    "card": key(f"card{number}"),
                    "at": moment(min(-1, sold + 2 + 3 * use), 16 * 60),
                    "kind": "use",
                    "sessions": -1,
                }
            }


def skin_checks(chance: random.Random) -> Iterator[Line]:
    for number in range(1, 121):
        fields: Line = {
            "customer": key(f"customer{chance.randint(1, 200)}"),
            "checked_on": date(-chance.randint(1, 300)),
            "staff": key(f"staff{chance.randint(1, WORKING)}"),
            "moisture": chance.randint(18, 62),
            "oil": chance.randint(10, 70),
            **{name: value for name, value in skin(chance).items() if name == "skin_type"},
        }
        fields.setdefault("skin_type", "neutral")
        if chance.random() < 0.6:
            fields["problems"] = sorted(chance.sample(("acne", "spots", "wrinkles", "redness", "pores", "dullness"), 2))
        if chance.random() < 0.4:
            fields["advice"] = chance.choice(
                ("每周补水一次，四周后复查。", "Sunscreen every morning.", "减少去角质，先修护屏障。")
            )
        yield {"key": f"skin_check{number}", "fields": fields}
