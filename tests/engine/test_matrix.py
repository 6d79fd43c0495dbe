"""The matrix of rights says what each role finds, in each state, where its rules of rows let it in."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from drawn_rights import BOSS, FIELDS, ROLES, STATES, Drawn, filled, opened, shown
from lengths import rounds
from neutral_site import documents

from kartotek.cli import main
from kartotek.engine.explaining import Question
from kartotek.model.actor import Actor
from kartotek.rules.matrix import matrix

_SHOWN = {"propose": "read", "write": "read"}


@pytest.mark.parametrize("seed", range(rounds(3, 150)))
def test_the_matrix_says_what_each_role_finds(tmp_path: Path, seed: int) -> None:
    engine = opened(tmp_path, Drawn(seed).documents)
    try:
        ids = filled(engine)
        cells = {(one.role, one.state): one for one in matrix(engine.catalog())}
        for role in ROLES:
            actor = Actor(3, "Hugo", frozenset({role}))
            for place, id in enumerate(ids):
                cell = cells[role, STATES[place // 2]]
                row = engine.explanations.explain(BOSS, Question(actor, "thing", id))["verdict"]
                assert row == "no" or "read" in cell.actions
                said = {name: "none" if row == "no" else _SHOWN.get(cell.fields[name], cell.fields[name]) for name in FIELDS}
                assert said == shown(engine, actor, id)
                wrote = {name: engine.explanations.explain(BOSS, Question(actor, "thing", id, name, "write"))["verdict"] for name in FIELDS}
                assert all(cell.fields[name] == "write" for name in FIELDS if wrote[name] == "yes" and said[name] != "none")
    finally:
        engine.close()


def test_the_command_writes_a_table_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in documents().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.replace('"Mobile"', '"<b>Mobile</b>"'), encoding="utf-8")
    assert main(["access", "matrix", "--site", str(tmp_path)]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    (mobile,) = [one for one in rows if (one["type"], one["field"], one["role"]) == ("person", "mobile", "helper")]
    assert (mobile["level"], mobile["read"], mobile["create"]) == ("none", "record.active == true", "no")
    assert {one["level"] for one in rows if one["role"] == "owner" and one["field"] == "mobile"} == {"write"}
    assert main(["access", "matrix", "--site", str(tmp_path), "--format", "html"]) == 0
    page = capsys.readouterr().out
    assert "&lt;b&gt;Mobile&lt;/b&gt;" in page and "<b>Mobile" not in page and page.count("<table>") == 5 and "http" not in page
