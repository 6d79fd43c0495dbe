"""Former names, as OpenAPI describes them: taken for a while, and deprecated."""

from __future__ import annotations

from collections.abc import Iterable

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import Wire
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field


def with_former(properties: Wire, fields: Iterable[Field]) -> Wire:
    """The properties with those that clients may still send under a former name, instead of the name of today."""
    former = {
        alias: {**properties[one.name], "deprecated": True, "description": f"It is called `{one.name}` today."}
        for one in fields for alias in one.aliases
    }
    return {**properties, **former}


def former_paths(record_type: RecordType, paths: Wire) -> Wire:
    """The paths of a type once more under each of its former names."""
    root = f"{ROOT}/records/{record_type.name}"
    return {
        f"{ROOT}/records/{alias}{path.removeprefix(root)}": {verb: _deprecated(one, alias) for verb, one in verbs.items()}
        for alias in record_type.aliases for path, verbs in paths.items() if path.startswith(root)
    }


def _deprecated(operation: Wire, alias: str) -> Wire:
    return {**operation, "operationId": f"{operation['operationId']}_as_{alias}", "deprecated": True}
