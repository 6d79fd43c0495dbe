"""A site with personal values of every kind in every place where one can be, each of which can be searched for."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image

from kartotek.model.actor import Actor
from kartotek.site import Site

BY = Actor.system("test")
OWNER = Actor(id=1, name="Olive", roles=frozenset({"owner"}))
PERSONAL = {"x-field": {"personal": True}}


def _of(fragment: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**fragment, "x-field": {"personal": True, **more}}


_TEXT, _LONG = {"type": "string"}, {"type": "string", "maxLength": 4000}
PERSON: dict[str, Any] = {
    "title": "Person", "type": "object", "required": ["name"],
    "properties": {
        "name": _of({"type": "string", "minLength": 2, "maxLength": 60}),
        "mobile": _of({"type": "string", "format": "phone"}, unique=True),
        "mail": _of({"type": "string", "format": "email"}, unique=True),
        "page": _of({"type": "string", "format": "uri"}),
        "code": _of({"type": "string", "pattern": "^[A-Z]{2}-[0-9]{6}$", "maxLength": 9}, unique=True),
        "born": _of({"type": "string", "format": "date"}),
        "seen_at": _of({"type": "string", "format": "date-time"}),
        "wage": _of({"type": "string", "format": "decimal"}, precision=12, scale=2),
        "points": _of({"type": "integer", "minimum": 0}),
        "letter": _of(_LONG, widget="textarea"),
        "facts": _of({"type": "object"}),
        "scan": _of(_TEXT, file={}),
        "home": {"type": "object", **PERSONAL, "properties": {"street": {"type": "string"}, "floor": {"type": "integer"}}},
        "calls": {"type": "array", "items": {"type": "object", "properties": {
            "number": _of({"type": "string", "format": "phone"}), "count": {"type": "integer"}, "said": _of(_TEXT)}}},
        "hobby": _of(_TEXT), "nickname": _of(_TEXT),
        "plain": {"type": "string"},
        "leaflet": {"type": "string", "x-field": {"file": {}}},
        "badge": {"type": "string", "readOnly": True, "x-field": {"compute": "'Badge ' + record.name", "stored": True}},
    },
    "x-record": {"titleTemplate": "{name}", "search": ["name", "mobile"], "sort": ["name"]},
}
NOTE: dict[str, Any] = {
    "title": "Note", "type": "object", "required": ["person"],
    "properties": {
        "person": {"type": "integer", "x-field": {"references": "person", "inverse": "notes"}},
        "called": {"type": "string", "x-field": {"fetchFrom": "person.name"}},
        "other": {"type": "string", "format": "phone", **PERSONAL},
        "subject": {"type": "string"},
    },
    "x-record": {"titleTemplate": "{subject}"},
}
FOREIGN = {
    "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Form", "type": "object",
    "properties": {"who": {"type": "string"}, "colour": {"enum": ["red", "blue"]}, "parts": {"type": "array", "items": {"type": "object"}}},
}
CANARIES = (
    "Wilhelmina", "13912345678", "canary.mail", "canary-page", "QX-918273", "Geheimnis", "Lindenallee", "13787654321", "verschwiegen",
    "scan-canary", "Bytes of the scan", "Former name", "named in the foreign", "inside the foreign", "account-canary", "Paula Canary",
    "13655554444", "zzfact", "import-canary", "86421.97",
    "hobby-canary", "nick-canary",
)  # fmt: skip


def folder_of(folder: Path) -> Path:
    """The site's folder."""
    (folder / "schemas").mkdir(parents=True)
    (folder / "site.yaml").write_text("name: Masked\nlanguages: [en]\ntimezone: UTC\nregion: CN\nroles:\n  clerk: {title: Clerk}\n", encoding="utf-8")
    for name, one in (("person", PERSON), ("note", NOTE), ("form", FOREIGN)):
        (folder / "schemas" / f"{name}.json").write_text(json.dumps(one), encoding="utf-8")
    return folder


def fill(site: Site) -> None:
    """People, notes, files, forms, users and an import, with a canary in each place that could keep one."""
    engine = site.engine
    scan = engine.stage_file(BY, io.BytesIO(b"Bytes of the scan"), name="scan-canary.txt")["id"]
    leaflet = engine.stage_file(BY, io.BytesIO(b"Anybody may read this"), name="leaflet.txt")["id"]
    engine.stage_file(BY, io.BytesIO(_picture() + b"Bytes of the scan"), name="scan-canary.png")
    person = engine.create(BY, "person", {
        "name": "Wilhelmina Former name", "mobile": "+8613912345678", "mail": "canary.mail@example.org", "page": "https://example.org/canary-page",
        "code": "QX-918273", "born": "1961-02-03", "seen_at": "2026-01-02T03:04:05Z", "wage": "86421.97", "points": 918273645,
        "letter": "Geheimnis\n" * 20, "facts": {"deep": ["zzfact", {"er": "zzfact"}]}, "scan": scan, "leaflet": leaflet,
        "home": {"street": "Lindenallee 7", "floor": 918273}, "plain": "stays plain",
        "hobby": "hobby-canary", "nickname": "nick-canary",
        "calls": [{"number": "+8613787654321", "count": 3, "said": "verschwiegen"}, {"number": "+8613912345678"}],
    })
    engine.update(BY, "person", person["id"], {"name": "Wilhelmina Now"})
    for number in range(40):
        engine.create(BY, "person", {
            "name": f"Wilhelmina {number}", "mobile": f"+861391234{number:04}", "code": f"AB-{number:06}", "mail": f"canary.mail{number}@example.org"
        })
    engine.delete(BY, "person", 41)
    engine.create(BY, "note", {"person": 1, "other": "+8613912345678", "subject": "stays a subject"})
    engine.create(BY, "form", {"who": "named in the foreign", "colour": "red", "parts": [{"x": "inside the foreign"}], "more": "13655554444"})
    site.users.add("account-canary", "correct horse battery", name="Paula Canary", email="account-canary@example.org", roles=("clerk",))
    engine.imports.receive(BY, "person", io.BytesIO(b"name,mobile\nimport-canary,13655554444\n"), name="import-canary.csv")
    _change(site)


def _change(site: Site) -> None:
    """A field is removed, whose values are kept, and another gets a new name, which history does not know."""
    fields = dict(PERSON["properties"])
    del fields["hobby"]
    fields["nick"] = fields.pop("nickname")
    fields["nick"] = {**fields["nick"], "x-field": {"personal": True, "aliases": ["nickname"]}}
    (site.folder / "schemas" / "person.json").write_text(json.dumps({**PERSON, "properties": fields}), encoding="utf-8")
    plans = site.engine.plans
    plan = plans.plan(OWNER, site.documents())
    plans.apply(OWNER, site.documents(), hash=plan.hash, confirm=["person.hobby"], reason="Nobody asks for hobby-canary.")


def _picture() -> bytes:
    drawn = io.BytesIO()
    with Image.new("RGB", (4, 4)) as image:
        image.save(drawn, "PNG")
    return drawn.getvalue()
