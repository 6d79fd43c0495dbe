"""Measures changes of the declarations of a type with a million records, while people read and write.

`python bench/changing.py`, or with `--records 100000 --postgresql --write`; see bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import servers
import sites
from processes import cpu_seconds, machine
from table import put

from kartotek.site import Site

_PLAIN = ("one", "two", "three", "four", "five", "six")
_EVERY = 0.02  # seconds between two requests of one who reads or writes


def main() -> None:
    chosen = _options()
    lines = ["| change | plan s | apply s | CPU s | in service after s | requests meanwhile | longest read s | longest write s | refused |", "|" + "---|" * 9]
    with sites.fresh_database(chosen.postgresql) as url, tempfile.TemporaryDirectory(prefix="changing", dir=sites.KEPT) as folder:
        with _made(Path(folder) / "site", chosen.records, url) as made:
            with servers.kartotek(made, 2) as server:
                for name, edit in CASES.items():
                    if not chosen.only or name in chosen.only:
                        lines.append(_measured(made, server, name, edit))
                        print(lines[-1], flush=True)
    text = "\n".join([f"{chosen.records:,} records. {machine()}.", "", *lines])
    print(text)
    if chosen.write:
        kind = "PostgreSQL" if chosen.postgresql else "SQLite"
        put(text, " ".join(["python bench/changing.py", *sys.argv[1:]]), f"Changes of a type with {chosen.records:,} records on {kind}")


# --- what is declared, and how it changes

def _declared() -> dict[str, Any]:
    texts = {name: {"type": "string", "title": name.title()} for name in _PLAIN}
    fields = {"name": {"type": "string", "title": "Name"}, "digits": {"type": "string", "title": "Digits"}, "count": {"type": "integer", "title": "Count"}}
    return {"title": "Entry", "type": "object", "properties": {**fields, **texts}, "x-record": {"titleTemplate": "{name}", "list": ["name", "count"]}}


def _fields(change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    return lambda declared: change(declared["properties"])


def _renamed(fields: dict[str, Any]) -> None:
    fields["first"] = {**fields.pop("one"), "x-field": {"aliases": ["one"]}}


CASES: Mapping[str, Callable[[dict[str, Any]], Any]] = {
    "add a field": _fields(lambda fields: fields.update(added={"type": "string", "title": "Added"})),
    "add one with a default": _fields(lambda fields: fields.update(level={"type": "string", "title": "Level", "default": "plain"})),
    "rename a field": _fields(_renamed),
    "make one required": lambda declared: declared.update(required=["two"]),
    "retype, integer to number": _fields(lambda fields: fields.update(count={"type": "number", "title": "Count"})),
    "retype, text to integer": _fields(lambda fields: fields.update(digits={"type": "integer", "title": "Digits"})),
    "remove a field": _fields(lambda fields: fields.pop("six")),
    "a stored computed field": _fields(lambda fields: fields.update(
        twice={"type": "number", "title": "Twice", "readOnly": True, "x-field": {"compute": "record.count * 2.0", "stored": True}}
    )),
}  # fmt: skip


# --- the site

@contextmanager
def _made(folder: Path, number: int, url: str) -> Iterator[sites.Made]:
    (folder / "schemas").mkdir(parents=True)
    (folder / "site.yaml").write_text("name: Bench\nlanguages: [en]\ntimezone: UTC\nlimits: {token: 0, address: 0}\n", encoding="utf-8")
    _write(folder, _declared())
    site = Site(folder, database=url)
    site.prepare(owner_password=sites.PASSWORD, demo=False)
    with site.engine.database.write() as conn:
        _fill(conn, number)
    site.close()
    made = sites.Made(folder, url, "")
    yield sites.Made(folder, url, sites.command(made, "token", "add", "bench").strip())


def _fill(conn: Any, number: int) -> None:
    """Straight into the table, since the engine would take ten minutes."""
    columns = ["version", "created_at", "created_by", "updated_at", "updated_by", "name", "digits", "count", *_PLAIN]
    listed = ", ".join(f'"{one}"' for one in columns)
    if conn.dialect.name == "sqlite":
        at, numbers = str(int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1_000_000)), f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number})"
        source = "n"
    else:
        at, numbers, source = "'2026-01-01T00:00:00Z'", "", f"generate_series(1, {number}) AS n(i)"
    values = ["1", at, "0", at, "0", "'Entry ' || i", "CAST(i AS TEXT)", "i % 1000", *(f"'{name} ' || (i % 5000)" for name in _PLAIN)]
    conn.run(f'{numbers} INSERT INTO "entry" ({listed}) SELECT {", ".join(values)} FROM {source}'.strip())


def _write(folder: Path, declared: dict[str, Any]) -> None:
    path = folder / "schemas" / "entry.json"
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(declared, indent=2), encoding="utf-8")
    unfinished.replace(path)


# --- the measurement

def _measured(made: sites.Made, server: servers.Server, name: str, edit: Callable[[dict[str, Any]], Any]) -> str:
    path = made.folder / "schemas" / "entry.json"
    declared = json.loads(path.read_text(encoding="utf-8"))
    before = _version(server, made.token)
    edit(declared)
    with _Crowd(server, made.token) as crowd:
        crowd.settle()
        used = cpu_seconds(server.pid)
        began = time.monotonic()
        _write(made.folder, declared)
        planned, applied, cpu = 0.0, 0.0, 0.0
        if not _goes_live(server, made.token, before, seconds=3.0):
            began = time.monotonic()
            planned, applied, cpu = _apply(made)
        while _version(server, made.token) <= before:
            time.sleep(0.01)
        live = time.monotonic() - began
    told = f"| {name} | {planned:.2f} | {applied:.2f} | {cpu + cpu_seconds(server.pid) - used:.2f} | {live:.2f} |"
    return f"{told} {crowd.count} | {crowd.slowest['GET']:.2f} | {max(crowd.slowest['PATCH'], crowd.slowest['POST']):.2f} | {crowd.refused} |"


def _goes_live(server: servers.Server, token: str, before: int, *, seconds: float) -> bool:
    """Whether it does so without anybody's word."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if _version(server, token) > before:
            return True
        time.sleep(0.01)
    return False


def _apply(made: sites.Made) -> tuple[float, float, float]:
    began = time.monotonic()
    plan = json.loads(sites.command(made, "plan", "--format", "json"))
    planned = time.monotonic() - began
    names = [word for one in plan["confirm"] for word in ("--confirm", one)]
    command = [*sites.KARTOTEK, "apply", "--site", str(made.folder), "--plan", plan["hash"], *names]
    began = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(command, env=made.environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(ended.stdout + ended.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return planned, time.monotonic() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _version(server: servers.Server, token: str) -> int:
    return int(servers.call(server, "/catalog/versions?limit=1", token)["items"][0]["version"])


@dataclass
class _Crowd:
    """One who reads, one who changes and one who adds, again and again."""

    server: servers.Server
    token: str
    slowest: dict[str, float] = field(default_factory=lambda: {"GET": 0.0, "PATCH": 0.0, "POST": 0.0})
    count: int = 0
    refused: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> _Crowd:
        for work in (lambda: self._ask("GET", "/records/entry?limit=20"), self._change, lambda: self._ask("POST", "/records/entry", {"name": "new", "two": "x"})):
            thread = threading.Thread(target=self._again, args=(work,), daemon=True)
            self.threads.append(thread)
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for one in self.threads:
            one.join(timeout=120)

    def settle(self) -> None:
        """Lets everything be compiled and read before it counts."""
        time.sleep(2)
        self.count, self.refused, self.slowest = 0, 0, dict.fromkeys(self.slowest, 0.0)

    def _again(self, work: Callable[[], None]) -> None:
        while not self.stopping.is_set():
            work()
            time.sleep(_EVERY)

    def _change(self) -> None:
        self._ask("PATCH", f"/records/entry/{1 + self.count % 500}", {"name": f"changed {self.count}"})

    def _ask(self, method: str, path: str, fields: Mapping[str, Any] | None = None) -> None:
        began = time.monotonic()
        try:
            servers.call(self.server, path, self.token, method=method, body=None if fields is None else {"fields": fields})
        except urllib.error.HTTPError as error:
            self.refused += 1
            print(f"  {method} {error.code}", flush=True)
            error.close()
        self.count += 1
        self.slowest[method] = max(self.slowest[method], time.monotonic() - began)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--only", action="append", default=[], choices=tuple(CASES))
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
