"""Programs: what those who use the API notice of a step."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kartotek.migration.step import Step
from kartotek.model.plan import Touch

_CODES: Mapping[str, str] = MappingProxyType({
    "rename_field": "api_renamed", "remove_field": "api_removed", "retype": "api_retyped", "narrow": "api_narrowed",
    "require": "api_required", "options": "api_option", "rename_type": "api_type_renamed", "remove_type": "api_type_removed",
    "move": "api_state",
})  # fmt: skip


def programs(step: Step) -> tuple[Touch, ...]:
    """The sentence for programs, none where they need not know."""
    code = _CODES.get(step.action)
    if step.action == "retype" and (not step.code.startswith("retype_") or step.params["before"] == step.params["after"]):
        return ()
    told = dict(step.params) | {"field": step.field, "after": step.params.get("after", step.field)}
    if step.action == "rename_type":
        told |= {"former": step.former[0], "after": step.type}
    elif step.action == "remove_type":
        told |= {"former": step.type}
    elif step.action == "rename_field":
        told |= {"former": ".".join(step.former)}
    elif not step.path and step.action != "move":
        return ()
    return (Touch(code, MappingProxyType(told)),) if code is not None else ()
