"""Files: staged, named by a record, read by those who may read the field, gone when nobody names them."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from neutral_site import CLERK, HELPER, OWNER, PERSON, documents
from PIL import Image

from kartotek.engine.engine import Engine
from kartotek.errors import Invalid, NotFound, TooLarge, Unreadable
from kartotek.storage import files, keys
from kartotek.storage.catalogs import bump_security
from kartotek.storage.sealed_streams import Damaged

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
    with found.stream as stream:
        assert (found.name, found.type, stream.read() == png(), found.size) == ("我的 photo.png", "image/png", True, len(png()))
    for shape, edge in (("small", 320), ("large", 900)):
        drawn = engine.open_file(HELPER, "person", record["id"], photo, shape=shape)
        with drawn.stream as stream, Image.open(stream) as image:
            assert max(image.size) == edge and image.format == "WEBP" and stream.seek(0, io.SEEK_END) == drawn.size
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


def bomb() -> bytes:
    """A few hundred bytes that claim to be a picture of 81 million pixels."""
    whole = png()
    claimed = whole[:16] + (9_000).to_bytes(4, "big") * 2 + whole[24:29]
    return claimed + crc32(claimed[12:29]).to_bytes(4, "big") + whole[33:]


def test_a_picture_of_too_many_pixels_is_no_picture(engine: Engine) -> None:
    id = staged(engine, bomb(), "huge.png")
    with pytest.raises(Invalid) as error:
        engine.create(CLERK, "person", {"name": "Ann", "photo": id})
    assert [(one.path, one.code) for one in error.value.problems] == [("/fields/photo", "image")]
    record = engine.create(CLERK, "person", {"name": "Ann", "papers": [id]})
    for shape in ("small", "large"):
        with pytest.raises(NotFound):
            engine.open_file(CLERK, "person", record["id"], id, shape=shape)


def test_no_byte_of_a_file_lies_open_and_none_can_be_changed_or_moved(engine: Engine, tmp_path: Path) -> None:
    first, second = (staged(engine, b"%PDF-1.7 " + word * 20_000, "c.pdf") for word in (b"canary", b"other!"))
    record = engine.create(CLERK, "person", {"name": "Ann", "papers": [first, second]})
    lying = sorted((one for one in (tmp_path / "files").rglob("*") if one.is_file()), key=lambda one: one.stat().st_mtime_ns)
    assert len(lying) == 2 and not any(b"canary" in one.read_bytes() or b"%PDF" in one.read_bytes() for one in lying)
    mine, others = (one.read_bytes() for one in lying)
    for changed in (others, mine[:-1], mine[:-17] + bytes((mine[-17] ^ 1,)) + mine[-16:], b""):
        lying[0].write_bytes(changed)
        with pytest.raises(Damaged), engine.open_file(CLERK, "person", record["id"], first).stream as stream:
            stream.read()
    lying[0].write_bytes(mine)
    with engine.open_file(CLERK, "person", record["id"], first).stream as stream:
        assert stream.seek(100_000) == 100_000 and stream.read(6) == (b"%PDF-1.7 " + b"canary" * 20_000)[100_000:100_006]


def test_files_of_before_are_sealed_by_and_by(engine: Engine, tmp_path: Path) -> None:
    old, lost = staged(engine, b"%PDF-1.7 canary", "c.pdf"), staged(engine, b"%PDF-1.7 lost", "c.pdf")
    record = engine.create(CLERK, "person", {"name": "Ann", "papers": [old, lost]})
    with engine.database.write() as conn:
        rows = files.find_many(conn, [old, lost])
        conn.run('UPDATE "kartotek__file" SET "key" = NULL')
    (tmp_path / "files" / rows[old].place).write_bytes(b"%PDF-1.7 canary")
    (tmp_path / "files" / rows[lost].place).unlink()
    with engine.open_file(CLERK, "person", record["id"], old).stream as stream:
        assert stream.read() == b"%PDF-1.7 canary"
    engine.tidy()
    assert not any(b"canary" in one.read_bytes() for one in (tmp_path / "files").rglob("*") if one.is_file())
    with engine.open_file(CLERK, "person", record["id"], old).stream as stream:
        assert stream.read() == b"%PDF-1.7 canary"
    with pytest.raises(NotFound):
        engine.open_file(CLERK, "person", record["id"], lost)


def test_files_about_a_person_go_with_his_key(open_engine: Callable[..., Engine]) -> None:
    person = copy.deepcopy(PERSON)
    person["properties"] |= {"papers": {"type": "array", "title": "Papers", "items": {"type": "string", "x-field": {"file": {}}}}}
    person["x-record"]["subject"] = True
    engine = open_engine(documents(person=person))
    papers = [staged(engine, b"%PDF-1.7 canary", "c.pdf") for _ in range(2)]
    ann, bob = (engine.create(CLERK, "person", {"name": name, "papers": [one]})["id"] for name, one in zip("ab", papers, strict=True))
    with engine.open_file(CLERK, "person", ann, papers[0]).stream as stream:
        assert stream.read() == b"%PDF-1.7 canary"
    with engine.database.write() as conn:
        rows = files.find_many(conn, papers)
        assert all((row.key or "").startswith("person:") for row in rows.values())
        number = engine.catalog().types["person"].sealing
        assert number is not None
        keys.destroy(conn, (number.number, ann), engine.clock())
        bump_security(conn)
    engine.ready()
    with pytest.raises(Unreadable):
        engine.open_file(CLERK, "person", ann, papers[0])
    with engine.open_file(CLERK, "person", bob, papers[1]).stream as stream:
        assert stream.read() == b"%PDF-1.7 canary"


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
    engine.open_file(CLERK, "person", record["id"], contract).stream.close()
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
