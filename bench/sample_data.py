"""Writes the reference site's sample records to templates/sample/: the same bytes every time, no real person.

Run `python bench/sample_data.py` after changing it, and commit what it wrote. Dates are written as days from the day of
loading ({"$days": -3, "at": "14:30"}), so that a site made next year still has bookings this week.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SEED = 20261121
FOLDER = Path(__file__).resolve().parent.parent / "templates" / "sample"
DAYS_BACK, DAYS_AHEAD = 21, 7
OPENS, CLOSES = 10 * 60, 20 * 60  # minutes of the day

Line = dict[str, Any]

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
TWO_SURNAMES = ("欧阳", "司马", "上官", "诸葛")
FEMALE = ("芳", "娜", "敏", "静", "丽", "艳", "娟", "霞", "婷", "雪", "慧", "莹", "琳", "晓燕", "美玲", "雨桐", "思琪", "梦瑶", "佳怡", "欣怡", "子涵", "诗涵", "若曦", "雅静", "淑华", "秀英", "桂英", "玉兰", "婉清", "语嫣")
MALE = ("伟", "强", "磊", "军", "洋", "勇", "杰", "涛", "明", "超", "浩然", "子轩", "宇航", "俊杰", "志强", "建国", "文博", "天佑")
ENGLISH = ("Alice Morgan", "Amelia Clarke", "Anna Kowalska", "Beth Sanders", "Carmen Diaz", "Charlotte Reed", "Chloe Martin", "Claire Dubois", "Daniel Hughes", "Diana Novak",
           "Eleanor Price", "Elena Petrova", "Emily Watson", "Emma Johansson", "Eva Lindqvist", "Fiona O'Brien", "Grace Kim", "Hannah Fischer", "Helen Adams", "Ingrid Berg",
           "Isabel Santos", "Jack Turner", "Jane Foster", "Julia Weber", "Karen Mitchell", "Kate Sullivan", "Laura Bianchi", "Lily Chen", "Linda Park", "Lucy Bennett",
           "Maria Rossi", "Marta Silva", "Mei Tanaka", "Mia Hansen", "Michael Grant", "Nina Ivanova", "Nora Walsh", "Olivia Brown", "Paula Schmidt", "Rachel Green",
           "Rosa García", "Sarah Lee", "Sofia Muñoz", "Sophie Laurent", "Tina Hoffmann", "Tom Ellis", "Vera Popescu", "Wendy Carter", "Yuki Sato", "Zoë Walker")
CITIES = (("上海", ("静安区", "徐汇区", "黄浦区", "长宁区", "浦东新区")),)
STREETS = ("南京西路", "淮海中路", "延安西路", "长乐路", "武康路", "愚园路", "衡山路", "陕西南路")

STAFF = (
    ("林晓梅", "director", "#be185d", "20.0"), ("陈雨欣", "senior", "#2563eb", "15.0"), ("Sophie Zhang", "senior", "#7c3aed", "15.0"), ("赵雅静", "senior", "#0d9488", "15.0"),
    ("周婷", "junior", "#d97706", "10.0"), ("吴佳怡", "junior", "#16a34a", "10.0"), ("何梦瑶", "trainee", "#64748b", "5.0"), ("郑秀兰", "senior", "#475569", "15.0"),
)
WORKING = 6  # the first six take bookings; the trainee does not yet, the last has left

SERVICES = (
    ("深层清洁护理 Deep cleansing", "facial", "PT1H", 298, 62, ()), ("补水焕肤护理 Hydrating facial", "facial", "PT1H15M", 398, 88, ()), ("祛痘调理 Acne care", "facial", "PT1H", 358, 75, ("skin_disease",)),
    ("淡斑美白 Brightening", "facial", "PT1H30M", 568, 130, ("pregnancy", "skin_disease")), ("抗衰紧致 Firming lift", "facial", "PT1H30M", 788, 190, ("pacemaker", "recent_surgery")),
    ("敏感肌舒缓 Calming facial", "facial", "PT1H", 428, 92, ()), ("眼部护理 Eye care", "facial", "PT30M", 198, 40, ()), ("射频提拉 Radio frequency", "facial", "PT1H", 980, 210, ("pregnancy", "pacemaker", "recent_surgery")),
    ("全身精油SPA Aroma body care", "body", "PT1H30M", 498, 110, ("pregnancy",)), ("身体磨砂 Body scrub", "body", "PT45M", 268, 55, ("skin_disease",)), ("肩颈舒缓 Neck and shoulders", "massage", "PT45M", 228, 35, ("recent_surgery",)),
    ("背部经络 Back massage", "massage", "PT1H", 298, 42, ("pregnancy", "recent_surgery")), ("足底按摩 Foot massage", "massage", "PT1H", 188, 25, ("pregnancy",)), ("头部放松 Scalp massage", "massage", "PT30M", 128, 18, ()),
    ("基础手部护理 Manicure", "hands", "PT45M", 128, 26, ()), ("足部护理 Pedicure", "hands", "PT1H", 168, 34, ()), ("睫毛嫁接 Lash extensions", "lashes", "PT1H30M", 388, 85, ()), ("眉形设计 Brow design", "lashes", "PT30M", 98, 12, ()),
)
ROOMS = (("梅 Plum", 1, True), ("兰 Orchid", 1, True), ("竹 Bamboo", 1, False), ("菊 Chrysanthemum", 2, False), ("荷 Lotus", 2, False), ("松 Pine", 1, True))
PRODUCTS = (
    ("洁面乳 Cleanser", "Lumière", 168), ("爽肤水 Toner", "Lumière", 198), ("保湿精华 Hydrating serum", "Lumière", 458), ("保湿面霜 Moisturiser", "Lumière", 388), ("防晒乳 SPF50 Sunscreen", "Lumière", 228),
    ("祛痘凝胶 Acne gel", "净颜堂", 158), ("舒缓面膜 Calming mask", "净颜堂", 128), ("草本洁面 Herbal cleanser", "净颜堂", 98), ("玫瑰纯露 Rose water", "净颜堂", 138), ("山茶花油 Camellia oil", "净颜堂", 268),
    ("视黄醇晚霜 Retinol night cream", "Dermaline", 528), ("维C精华 Vitamin C serum", "Dermaline", 498), ("神经酰胺乳 Ceramide lotion", "Dermaline", 318), ("眼霜 Eye cream", "Dermaline", 428), ("果酸焕肤液 AHA peel", "Dermaline", 388),
    ("薰衣草精油 Lavender oil", "Aromata", 188), ("按摩基础油 Massage base oil", "Aromata", 238), ("身体磨砂膏 Body scrub", "Aromata", 218), ("护手霜 Hand cream", "Aromata", 88), ("足膜 Foot mask", "Aromata", 58),
)
COMMENTS = {
    5: ("非常满意，手法很专业。", "环境安静，服务贴心。", "Wonderful, I nearly fell asleep.", "皮肤明显变亮了！", "Best facial I have had in years.", "下次还会来。"),
    4: ("整体不错。", "Nice and clean, a little cold.", "等了十分钟，其他都很好。", "手法好，力度可以再轻一点。"),
    3: ("一般，没有特别的感觉。", "Fine, but the music was loud.", "推销有点多。"),
    2: ("做完脸有点红。", "I waited twenty minutes."),
    1: ("预约的时间没有人接待，很失望。",),
}
REGULARS = tuple(1 / (rank + 25) for rank in range(1, 201))  # the first customers come more often
ROOM_WORDS = ("轻音乐", "古典", "无", "Jazz", "自然声")


def date(days: int) -> Line:
    """A day, counted from the day of loading."""
    return {"$days": days}


def moment(days: int, minutes: int) -> Line:
    """A moment of such a day, in the site's zone."""
    return {"$days": days, "at": f"{minutes // 60:02d}:{minutes % 60:02d}"}


def key(name: str) -> Line:
    """A reference to another sample record."""
    return {"$key": name}


def minutes_of(duration: str) -> int:
    """PT1H15M → 75."""
    hours, _, rest = duration.removeprefix("PT").partition("H") if "H" in duration else ("0", "", duration.removeprefix("PT"))
    return int(hours) * 60 + int(rest.removesuffix("M") or 0)


def staff() -> Iterator[Line]:
    for number, (name, grade, color, commission) in enumerate(STAFF, 1):
        left = number == len(STAFF)
        fields: Line = {
            "name": name, "grade": grade, "color": color, "commission": commission, "active": not left, "joined_on": date(-400 - 90 * number),
            "phone": f"+86136000001{number:02d}", "confidentiality_signed_on": date(-399 - 90 * number), "health_certificate_until": date(30 * number),
            "services": [key(f"service{one}") for one in range(1, len(SERVICES) + 1) if (one + number) % 4 or grade == "director"],
        }
        if left:
            fields["left_on"] = date(-60)
        yield {"key": f"staff{number}", "fields": fields}


def services() -> Iterator[Line]:
    for number, (name, category, length, price, cost, ask_first) in enumerate(SERVICES, 1):
        fields: Line = {"name": name, "category": category, "length": length, "price": f"{price}.00", "cost": f"{cost}.00"}
        if ask_first:
            fields["ask_first"] = list(ask_first)
        yield {"key": f"service{number}", "fields": fields}


def rooms() -> Iterator[Line]:
    for number, (name, beds, quiet) in enumerate(ROOMS, 1):
        yield {"key": f"room{number}", "fields": {"name": name, "beds": beds, "quiet": quiet, "inspected_on": date(-12 * number)}}


def products(chance: random.Random) -> Iterator[Line]:
    for number, (name, brand, price) in enumerate(PRODUCTS, 1):
        reorder = chance.choice((3, 5, 8))
        yield {"key": f"product{number}", "fields": {
            "sku": f"{'LDAN'[number % 4]}{number:03d}-{chance.randint(10, 99)}", "name": name, "brand": brand, "use": "professional" if number % 5 == 0 else "retail",
            "price": f"{price}.00", "cost": f"{price * 0.45:.2f}", "in_stock": chance.randint(0, 24), "reorder_at": reorder}}


def names(chance: random.Random) -> list[tuple[str, str]]:
    """200 different names, each with a sex; two-character names and compound surnames are among them."""
    found: dict[str, str] = {name: "male" if name.split()[0] in {"Daniel", "Jack", "Michael", "Tom"} else "female" for name in ENGLISH}
    while len(found) < 200:
        sex = "male" if chance.random() < 0.1 else "female"
        surname = chance.choice(TWO_SURNAMES) if chance.random() < 0.04 else chance.choice(SURNAMES)
        found.setdefault(surname + chance.choice(MALE if sex == "male" else FEMALE), sex)
    mixed = list(found.items())
    chance.shuffle(mixed)
    return mixed


def customers(chance: random.Random) -> Iterator[Line]:
    for number, (name, sex) in enumerate(names(chance), 1):
        fields: Line = {"name": name, "sex": sex, "level": chance.choices(("normal", "silver", "gold", "vip"), (60, 22, 12, 6))[0]}
        fields["mobile"] = f"+86{chance.choice((135, 136, 137, 138, 139, 150, 151, 158, 159, 186, 187))}0000{number * 37 % 10000:04d}"
        fields["archive_consent"] = True
        fields["reminders"] = chance.random() < 0.7
        fields |= _contact(chance, name, number) | _skin(chance) | _health(chance) | _preferences(chance)
        late = number > 170  # referred customers stand last, so that those who sent them are there
        fields["source"] = "referral" if late else chance.choice(("online", "walk_in", "marketplace", "event", "online", "other"))
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
        fields["address"] = {"city": city, "district": chance.choice(districts), "street": f"{chance.choice(STREETS)}{chance.randint(1, 900)}号"}
    if chance.random() < 0.7:
        fields["birthday"] = f"{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    if chance.random() < 0.35:
        fields["birth_date"] = date(-chance.randint(18 * 365, 62 * 365))
    if chance.random() < 0.5:
        fields["marketing"] = sorted(chance.sample(("sms", "wechat", "email"), chance.randint(1, 3)))
    return fields


def _skin(chance: random.Random) -> Line:
    fields: Line = {}
    if chance.random() < 0.85:
        fields["skin_type"] = chance.choice(("dry", "oily", "combination", "combination", "neutral"))
        fields["sensitivity"] = chance.randint(1, 5)
    if chance.random() < 0.6:
        fields["skin_problems"] = sorted(chance.sample(("acne", "spots", "wrinkles", "redness", "pores", "dullness"), chance.randint(1, 3)))
    if chance.random() < 0.2:
        fields["skin_note"] = chance.choice(("换季容易泛红", "T区出油明显", "Prefers fragrance-free products.", "颧骨处有晒斑", "Sunburn last summer."))
    return fields


def _health(chance: random.Random) -> Line:
    if chance.random() > 0.3:
        return {"health_consent": chance.random() < 0.5}
    fields: Line = {"health_consent": True, "conditions": [chance.choice(("pregnancy", "pacemaker", "diabetes", "hypertension", "skin_disease", "recent_surgery"))]}
    if chance.random() < 0.4:
        fields["health_note"] = chance.choice(("服用降压药", "Ask again each month.", "医生建议避免高温", "近期复查正常"))
    return fields


def _preferences(chance: random.Random) -> Line:
    fields: Line = {}
    if chance.random() < 0.6:
        fields |= {"environment": chance.choice(("quiet", "quiet", "normal", "chat")), "pressure": chance.choice(("light", "medium", "medium", "strong"))}
    if chance.random() < 0.3:
        fields["music"] = chance.choice(ROOM_WORDS)
    if chance.random() < 0.3:
        fields["favourite_staff"] = key(f"staff{chance.randint(1, WORKING)}")
    if chance.random() < 0.15:
        fields["avoid_ingredients"] = chance.choice(("酒精", "香精", "水杨酸", "fragrance", "alcohol"))
    if chance.random() < 0.1:
        fields["special_days"] = [{"label": chance.choice(("结婚纪念日", "Wedding day", "女儿生日")), "day": f"{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"}]
    return fields


def bookings(chance: random.Random) -> list[Line]:
    """Four weeks; nobody and no room is in two places at once."""
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
                "customer": key(f"customer{customer}"), "staff": key(f"staff{member}"), "room": key(f"room{room}"), "channel": chance.choice(("phone", "wechat", "wechat", "walk_in", "app")),
                "starts_at": moment(day, begin), "ends_at": moment(day, begin + length), "lines": [{"service": key(f"service{one}")} for one in chosen], **_status(chance, day)}
            plan.append((day, begin, fields))
    plan.sort(key=lambda one: one[:2])
    return [{"key": f"booking{number}", "fields": fields} for number, (_, _, fields) in enumerate(plan, 1)]


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


def _status(chance: random.Random, day: int) -> Line:
    if day > 0:
        return {"status": chance.choices(("confirmed", "requested"), (75, 25))[0]}
    if day == 0:
        return {"status": "confirmed"}
    status = chance.choices(("completed", "cancelled", "no_show"), (90, 6, 4))[0]
    return {"status": status, "cancel_reason": chance.choice(("临时有事", "身体不适", "Changed her mind", "改期"))} if status == "cancelled" else {"status": status}


def completed(all_bookings: list[Line]) -> list[Line]:
    """Those that took place."""
    return [one for one in all_bookings if one["fields"]["status"] == "completed"]


def reviews(chance: random.Random, all_bookings: list[Line]) -> Iterator[Line]:
    for number, one in enumerate((line for line in completed(all_bookings) if chance.random() < 0.25), 1):
        fields = one["fields"]
        rating = chance.choices((5, 4, 3, 2, 1), (58, 26, 10, 4, 2))[0]
        given: Line = {"customer": fields["customer"], "booking": key(one["key"]), "staff": fields["staff"], "given_at": fields["ends_at"], "rating": rating,
                       "attitude": min(5, max(1, rating + chance.choice((-1, 0, 0, 1))))}
        if chance.random() < 0.7:
            given["comment"] = chance.choice(COMMENTS[rating])
        if rating <= 2 and chance.random() < 0.5:
            given["reply"] = "非常抱歉，我们会联系您。"
        yield {"key": f"review{number}", "fields": given}


def complaints(chance: random.Random, all_bookings: list[Line]) -> Iterator[Line]:
    texts = (("waiting", "等了半个小时才开始。"), ("quality", "做完第二天脸上起了红疹。"), ("attitude", "前台接电话不耐烦。"), ("price", "The price at the desk was not the one online."),
             ("product", "买的面霜过期了。"), ("attitude", "一直推销办卡。"), ("waiting", "My booking was forgotten."), ("other", "停车不方便。"))
    for number, ((subject, text), one) in enumerate(zip(texts, chance.sample(completed(all_bookings), len(texts)), strict=True), 1):
        status = chance.choice(("open", "working", "closed"))
        fields: Line = {"customer": one["fields"]["customer"], "booking": key(one["key"]), "received_at": one["fields"]["ends_at"], "subject": subject, "text": text,
                        "severity": chance.choice(("minor", "normal", "serious")), "status": status}
        if status == "closed":
            fields["resolution"] = "致电道歉并安排补做。"
        yield {"key": f"complaint{number}", "fields": fields}


def cards(chance: random.Random) -> Iterator[Line]:
    for number, customer in enumerate(sorted(chance.sample(range(1, 121), 45)), 1):
        service = chance.randint(1, len(SERVICES))
        price = SERVICES[service - 1][3] * 10 * 85 // 100
        yield {"key": f"card{number}", "fields": {"customer": key(f"customer{customer}"), "service": key(f"service{service}"), "paid": f"{price}.00",
                                                 "sold_on": date(-DAYS_BACK - number), "expires_on": date(365 - DAYS_BACK - number)}}


def card_entries(chance: random.Random, count: int) -> Iterator[Line]:
    for number in range(1, count + 1):
        sold = -DAYS_BACK - number
        yield {"fields": {"card": key(f"card{number}"), "at": moment(sold, 15 * 60), "kind": "sale", "sessions": 10}}
        if chance.random() < 0.3:
            yield {"fields": {"card": key(f"card{number}"), "at": moment(sold, 15 * 60 + 1), "kind": "gift", "sessions": 1, "note": "开业赠送"}}
        for use in range(chance.randint(0, 8)):
            yield {"fields": {"card": key(f"card{number}"), "at": moment(min(-1, sold + 2 + 3 * use), 16 * 60), "kind": "use", "sessions": -1}}


def skin_checks(chance: random.Random) -> Iterator[Line]:
    for number in range(1, 121):
        fields: Line = {"customer": key(f"customer{chance.randint(1, 200)}"), "checked_on": date(-chance.randint(1, 300)), "staff": key(f"staff{chance.randint(1, WORKING)}"),
                        "moisture": chance.randint(18, 62), "oil": chance.randint(10, 70), **{name: value for name, value in _skin(chance).items() if name == "skin_type"}}
        fields.setdefault("skin_type", "neutral")
        if chance.random() < 0.6:
            fields["problems"] = sorted(chance.sample(("acne", "spots", "wrinkles", "redness", "pores", "dullness"), 2))
        if chance.random() < 0.4:
            fields["advice"] = chance.choice(("每周补水一次，四周后复查。", "Sunscreen every morning.", "减少去角质，先修护屏障。"))
        yield {"key": f"skin_check{number}", "fields": fields}


def files() -> dict[str, list[Line]]:
    """{file name: its lines}; the number in front is the order of loading."""
    chance = random.Random(SEED)
    found = {"10_service": list(services()), "15_room": list(rooms()), "20_staff": list(staff()), "25_product": list(products(chance)), "30_customer": list(customers(chance))}
    found["40_booking"] = bookings(chance)
    found["50_card"] = list(cards(chance))
    found["55_card_entry"] = list(card_entries(chance, len(found["50_card"])))
    found["60_skin_check"] = list(skin_checks(chance))
    found["70_review"] = list(reviews(chance, found["40_booking"]))
    found["80_complaint"] = list(complaints(chance, found["40_booking"]))
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
