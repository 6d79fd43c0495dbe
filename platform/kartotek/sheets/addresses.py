"""The names under which a column may call a field: its name, its title in every language, group and member, former names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kartotek.model.field import Field
from kartotek.sheets.cells import key_of
from kartotek.sheets.target import Target

_FILES = frozenset({"file", "files", "image"})
_LINKED = frozenset({"reference", "references", "user"})


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a column's values go: a field, or a member of an object. `reason` says why nothing may go there, "" if it may."""

    path: str
    field: Field
    member: Field | None = None
    reason: str = ""

    @property
    def kind(self) -> str:
        """The kind of what a cell holds."""
        return (self.member or self.field).kind

    @property
    def leaf(self) -> Field:
        """The field whose kind reads the cell."""
        return self.member or self.field


@dataclass(frozen=True, slots=True)
class Addresses:
    """`exact` is {name or title as written: (spot, how)}, `loose` the same for what key_of leaves of it."""

    spots: Mapping[str, Spot]
    exact: Mapping[str, tuple[Spot, str]]
    loose: Mapping[str, tuple[Spot, str]]

    def called(self, path: str) -> Spot | None:
        """The spot of a path, which may be a former name."""
        former = self.exact.get(path)
        return self.spots.get(path) or (former[0] if former is not None and former[1] == "alias" else None)

    def find(self, text: str) -> tuple[Spot, str] | None:
        """The spot that a header names and how ("name", "title", "alias"), or None."""
        bare = text.strip()
        return (self.exact.get(bare) or self.loose.get(key_of(bare))) if bare else None


def addresses_of(target: Target) -> Addresses:
    """All names by which the target's fields may be called; one that would mean two fields means none."""
    spots = {one.path: one for field in target.fields for one in _spots(field, target)}
    exact: dict[str, tuple[Spot, str]] = {}
    loose: dict[str, tuple[Spot, str] | None] = {}
    # Names go before titles and both before bare members, so that a later one never takes an earlier one's place.
    for how in ("name", "title", "alias"):
        fresh: dict[str, tuple[Spot, str] | None] = {}
        for spot in spots.values():
            for text in _texts(spot, how):
                exact.setdefault(text, (spot, how))
                known = fresh.setdefault(key_of(text), (spot, how))
                if known is not None and known[0] is not spot:
                    fresh[key_of(text)] = None
        loose = fresh | loose
    return Addresses(spots, exact, {key: one for key, one in loose.items() if key and one})


def _spots(field: Field, target: Target) -> Iterator[Spot]:
    closed = "" if field.name in target.writable and field.kind != "autonumber" else "read_only"
    reason = closed or ("file" if field.kind in _FILES else "")
    yield Spot(field.name, field, reason=reason)
    if field.kind == "object":
        for member in field.fields:
            yield Spot(f"{field.name}.{member.name}", field, member, closed or _reason(member))


def _reason(member: Field) -> str:
    if member.read_only:
        return "read_only"
    return "file" if member.kind in _FILES else "nested" if member.kind in _LINKED else ""


def _texts(spot: Spot, how: str) -> Iterator[str]:
    if how == "name":
        yield from (spot.path, spot.path.replace(".", "/")) if spot.member else (spot.path,)
    elif how == "title" and spot.member:
        yield from (f"{outer} / {inner}" for outer in _titles(spot.field) for inner in _titles(spot.member))
    elif how == "title":
        yield from _titles(spot.field)
    elif spot.member:
        former = (f"{spot.field.name}.{one}" for one in spot.member.aliases)
        yield from (spot.member.name, *_titles(spot.member), *former, *spot.member.aliases)
    else:
        yield from spot.field.aliases


def _titles(field: Field) -> Iterator[str]:
    yield field.title or field.name
    yield from (str(one["title"]) for one in field.labels.values() if one.get("title"))
