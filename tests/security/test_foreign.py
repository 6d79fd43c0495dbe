"""Whatever stands in an address and belongs to others is answered like what is not there, at every door, and stays as it is."""

from __future__ import annotations

import re

import pytest
from callers import Caller, apart, stored
from inventory import EXAMPLES, Way, examples, ways
from whole_site import Whole

# (what a part names, what stands beside it): the helper may see none of the first, and the second is not there at all.
FOREIGN: dict[str, list[tuple[dict[str, str], dict[str, str]]]] = {
    "record": [
        ({"type": "note", "record": "5"}, {"type": "note", "record": "4000"}),
        ({"type": "case", "record": "3"}, {"type": "case", "record": "4000"}),
        ({"type": "vault", "record": "1"}, {"type": "nopes", "record": "1"}),
        ({"type": "wish", "record": "1"}, {"type": "nopes", "record": "1"}),
    ],
    "type": [({"type": "vault"}, {"type": "nopes"}), ({"type": "wish"}, {"type": "nopes"})],
}


@pytest.fixture(scope="module")
def foreign_ways(untouched: Whole) -> list[Way]:
    """Those that name something."""
    assert untouched.app is not None
    return [one for one in ways(untouched.app) if one.parts and one.admission and not one.admission.is_open]


def _pairs(way: Way) -> list[tuple[dict[str, str], dict[str, str]]]:
    named = [name for _, name in way.parts]
    if "record" in named:
        return FOREIGN["record"]
    if "type" in named:
        return FOREIGN["type"]
    return [({named[0]: EXAMPLES[named[0]][0]}, {named[0]: EXAMPLES[named[0]][1]})]


@pytest.mark.parametrize("name", ["hugo", "sam"])
def test_what_is_of_others_is_answered_like_what_is_not_there(untouched: Whole, foreign_ways: list[Way], name: str) -> None:
    caller, before, wrong = Caller(untouched, name), stored(untouched), []
    for way in foreign_ways:
        for theirs, nobodys in _pairs(way):
            answers = [caller.ask(way, examples(untouched) | given) for given in (theirs, nobodys)]
            told = [_plain(answer.text) for answer in answers]
            for one in nobodys.keys() - {name for name in nobodys if nobodys[name] == theirs[name]}:
                told[1] = told[1].replace(nobodys[one], theirs[one])
            statuses = [one.status_code for one in answers]
            if statuses[0] not in (403, 404):
                wrong.append(f"{way.name} {theirs}: {answers[0].status} {answers[0].text[:300]!r}; if its body is not good enough to get there: BODIES")
            elif statuses[0] != statuses[1] or told[0] != told[1]:
                wrong.append(f"{way.name} {theirs}: {statuses}\n  {apart(*told)}")
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:30])
    assert stored(untouched) == before


def _plain(text: str) -> str:
    return re.sub(r'((?:csrf_token" value|csrf-token" content|nonce)=)"[^"]*"', "", text)


@pytest.mark.parametrize("name", ["clara", "olive"])
def test_those_whose_it_is_come_through(untouched: Whole, foreign_ways: list[Way], name: str) -> None:
    """Else what is refused above would be refused for another reason."""
    caller = Caller(untouched, name)
    own = {"type": "wish", "record": "1"}
    reached = {}
    for way in foreign_ways:
        is_meant = name == "olive" or way.admission is not None and way.admission.who == "user"
        if is_meant and way.method == "GET" and "record" in dict(way.parts).values() and not {"transition", "file"} & set(dict(way.parts).values()):
            reached[way.name] = caller.ask(way, examples(untouched) | own).status_code
    assert len(reached) > 9
    assert {each: status for each, status in reached.items() if status not in (200, 302)} == {}
