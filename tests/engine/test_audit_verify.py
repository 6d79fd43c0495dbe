"""Whatever is done to the audit by somebody without its key is found: every edit, removal, insertion, exchange and cut."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from lengths import rounds
from neutral_site import CLERK, OWNER

from kartotek.engine.audit_heads import anchors_in
from kartotek.engine.audit_verify import Verdict
from kartotek.engine.engine import Engine
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry, AuditQuery
from kartotek.model.query import Query
from kartotek.storage import audit
from kartotek.storage.connection import Connection

MADE = 12
SET = 'UPDATE "kartotek__audit" SET {} WHERE "seq" = {}'
HEAD = 'UPDATE "kartotek__audit_head" SET "seq" = (SELECT max("seq") FROM "kartotek__audit"), ' \
       '"mac" = (SELECT "mac" FROM "kartotek__audit" ORDER BY "seq" DESC LIMIT 1)'


@pytest.fixture
def chain(engine: Engine) -> Engine:
    """An engine in whose chain there is something."""
    for index in range(MADE):
        engine.audit.note(CLERK, AuditEntry("update", "item", index % 3 + 1, ("name",), {"version": index}))
    assert engine.audit.verify().is_whole
    return engine


def tampered(engine: Engine, *statements: str) -> None:
    """Does what somebody does who owns the database: the triggers are in nobody's way."""
    with engine.database.write() as conn:
        unguarded(conn)
        for one in statements:
            conn.run(one)


def unguarded(conn: Connection) -> None:
    """Takes the triggers away."""
    names = ("unchanged", "unremoved") if conn.dialect.name == "sqlite" else ("kept", "whole")
    for table in ("kartotek__audit", "kartotek__audit_record"):
        for name in names:
            conn.run(f'DROP TRIGGER "{table}_{name}"' + ("" if conn.dialect.name == "sqlite" else f' ON "{table}"'))


def moved(a: int, b: int) -> tuple[str, ...]:
    """Exchanges two entries."""
    return tuple(SET.format(f'"seq" = {new}', old) for old, new in ((a, -1), (b, a), (-1, b)))


@pytest.mark.parametrize(("statements", "codes"), [
    ([SET.format("\"content\" = replace(\"content\", 'item', 'iten')", 5)], {"changed", "records"}),
    ([SET.format("\"content\" = replace(\"content\", '\"by\":2', '\"by\":9'), \"by\" = 9", 5)], {"changed"}),
    ([SET.format('"by" = 9', 5)], {"columns"}),
    ([SET.format("\"action\" = 'create'", 5)], {"columns"}),
    ([SET.format("\"mac\" = (SELECT x.\"mac\" FROM \"kartotek__audit\" AS x WHERE x.\"seq\" = 4)", 5)], {"changed"}),
    (['DELETE FROM "kartotek__audit" WHERE "seq" = 5'], {"missing", "records"}),
    (['DELETE FROM "kartotek__audit" WHERE "seq" BETWEEN 4 AND 8', 'DELETE FROM "kartotek__audit_record" WHERE "seq" BETWEEN 4 AND 8'], {"missing"}),
    (['DELETE FROM "kartotek__audit" WHERE "seq" <= 3', 'DELETE FROM "kartotek__audit_record" WHERE "seq" <= 3'], {"missing"}),
    (['DELETE FROM "kartotek__audit" WHERE "seq" <= 3', 'DELETE FROM "kartotek__audit_record" WHERE "seq" <= 3',
      'UPDATE "kartotek__audit_head" SET "trimmed" = 3'], {"missing", "trimmed"}),
    (moved(5, 8), {"changed"}),
    (['INSERT INTO "kartotek__audit" SELECT "seq" + 1, "at", "by", "action", "content", "mac" FROM "kartotek__audit" ORDER BY "seq" DESC LIMIT 1'], {"changed", "head", "records"}),
    (['INSERT INTO "kartotek__audit" SELECT "seq" + 1, "at", "by", "action", "content", "mac" FROM "kartotek__audit" ORDER BY "seq" DESC LIMIT 1', HEAD], {"changed", "records"}),
    (['DELETE FROM "kartotek__audit_record" WHERE "seq" = 5'], {"records"}),
    (['UPDATE "kartotek__audit_record" SET "record_id" = 99 WHERE "seq" = 5'], {"records"}),
    (['DELETE FROM "kartotek__audit" WHERE "seq" > 10', 'DELETE FROM "kartotek__audit_record" WHERE "seq" > 10'], {"head"}),
    (['DELETE FROM "kartotek__audit"', 'DELETE FROM "kartotek__audit_record"'], {"head"}),
])  # fmt: skip
def test_what_was_done_to_the_chain_is_found(chain: Engine, statements: list[str], codes: set[str]) -> None:
    tampered(chain, *statements)
    verdict = chain.audit.verify()
    assert codes == {one.code for one in verdict.faults}, verdict.faults


def test_a_cut_end_is_found_by_heads_that_were_kept_elsewhere(chain: Engine, tmp_path: Path) -> None:
    sent = chain.audit.head_text()
    chain.audit.note(CLERK, AuditEntry("delete", "item", 1))
    chain.audit.keep_head()
    whole = chain.audit.head().seq
    cut = [f'DELETE FROM "kartotek__audit{one}" WHERE "seq" > 10' for one in ("", "_record")]
    tampered(chain, *cut, HEAD)
    beside = chain.audit.verify()
    assert [(one.seq, one.code) for one in beside.faults] == [(whole, "cut_off")]
    (tmp_path / "audit" / "heads").unlink()  # somebody who can do that, too, has not the mail
    assert chain.audit.verify().is_whole
    told = chain.audit.verify(anchors_in(f"The head of today:\n  {sent}\n", "a mail"))
    assert [(one.seq, one.code) for one in told.faults] == [(whole - 1, "cut_off")]
    while chain.audit.head().seq < whole + 3:
        chain.audit.note(CLERK, AuditEntry("update", "item", 1))
    assert [one.code for one in chain.audit.verify(anchors_in(sent, "a mail")).faults] == ["rewritten"]


def test_heads_that_were_put_in_or_changed_are_found(chain: Engine, tmp_path: Path) -> None:
    chain.audit.keep_head()
    file = tmp_path / "audit" / "heads"
    assert len(chain.audit.verify().matched) == 1
    text = file.read_text()
    file.write_text(text.replace(" 1", " 2", 1))
    assert "heads" in {one.code for one in chain.audit.verify().faults}
    file.write_text(text + "and more\n")
    assert {one.code for one in chain.audit.verify().faults} == {"heads"}


def test_a_restored_backup_is_told_from_a_cut(chain: Engine) -> None:
    chain.audit.note(CLERK, AuditEntry("delete", "item", 1))
    chain.audit.keep_head()
    sent, gone = chain.audit.head_text(), chain.audit.head()
    tampered(chain, *(f'DELETE FROM "kartotek__audit{one}" WHERE "seq" > 10' for one in ("", "_record")), HEAD)
    chain.audit.note(OWNER, AuditEntry("backup_restored", body={"gave_up": {"seq": gone.seq, "mac": gone.mac}}))
    verdict = chain.audit.verify(anchors_in(sent, "a mail"))
    assert verdict.is_whole and "given up" in verdict.notes[0]


def test_any_single_character_that_is_changed_is_found(chain: Engine) -> None:
    draw = random.Random(5)
    tampered(chain)
    with chain.database.read() as conn:
        links = [one for each in audit.every(conn) for one in each]
    for link in draw.sample(links, rounds(6, len(links))):
        place = draw.randrange(len(link.content))
        wrong = link.content[:place] + chr(ord(link.content[place]) ^ 1) + link.content[place + 1 :]
        assert link.seq in {one.seq for one in put(chain, link.seq, wrong).faults}
        assert put(chain, link.seq, link.content).is_whole


def put(engine: Engine, seq: int, content: str) -> Verdict:
    """What is found after an entry was made to say something."""
    with engine.database.write() as conn:
        conn.run('UPDATE "kartotek__audit" SET "content" = ? WHERE "seq" = ?', (content, seq))
    return engine.audit.verify()


def test_the_database_itself_refuses_to_change_the_audit(chain: Engine) -> None:
    statements = ['UPDATE "kartotek__audit" SET "by" = 9', 'DELETE FROM "kartotek__audit"', 'DELETE FROM "kartotek__audit_record"',
                  'UPDATE "kartotek__audit_record" SET "record_id" = 9']
    if chain.database.dialect.name == "postgresql":
        statements += ['TRUNCATE "kartotek__audit"', 'TRUNCATE "kartotek__audit_record"']
    for one in statements:
        with pytest.raises(Exception, match="only added to"), chain.database.write() as conn:  # noqa: PT011
            conn.run(one)
    assert chain.audit.verify().is_whole


def test_lines_that_wait_are_looked_at_and_sealed_once(chain: Engine, tmp_path: Path) -> None:
    for id in range(1, 6):
        chain.audit.saw(CLERK, "item", [id], ["name"])
    (file,) = (tmp_path / "audit").glob("*.journal")
    assert "5 notes" in chain.audit.verify().notes[0]
    kept = file.read_bytes()
    assert (chain.audit.seal(), chain.audit.seal()) == (5, 0)
    chain.audit.close()
    assert chain.audit.seal() == 0 and not file.exists()
    chain.audit.saw(CLERK, "item", [9], ["name"])
    (other,) = (tmp_path / "audit").glob("*.journal")
    lines = other.read_bytes().splitlines(keepends=True)
    other.write_bytes(lines[0].replace(b"item", b"iten"))
    assert {one.code for one in chain.audit.verify().faults} == {"journal"}
    chain.audit.saw(CLERK, "item", [10], ["name"])
    chain.audit.seal()
    chain.audit.seal()
    rows = chain.audit.entries(AuditQuery(actions=("read", "journal_damaged")))[::-1]
    assert [one.entry.action for one in rows] == ["read"] * 5 + ["journal_damaged", "read"]
    assert kept and chain.audit.verify().is_whole


def test_a_line_that_was_not_finished_told_nobody_anything(chain: Engine, tmp_path: Path) -> None:
    chain.audit.saw(CLERK, "item", [1], ["name"])
    (file,) = (tmp_path / "audit").glob("*.journal")
    chain.audit.close()
    file.write_bytes(file.read_bytes() + b"0123456789abcdef {\"act")
    assert chain.audit.verify().is_whole
    assert chain.audit.seal() == 1 and not file.exists()
    assert chain.audit.verify().is_whole


def test_eight_who_write_at_once_make_one_chain(engine: Engine) -> None:
    each = rounds(12, 100)

    def write(number: int) -> None:
        for index in range(each):
            engine.create(CLERK, "item", {"name": f"I{number}-{index}", "price": "1.00"})
            engine.audit.saw(Actor(id=100 + number, name=""), "item", [index + 1], ["name"])

    before = engine.audit.head().seq
    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert engine.audit.seal() == 8 * each
    assert engine.audit.head().seq == before + 16 * each
    verdict = engine.audit.verify()
    assert verdict.is_whole and verdict.entries == verdict.head.seq


def test_a_killed_process_leaves_a_whole_chain_and_no_answer_without_its_note(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    made: list[int] = []
    seen: list[int] = []
    for _ in range(rounds(2, 20)):
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("audit_worker.py")), database_url, str(tmp_path / "files")],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout is not None
        told = [next(process.stdout) for _ in range(random.Random(len(made)).randrange(20, 60))]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
        process.wait()
        process.stdout.close()
        for line in told:
            if line.endswith("\n"):
                what, id = line.split()
                (made if what == "made" else seen).append(int(id))
    engine.audit.seal()
    assert engine.audit.verify().is_whole
    created = [one.entry.record_id for one in engine.audit.entries(AuditQuery(actions=("create",), types=("item",), limit=10_000))]
    read = [one.entry.record_id for one in engine.audit.entries(AuditQuery(actions=("read",), types=("item",), limit=10_000))]
    assert len(created) == len(set(created)) and set(made) <= set(created)
    assert sorted(read) == sorted(set(read)) and set(seen) <= set(read)
    assert len(made) > 5 and len(seen) > 5
    stored = engine.select(OWNER, "item", Query(count=True)).count
    assert stored == len(created)


def test_old_entries_go_when_their_time_is_over_and_leave_a_word(engine: Engine, clock: Callable[[], datetime]) -> None:
    now = engine.clock()
    for days in (400, 300, 200, 100, 0):
        engine.clock = lambda days=days: now - timedelta(days=days)  # type: ignore[misc]
        engine.audit.note(CLERK, AuditEntry("update", "item", days + 1, ("name",)))
    engine.audit.keep_head()
    assert engine.audit.trim(timedelta(days=250)) == engine.audit.entries(AuditQuery(limit=1000))[-1].seq - 1
    assert {one.entry.record_id for one in engine.audit.entries(AuditQuery(types=("item",)))} == {201, 101, 1}
    verdict = engine.audit.verify()
    assert verdict.is_whole and "were removed" in verdict.notes[0]
    first = engine.audit.entries(AuditQuery(limit=1000))[-1].seq
    tampered(engine, *(f'DELETE FROM "kartotek__audit{one}" WHERE "seq" = {first}' for one in ("", "_record")))
    assert {one.code for one in engine.audit.verify().faults} == {"missing"}
