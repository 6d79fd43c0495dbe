"""Reading: one record or a page of them, as far as the actor may see."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kartotek.engine.asking import asked_formula, condition_source, sort_formula
from kartotek.engine.breach_names import condition
from kartotek.engine.compiled import CompiledType
from kartotek.engine.cursor import opened, sealed
from kartotek.engine.envelopes import Envelope, projected
from kartotek.engine.finding import Search
from kartotek.engine.moment import Moment
from kartotek.engine.projection import Projection, projection
from kartotek.errors import Forbidden, Malformed, NotFound
from kartotek.formula import FormulaError
from kartotek.model.problem import Problem
from kartotek.model.record import Record
from kartotek.model.query import MAX_LIMIT, Page, Query
from kartotek.model.view import Rules, TypeView
from kartotek.rules.access import may
from kartotek.storage.loading import IDS
from kartotek.storage.select import ALIAS, Found, Selection, SortKey, count, select
from kartotek.storage.sql_text import SqlText

_MOST_ASKED = 1000  # filters are without number


def get(
    moment: Moment, conn: Any, record_type: str, id: int,
    *, fields: Sequence[str] | None = None, expand: Sequence[str] = (), trash: bool = False, titles: bool = False,
) -> Envelope:
    """The envelope of one live record, or with `trash` of a deleted one. Raises NotFound, alike for hidden and missing."""
    compiled, seen = moment.type(record_type)
    shown = projection(moment, compiled, seen, fields)
    record = _found(moment, conn, compiled, id, trash=trash, shown=shown)
    return projected(moment, [record], moment.setting(conn), shown=shown, expand=expand, with_titles=titles)[0]


def find(moment: Moment, conn: Any, record_type: str, id: int, *, trash: bool = False) -> Record:
    """The record with its kept values, if the actor may read it. Raises NotFound."""
    compiled, _ = moment.type(record_type)
    return _found(moment, conn, compiled, id, trash=trash, shown=None)


def _found(
    moment: Moment, conn: Any, compiled: CompiledType, id: int, *, trash: bool, shown: Projection | None
) -> Record:
    """The record with its kept values, or with those that are shown."""
    if id not in IDS:
        raise NotFound("There is no such record.")
    by_id = SqlText(f'{ALIAS}."id" = ?', (id,))
    rows = moment.view.of(compiled.type.name).rows
    where = (by_id, *_row_rules(moment, compiled, rows), *_trash_rules(moment, compiled, trash))
    found = select(conn, _selection(compiled, where, trash=trash, limit=1, shown=shown), moment.env)
    if not found:
        raise NotFound("There is no such record.")
    return (compiled.codec.record if shown is None else shown.record)(found[0].stored)


def page(moment: Moment, conn: Any, record_type: str, query: Query, *, secret: bytes) -> Page:
    """A page of records in the order asked for, else the declared one. Raises NotFound, Malformed, Forbidden."""
    compiled, seen = moment.type(record_type)
    limit = max(1, min(query.limit, MAX_LIMIT))
    where = (*_asked(moment, compiled, query), *_row_rules(moment, compiled, seen.rows), *_trash_rules(moment, compiled, query.trash))
    looked_for = Search(moment, conn, compiled, query) if query.search.strip() else None
    ranked = looked_for is not None and looked_for.ranked
    sort = [] if ranked else _sort(moment, compiled, seen, query)
    purpose = _purpose(moment, record_type, query, ranked=ranked)
    after = opened(secret, purpose, query.cursor) if query.cursor else None
    shown = projection(moment, compiled, seen, query.fields)
    found_where = looked_for.where() if looked_for is not None and (query.count or not ranked) else ()
    selection = _selection(
        compiled, (*where, *found_where), trash=query.trash, limit=limit + 1, sort=sort, after=after, shown=shown
    )
    if looked_for is not None and ranked:
        found = _ranked(moment, conn, selection, (looked_for, where))
    else:
        found = select(conn, selection, moment.env)
    records = [shown.record(one.stored) for one in found[:limit]]
    _note_asked(moment, compiled, query, records)
    setting = moment.setting(conn)
    made = projected(moment, records, setting, shown=shown, expand=query.expand, with_titles=query.titles)
    following = sealed(secret, purpose, found[limit - 1].keys) if len(found) > limit else None
    return Page(made, following, count(conn, selection, moment.env) if query.count else None)


def _ranked(
    moment: Moment, conn: Any, selection: Selection, search: tuple[Search, Sequence[SqlText]]
) -> list[Found]:
    """The records of a selection in the order in which a search finds them; their keys are their places."""
    looked_for, where = search
    after, deleted = selection.after, selection.deleted
    places = looked_for.places(
        where, deleted=deleted, after=(after[0], after[1]) if after else None, limit=selection.limit
    )
    if not places:
        return []
    among = SqlText(conn.dialect.among(f'{ALIAS}."id"'), (conn.dialect.ids([id for _, id in places]),))
    found = select(conn, replace(selection, where=(among,), sort=(), after=None), moment.env)
    by_id = {one.stored.id: one for one in found}
    return [replace(by_id[id], keys=(tier, id)) for tier, id in places if id in by_id]


def choosable(
    moment: Moment, conn: Any, record_type: str, *, filter: str = "", ids: Sequence[int] | None = None, limit: int
) -> list[Record]:
    """The live records the actor may read, in the declared order; only those of `ids` where there are some. Raises Malformed."""
    compiled, seen = moment.compiled.type(record_type), moment.view.of(record_type)
    where = tuple(_asked(moment, compiled, Query(filter=filter)))
    if ids is not None:
        where += (SqlText(conn.dialect.among(f'{ALIAS}."id"'), (conn.dialect.ids([id for id in ids if id in IDS]),)),)
    where += tuple(_row_rules(moment, compiled, seen.rows))
    sort = _sort(moment, compiled, seen, Query())
    found = select(conn, _selection(compiled, where, trash=False, limit=limit, sort=sort), moment.env)
    return [compiled.codec.record(one.stored) for one in found]


def _selection(
    compiled: CompiledType, where: Sequence[SqlText], *, trash: bool, limit: int,
    sort: Sequence[SortKey] = (), after: Any = None, shown: Projection | None = None,
) -> Selection:
    return Selection(
        layout=compiled.layout, columns=compiled.columns if shown is None else shown.columns, where=tuple(where),
        sort=tuple(sort), after=after, limit=limit, deleted=trash, parts=compiled.parts if shown is None else shown.parts,
    )


def _row_rules(moment: Moment, compiled: CompiledType, rules: Rules) -> list[SqlText]:
    if isinstance(rules, bool):
        return [] if rules else [SqlText("1 = 0", ())]
    texts = [moment.compiled.declared_sql(formula, compiled.type.name) for formula in rules]
    if not texts:
        return [SqlText("1 = 0", ())]
    joined = " OR ".join(f"({one.text})" for one in texts)
    return [SqlText(f"({joined})", tuple(param for one in texts for param in one.params))]


def _trash_rules(moment: Moment, compiled: CompiledType, trash: bool) -> list[SqlText]:
    """Deleted records are for those who may delete them."""
    if not trash:
        return []
    allowed = may(moment.actor, compiled.type, "delete")
    if not allowed:
        raise Forbidden("You may not see deleted records of this type.")
    return _row_rules(moment, compiled, allowed)


def _asked(moment: Moment, compiled: CompiledType, query: Query) -> list[SqlText]:
    sources = [query.filter] if query.filter else []
    sources += [condition_source(moment, compiled, one) for one in query.conditions]
    broken = [condition(moment, compiled, query.broken)] if query.broken else []
    return [*(_condition(moment, compiled, source) for source in sources), *broken]


def _condition(moment: Moment, compiled: CompiledType, source: str) -> SqlText:
    def make() -> SqlText:
        formula = asked_formula(moment, compiled.type.name, source)
        with _sayable("filter"):
            return moment.compiled.asked_sql(formula, compiled.type.name, moment.compiled.view_within(moment.actor))

    return _kept(moment, compiled, ("filter", source), make)


def _value(moment: Moment, compiled: CompiledType, name: str) -> SqlText:
    def make() -> SqlText:
        formula = sort_formula(moment, compiled, name)
        with _sayable("sort"):
            return moment.compiled.asked_value(formula, compiled.type.name, moment.compiled.view_within(moment.actor))

    return _kept(moment, compiled, ("sort", name), make)


def _kept(moment: Moment, compiled: CompiledType, asked: tuple[str, str], make: Callable[[], SqlText]) -> SqlText:
    """What `make` gives, made once for this standing."""
    key, known = (moment.actor.standing, compiled.type.name, *asked), moment.compiled.asked
    found = known.get(key)
    if found is None:
        if len(known) > _MOST_ASKED:
            known.clear()
        found = known[key] = make()
    return found


@contextmanager
def _sayable(parameter: str) -> Iterator[None]:
    """Tells of what SQL cannot say as of something that cannot be asked."""
    try:
        yield
    except FormulaError as exc:
        sentence = f"{parameter}: {exc}"
        raise Malformed(sentence, problems=[Problem("", "not_in_sql", sentence)], parameter=parameter) from exc


def _note_asked(moment: Moment, compiled: CompiledType, query: Query, records: Sequence[Record]) -> None:
    """What a list is chosen and sorted by is told by it, also where it shows other fields."""
    sensitive = moment.compiled.sensitive.get(compiled.type.name)
    if not sensitive:
        return
    sources = [query.filter] if query.filter else []
    sources += [condition_source(moment, compiled, one) for one in query.conditions]
    read = {field for source in sources for field in asked_formula(moment, compiled.type.name, source).fields}
    names = {name for owner, name in read if owner == compiled.type.name} | {one.removeprefix("-") for one in query.sort or ()}
    if query.search.strip():
        names |= compiled.searched_names & set(moment.view.of(compiled.type.name).fields)
    for one in records if names & sensitive else ():
        moment.shows(compiled.type.name, one.id, sorted(names))


def _sort(moment: Moment, compiled: CompiledType, seen: TypeView, query: Query) -> list[SortKey]:
    declared = [name for name in compiled.type.sort if name.removeprefix("-") in seen.fields]
    names = query.sort or declared
    return [SortKey(_value(moment, compiled, name.removeprefix("-")), name.startswith("-")) for name in names]


def _purpose(moment: Moment, record_type: str, query: Query, *, ranked: bool) -> str:
    question = (ranked, record_type, query.filter, query.conditions, query.broken, query.search, query.sort, query.trash)
    return hashlib.sha256(repr((question, moment.actor.standing.text, moment.actor.id)).encode("utf-8", "surrogatepass")).hexdigest()
