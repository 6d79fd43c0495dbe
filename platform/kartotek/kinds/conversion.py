"""Conversion: how a value of one field becomes the value of a field that took its place, without guessing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from kartotek.kinds.conversion_choices import of_choice, to_choice
from kartotek.kinds.conversion_json import from_json, to_json
from kartotek.kinds.conversion_lists import element, is_list, many_to_many, many_to_one, one_to_many
from kartotek.kinds.conversion_members import HOLDERS, between_holders, held, holding, member_for
from kartotek.kinds.conversion_places import other_currency, stays
from kartotek.kinds.conversion_scalars import Made, scalar
from kartotek.kinds.equality import canonical
from kartotek.kinds.kind import Refused, refuse
from kartotek.model.conversion_texts import WAYS
from kartotek.model.field import Field
from kartotek.model.missing import MISSING

# same: what is stored stays as it is. lossless: every value goes over. lossy: some may not. none: no value ever could.
Fit = Literal["same", "lossless", "lossy", "none"]
Alters = Callable[[Any, Any], bool]


_SAID = MappingProxyType({
    ("date", "instant"): "first_moment", ("instant", "date"): "day_begun", ("boolean", "integer"): "yes_is_one",
    ("integer", "boolean"): "one_is_yes", ("rows", "object"): "only_row", ("object", "rows"): "each_row",
})


def _never(before: Any, after: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Conversion:
    """`convert` takes the old wire (never None) and gives the new one, or MISSING where an empty list leaves nothing; it
    raises Refused where that cannot be done exactly.

    `alters` says of an old and its new wire whether people will read something else: "007" as a number is 7. `way` says
    how values go over, by its code among the texts of ways and the name that stands in it.
    """

    fit: Fit
    convert: Callable[[Any], Any]
    way: tuple[str, str] = ("", "")
    alters: Alters = field(default=_never)

    @property
    def words(self) -> str:
        """The same for the owner: "each becomes one row with number"; "" where there is nothing to say."""
        code, name = self.way
        return WAYS[code].format(name=name) if code else ""


def conversion(old: Field, new: Field) -> Conversion:
    """How values go over. Limits of the new field are not judged here; what does not keep them goes over and is told of.

    References go where they point to one type; the caller takes that by its new name. Days begin at midnight in the zone of
    the field of moments.
    """
    if stays(old, new):
        return Conversion("same", _itself)
    if (old.encrypt, old.blind) != (new.encrypt, new.blind) and stays(_open(old), _open(new)):
        return Conversion("lossless", _itself)
    made = _made(old, new)
    if made is None:
        return Conversion("none", lambda wire: refuse("conversion"))
    way = _way(old, new)
    if made[0] and not other_currency(old, new):
        return Conversion("lossless", made[1], way)
    return Conversion("lossy", made[1], way, _altering(old, new))


def _open(one: Field) -> Field:
    """The field as it would be without encryption."""
    return replace(one, encrypt=False, blind=False)


def _made(old: Field, new: Field) -> Made | None:
    """Whether every value goes over, and how; None where none could."""
    # A value that is no option may stay where it is, but it goes nowhere else.
    if new.kind != "choice" and stays(old, new):
        return True, _itself
    if old.kind in HOLDERS and new.kind in HOLDERS:
        return between_holders(old, new, _made)
    if new.kind in HOLDERS and (old.kind != "json" or _of_scalars(old)):
        return holding(old, new, _made)
    if old.kind in HOLDERS and (new.kind != "json" or _of_scalars(new)):
        return held(old, new, _made)
    if is_list(old) or is_list(new):
        found = _lists(old, new)
        if found is not None or "json" not in (old.kind, new.kind):
            return found
    return _single(old, new)


def _lists(old: Field, new: Field) -> Made | None:
    if old.kind in HOLDERS or new.kind in HOLDERS:
        return None
    if is_list(old) and is_list(new):
        return many_to_many(old, new, _made)
    if is_list(old):
        return many_to_one(old, new, _made) if new.kind != "json" else None
    return one_to_many(old, new, _made) if old.kind != "json" else None


def _single(old: Field, new: Field) -> Made | None:
    if old.kind == "json" and new.kind != "json":
        return from_json(old, new, _made)
    if new.kind == "json":
        return to_json(old, new) if old.kind != "json" else from_json(old, new, _made)
    if new.kind == "choice":
        return to_choice(old, new)
    if old.kind == "choice":
        return of_choice(old, new, _made)
    return scalar(old, new)


def _of_scalars(field: Field) -> bool:
    return is_list(field) and element(field).kind != "json"


def _itself(wire: Any) -> Any:
    return wire


def _altering(old: Field, new: Field) -> Alters:
    """Says whether what went over would come back as another value, or not at all."""
    back = _made(new, old)
    anew = other_currency(old, new)

    def alters(before: Any, after: Any) -> bool:
        if after is MISSING or back is None or anew:
            return True
        try:
            return canonical(back[1](after)) != canonical(before)
        except Refused:
            return True

    return alters


def _way(old: Field, new: Field) -> tuple[str, str]:
    """(code of WAYS or "", the name in it)."""
    if other_currency(old, new):
        return "currency", new.settings["currency"]
    if new.kind in HOLDERS and old.kind not in HOLDERS | {"json"}:
        one = element(old) if new.kind == "rows" and is_list(old) else old
        member = member_for(new, one, _made)
        return ("one_row" if new.kind == "rows" else "one_object", member.name) if member else ("", "")
    if is_list(new) and not is_list(old):
        return "list_of_one", ""
    if is_list(old) and not is_list(new):
        return "only_one", ""
    return _SAID.get((old.kind, new.kind), ""), ""
