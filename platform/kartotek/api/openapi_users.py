"""What the OpenAPI document holds about accounts, for those who look after them."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import VERSION, Wire, answered, closed, ref, refusals, sent

_TEXT: Wire = {"type": "string"}
_NAMES: Wire = {"type": "array", "items": _TEXT}
_USER: Wire = {"name": "user", "in": "path", "required": True, "schema": VERSION}


def user_paths(*, may_users: bool) -> Wire:
    """List, invite, show, change, and a link to a new password."""
    if not may_users:
        return {}
    given = {"name": _TEXT, "email": _TEXT, "language": _TEXT, "roles": _NAMES}
    invited = {"allOf": [ref("kartotek.user"), {"properties": {"invitation": _TEXT}, "required": ["invitation"]}]}
    listing = {
        "operationId": "users_list", "summary": "The accounts whose roles one covers", "tags": ["users"],
        "responses": {"200": answered("The accounts", closed({"items": {"type": "array", "items": ref("kartotek.user")}}, ["items"])), **refusals(400, 403)},
    }  # fmt: skip
    invite = {
        "operationId": "user_invite", "summary": "Invite somebody; the address to choose a password is in this answer alone", "tags": ["users"],
        "requestBody": sent(closed({"username": {"type": "string", "minLength": 1}, **given}, ["username"])),
        "responses": {
            "201": answered("The account", invited, headers={"Location": {"schema": _TEXT, "required": True}}), **refusals(400, 403, 413, 415, 422),
        },
    }  # fmt: skip
    show = {
        "operationId": "user_get", "summary": "One account", "tags": ["users"], "parameters": [_USER],
        "responses": {"200": answered("The account", ref("kartotek.user")), **refusals(400, 403, 404)},
    }  # fmt: skip
    change = {
        "operationId": "user_change", "summary": "Other roles, another name, whether they may sign in", "tags": ["users"], "parameters": [_USER],
        "requestBody": sent(closed({**given, "active": {"type": "boolean"}})),
        "responses": {"200": answered("The account", ref("kartotek.user")), **refusals(400, 403, 404, 413, 415, 422)},
    }  # fmt: skip
    link = {
        "operationId": "user_link", "summary": "A link to a new password", "tags": ["users"], "parameters": [_USER],
        "requestBody": sent(closed({}), required=False),
        "responses": {"201": answered("The address", closed({"invitation": _TEXT}, ["invitation"])), **refusals(400, 403, 404, 413, 415)},
    }  # fmt: skip
    return {
        f"{ROOT}/users": {"get": listing, "post": invite}, f"{ROOT}/users/{{user}}": {"get": show, "patch": change},
        f"{ROOT}/users/{{user}}/link": {"post": link},
    }  # fmt: skip


def user_schemas() -> Wire:
    """An account as it is told."""
    properties = {
        "id": VERSION, "username": _TEXT, "name": _TEXT, "roles": _NAMES, "language": _TEXT, "active": {"type": "boolean"}, "email": _TEXT,
        "invited": {"type": "boolean"},
    }  # fmt: skip
    return {"kartotek.user": closed(properties, properties)}
