"""Windows: rollups over rows of a certain time, counted anew when rows enter or leave that time without anybody's doing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from kartotek.engine.commit import counted_again, spec_of
from kartotek.engine.compiled import Compiled, Feed
from kartotek.engine.following import follow
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.transactions import Transactions
from kartotek.errors import Busy, KartotekError
from kartotek.kinds.registry import kind_of
from kartotek.model.actor import Actor
from kartotek.rules.windows import moving
from kartotek.storage import windows
from kartotek.storage.windows import Span

ACTOR = Actor.system("windows")
Work = Callable[[Writing, Feed, Sequence[int]], None]
_BATCH = 200


class Windows:
    """Safe to share by threads and to run in several processes.

    Of each window is known until when all its parents are right, and of parents that were counted since, by a change of
    a row, when that was: they may have counted a row that enters and leaves between two refreshments.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def refresh(self) -> None:
        """Counts anew what the time alone has changed. Raises Busy."""
        moment = self._transactions.begin(ACTOR)
        feeds = [one for one in _feeds(moment.compiled) if one.window]
        for feed in feeds:
            self._refresh(moment, feed)
        if feeds:
            with self._transactions.writing() as conn:
                windows.forget_others(conn, {one.window for one in feeds})

    def _refresh(self, moment: Moment, feed: Feed) -> None:
        with self._transactions.at(ACTOR) as (now, conn):
            if now.compiled is not moment.compiled:
                return  # the declarations have just changed: the next round knows them
            writing = Writing(moment, conn, moment.setting(conn))
            known = windows.right_until(conn, feed.window)
            spec = spec_of(writing, feed)
            if known is None:
                parents = set(windows.fed_parents(conn, spec))
            else:
                then = replace(moment, now=known).env
                spans = _spans(moment.compiled, feed, then, moment.env)
                parents = set(windows.flipped(conn, spec, (then, moment.env), spans))
            parents |= windows.marks(conn, feed.window).keys()
        if not parents and known == moment.now:
            return
        ids = sorted(parents)
        for start in range(0, len(ids), _BATCH):
            self._count(feed, ids[start : start + _BATCH], moment.now)
        with self._transactions.writing() as conn:
            windows.reach(conn, feed.window, moment.now)

    def _count(self, feed: Feed, ids: Sequence[int], at: datetime) -> None:
        """Counts some parents, and where that fails each alone; what cannot even be counted stays as it is."""
        if not self._succeeds(feed, ids, at, _and_follow):
            for id in ids:
                if not self._succeeds(feed, [id], at, _and_follow):
                    self._succeeds(feed, [id], at, _alone)

    def _succeeds(self, feed: Feed, ids: Sequence[int], at: datetime, work: Work) -> bool:
        try:
            self._attempt(feed, ids, at, work)
        except Busy:
            raise
        except KartotekError:
            return False
        return True

    def _attempt(self, feed: Feed, ids: Sequence[int], at: datetime, work: Work) -> None:
        def run(writing: Writing) -> None:
            # One instant for the whole refreshment, else a row could enter and leave unseen in between.
            moment = replace(writing.moment, now=at)
            then = replace(writing, moment=moment, setting=moment.setting(writing.conn, lock=True))
            same = next((one for one in _feeds(moment.compiled) if one.window == feed.window), None)
            if same is not None:
                work(then, same, ids)

        self._transactions.transact(ACTOR, lambda moment: run)


def _and_follow(writing: Writing, feed: Feed, ids: Sequence[int]) -> None:
    follow(writing, counted_again(writing, feed, ids))


def _alone(writing: Writing, feed: Feed, ids: Sequence[int]) -> None:
    counted_again(writing, feed, ids)


def _feeds(compiled: Compiled) -> list[Feed]:
    return [one for each in compiled.feeds.values() for one in each]


def _spans(compiled: Compiled, feed: Feed, then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Span] | None:
    assert feed.rollup.where is not None
    between = moving(feed.rollup.where, then, now)
    if between is None:
        return None
    child = compiled.type(compiled.type(feed.parent).type.inverses[feed.rollup.source].type).type
    found = []
    for name, low, high in between:
        field = child.by_name[name]
        spec = kind_of(field).column(field)
        if spec is None or field.is_live:
            return None
        found.append(Span(field.column, spec, low, high))
    return found
