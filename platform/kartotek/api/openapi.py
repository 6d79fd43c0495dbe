"""OpenAPI: the document (3.1) of what one actor may see and do, made from the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from flask import Response

import kartotek
from kartotek.api import answers, parameters
from kartotek.api.openapi_fixed import fixed_paths, fixed_schemas
from kartotek.api.openapi_former import former_paths
from kartotek.api.openapi_operations import type_paths
from kartotek.api.openapi_parts import responses
from kartotek.api.openapi_audit import audit_paths, audit_schemas
from kartotek.api.openapi_people import people_paths
from kartotek.api.openapi_schemas import type_schemas
from kartotek.api.openapi_users import user_paths, user_schemas
from kartotek.engine.engine import Engine
from kartotek.engine.sight import Sight
from kartotek.errors import NotFound
from kartotek.model.actor import Actor
from kartotek.model.catalog import Catalog
from kartotek.model.field import Field


@dataclass(frozen=True)
class Prospect:
    """What one actor sees of one catalog; equal where `key` is, so that those with the same rights share a document."""

    key: tuple[Any, ...]
    catalog: Catalog = field(compare=False)
    sights: Mapping[str, Sight] = field(compare=False)
    is_owner: bool = False
    may_tokens: bool = False
    may_people: bool = False
    may_audit: bool = False
    may_users: bool = False


def show(engine: Engine, actor: Actor) -> Response:
    """The document for whoever asks."""
    parameters.given(())
    return answers.encoded(_encoded(_prospect(engine, actor)))


def document(engine: Engine, actor: Actor) -> dict[str, Any]:
    """The same document as plain values."""
    return _document(_prospect(engine, actor))


def _prospect(engine: Engine, actor: Actor) -> Prospect:
    """What the actor sees now. Types that are hidden from the actor are not in it."""
    catalog = engine.catalog()
    sights = {name: sight for name in catalog.types if (sight := _sight(engine, actor, name)) is not None}
    shapes = tuple((name, *_outline(sight)) for name, sight in sorted(sights.items()))
    may_tokens = engine.users.granting.able(actor, "tokens")
    may_people = engine.users.granting.able(actor, "people")
    may_audit = engine.users.granting.able(actor, "audit")
    may_users = engine.users.accounts is not None and engine.users.granting.able(actor, "users")
    key = (catalog.hash, catalog.version, actor.is_owner, may_tokens, may_people, may_audit, may_users, shapes)
    return Prospect(key, catalog, sights, actor.is_owner, may_tokens, may_people, may_audit, may_users)


def _document(seen: Prospect) -> dict[str, Any]:
    settings = seen.catalog.settings
    paths, schemas = fixed_paths(list(seen.sights), is_owner=seen.is_owner, may_tokens=seen.may_tokens), fixed_schemas()
    paths |= people_paths(may_people=seen.may_people) | audit_paths(may_audit=seen.may_audit)
    paths |= user_paths(may_users=seen.may_users)
    schemas |= (audit_schemas() if seen.may_audit else {}) | (user_schemas() if seen.may_users else {})
    for name, sight in seen.sights.items():
        own = type_paths(seen.catalog.types[name], sight, settings)
        paths |= own | former_paths(seen.catalog.types[name], own)
        schemas |= type_schemas(seen.catalog.types[name], sight, settings)
    name = settings.name.get(settings.languages[0]) or next(iter(settings.name.values()), "Kartotek")
    return {
        "openapi": "3.1.1",
        "info": {"title": name, "version": f"{kartotek.__version__}+{seen.catalog.version}"},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses(),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


@lru_cache(maxsize=64)
def _encoded(seen: Prospect) -> bytes:
    return answers.encode(_document(seen))


def _sight(engine: Engine, actor: Actor, type_name: str) -> Sight | None:
    try:
        return engine.sight(actor, type_name)
    except NotFound:
        return None


def _outline(sight: Sight) -> tuple[Any, ...]:
    rights = (sight.create, sight.write, sight.delete, sight.creatable, sight.writable, sight.transitions)
    seen = (sight.readable, sight.masked, sight.flagged)
    return (*rights, sight.opens, tuple(tuple(map(_shape, one)) for one in seen))


def _shape(one: Field) -> tuple[Any, ...]:
    return (one.name, *map(_shape, one.fields))
