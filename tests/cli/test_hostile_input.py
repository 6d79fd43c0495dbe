"""Input that is made to be expensive is refused at once, in little memory, and the site goes on."""

from __future__ import annotations

import http.client
import json
import os
import struct
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from running_site import PERSON, Server, new_token, running, small_site, write_type

MOST_CPU = 1.0  # seconds of the processor that one answer may take
MOST_MEMORY = 100_000  # KiB by which the server may grow
_TICKS = os.sysconf("SC_CLK_TCK")

MORE: Mapping[str, Any] = {
    "code": {"type": "string", "title": "Code", "pattern": "^([a-z]+-?){1,3}[0-9]+$"},
    "count": {"type": "integer", "title": "Count"},
    "price": {"type": "string", "format": "decimal", "title": "Price", "x-field": {"precision": 10, "scale": 2}},
    "any": {"title": "Anything", "type": "object"},
    "photo": {"type": "string", "title": "Photo", "x-field": {"file": {"accept": ["image/*"]}, "widget": "image"}},
    "lines": {"type": "array", "title": "Lines", "items": {"type": "object", "properties": {"text": {"type": "string", "title": "Text"}}}},
}


@dataclass(frozen=True)
class Door:
    """A running server of one process, and what its work has cost so far."""

    server: Server
    pids: tuple[int, ...]
    at_first: int = 0  # KiB

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, float]:
        """(status, seconds of the processor) of one request."""
        before = self.cpu()
        connection = http.client.HTTPConnection(urlsplit(self.server.address).netloc, timeout=30)
        given = {"Authorization": f"Bearer {self.server.token}", "Content-Type": "application/json", **headers}
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in given.items() if value})
            answer = connection.getresponse()
            answer.read()
        except (BrokenPipeError, ConnectionResetError):  # refused before all of it was sent
            return 413, self.cpu() - before
        finally:
            connection.close()
        return answer.status, self.cpu() - before

    def cpu(self) -> float:
        """Seconds that the processes have run."""
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.pids]
        return sum(int(one[11]) + int(one[12]) for one in fields) / _TICKS

    def memory(self) -> int:
        """The most memory that one of the processes has had, in KiB."""
        lines = [line for pid in self.pids for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
        return max(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A server that has warmed up, so that what it grows by is the input's doing."""
    site = small_site(tmp_path_factory.mktemp("hostile") / "site")
    write_type(site, "person", {**PERSON, "properties": {**PERSON["properties"], **MORE}})
    with running(site) as server:
        server.token = new_token(site)
        for _ in range(3):
            assert server.api("POST", "/records/person", {"fields": {"name": "Ann", "code": "ab-1"}})[0] == 201
            assert server.api("GET", "/records/person?search=Ann&sort=name&count=exact")[0] == 200
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        made = Door(server, tuple(int(one) for one in children))
        yield replace(made, at_first=made.memory())


def _fields(**fields: Any) -> bytes:
    return json.dumps({"fields": {"name": "Ann", **fields}}).encode()


def _raw(value: str) -> bytes:
    return b'{"fields": {"name": "Ann", "any": ' + value.encode() + b"}}"


RECORDS = "/api/v1/records/person"
BODIES: Mapping[str, bytes] = {
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000,
    "deep and closed": b"[" * 100_000 + b"]" * 100_000,
    "deep within a field": _raw("[" * 5_000 + "]" * 5_000),
    "a whole number of a million digits": _raw("9" * 1_000_000),
    "a whole number of a million digits for a number": b'{"fields": {"name": "A", "count": ' + b"9" * 1_000_000 + b"}}",
    "a decimal of a million digits": _fields(price="9" * 1_000_000),
    "a decimal with a huge exponent": _fields(price="1e999999999"),
    "a number past all bounds": _raw("1e999999"),
    "the same key a hundred thousand times": b"{" + b",".join([b'"a":1'] * 100_000) + b"}",
    "a hundred thousand unknown fields": _fields(**{f"x{at}": 1 for at in range(100_000)}),
    "a text for a pattern to go back and forth in": _fields(code="a" * 200_000 + "!"),
    "a pattern's worst text": _fields(code="a-" * 50_000 + "!"),
    "U+0000": _fields(name="a\0b"),
    "half a character": b'{"fields": {"name": "\\ud800"}}',
    "bytes that are no text": b'{"fields": {"name": "\xff\xfe"}}',
    "a body over the limit": _fields(name="a" * 3_000_000),
    "rows without number": _fields(lines=[{"text": "a"}] * 60_000),
    "rows with unknown members": _fields(lines=[{"x": 1}] * 50_000),
    "an id past all bounds": _fields(photo="1" * 500_000),
}
QUESTIONS: Mapping[str, str] = {
    "two thousand parameters": "&".join(f"p{at}=1" for at in range(900)),
    "a filter in brackets": "filter=" + quote("(" * 1_500 + "1" + ")" * 1_500),
    "a filter of many parts": "filter=" + quote(" || ".join(["record.name == 'a'"] * 300)),
    "a filter of many members": "filter=" + quote("record.name in [" + ",".join(["'a'"] * 1_500) + "]"),
    "a filter that multiplies": "filter=" + quote("'a' + " * 900 + "'a' == record.name"),
    "a page past all bounds": "limit=" + "9" * 5_000,
    "a cursor that is none": "cursor=" + "A" * 7_000,
    "a sort by a thousand": "sort=" + ",".join(["-name"] * 1_000),
    "a thousand fields": "fields=" + ",".join(f"f{at}" for at in range(1_000)),
    "an expansion without end": "expand=" + ".".join(["a"] * 2_000),
    "U+0000": "search=%00&filter=%00",
    "bytes that are no text": "search=%ff%fe&x=%ff",
    "a moment past all bounds": "as_of=" + "9" * 4_000,
}


def _refused(found: tuple[int, float]) -> None:
    status, seconds = found
    assert 400 <= status < 500 and seconds <= MOST_CPU, found


@pytest.mark.parametrize("name", BODIES)
def test_body_is_refused_at_once(door: Door, name: str) -> None:
    _refused(door.ask("POST", RECORDS, BODIES[name]))


@pytest.mark.parametrize("name", BODIES)
def test_bulk_with_it_is_refused_at_once(door: Door, name: str) -> None:
    _refused(door.ask("POST", f"{RECORDS}/bulk", b'{"records": [' + BODIES[name] + b"]}"))


@pytest.mark.parametrize("name", QUESTIONS)
def test_question_is_refused_at_once(door: Door, name: str) -> None:
    path = f"{RECORDS}/1" if name.startswith("a moment") else RECORDS
    _refused(door.ask("GET", f"{path}?{QUESTIONS[name]}"))


@pytest.mark.parametrize(("path", "headers"), [
    ("/api/v1/records/" + "a" * 7_900, {}), (f"{RECORDS}/{'9' * 5_000}", {}), (f"{RECORDS}/%00", {}), (f"{RECORDS}/1%2f..%2f..", {}),
    (RECORDS, {"If_Match": "\"" + "9" * 7_000 + "\"", "X_Other": "a" * 7_000}), ("/" + "../" * 1_500, {}),
    (RECORDS, {"Authorization": "Bearer " + "a" * 7_900}), (RECORDS, {"Cookie": "session=" + "." * 7_900, "Authorization": ""}),
])  # fmt: skip
def test_address_or_head_is_refused_at_once(door: Door, path: str, headers: dict[str, str]) -> None:
    status, seconds = door.ask("GET", path, **headers)
    assert (400 <= status < 500 or (status == 200 and "If_Match" in headers)) and seconds <= MOST_CPU, status


FORMS: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "many fields": ("application/x-www-form-urlencoded", lambda: b"&".join(b"a%d=1" % at for at in range(150_000))),
    "many parts": ("multipart/form-data; boundary=x", lambda: b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" * 30_000 + b"--x--"),
    "a part without end": ("multipart/form-data; boundary=x", lambda: b"--x\r\nContent-Disposition: form-data; name=" + b"a" * 1_500_000),
    "a head of a part without end": ("multipart/form-data; boundary=x", lambda: b"--x\r\n" + b"A: b\r\n" * 200_000),
    "a boundary without end": ("multipart/form-data; boundary=" + "x" * 5_000, lambda: b"--" + b"x" * 1_000_000),
    "too long a line": ("application/x-www-form-urlencoded", lambda: b"username=" + b"a" * 1_900_000),
    "marks": ("application/x-www-form-urlencoded", lambda: b"username=" + b"%" * 990_000),
    "marks just so many": ("application/x-www-form-urlencoded", lambda: b"username=" + b"%41%" * 75_000),
}


@pytest.mark.parametrize("path", ["/login/", "/r/person/new", "/language"])
@pytest.mark.parametrize("name", FORMS)
def test_form_of_nobody_is_refused_at_once(door: Door, path: str, name: str) -> None:
    kind, made = FORMS[name]
    _refused(door.ask("POST", path, made(), Content_Type=kind, Authorization=""))


def _claimed(width: int, height: int) -> bytes:
    """A small PNG that says it is so large."""
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(2_000_000), 9)) + chunk(b"IEND", b"")


def test_picture_that_claims_to_be_huge_is_refused(door: Door) -> None:
    connection = door.server
    for width, height in ((100_000, 100_000), (2**31 - 1, 2**31 - 1), (7_500, 7_500)):
        before = door.cpu()
        request = http.client.HTTPConnection(urlsplit(connection.address).netloc, timeout=30)
        request.request("POST", "/api/v1/files?name=a.png", _claimed(width, height), {"Authorization": f"Bearer {connection.token}"})
        staged = json.loads(request.getresponse().read())
        request.close()
        _refused(door.ask("POST", RECORDS, _fields(photo=staged["id"])))
        assert door.cpu() - before <= MOST_CPU


def _sheet(rows: str, *, more: Mapping[str, bytes] = {}) -> bytes:
    found, kinds = BytesIO(), "application/vnd.openxmlformats-officedocument.spreadsheetml"
    with ZipFile(found, "w", ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>')
        book.writestr("_rels/.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        book.writestr("xl/_rels/workbook.xml.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')
        book.writestr("xl/workbook.xml", '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="s"/></sheets></workbook>')
        book.writestr("xl/worksheets/sheet1.xml", rows)
        for name, content in more.items():
            book.writestr(name, content)
    return found.getvalue()


_WORKSHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
_ROW = "<row>" + '<c t="inlineStr"><is><t>name</t></is></c>' * 20 + "</row>"
TABLES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "a cell at the far corner": ("a.xlsx", lambda: _sheet(_WORKSHEET.format('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))),
    "a million cells": ("a.xlsx", lambda: _sheet(_WORKSHEET.format(_ROW * 60_000))),
    "hundreds of megabytes of nothing": ("a.xlsx", lambda: _sheet(_WORKSHEET.format(""), more={"xl/media/a.bin": bytes(300_000_000)})),
    "words that multiply": ("a.xlsx", lambda: _sheet('<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY a{at} "{f"&a{at - 1};" * 10 if at else "&a;" * 10}">' for at in range(9)) + "]>" + _WORKSHEET.format("<row><c><v>&a8;</v></c></row>"))),
    "a row of a million columns": ("a.csv", lambda: b"name" + b",a" * 1_000_000),
    "one cell of five megabytes": ("a.csv", lambda: b"name\n" + b"a" * 5_000_000),
    "a mark that is never closed": ("a.csv", lambda: b'name\n"' + b"a\n" * 2_000_000),
    "bytes without meaning": ("a.csv", lambda: bytes(range(256)) * 10_000),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_table_is_refused_and_costs_the_server_nothing(door: Door, name: str) -> None:
    file, made = TABLES[name]
    content = made()
    status, seconds = door.ask("POST", f"/api/v1/imports/person?name={file}", content, Content_Type="application/octet-stream")
    assert status in (201, 202) or 400 <= status < 500, status
    assert seconds <= MOST_CPU
    until = time.monotonic() + 60
    while status < 300:
        which = max(one["id"] for one in door.server.api("GET", "/imports")[1]["items"])
        found = door.server.api("GET", f"/imports/{which}")[1]
        if found["status"] not in ("received", "trying"):
            assert found["status"] in ("failed", "refused") or not found.get("counts", {}).get("good"), found
            break
        assert time.monotonic() < until, found
        time.sleep(0.1)


def test_server_has_not_grown_and_serves_on(door: Door) -> None:
    """Comes last: how much memory any of the above took at most, and whether it grows with each time."""
    for name in ("deep and closed", "a whole number of a million digits", "rows without number"):
        for _ in range(3):
            door.ask("POST", RECORDS, BODIES[name])
    print(f"The server grew by {(door.memory() - door.at_first) / 1024:.0f} MiB at most.")
    assert door.memory() - door.at_first < MOST_MEMORY
    assert door.server.api("GET", f"{RECORDS.removeprefix('/api/v1')}?count=exact")[1]["count"] == 3
