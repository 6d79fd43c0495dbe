"""Files over HTTP: sent plain or in a form, kept within limits, given back so that no browser runs them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from api_served import codes, serve
from kartotek.api.files import attachment


def _png(size: int = 8) -> bytes:
    raw = io.BytesIO()
    Image.new("RGB", (size, size), "red").save(raw, "PNG")
    return raw.getvalue()


def _send(client: Any, raw: bytes, name: str = "a.png", **options: Any) -> Any:
    return client("POST", f"/files?name={name}", data=raw, content_type="application/octet-stream", **options)


def test_file_is_sent_named_by_a_record_and_read(clerk: Any) -> None:
    sent = _send(clerk, _png(), "Bild ü.png")
    assert sent.status_code == 201, sent.text
    assert (sent.json["name"], sent.json["type"], sent.json["size"]) == ("Bild ü.png", "image/png", len(_png()))
    made = clerk.made("person", name="Ann", photo=sent.json["id"])
    answer = clerk("GET", f"/records/person/{made['id']}/files/{sent.json['id']}")
    assert (answer.status_code, answer.data) == (200, _png())
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (
        answer.headers["Content-Disposition"]
        == "attachment; filename=\"Bild _.png\"; filename*=UTF-8''Bild%20%C3%BC.png"
    )


def test_form_with_one_file_is_taken(clerk: Any) -> None:
    answer = clerk("POST", "/files", data={"file": (io.BytesIO(_png()), "a.png")})
    assert (answer.status_code, answer.json["name"]) == (201, "a.png")


def test_part_of_a_file_is_given(clerk: Any) -> None:
    file = _send(clerk, _png()).json["id"]
    made = clerk.made("person", name="Ann", photo=file)
    address = f"/records/person/{made['id']}/files/{file}"
    part = clerk("GET", address, headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.data) == (206, b"PNG")
    beyond = clerk("GET", address, headers={"Range": "bytes=99999-"})
    assert (beyond.status_code, beyond.content_type) == (416, "application/problem+json")
    tag = clerk("GET", address).headers["ETag"]
    assert clerk("GET", address, headers={"If-None-Match": tag}).status_code == 304


REFUSED: dict[str, tuple[str, dict[str, Any], int, list[str]]] = {
    "no name": ("/files", {"data": b"x", "content_type": "application/octet-stream"}, 400, ["missing_parameter"]),
    "an empty name": ("/files?name=", {"data": b"x", "content_type": "text/plain"}, 400, ["missing_parameter"]),
    "an unknown parameter": ("/files?nam=x", {"data": b"x"}, 400, ["unknown_parameter"]),
    "a form without a file": (
        "/files",
        {"data": {"file": "x"}, "content_type": "multipart/form-data"},
        400,
        ["missing_key"],
    ),
    "a form with another part": ("/files", {"data": {"file": (io.BytesIO(b"x"), "a"), "b": "c"}}, 400, ["unknown_key"]),
    "a broken form": (
        "/files",
        {"data": b"--x\r\nnonsense", "content_type": "multipart/form-data; boundary=x"},
        400,
        ["missing_key"],
    ),
    "a form without a boundary": (
        "/files",
        {"data": b"x", "content_type": "multipart/form-data"},
        400,
        ["missing_key"],
    ),
}


@pytest.mark.parametrize(("address", "options", "status", "expected"), REFUSED.values(), ids=REFUSED)
def test_file_is_refused(quiet: Any, address: str, options: dict[str, Any], status: int, expected: list[str]) -> None:
    answer = quiet.client("clerk")("POST", address, **options)
    assert (answer.status_code, codes(answer)) == (status, expected), answer.text


def test_file_over_the_limit_is_refused(tmp_path: Path, clock: Callable[[], datetime]) -> None:
    limit = 100_000
    small = serve(f"sqlite:///{tmp_path}/records.db", tmp_path / "files", clock, limits={"file": limit})
    client = small.client("clerk")
    for size, status in ((limit, 201), (limit + 1, 413), (limit + 100_000, 413)):
        assert _send(client, b"x" * size).status_code == status
        assert client("POST", "/files", data={"file": (io.BytesIO(b"x" * size), "a.bin")}).status_code == status
    small.engine.close()


def test_compressed_file_is_not_unpacked(quiet: Any) -> None:
    assert _send(quiet.client("clerk"), b"x", headers={"Content-Encoding": "gzip"}).status_code == 415


def test_file_sent_again_is_the_same(lite: Any) -> None:
    client, key = lite.client("clerk"), {"Idempotency-Key": "f"}
    assert _send(client, _png(), headers=key).json == _send(client, _png(), headers=key).json
    other = _send(client, _png(9), headers=key)
    assert (other.status_code, codes(other)) == (422, ["idempotency_key_reused"])


def test_file_is_read_only_through_a_record_that_names_it(lite: Any) -> None:
    client = lite.client("clerk")
    named, staged = _send(client, _png()).json["id"], _send(client, _png()).json["id"]
    ann, bob = client.made("person", name="Ann", photo=named), client.made("person", name="Bob")
    for record, file in (
        (bob["id"], named),
        (ann["id"], staged),
        (99, named),
        (ann["id"], named.upper()),
        (ann["id"], "x"),
    ):
        assert client("GET", f"/records/person/{record}/files/{file}").status_code == 404
    hidden = client("PATCH", f"/records/person/{ann['id']}", {"fields": {"active": False}})
    assert hidden.status_code == 200
    assert lite.client("reader")("GET", f"/records/person/{ann['id']}/files/{named}").status_code == 404
    assert client("GET", f"/records/person/{ann['id']}/files/{named}").status_code == 200


NAMES = {
    "plain.txt": "attachment; filename=\"plain.txt\"; filename*=UTF-8''plain.txt",
    'a"b\\c.txt': "attachment; filename=\"a_b_c.txt\"; filename*=UTF-8''a%22b%5Cc.txt",
    "a\r\nSet-Cookie: x=1": "attachment; filename=\"a__Set-Cookie: x=1\"; filename*=UTF-8''a__Set-Cookie%3A%20x%3D1",
    "照片.png": "attachment; filename=\"__.png\"; filename*=UTF-8''%E7%85%A7%E7%89%87.png",
    "\u202egnp.exe": "attachment; filename=\"_gnp.exe\"; filename*=UTF-8''_gnp.exe",
    "../../etc/passwd": "attachment; filename=\".._.._etc_passwd\"; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd",
}


@pytest.mark.parametrize(("name", "expected"), NAMES.items())
def test_name_cannot_leave_its_header(name: str, expected: str) -> None:
    assert attachment(name) == expected
