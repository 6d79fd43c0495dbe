"""A site that extends another: documents of both in the making, and what a load says of them."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from tests.declaration.conftest import SITE, TYPES

from kartotek.declaration.load import Loaded, load
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.problem import Problem

OVERLAY: dict[str, Any] = {"x-extends": "person", "properties": {"x_badge": {"type": "string", "title": "Badge", "maxLength": 20}}}
PERSON = "schemas/person.json"
BASE_PERSON = f"@chain/{PERSON}"


class Extending:
    """`base` are the types below, `own` the site's files; `at` sets one place of one of its own."""

    def __init__(self, **own: Any) -> None:
        self.base: dict[str, Any] = deepcopy(TYPES)
        self.base_site = SITE
        self.own: dict[str, Any] = deepcopy(own or {"person": OVERLAY})
        self.site = "extends: ../chain\n"
        self.more: dict[str, str] = {}

    def at(self, path: str, value: Any) -> Extending:
        """Sets the value at "type/key/key" of the site's own files."""
        return self._set(self.own, path, value)

    def below(self, path: str, value: Any) -> Extending:
        """The same in the base."""
        return self._set(self.base, path, value)

    def _set(self, place: Any, path: str, value: Any) -> Extending:
        *above, last = path.split("/")
        for part in above:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        place[last] = value
        return self

    def documents(self) -> dict[str, str]:
        base = {f"schemas/{name}.json": json.dumps(one, indent=1) for name, one in self.base.items()}
        own = {f"schemas/{name}.json": json.dumps(one, indent=1) for name, one in self.own.items()}
        below = {f"@chain/{name}": text for name, text in ({"site.yaml": self.base_site} | base).items()}
        return {"site.yaml": self.site, **own, **below, **self.more}

    def load(self) -> Loaded:
        return load(self.documents())

    def catalog(self) -> Catalog:
        loaded = self.load()
        assert [one for one in loaded.problems if one.severity != "note"] == []
        assert loaded.catalog is not None
        return loaded.catalog

    def type(self, name: str = "person") -> RecordType:
        return self.catalog().types[name]

    def problems(self) -> list[Problem]:
        """What keeps it from being loaded."""
        loaded = self.load()
        assert loaded.catalog is None
        return [one for one in loaded.problems if one.severity == "error"]

    def written_at(self, one: Problem) -> str:
        """The line of the file that a problem points to, from its column on."""
        assert one.place is not None
        return self.line_of(one)[one.place.column - 1 :]

    def line_of(self, one: Problem) -> str:
        """The whole of it."""
        assert one.place is not None
        return self.documents()[one.place.file].split("\n")[one.place.line - 1]
