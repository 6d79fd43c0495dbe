"""site.yaml: what it says, and what is wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

import pytest

from kartotek.declaration.load import load
from kartotek.model.backups import BackupPlan, Keep
from kartotek.model.settings import Limits, SiteSettings

WHOLE = """\
# yaml-language-server: $schema=meta/site.v1.json
name: {en: Cards, zh: 卡片}
languages: [zh, en]
timezone: Asia/Shanghai
currency: CNY
region: CN
roles:
  manager: {title: {en: Manager, zh: 经理}}
  clerk: {title: Clerk}
  guest:
hosts: [cards.example.org, .example.com, 127.0.0.1]
requireVersion: true
limits: {body: 2MB, file: 500 KB, bulk: 10}
branding: {color: "#2f6f5e"}
"""


def settings_of(text: str) -> SiteSettings:
    loaded = load({"site.yaml": text})
    assert loaded.problems == ()
    assert loaded.catalog is not None
    return loaded.catalog.settings


def test_settings_carry_what_was_declared() -> None:
    settings = settings_of(WHOLE)
    assert dict(settings.name) == {"en": "Cards", "zh": "卡片"}
    assert (settings.languages, settings.timezone, settings.currency) == (("zh", "en"), "Asia/Shanghai", "CNY")
    assert settings.role_names == {"owner", "manager", "clerk", "guest"}
    titles: list[Mapping[str, str]] = [dict(role.titles) for role in settings.roles]
    assert titles == [{"en": "Manager", "zh": "经理"}, {"zh": "Clerk"}, {"zh": "guest"}]
    assert settings.hosts == ("cards.example.org", ".example.com", "127.0.0.1")
    assert settings.require_version
    assert settings.limits == Limits(body=2_000_000, file=500_000, bulk=10)
    assert (settings.color, settings.region) == ("#2f6f5e", "CN")


def test_little_is_enough() -> None:
    settings = settings_of("name: Cards\n")
    assert dict(settings.name) == {"en": "Cards"}
    assert (settings.languages, settings.timezone, settings.limits) == (("en",), "UTC", Limits())


REFUSED = {
    # name: (text, code, line, column, part of the sentence)
    "unknown key": ("name: A\nlanguagse: [en]\n", "unknown_key", 2, 1, "Did you mean 'languages'?"),
    "unknown zone": ("timezone: Asia/Shangai", "timezone", 1, 11, "Did you mean 'Asia/Shanghai'?"),
    "zone that is a path": ("timezone: ../../etc/passwd", "timezone", 1, 11, "not the name of a time zone"),
    "zone that is a folder": ("timezone: Asia", "timezone", 1, 11, "not the name of a time zone"),
    "empty zone": ('timezone: ""', "timezone", 1, 11, "not the name of a time zone"),
    "a second step for nobody": ("security: {totp: [king]}\n", "no_such_role", 1, 19, "no role 'king'"),
    "a session of seconds": ("security:\n  idle: PT0M\n", "span", 2, 9, "a minute at least"),
    "idle for longer than at all": ("security: {idle: P2D, absolute: PT8H}\n", "span", 1, 18, "longer than it may last"),
    "a session in words": ("security: {idle: half an hour}\n", "form", 1, 18, "PT30M"),
    "role owner": ("roles:\n  owner: {title: Boss}\n", "reserved", 2, 3, "always exists"),
    "odd role": ("roles:\n  Front Desk: {title: A}\n", "name", 2, 3, "small letters"),
    "unknown key of a role": ("roles: {a: {titel: A}}", "unknown_key", 1, 13, "Did you mean 'title'?"),
    "base that is a number": ("extends: 3", "type", 1, 10, "a text"),
    "base that was not read": ("extends: other", "base", 1, 10, "was not read"),
    "backups in secrets": ("backups: {to: [data/backups, secrets/old]}", "form", 1, 30, "not secrets/"),
    "backups in no folder": ("backups: {to: []}", "type", 1, 15, "Name a folder"),
    "backups every hour": ("backups: {every: hour}", "choice", 1, 18, "hour"),
    "backups at an hour that is none": ('backups: {at: "25:00"}', "form", 1, 15, "21:00"),
    "backups that are not kept": ("backups: {keep: {daily: 0}}", "bound", 1, 25, "1"),
    "host with a scheme": ("hosts: [https://a.example]", "form", 1, 9, "without a scheme"),
    "size without a unit": ("limits: {body: 2M}", "type", 1, 16, "500KB"),
    "colour that YAML takes for a comment": ("branding: {color: red}", "form", 1, 19, "#2f6f5e"),
    "currency with a line break": ('currency: "CNY\\n"', "form", 1, 11, "three capital letters"),
    "no languages": ("languages: []", "bound", 1, 12, "at least 1"),
    "language that is none": ("languages: [english!]", "form", 1, 13, "language tag"),
    "a list": ("- a\n", "type", 1, 1, "a mapping"),
    "a text": ("hello", "type", 1, 1, "a mapping"),
    "nothing": ("", "empty", 1, 1, "empty"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_setting_is_refused_in_its_place(name: str) -> None:
    text, code, line, column, part = REFUSED[name]
    loaded = load({"site.yaml": text})
    assert loaded.catalog is None
    found = [(one.code, str(one.place)) for one in loaded.problems]
    assert found == [(code, f"site.yaml:{line}:{column}")]
    assert part in loaded.problems[0].message


def test_missing_site_file_is_told() -> None:
    loaded = load({})
    assert [(one.code, str(one.place)) for one in loaded.problems] == [("missing_file", "site.yaml:1:1")]


def test_broken_site_file_does_not_make_every_role_unknown() -> None:
    schema = (
        '{"title": "A", "type": "object", "properties": {}, "x-record": {"permissions": {"clerk": {"read": true}}}}'
    )
    loaded = load({"site.yaml": "name: [", "schemas/a.json": schema})
    assert {one.place.file for one in loaded.problems if one.place} == {"site.yaml"}


def test_backups_are_made_every_day_unless_the_site_says_otherwise() -> None:
    assert settings_of("name: A\n").backups == BackupPlan(("data/backups",), "day", 6, time(3), Keep(7, 5, 12))
    declared = settings_of('backups: {to: /media/disk, every: week, weekday: monday, at: "22:30", keep: {weekly: 9}}\n').backups
    assert declared == BackupPlan(("/media/disk",), "week", 0, time(22, 30), Keep(7, 9, 12))
    assert settings_of("backups: {every: never}\n").backups.rhythm is None
