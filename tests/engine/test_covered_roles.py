"""Whoever covers some roles is shown at least what they are shown, by the doors themselves; of drawn sites, for each two sets of roles."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from drawn_rights import BOSS, FIELDS, ROLES, Drawn, filled, opened, shown
from lengths import rounds

from kartotek.engine.explaining import Question
from kartotek.model.actor import Actor
from kartotek.rules.lattice import lacking

_MORE = ("none", "flag", "mask", "read")


@pytest.mark.parametrize("seed", range(rounds(6, 400)))
def test_who_covers_roles_is_shown_what_they_are_shown(tmp_path: Path, seed: int) -> None:
    engine = opened(tmp_path, Drawn(seed).documents)
    try:
        ids, catalog = filled(engine), engine.catalog()
        sets = [frozenset(one) for size in range(4) for one in itertools.combinations(ROLES, size)]
        actors = {roles: Actor(3, "Hugo", roles) for roles in sets}
        seen = {roles: [shown(engine, actors[roles], id) for id in ids] for roles in sets}
        may = {
            roles: [engine.explanations.explain(BOSS, Question(actors[roles], "thing", id, name, "write"))["verdict"] for id in ids for name in FIELDS]
            for roles in sets
        }
        pairs = [(giver, roles) for giver, roles in itertools.permutations(sets, 2) if not lacking(catalog, giver, roles)]
        for giver, roles in pairs:
            for mine, theirs in zip(seen[giver], seen[roles], strict=True):
                assert all(_MORE.index(mine[name]) >= _MORE.index(theirs[name]) for name in FIELDS), (giver, roles, mine, theirs)
            assert all(mine == "yes" or theirs == "no" for mine, theirs in zip(may[giver], may[roles], strict=True)), (giver, roles)
        assert all((giver, roles) in pairs for giver, roles in itertools.permutations(sets, 2) if roles < giver), "whoever has a role may give it"
    finally:
        engine.close()
