"""Compiled: everything derived from one catalog that reading and writing need, made once and shared by threads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from kartotek.engine.batchable import batchable, lonely
from kartotek.engine.codec import Codec
from kartotek.engine.foreign_codec import ForeignCodec
from kartotek.errors import NotFound
from kartotek.formula.scope import Scope, catalog_scope
from kartotek.kinds.registry import kind_of
from kartotek.kinds.schema import loader, merge_loader
from kartotek.model.actor import Actor, Standing
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.field import Field, Rollup
from kartotek.model.formula import Formula, Type, formulas_in
from kartotek.model.view import View
from kartotek.rules.access import view, within_rows
from kartotek.rules.foreign import stored_as_sent
from kartotek.rules.personal import sensitive_names
from kartotek.rules.ruleset import Ruleset, is_own_rollup
from kartotek.rules.searched import searched_fields, signature
from kartotek.rules.timeplan import time_plan
from kartotek.rules.watching import watches_of
from kartotek.rules.windows import looks_at_time
from kartotek.storage.formula_sql import Root, compile_sql, compile_value
from kartotek.storage.layout import Layout, layout_of
from kartotek.storage.select import ALIAS
from kartotek.storage.sql_text import SqlText


Declared = TypeVar("Declared")


def type_of(field: Field) -> Type:
    """The formula type of a field."""
    return kind_of(field).formula_type(field)


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """A rollup of `parent` that records of another type feed through their reference `field`.

    `window` names it where its condition looks at the time, else it is "".
    """

    parent: str
    target: Field
    rollup: Rollup
    field: Field
    reads: frozenset[str]
    window: str = ""


class CompiledType:
    """One record type, ready for use."""

    def __init__(self, record_type: RecordType) -> None:
        self.type = record_type
        self.layout: Layout = layout_of(record_type)
        self.columns = tuple(one.name for one in self.layout.columns)
        self.rules = Ruleset(record_type)
        self.codec = ForeignCodec(record_type) if record_type.foreign else Codec(record_type)
        self.load = loader(record_type.fields, kind_of) if not record_type.foreign else stored_as_sent
        self.merge = merge_loader(record_type.fields, kind_of) if not record_type.foreign else stored_as_sent
        self.parts = tuple(one.name for one in record_type.fields if one.kind in ("rows", "references"))
        self.recorded = tuple(one.name for one in record_type.fields if not (one.is_derived or one.write_only))
        self.lonely = lonely(record_type)
        self.has_live = any(one.is_live for one in record_type.fields)
        self.searched = searched_fields(record_type)
        self.searched_names = frozenset(one.name for one in self.searched)
        self.signature = signature(self.searched)
        # Worked out when first asked for.
        self.projections: dict[Any, Any] = {}  # {(standing, fields asked): engine.projection.Projection}
        self.titles: dict[Standing, Any] = {}  # {standing: engine.titles.Title or None}


class Compiled:
    """A catalog with all that follows from it, for one database dialect."""

    def __init__(self, catalog: Catalog, dialect_name: str) -> None:
        self.catalog = catalog
        self.dialect_name = dialect_name
        self._types = {name: _foreign(_Same(one)) if one.foreign else CompiledType(one) for name, one in catalog.types.items()}
        self.feeds = _feeds(catalog)
        self.fed = frozenset(feed.parent for feeds in self.feeds.values() for feed in feeds)
        self.referring = _referring(catalog)
        self.accounts = _accounts(catalog)
        self.has_secrets = any(one.layout.sealed for one in self._types.values())
        self.reached_parts = self._reached_parts()
        self.sensitive = sensitive_names(catalog.types)
        self.times = time_plan(catalog)
        self.watches = watches_of(catalog)
        above = {name: frozenset(feed.parent for feed in each) for name, each in self.feeds.items()}
        self.batchable = batchable(catalog, {name: one.rules for name, one in self._types.items()}, above)
        self._views = lru_cache(maxsize=256)(self._view)
        self._inner_views = lru_cache(maxsize=256)(lambda standing: within_rows(self._views(standing)))
        self.asked: dict[Any, SqlText] = {}  # {(standing, type, what is asked of it): its SQL}
        self.ratchets: dict[str, Any] = {}  # {type: engine.ratchets.Ratchet}, worked out when first asked for
        self.scopes: dict[Any, Any] = {}  # of asked formulas, see engine.asking.seen_scope
        self._declared = lru_cache(maxsize=4096)(self._declared_sql)

    @property
    def types(self) -> Mapping[str, CompiledType]:
        """{name: compiled record type}."""
        return self._types

    def type(self, name: str) -> CompiledType:
        """The compiled record type. Raises NotFound."""
        found = self._types.get(name)
        if found is None:
            raise NotFound("There is no such record type.")
        return found

    def view(self, actor: Actor) -> View:
        """What the actor may read; kept per standing."""
        return self._views(actor.standing)

    def view_within(self, actor: Actor) -> View:
        """The same for queries over records that are under the rules of their rows already."""
        return self._inner_views(actor.standing)

    def declared_sql(self, formula: Formula, record_type: str, root: str = "record", alias: str = ALIAS) -> SqlText:
        """A declared formula over rows of one type as SQL; it sees everything."""
        return self._declared(_Same(formula), record_type, root, alias)

    def asked_sql(self, formula: Formula, record_type: str, seen: View) -> SqlText:
        """An asked formula as SQL; it sees what the view shows."""
        roots = {"record": Root(ALIAS, record_type), "meta": Root(ALIAS, record_type)}
        return compile_sql(
            formula, catalog=self.catalog, type_of=type_of, dialect_name=self.dialect_name, roots=roots, view=seen
        )

    def asked_value(self, formula: Formula, record_type: str, seen: View) -> SqlText:
        """The same as a value to sort by, where unknown is not false."""
        roots = {"record": Root(ALIAS, record_type), "meta": Root(ALIAS, record_type)}
        return compile_value(formula, catalog=self.catalog, dialect_name=self.dialect_name, roots=roots, view=seen)

    def scope(self, names: Mapping[str, Type]) -> Scope:
        """The formula scope over the whole catalog with these names."""
        return catalog_scope(self.catalog.types, names=names, type_of=type_of, accounts=self.accounts)

    def _reached_parts(self) -> frozenset[str]:
        """The types whose sub-tables or lists of references some declared formula or message reads."""
        read = {pair for one in self._types.values() for formula in one.rules.formulas for pair in formula.fields}
        read |= {pair for formula in formulas_in(self.catalog.templates) for pair in formula.fields}
        return frozenset(one.type.name for one in self._types.values() if read & {(one.type.name, part) for part in one.parts})

    def _view(self, standing: Standing) -> View:
        return view(Actor.standing_as(standing), self.catalog)

    def _declared_sql(self, same: _Same[Formula], record_type: str, root: str, alias: str) -> SqlText:
        roots = {root: Root(alias, record_type), "meta": Root(alias, record_type)}
        return compile_sql(
            same.declared, catalog=self.catalog, type_of=type_of, dialect_name=self.dialect_name, roots=roots, view=None
        )


class _Same(Generic[Declared]):
    """Something declared, hashed by identity: it lives as long as its catalog, and hashing a tree costs more than compiling."""

    __slots__ = ("declared",)

    def __init__(self, declared: Declared) -> None:
        self.declared = declared

    def __hash__(self) -> int:
        return id(self.declared)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.declared is self.declared


@lru_cache(maxsize=512)
def _foreign(same: _Same[RecordType]) -> CompiledType:
    """Nothing in other files changes what a foreign schema means, so it is compiled once for all catalogs."""
    return CompiledType(same.declared)


def _feeds(catalog: Catalog) -> Mapping[str, tuple[Feed, ...]]:
    feeds: dict[str, list[Feed]] = {name: [] for name in catalog.types}
    for parent in catalog.types.values():
        for field in parent.fields:
            if field.rollup is not None and not is_own_rollup(parent, field):
                inverse = parent.inverses[field.rollup.source]
                reads = {inverse.field, field.rollup.field} | _own_fields(field.rollup.where)
                through = catalog.types[inverse.type].by_name[inverse.field]
                feeds[inverse.type].append(Feed(parent.name, field, field.rollup, through, frozenset(reads - {""}), _window(parent, field)))
    return {name: tuple(each) for name, each in feeds.items()}


def _window(parent: RecordType, field: Field) -> str:
    """Another condition makes another window, of which nothing is known yet."""
    where = field.rollup.where if field.rollup is not None else None
    if where is None or not looks_at_time(where):
        return ""
    return f"{parent.name}.{field.name}/{hashlib.sha256(where.source.encode()).hexdigest()[:12]}"


def _own_fields(formula: Formula | None) -> set[str]:
    return set() if formula is None else {path[1] for path in formula.paths if path[0] == "item" and len(path) > 1}


def _referring(catalog: Catalog) -> Mapping[str, tuple[tuple[str, Field], ...]]:
    """{type name: (type, field) of every reference that points to it, in sub-tables too (as "type.field")}."""
    found: dict[str, list[tuple[str, Field]]] = {name: [] for name in catalog.types}
    for one in catalog.types.values():
        for field in one.fields:
            for place, inner in ((one.name, field), *((f"{one.name}.{field.name}", each) for each in field.fields)):
                if inner.reference is not None:
                    found[inner.reference.target].append((place, inner))
    return {name: tuple(each) for name, each in found.items()}


def _accounts(catalog: Catalog) -> Mapping[str, Field]:
    """{type name: the field that says whose account it is} of the types that formulas reach as `user.<type>`."""
    return {one.name: field for one in catalog.types.values() for field in one.fields if field.account}
