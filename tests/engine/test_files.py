"""Files: staged, named by a record, read by those who may read the field, gone when nobody names them."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from neutral_site import CLERK, HELPER, OWNER, PERSON, documents
from PIL import Image

from kartotek.engine.engine import Engine
from kartotek.errors import Invalid, NotFound, TooLarge

Made = Callable[..., dict[str, Any]]


def png(width: int = 900) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, 300), "teal").save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    person = copy.deepcopy(PERSON)
    file = {"type": "string", "format": "uuid"}
    person["properties"] |= {
        "photo": {**file, "title": "Photo", "x-field": {"widget": "image", "file": {"accept": ["image/*"], "maxSize": "1MB"}}},
        "contract": {**file, "title": "Contract", "x-field": {"file": {"accept": ["application/pdf"]}, "read": ["clerk"]}},
        "papers": {"type": "array", "title": "Papers", "items": {**file, "x-field": {"file": {}}}},
    }
    return open_engine(documents(person=person))


def staged(engine: Engine, content: bytes, name: str = "a.png", actor: Any = CLERK) -> str:
    return str(engine.stage_file(actor, io.BytesIO(content), name=name)["id"])


def test_a_file_is_read_through_the_record_that_names_it(engine: Engine) -> None:
    photo = staged(engine, png(), "../../etc/我的 photo.png")
    assert engine.staged_file(CLERK, photo)["name"] == "我的 photo.png"
    record = engine.create(CLERK, "person", {"name": "Ann", "photo": photo})
    found = engine.open_file(HELPER, "person", record["id"], photo)
    assert (found.name, found.type, found.path.read_bytes() == png()) == ("我的 photo.png", "image/png", True)
    small = engine.open_file(HELPER, "person", record["id"], photo, thumbnail=True)
    with Image.open(small.path) as image:
        assert max(image.size) <= 512 and image.format == "WEBP"
    assert engine.get(CLERK, "person", record["id"], titles=True)["titles"]["photo"] == {photo: "我的 photo.png"}
    with pytest.raises(NotFound):
        engine.staged_file(CLERK, photo)


@pytest.mark.parametrize(
    ("field", "content", "name", "code"),
    [
        ("photo", b"%PDF-1.7 x", "a.png", "image"), ("photo", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "image"),
        ("contract", png(), "a.pdf", "file_type"), ("photo", png() + b"\0" * 1_000_001, "a.png", "file_size"),
    ],
)
def test_what_a_file_is_is_told_by_its_content(engine: Engine, field: str, content: bytes, name: str, code: str) -> None:
    id = staged(engine, content, name)
    with pytest.raises(Invalid) as error:
        engine.create(CLERK, "person", {"name": "Ann", field: id})
    assert [(one.path, one.code) for one in error.value.problems] == [(f"/fields/{field}", code)]


def test_nobody_takes_a_file_that_is_not_his(engine: Engine) -> None:
    mine = staged(engine, png())
    record = engine.create(CLERK, "person", {"name": "Ann", "photo": mine})
    other = staged(engine, png(), actor=OWNER)
    for fields in ({"photo": mine}, {"photo": other}, {"photo": "00000000-0000-4000-8000-000000000000"}, {"papers": [mine]}):
        with pytest.raises(Invalid) as error:
            engine.create(CLERK, "person", {"name": "Bob", **fields})
        assert [one.code for one in error.value.problems] == ["no_file"]
    for id in (other, "00000000-0000-4000-8000-000000000000", "../x"):
        with pytest.raises(NotFound):
            engine.open_file(CLERK, "person", record["id"], id)


def test_a_file_of_a_hidden_field_cannot_be_told_from_none(engine: Engine) -> None:
    contract = staged(engine, b"%PDF-1.7 x", "c.pdf")
    record = engine.create(CLERK, "person", {"name": "Ann", "contract": contract})
    engine.open_file(CLERK, "person", record["id"], contract)
    with pytest.raises(NotFound):
        engine.open_file(HELPER, "person", record["id"], contract)
    engine.update(CLERK, "person", record["id"], {}, unset=["contract"])
    with pytest.raises(NotFound):
        engine.open_file(CLERK, "person", record["id"], contract)


def test_a_file_nobody_named_is_gone_after_a_day(engine: Engine, tmp_path: Path) -> None:
    first, later = staged(engine, png()), engine.clock() + timedelta(hours=25)
    engine.clock = lambda: later
    engine.files.clock = lambda: later
    with pytest.raises(Invalid):
        engine.create(CLERK, "person", {"name": "Ann", "photo": first})
    engine.tidy()
    with pytest.raises(NotFound):
        engine.staged_file(CLERK, first)
    assert [one for one in (tmp_path / "files").rglob("*") if one.is_file()] == []


def test_a_file_past_the_sites_limit_leaves_nothing_behind(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        staged(engine, b"\0" * 20_000_001)
    assert [one for one in (tmp_path / "files").rglob("*") if one.is_file()] == []
