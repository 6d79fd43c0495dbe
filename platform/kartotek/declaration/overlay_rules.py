"""What an overlay may do with each key of its base: word it otherwise, arrange it otherwise, tighten it; never loosen or retype."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal

from kartotek.declaration.suggest import listed
from kartotek.model.clearance import CLEARANCES, rank
from kartotek.model.frozen import empty
from kartotek.model.missing import MISSING

Way = Literal[
    "replace", "keys", "field", "fields", "definitions", "options", "permissions", "contact", "forms", "asked", "and", "or"
]
Refusal = tuple[str, str]  # the code of a problem and its sentence
PREFIX = "x_"  # of the names that an overlay adds; a base never gives them to its own
_LONGEST = 60


def _allowed(old: Any, new: Any) -> Refusal | None:
    return None


@dataclass(frozen=True, slots=True)
class Rule:
    """`way` is how the overlay's value and the base's become one; `refuses` says why they cannot, of (base's, overlay's).

    `keys` are the rules of what is inside. A key without a rule can only be repeated, so that none opens anything by being new.
    """

    way: Way = "replace"
    refuses: Callable[[Any, Any], Refusal | None] = _allowed
    keys: Mapping[str, Rule] = field(default_factory=empty)


def fixed(old: Any, new: Any) -> Refusal | None:
    """Of what an overlay can only repeat."""
    if type(old) is type(new) and old == new:
        return None
    says = "says nothing here" if old is MISSING else f"says {_shown(old)}"
    return "fixed", f"An overlay cannot change this: the base {says}."


def _once(old: Any, new: Any) -> Refusal | None:
    if old is MISSING or old == new:
        return None
    return "fixed", f"The base says {_shown(old)}, and whether this accepts less cannot be known. Leave it out."


def _at_most(old: Any, new: Any) -> Refusal | None:
    if not _are_numbers(old, new) or new <= old:
        return None
    return "loosens", f"The base says {old} here, and an overlay can only lower that."


def _at_least(old: Any, new: Any) -> Refusal | None:
    if not _are_numbers(old, new) or new >= old:
        return None
    return "loosens", f"The base says {old} here, and an overlay can only raise that."


def _multiple(old: Any, new: Any) -> Refusal | None:
    if not _are_numbers(old, new) or not old or Fraction(str(new)) % Fraction(str(old)) == 0:
        return None
    return "loosens", f"The base accepts multiples of {old}, and {new} is none of them."


def _stays_true(old: Any, new: Any) -> Refusal | None:
    return ("loosens", "The base says true here, and an overlay cannot take that back.") if old is True and new is False else None


def _stays_encrypted(old: Any, new: Any) -> Refusal | None:
    if old and (not new or (old is True and new is not True)):
        return "loosens", "The base encrypts this, and an overlay cannot let the database know more of it."
    return None


def _fewer(old: Any, new: Any) -> Refusal | None:
    more = _beyond(new, old)
    return ("loosens", f"The base leaves this to {_listed(old)}; an overlay cannot add {_listed(more)}.") if more else None


def _all_there(old: Any, new: Any) -> Refusal | None:
    lacking = _beyond(old, new)
    return ("removes", f"The base has {_listed(lacking)} here too, and an overlay takes nothing away.") if lacking else None


def _same_values(old: Any, new: Any) -> Refusal | None:
    if old is MISSING:
        return fixed(old, new)
    more = _beyond(new, old)
    return ("loosens", f"The base does not accept {_listed(more)}, so an overlay cannot.") if more else _all_there(old, new)


def _lower(old: Any, new: Any) -> Refusal | None:
    """{role: level}, or such under names: a role gets a lower level than the base gives it, and none where it names it not."""
    known = old if isinstance(old, dict) else {}
    for name, said in new.items() if isinstance(new, dict) else ():
        was = known.get(name, MISSING)
        if isinstance(said, dict):
            refused = _lower(was, said)
            if refused:
                return refused
        elif said != "none" and not (was in CLEARANCES and said in CLEARANCES and rank(said) <= rank(was)):
            says = f"says {was}" if was is not MISSING else "says nothing of this role here"
            return "loosens", f"The base {says} for '{name}', and an overlay can only lower that: {_shown(said)} may be more."
    return None


def _tighter_mask(old: Any, new: Any) -> Refusal | None:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return None  # where the base shows nobody a mask, a new one can only hide
    if new.get("show", old.get("show")) not in (old.get("show", "none"), "none"):
        return "loosens", f"The base shows {old.get('show', 'none')}, and an overlay can only show none instead."
    return _fewer(old["except"], new["except"]) if "except" in old and "except" in new else None


def _only_known(old: Any, new: Any) -> Refusal | None:
    return fixed(old, new) if old is MISSING else None


def _beyond(values: Any, known: Any) -> Sequence[Any]:
    """The values that are not among the known ones, where both are lists."""
    return [one for one in values if one not in known] if isinstance(values, list) and isinstance(known, list) else []


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)


def _shown(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"


def _listed(values: Sequence[Any]) -> str:
    return listed(one if isinstance(one, str) else _shown(one) for one in values)


def _rules(**rules: Rule) -> Mapping[str, Rule]:
    return MappingProxyType(rules)


FIXED = Rule(refuses=fixed)
FREE = Rule()
_LESS, _GREATER, _TRUE = Rule(refuses=_at_most), Rule(refuses=_at_least), Rule(refuses=_stays_true)
_KEEPING, _ROLES = Rule(refuses=_all_there), Rule(refuses=_fewer)
_WORDS: Mapping[str, Rule] = _rules(title=FREE, description=FREE) | {"$comment": FREE, "x-i18n": FREE}  # type: ignore[operator]

_X_FIELD = _rules(
    filter=Rule("and"), requiredIf=Rule("or"), readOnlyIf=Rule("or"), showIf=FREE, defaultExpr=FREE, widget=FREE, index=FREE,
    unique=_TRUE, personal=_TRUE, sensitive=_TRUE, encrypt=Rule(refuses=_stays_encrypted), read=_ROLES, write=_ROLES,
    access=Rule(refuses=_lower), mask=Rule(refuses=_tighter_mask),
)
FIELD: Mapping[str, Rule] = MappingProxyType({
    **_WORDS, "default": FREE, "examples": FREE, "readOnly": _TRUE, "deprecated": _TRUE,
    "enum": Rule(refuses=_same_values), "oneOf": Rule("options"), "pattern": Rule(refuses=_once),
    "minLength": _GREATER, "minimum": _GREATER, "exclusiveMinimum": _GREATER, "minItems": _GREATER,
    "maxLength": _LESS, "maximum": _LESS, "exclusiveMaximum": _LESS, "maxItems": _LESS, "multipleOf": Rule(refuses=_multiple),
    "items": Rule("field"), "properties": Rule("fields"), "required": _KEEPING, "additionalProperties": FREE,
    "x-field": Rule("keys", keys=_X_FIELD),
})
_X_RECORD = _rules(
    plural=FREE, icon=FREE, titleTemplate=FREE, list=FREE, search=FREE, sort=FREE, form=FREE, indexes=FREE,
    unique=_KEEPING, validations=_KEEPING, occupancy=_KEEPING, noOverlap=_KEEPING, frozenWhen=Rule("or"), appendOnly=_TRUE,
    permissions=Rule("permissions"), stateAccess=Rule(refuses=_lower),
    breakGlass=Rule("keys", refuses=_only_known, keys=_rules(roles=_ROLES, minutes=_LESS, notify=_KEEPING)),
    contact=Rule("contact"), publicForms=Rule("forms"),
    subject=Rule(refuses=_once), retention=Rule(refuses=_once),
)
TYPE: Mapping[str, Rule] = MappingProxyType({
    **_WORDS, "$schema": FREE, "required": _KEEPING, "properties": Rule("fields"), "$defs": Rule("definitions"),
    "additionalProperties": FREE, "x-record": Rule("keys", keys=_X_RECORD),
})
OPTION: Mapping[str, Rule] = _rules(title=FREE, deprecated=_TRUE) | {"x-color": FREE, "const": FREE}  # type: ignore[operator]
PUBLIC_FORM = _rules(title=FREE, thanks=FREE, limit=_LESS, total=_LESS, fields=Rule("asked"))
