"""Effects that lock the same records in opposite orders, many at once: nobody is turned away and nothing is lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
from neutral_site import ALL, CLERK
from moved_orders import opened

from kartotek.engine.engine import Engine
from kartotek.errors import KartotekError

BOX = {
    "title": "Box", "type": "object", 
    "properties": {
        "taken": {"type": "integer", "default": 0},
        "pieces_count": {"type": "integer", "readOnly": True, "x-field": {"rollup": {"from": "pieces", "fn": "count"}}},
    },
    "x-record": {"permissions": {"clerk": ALL}},
}
PIECE = {
    "title": "Piece", "type": "object",
    "properties": {
        "box": {"type": "integer", "x-field": {"references": "box", "inverse": "pieces"}}, "note": {"type": "string"},
    },
    "x-record": {"permissions": {"clerk": ALL}},
}
MOVE = {
    "title": "Move", "type": "object",
    "properties": {
        "first": {"type": "integer", "x-field": {"references": "box"}},
        "second": {"type": "integer", "x-field": {"references": "box"}},
    },
    "x-record": {"permissions": {"clerk": ALL}},
}
FLOW = """record: move
initial: open
states:
  open: {title: Open}
  done: {title: Done, final: true}
transitions:
  finish:
    title: Finish
    from: open
    to: done
    roles: [clerk]
    do:
"""
EFFECTS = {
    "update": """      - update: {record: =record.first, set: {taken: =record.first.taken + 1}}
      - update: {record: =record.second, set: {taken: =record.second.taken + 1}}
""",
    "create": """      - create: {record: piece, set: {box: =record.first}}
      - create: {record: piece, set: {box: =record.second}}
""",
    "transition": """      - transition: {record: =record.first, run: fill}
      - transition: {record: =record.second, run: fill}
""",
}
BOX_FLOW = """record: box
initial: open
states:
  open: {title: Open}
  closed: {title: Closed, final: true}
transitions:
  fill:
    title: Fill
    from: open
    to: open
    roles: [clerk]
    do:
      - set: {taken: =record.taken + 1}
      - create: {record: piece, set: {box: =record, note: once}}
  close: {title: Close, from: open, to: closed, roles: [clerk]}
"""
DOCUMENTS = {
    "schemas/piece.json": json.dumps(PIECE), "workflows/box.yaml": BOX_FLOW,
    "site.yaml": "name: Moves\nlanguages: [en]\ntimezone: UTC\nroles:\n  clerk: {title: C}\n",
    "schemas/box.json": json.dumps(BOX), "schemas/move.json": json.dumps(MOVE),
}
WORKERS, ROUNDS = 4, 12


@pytest.mark.parametrize("sort", EFFECTS)
def test_effects_in_opposite_orders_all_come_to_an_end(open_engine: Callable[..., Engine], sort: str) -> None:
    engine = opened(open_engine, DOCUMENTS | {"workflows/move.yaml": FLOW + EFFECTS[sort]})
    boxes = [engine.create(CLERK, "box", {})["id"] for _ in range(2)]
    moves: list[list[int]] = [[] for _ in range(WORKERS)]
    for worker in range(WORKERS):
        first, second = boxes if worker % 2 else reversed(boxes)
        for _ in range(ROUNDS):
            moves[worker].append(engine.create(CLERK, "move", {"first": first, "second": second})["id"])
    refusals: list[KartotekError] = []
    start = threading.Barrier(WORKERS)

    def work(ids: list[int]) -> None:
        mine = open_engine()
        start.wait(timeout=30)
        for id in ids:
            try:
                mine.processes.run(CLERK, "move", id, "finish")
            except KartotekError as error:
                refusals.append(error)

    threads = [threading.Thread(target=work, args=(ids,)) for ids in moves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not refusals, [(one.sentence, one.problems) for one in refusals]
    counted = {"update": ("taken",), "create": ("pieces_count",), "transition": ("taken", "pieces_count")}[sort]
    for box in (engine.get(CLERK, "box", id)["fields"] for id in boxes):
        assert [box[name] for name in counted] == [WORKERS * ROUNDS] * len(counted)
    states = {engine.get(CLERK, "move", id)["state"] for ids in moves for id in ids}
    assert states == {"done"}
