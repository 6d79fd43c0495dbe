"""The sentence of every problem code a value can have; `{name}` stands for a parameter. Pages translate these texts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        # shape
        "required": "This field is required.",
        "unknown_field": "There is no field {name}.",
        "read_only": "This field cannot be changed.",
        "not_null": "This field cannot be null.",
        "type": "This must be {expected}.",
        "min_length": "Use at least {limit} characters.",
        "max_length": "Use at most {limit} characters.",
        "pattern": "This does not have the required form.",
        "minimum": "This must be at least {limit}.",
        "maximum": "This must be at most {limit}.",
        "exclusive_minimum": "This must be more than {limit}.",
        "exclusive_maximum": "This must be less than {limit}.",
        "multiple_of": "This must be a multiple of {limit}.",
        "format": "This is not a valid {format}.",
        "local_time": "Clocks never show this time on that day: they are put forward.",
        "scale": "Use at most {limit} decimal places.",
        "precision": "Use at most {limit} digits.",
        "choice": "Choose one of the listed values.",
        "deprecated_choice": "This value can no longer be chosen.",
        "min_items": "Give at least {limit}.",
        "max_items": "Give at most {limit}.",
        "unique_items": "Each may stand here only once.",
        "text_nul": "The text contains a character that cannot be stored.",
        "schema": "This does not fit the declared schema: {reason}.",
        # references and files
        "no_record": "There is no such record.",
        "not_selectable": "This record cannot be chosen here.",
        "no_file": "There is no such file.",
        "file_type": "Files of this type are not accepted here.",
        "file_size": "The file is larger than {limit} bytes.",
        "image": "The file is not a readable image.",
        # rules
        "validation": "{sentence}",
        "confirm_needed": "{sentence}",
        "warning": "{sentence}",
        "occupied": "This is taken at that time.",
        "unique": "Another record has the same value.",
        "referenced": "Other records still refer to this one.",
        "forbidden_value": "You may not set this field.",
        "row_forbidden": "You may not save a record like this.",
        "public_refused": "This could not be accepted. Please get in touch with us.",
        "version": "The record has been changed since you read it.",
        "append_only": "Records of this type are never changed or deleted.",
        "frozen": "This record is frozen: it can no longer be changed.",
        "overflow": "The computed value of {name} is too large.",
        # transitions
        "wrong_state": "In its present state this cannot be done.",
        "transition_forbidden": "You may not do this.",
        "guard": "The conditions for this are not met.",
        "not_asked": "{name} is not asked for here.",
        "state_locked": "In its present state you may not change this record.",
        "effects_depth": "What follows from this leads on more than {limit} times; nothing was done.",
        # requests
        "json": "This is not JSON: {reason} (line {line}, column {column}).",
        "encoding": "The text is not UTF-8.",
        "duplicate_key": "The key {name} stands twice.",
        "not_a_number": "{name} is not a number in JSON.",
        "number_range": "A number is too large or has too many digits.",
        "depth": "The JSON is nested more than {limit} deep.",
        "unknown_key": "There is no key {name} here.",
        "missing_key": "The key {name} is missing.",
        "unknown_parameter": "There is no parameter {name}.",
        "repeated_parameter": "The parameter {name} stands more than once.",
        "missing_parameter": "The parameter {name} is missing.",
        "parameter": "The parameter {name} must be {expected}.",
        "unknown_operator": "There is no operator {operator}; there are {known}.",
        "header": "The header {name} must be {expected}.",
        "too_many_rows": "Send at most {limit} records at once.",
        # users
        "last_owner": "Somebody who may sign in must keep the owner role.",
        "wrong_password": "This is not your present password.",
        "not_the_same": "The two passwords are not the same.",
    }
)
