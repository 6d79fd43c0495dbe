"""Sample records of people: staff and customers."""

from __future__ import annotations

import random
from collections.abc import Iterator

from sample_values import Line, date, key
from sample_words import (
    CITIES,
    ENGLISH,
    FEMALE,
    MALE,
    ROOM_WORDS,
    SERVICES,
    STAFF,
    STREETS,
    SURNAMES,
    TWO_SURNAMES,
    WORKING,
)


def staff() -> Iterator[Line]:
    for number, (name, grade, color, commission) in enumerate(STAFF, 1):
        left = number == len(STAFF)
        fields: Line = {
            "name": name,
            "grade": grade,
            "color": color,
            "commission": commission,
            "active": not left,
            "joined_on": date(-400 - 90 * number),
            "phone": f"+86136000001{number:02d}",
            "confidentiality_signed_on": date(-399 - 90 * number),
            "health_certificate_until": date(30 * number),
            "services": [
                key(f"service{one}") for one in range(1, len(SERVICES) + 1) if (one + number) % 4 or grade == "director"
            ],
        }
        if left:
            fields["left_on"] = date(-60)
        yield {"key": f"staff{number}", "fields": fields}


def names(chance: random.Random) -> list[tuple[str, str]]:
    """200 different names, each with a sex; two-character names and compound surnames are among them."""
    found: dict[str, str] = {
        name: "male" if name.split()[0] in {"Daniel", "Jack", "Michael", "Tom"} else "female" for name in ENGLISH
    }
    while len(found) < 200:
        sex = "male" if chance.random() < 0.1 else "female"
        surname = chance.choice(TWO_SURNAMES) if chance.random() < 0.04 else chance.choice(SURNAMES)
        found.setdefault(surname + chance.choice(MALE if sex == "male" else FEMALE), sex)
    mixed = list(found.items())
    chance.shuffle(mixed)
    return mixed


def customers(chance: random.Random) -> Iterator[Line]:
    for number, (name, sex) in enumerate(names(chance), 1):
        fields: Line = {
            "name": name,
            "sex": sex,
            "level": chance.choices(("normal", "silver", "gold", "vip"), (60, 22, 12, 6))[0],
        }
        fields["mobile"] = (
            f"+86{chance.choice((135, 136, 137, 138, 139, 150, 151, 158, 159, 186, 187))}0000{number * 37 % 10000:04d}"
        )
        fields["archive_consent"] = True
        fields["reminders"] = chance.random() < 0.7
        fields |= _contact(chance, name, number) | skin(chance) | _health(chance) | _preferences(chance)
        late = number > 170  # referred customers stand last, so that those who sent them are there
        fields["source"] = (
            "referral" if late else chance.choice(("online", "walk_in", "marketplace", "event", "online", "other"))
        )
        if late:
            fields["referrer"] = key(f"customer{chance.randint(1, 170)}")
        yield {"key": f"customer{number}", "fields": fields}


def _contact(chance: random.Random, name: str, number: int) -> Line:
    fields: Line = {}
    if name.isascii() and chance.random() < 0.8:
        fields["email"] = name.lower().replace(" ", ".").replace("'", "") + "@example.org"
    if not name.isascii() and chance.random() < 0.75:
        fields["wechat"] = f"wx_{number:03d}{chance.randint(100, 999)}"
    if chance.random() < 0.4:
        city, districts = chance.choice(CITIES)
        fields["address"] = {
            "city": city,
            "district": chance.choice(districts),
            "street": f"{chance.choice(STREETS)}{chance.randint(1, 900)}号",
        }
    if chance.random() < 0.7:
        fields["birthday"] = f"{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    if chance.random() < 0.35:
        fields["birth_date"] = date(-chance.randint(18 * 365, 62 * 365))
    if chance.random() < 0.5:
        fields["marketing"] = sorted(chance.sample(("sms", "wechat", "email"), chance.randint(1, 3)))
    return fields


def skin(chance: random.Random) -> Line:
    fields: Line = {}
    if chance.random() < 0.85:
        fields["skin_type"] = chance.choice(("dry", "oily", "combination", "combination", "neutral"))
        fields["sensitivity"] = chance.randint(1, 5)
    if chance.random() < 0.6:
        fields["skin_problems"] = sorted(
            chance.sample(("acne", "spots", "wrinkles", "redness", "pores", "dullness"), chance.randint(1, 3))
        )
    if chance.random() < 0.2:
        fields["skin_note"] = chance.choice(
            ("换季容易泛红", "T区出油明显", "Prefers fragrance-free products.", "颧骨处有晒斑", "Sunburn last summer.")
        )
    return fields


def _health(chance: random.Random) -> Line:
    if chance.random() > 0.3:
        return {"health_consent": chance.random() < 0.5}
    fields: Line = {
        "health_consent": True,
        "conditions": [
            chance.choice(("pregnancy", "pacemaker", "diabetes", "hypertension", "skin_disease", "recent_surgery"))
        ],
    }
    if chance.random() < 0.4:
        fields["health_note"] = chance.choice(
            ("服用降压药", "Ask again each month.", "医生建议避免高温", "近期复查正常")
        )
    return fields


def _preferences(chance: random.Random) -> Line:
    fields: Line = {}
    if chance.random() < 0.6:
        fields |= {
            "environment": chance.choice(("quiet", "quiet", "normal", "chat")),
            "pressure": chance.choice(("light", "medium", "medium", "strong")),
        }
    if chance.random() < 0.3:
        fields["music"] = chance.choice(ROOM_WORDS)
    if chance.random() < 0.3:
        fields["favourite_staff"] = key(f"staff{chance.randint(1, WORKING)}")
    if chance.random() < 0.15:
        fields["avoid_ingredients"] = chance.choice(("酒精", "香精", "水杨酸", "fragrance", "alcohol"))
    if chance.random() < 0.1:
        fields["special_days"] = [
            {
                "label": chance.choice(("结婚纪念日", "Wedding day", "女儿生日")),
                "day": f"{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
            }
        ]
    return fields
