"""Writes the reference site's sample records to templates/sample/: the same bytes every time, no real person.

Run `python bench/sample_data.py` after changing it, and commit what it wrote. Dates are written as days from the day of
loading ({"$days": -3, "at": "14:30"}), so that a site made next year still has bookings this week.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

from sample_people import customers, staff
from sample_values import Line, date, key
from sample_visits import bookings, card_entries, cards, complaints, reviews, skin_checks
from sample_words import INQUIRIES, PRODUCTS, ROOMS, SERVICES, WORKING

SEED = 20261121
FOLDER = Path(__file__).resolve().parent.parent / "templates" / "sample"


def services() -> Iterator[Line]:
    for number, (name, category, length, price, cost, ask_first) in enumerate(SERVICES, 1):
        fields: Line = {
            "name": name,
            "category": category,
            "length": length,
            "price": f"{price}.00",
            "cost": f"{cost}.00",
        }
        if ask_first:
            fields["ask_first"] = list(ask_first)
        yield {"key": f"service{number}", "fields": fields}


def rooms() -> Iterator[Line]:
    for number, (name, beds, quiet) in enumerate(ROOMS, 1):
        yield {
            "key": f"room{number}",
            "fields": {"name": name, "beds": beds, "quiet": quiet, "inspected_on": date(-12 * number)},
        }


def products(chance: random.Random) -> Iterator[Line]:
    for number, (name, brand, price) in enumerate(PRODUCTS, 1):
        reorder = chance.choice((3, 5, 8))
        yield {
            "key": f"product{number}",
            "fields": {
                "sku": f"{'LDAN'[number % 4]}{number:03d}-{chance.randint(10, 99)}",
                "name": name,
                "brand": brand,
                "use": "professional" if number % 5 == 0 else "retail",
                "price": f"{price}.00",
                "cost": f"{price * 0.45:.2f}",
                "in_stock": chance.randint(0, 24),
                "reorder_at": reorder,
            },
        }


def opening_hours() -> Iterator[Line]:
    yield {"fields": {"weekdays": list("1234567"), "opens": "10:00", "closes": "20:00"}}


def shifts() -> Iterator[Line]:
    """Everybody works five days or six; who has which day off follows from the number."""
    for number in range(1, WORKING + 1):
        off = {str(number % 7 + 1), str((number + 3) % 7 + 1)} if number % 2 else {str(number % 7 + 1)}
        days = [day for day in "1234567" if day not in off]
        yield {"fields": {"staff": key(f"staff{number}"), "weekdays": days, "opens": "10:00", "closes": "20:00"}}


def inquiries() -> Iterator[Line]:
    for number, (name, wanted, text) in enumerate(INQUIRIES, 1):
        fields: Line = {
            "name": name,
            "mobile": f"+86139000002{number:02d}",
            "wanted": wanted,
            "day": date(number),
            "text": text,
            "agrees": True,
        }
        yield {"fields": fields}


def files() -> dict[str, list[Line]]:
    """{file name: its lines}; the number in front is the order of loading."""
    chance = random.Random(SEED)
    found = {
        "10_service": list(services()),
        "12_opening_hours": list(opening_hours()),
        "15_room": list(rooms()),
        "20_staff": list(staff()),
        "22_shift": list(shifts()),
        "25_product": list(products(chance)),
        "30_customer": list(customers(chance)),
    }
    found["40_booking"] = bookings(chance, found["30_customer"])
    found["50_card"] = list(cards(chance))
    found["55_card_entry"] = list(card_entries(chance, len(found["50_card"])))
    found["60_skin_check"] = list(skin_checks(chance))
    found["70_review"] = list(reviews(chance, found["40_booking"]))
    found["80_complaint"] = list(complaints(chance, found["40_booking"]))
    found["90_inquiry"] = list(inquiries())
    return {f"{name}.jsonl": lines for name, lines in found.items()}


def text(lines: list[Line]) -> str:
    """One record a line."""
    return "".join(json.dumps(one, ensure_ascii=False, separators=(", ", ": ")) + "\n" for one in lines)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, lines in files().items():
        (FOLDER / name).write_text(text(lines), encoding="utf-8")
        print(f"{name}: {len(lines)}")


if __name__ == "__main__":
    main()
