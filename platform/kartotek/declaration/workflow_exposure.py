"""What effects show: a value made of secret fields may be written only where the same people, or fewer, can read it."""

from __future__ import annotations

from collections.abc import Mapping

from kartotek.declaration.document import Path
from kartotek.declaration.flow import Flow
from kartotek.declaration.taint import Readers
from kartotek.model.formula import Formula
from kartotek.model.order import Key
from kartotek.model.workflow import CreateEffect, SetEffect, UpdateEffect

_VERBS: Mapping[type, str] = {SetEffect: "set", CreateEffect: "create", UpdateEffect: "update"}


def check_effects_exposure(flow: Flow, readers: Readers) -> None:
    """Adds an error for each value that would be shown to people who may not read what it is made of."""
    for path, effect in flow.effects.items():
        if not isinstance(effect, SetEffect | CreateEffect | UpdateEffect) or _is_declassified(flow, path):
            continue
        owner = flow.record if isinstance(effect, SetEffect) else effect.type
        below = (*path, "set") if isinstance(effect, SetEffect) else (*path, _VERBS[type(effect)], "set")
        for name, value in effect.values.items():
            if isinstance(value, Formula):
                _check(flow, (*below, name), value, readers, target=(owner, name))


def _check(flow: Flow, path: Path, value: Formula, readers: Readers, *, target: Key) -> None:
    if target not in readers.fields:
        return
    secret = sorted(one for one in value.fields if _is_secret(readers, one))
    if secret and not readers.fields[target].encrypt:
        sentence = (
            f"'{secret[0][0]}.{secret[0][1]}' is encrypted, and this would write it openly into '{target[0]}.{target[1]}'. "
            "Encrypt that too, or add 'declassify: true' beside the effect if this may be known."
        )
        flow.problems.error(path, "encrypted", sentence)
        return
    shown_to = readers.shown(target)
    for source in sorted(value.fields):
        blind = sorted(shown_to - readers.surely(source)) if source in readers.fields else []
        if blind:
            people = ", ".join(f"'{role}'" for role in blind)
            sentence = (
                f"{people} may read '{target[0]}.{target[1]}', but not '{source[0]}.{source[1]}', which would be written "
                "into it. Let fewer read it, or add 'declassify: true' beside the effect if this may be known."
            )
            flow.problems.error(path, "reveals", sentence)
            return


def _is_secret(readers: Readers, key: Key) -> bool:
    """Whether it is encrypted, or worked out of something encrypted whenever it is read."""
    field = readers.fields.get(key)
    if field is None:
        return False
    live = field.compute if field.is_live and not field.declassify else None
    return field.encrypt or (live is not None and any(_is_secret(readers, one) for one in live.fields))


def _is_declassified(flow: Flow, path: Path) -> bool:
    value: object = flow.outline.declared
    for part in path:
        value = value[part]  # type: ignore[index]
    return isinstance(value, Mapping) and bool(value.get("declassify"))
