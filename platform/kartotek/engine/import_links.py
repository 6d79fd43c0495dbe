"""Links of an import: which records the texts in reference columns mean, found by unique value, id or title."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kartotek.engine.compiled import CompiledType
from kartotek.engine.moment import Moment
from kartotek.engine.titles import template_paths, title_of
from kartotek.engine.visible import reachable
from kartotek.kinds.registry import kind_of
from kartotek.kinds.kind import Refused
from kartotek.model.field import Field
from kartotek.model.record import Record
from kartotek.rules.setting import Setting
from kartotek.storage.holders import holders
from kartotek.storage.sealing import found_by
from kartotek.storage.referring import ids_after
from kartotek.storage.records import load_many

_ID = re.compile(r"#?([0-9]{1,18})", re.ASCII)
# Titles are made of several fields, so all records must be looked at; above this only unique values and ids are found.
_MOST_TITLES = 50_000
_BATCH = 1000

Found = int | str  # a record's id, or the code of the problem


class Links:
    """For one actor and one import; what was found is kept for its whole length."""

    def __init__(self, moment: Moment, compiled: CompiledType) -> None:
        self._moment = moment
        self._compiled = compiled
        self._known: dict[tuple[str, str], Found] = {}
        self._titles: dict[str, Mapping[str, tuple[int, ...]] | None] = {}

    def resolve(self, conn: Any, setting: Setting, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """For each row {field: id or ids}; a text that means no record, or several, is a `Unresolved` in its place."""
        for target, texts in self._wanted(rows).items():
            self._find(conn, setting, target, [one for one in texts if (target, one) not in self._known])
        return [{name: self._answer(name, texts) for name, texts in row.get("links", {}).items()} for row in rows]

    def _wanted(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, None]]:
        wanted: dict[str, dict[str, None]] = {}
        for row in rows:
            for name, texts in row.get("links", {}).items():
                wanted.setdefault(self._target(name), {}).update(dict.fromkeys(_texts(texts)))
        return wanted

    def _target(self, name: str) -> str:
        field = self._compiled.type.by_name[name]
        return field.reference.target if field.reference is not None else "user"

    def _answer(self, name: str, texts: Any) -> Any:
        found = [self._known[self._target(name), one.strip()] for one in _texts(texts)]
        wrong = next(((text, one) for text, one in zip(_texts(texts), found, strict=True) if isinstance(one, str)), None)
        if wrong is not None:
            return Unresolved(wrong[1], wrong[0])
        return found if isinstance(texts, list) else found[0]

    def _find(self, conn: Any, setting: Setting, target: str, texts: Sequence[str]) -> None:
        """Every text is looked up as a unique value and as an id; as a title only where it is neither."""
        if not texts:
            return
        if target not in self._moment.view.types:
            self._known |= {(target, one): "link_unknown" for one in texts}
            return
        candidates: dict[str, set[int]] = {one: set() for one in texts}
        for text, id in (*self._by_value(conn, target, texts), *_by_id(texts)):
            candidates[text].add(id)
        setting.related.fetch(target, {id for ids in candidates.values() for id in ids})
        for text, ids in candidates.items():
            seen = {id for id in ids if self._visible(setting, target, id)}
            if not seen:
                seen = {id for id in self._by_title(conn, setting, target, text) if self._visible(setting, target, id)}
            self._known[target, text] = _verdict(seen)

    def _visible(self, setting: Setting, target: str, id: int) -> bool:
        return setting.related.choosable(target, id) is not None

    def _by_value(self, conn: Any, target: str, texts: Sequence[str]) -> Iterator[tuple[str, int]]:
        compiled = self._moment.compiled.type(target)
        shown = self._moment.view.of(target).fields
        for field in compiled.type.fields:
            # A field that some may read in some records only would tell by its matches what is hidden in others.
            if field.unique and shown.get(field.name) is True and not field.is_live:
                keys = {text: key for text in texts if (key := _key(conn, compiled, field, text))[1] is not None}
                name = next((name for name, _ in keys.values()), field.column)
                found = holders(conn, compiled.layout, (name,), [(one,) for _, one in keys.values()])
                yield from ((text, found[key,]) for text, (_, key) in keys.items() if (key,) in found)

    def _by_title(self, conn: Any, setting: Setting, target: str, text: str) -> tuple[int, ...]:
        if target not in self._titles:
            self._titles[target] = self._all_titles(conn, setting, target)
        known = self._titles[target]
        return known.get(_plain(text), ()) if known is not None else ()

    def _all_titles(self, conn: Any, setting: Setting, target: str) -> Mapping[str, tuple[int, ...]] | None:
        compiled = self._moment.compiled.type(target)
        found: dict[str, tuple[int, ...]] = {}
        last = count = 0
        while ids := ids_after(conn, compiled.layout, last, _BATCH):
            last, count = ids[-1], count + len(ids)
            if count > _MOST_TITLES:
                return None
            records = list(self._loaded(conn, compiled, ids))
            setting.related.prefetch(target, records, template_paths(compiled))
            for record in records:
                if reachable(self._moment, record, setting):
                    title = _plain(title_of(self._moment, record, setting))
                    found[title] = (*found.get(title, ()), record.id)
        return found

    def _loaded(self, conn: Any, compiled: CompiledType, ids: Sequence[int]) -> Iterator[Record]:
        for stored in load_many(conn, compiled.layout, ids).values():
            if stored.deleted_at is None:
                yield compiled.codec.record(stored)


class Unresolved:
    """A text that means no record (link_unknown) or several (link_ambiguous)."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        self.text = text


def _texts(texts: Any) -> list[str]:
    return [str(one).strip() for one in (texts if isinstance(texts, list) else [texts])]


def _by_id(texts: Sequence[str]) -> Iterator[tuple[str, int]]:
    for text in texts:
        if (found := _ID.fullmatch(text)) is not None:
            yield text, int(found[1])


def _key(conn: Any, compiled: CompiledType, field: Field, text: str) -> tuple[str, Any]:
    """(column, what it holds for this text); None where it is no value of the field."""
    kind = kind_of(field)
    try:
        wire = kind.from_form(field, [text], "en")
        value = kind.parse(field)(wire)
    except (Refused, ValueError):
        return field.column, None
    column = compiled.codec.columns({field.name: value}, [field.name])[field.column]
    return found_by(conn, compiled.layout, field.column, column)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _verdict(ids: set[int]) -> Found:
    return next(iter(ids)) if len(ids) == 1 else "link_ambiguous" if ids else "link_unknown"
