"""The sentences of an explanation of rights; `{name}` stands for a parameter. Pages translate them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "no_roles": "No role: nothing is granted.",
        "owner": "The role owner may do everything.",
        "builtin": "Everybody who is signed in may read the names of users.",
        "scope": "The token is limited, and not to this: {action}.",
        "scope_field": "The token is limited to other fields.",
        "row": "{role} may {action} every record of this type.",
        "row_when": "{role} may {action} records for which this holds: {rule}",
        "row_not": "{role} may not {action} records of this type.",
        "glass": "The record was opened with a reason, for a while.",
        "level": "{role} has {level} on {field}.",
        "level_state": "{role} has {level} on {field} in the state {state}.",
        "write_only": "Nobody reads this field: it is only ever set.",
        "read_only": "Nobody sets this field: it is read-only or computed.",
        "sets": "{role} may set {field}.",
        "sets_not": "{role} may not set {field}.",
        "state_locked": "In the state {state} only these roles change records: {roles}.",
        "frozen": "The record is frozen: {rule}",
        "append_only": "Records of this type are only ever added.",
        "runs": "{role} may run it where this holds: {rule}",
        "runs_not": "{role} is not among the roles that run it.",
    }
)
# What comes out in the end.
VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "read": "The value is shown.",
        "mask": "A mask of the value is shown.",
        "flag": "It is shown whether there is a value, and nothing of it.",
        "none": "It does not exist for this person.",
        "yes": "Yes.",
        "no": "No.",
        "depends": "It depends on the record.",
    }
)
