"""The documents that may go into service while types wait: each type whole as it was or whole as it is to be."""

from __future__ import annotations

import copy
import json

from edited_types import Types, catalog_of
from neutral_site import TYPES

from kartotek.declaration.load import load
from kartotek.migration.steps import Step, effective, steps
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.settings import SiteSettings


def bare(documents: dict[str, str]) -> Catalog:
    """A catalog of these documents with the types they are named for."""
    names = [path.split("/")[1].split(".")[0] for path in documents if path.startswith("schemas/")]
    types = {name: RecordType(name=name, title=name, fields=()) for name in names}
    return Catalog(settings=SiteSettings(), types=types, hash="", documents=documents)


def test_a_held_type_keeps_its_document_and_the_others_go_on() -> None:
    applied = {"site.yaml": "old", "schemas/a.json": "a1", "schemas/b.json": "b1", "schemas/gone.json": "g1"}
    wanted = {"site.yaml": "new", "schemas/a.yaml": "a2", "schemas/b.json": "b2", "templates/a.txt": "t"}
    found = (
        Step("a", "narrow", "ratcheted", "a: x."),
        Step("b", "metadata", "safe", "b: y."),
        Step("gone", "remove_type", "confirm", "gone: z."),
    )
    assert effective(bare(applied), bare(wanted), found) == {
        "site.yaml": "new",
        "schemas/a.json": "a1",
        "schemas/b.json": "b2",
        "schemas/gone.json": "g1",
        "templates/a.txt": "t",
    }


def renamed_and_held() -> tuple[Types, Types]:
    """The types, and the types with one renamed that waits, one that points to it, and one that has nothing to do with it."""
    types = json.loads(json.dumps(TYPES).replace('"references": "person"', '"references": "client"'))
    types["client"] = types.pop("person")
    types["client"]["x-record"]["aliases"] = ["person"]
    types["client"]["required"].append("born")
    types["account"]["title"] = "Konto"
    return copy.deepcopy(TYPES), types


def test_what_points_to_a_renamed_type_that_waits_waits_too_and_the_rest_goes_on() -> None:
    applied, wanted = (catalog_of(one) for one in renamed_and_held())
    found = steps(applied, wanted)
    assert {one.type for one in found if one.verdict != "safe"} == {"client"}
    assert load(effective(applied, wanted, found)).catalog is None  # order would point to a type that is not there
    documents = effective(applied, wanted, found, together=True)
    assert documents == {**applied.documents, "schemas/account.json": wanted.documents["schemas/account.json"]}
    mixed = load(documents).catalog
    assert mixed is not None and {one.verdict for one in steps(applied, mixed)} == {"safe"}
