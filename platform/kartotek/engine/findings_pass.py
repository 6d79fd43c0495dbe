"""One pass through the records of each type that somebody has to look at, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from kartotek.engine.compiled import CompiledType
from kartotek.engine.findings_judges import Judging
from kartotek.engine.findings_rules import WHOLE
from kartotek.engine.findings_tally import Judge
from kartotek.model.plan import Progress
from kartotek.storage import findings as storage
from kartotek.storage.connection import Connection
from kartotek.storage.records import load_many
from kartotek.storage.referring import ids_after
from kartotek.storage.stored import Stored

_PAGE = 1000
_WHOLE_PAGE = 200


def look_through(judging: Judging, progress: Callable[[Progress], None]) -> None:
    """Shows every judge all records of his type, and tells how far it has come."""
    current = judging.change.current
    sizes = {name: storage.count(judging.conn, current.type(name).layout) for name in judging.judges}
    done, total = 0, sum(sizes.values())
    for name, judges in judging.judges.items():
        said = f"{name}: looking at the records."
        progress(Progress(said, done, total))
        for page in _pages(judging.conn, current.type(name), judges):
            judging.retaken.look(name, [one.id for one in page])
            for one in judges:
                one.look(page)
            if any(one.reads == WHOLE for one in judges):
                judging.foresight.related.forget_all()
            done += len(page)
            progress(Progress(said, done, total))
        for one in judges:
            one.end()


def _pages(conn: Connection, compiled: CompiledType, judges: Sequence[Judge]) -> Iterator[list[Stored]]:
    """The records in the order of their ids, with what the judges together must know of them."""
    reads = frozenset[str]().union(*(one.reads for one in judges))
    last = 0
    while page := _page(conn, compiled, reads, last):
        yield page
        last = page[-1].id


def _page(conn: Connection, compiled: CompiledType, reads: frozenset[str], last: int) -> list[Stored]:
    if not reads >= WHOLE:
        return storage.page(conn, compiled.layout, reads, after=last, limit=_PAGE)
    ids = ids_after(conn, compiled.layout, last, _WHOLE_PAGE)
    return list(load_many(conn, compiled.layout, ids).values())
