"""Masking: other values in the place of personal ones, in records, in their history and in what is written down beside them."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kartotek.engine.codec import FieldCodec
from kartotek.engine.compiled import CompiledType
from kartotek.kinds.kind import Convert, Refused
from kartotek.kinds.registry import kind_of
from kartotek.model.catalog import Catalog
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.naming import row_path
from kartotek.model.record import Row
from kartotek.rules.masks import Draw, anything, candidates, identifies, is_masked, is_text, texts_of, words
from kartotek.rules.personal import personal_fields
from kartotek.storage.pseudonyms import Pseudonyms
from kartotek.storage.stored import Stored

_LONG = 3  # shorter texts stand in anything


class Masks:
    """Those of one copy. The key is made for it and forgotten with it, so nobody finds out again what stood where."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.personal = personal_fields(catalog.types)
        self._key = secrets.token_bytes(32)
        self._known = Pseudonyms()
        self._parsers: dict[int, Convert] = {}
        self._words = {name: texts_of(one.schema) for name, one in catalog.types.items() if one.foreign}

    def close(self) -> None:
        """Forgets which mask stands for what."""
        self._known.close()

    def concerns(self, record_type: str) -> bool:
        """Whether anything of a type's records is masked."""
        one = self.catalog.types[record_type]
        secret = any(field.encrypt or any(inner.encrypt for inner in field.fields) for field in one.fields)
        return one.foreign or secret or any(owner == record_type or owner.startswith((f"{record_type}.", f"{record_type}[")) for owner, _ in self.personal)

    def stored(self, compiled: CompiledType, stored: Stored) -> Stored:
        """A record as the copy is to hold it."""
        record = compiled.codec.record(stored)
        if compiled.type.foreign:
            values = self.values(compiled.type.name, stored.id, record.values)
        else:
            values = self._all(compiled.codec.fields, compiled.type.name, (record.values, str(stored.id)))
        return compiled.codec.stored(replace(record, values=values), stored.deleted_group)

    def values(self, record_type: str, id: int, wire: Mapping[str, Any]) -> dict[str, Any]:
        """{field: wire} of a record of a type, masked; what is no field today is left out, since nobody says what it is."""
        one = self.catalog.types[record_type]
        if one.foreign:
            draw = Draw(self._key, record_type, str(id))
            masked: dict[str, Any] = anything(wire, draw, self._words[record_type])
            return masked
        called = {alias: field.name for field in one.fields for alias in field.aliases}
        fields = one.by_name
        found = {}
        for name, value in wire.items():
            field = fields.get(name) or fields.get(called.get(name, ""))
            if field is not None:
                found[name] = self._value(record_type, field, value, str(id))
        return found

    def text(self, text: str) -> str:
        """Invented words for what somebody has written freely."""
        return words(Draw(self._key, "text", text), text)

    def _all(self, codecs: Sequence[FieldCodec], owner: str, of: tuple[Mapping[str, Any], str]) -> dict[str, Any]:
        """{field: value}; those that are not personal stay as they are, to the last digit."""
        values, record = of
        found = ((one.name, self._one(one, owner, values[one.name], record)) for one in codecs if one.name in values)
        return {name: value for name, value in found if value is not MISSING}

    def _one(self, codec: FieldCodec, owner: str, value: Any, record: str) -> Any:
        inside = row_path(owner, codec.name)
        if value is None:
            return None
        if codec.kind == "rows" and isinstance(value, tuple):
            return tuple(Row(self._all(codec.inner, inside, (row.values, f"{record}/{at}")), row.id) for at, row in enumerate(value))
        if codec.kind == "object" and isinstance(value, Mapping):
            return self._all(codec.inner, inside, (value, record))
        if not self._hides(owner, codec.field):
            return value
        wire = self._mask(owner, codec.field, codec.to_wire(value) if codec.to_wire else value, record)
        if wire is None:
            return MISSING
        try:
            return codec.parse(wire)
        except Refused:
            return wire

    def _value(self, owner: str, field: Field, wire: Any, record: str) -> Any:
        if wire is None:
            return None
        inside = row_path(owner, field.name)
        if field.kind == "rows" and isinstance(wire, list):
            return [self._members(inside, field, one, f"{record}/{at}") for at, one in enumerate(wire)]
        if field.kind == "object" and isinstance(wire, Mapping):
            return self._members(inside, field, wire, record)
        return self._mask(owner, field, wire, record) if self._hides(owner, field) else wire

    def _hides(self, owner: str, field: Field) -> bool:
        return (owner, field.name) in self.personal and is_masked(field) and not field.is_state

    def _members(self, owner: str, field: Field, wire: Any, record: str) -> Any:
        if not isinstance(wire, Mapping):
            return None
        inner = {one.name: one for one in field.fields}
        return {
            name: self._value(owner, inner[name], value, record) if name in inner else value
            for name, value in wire.items() if name in inner or name == "id"
        }

    def _mask(self, owner: str, field: Field, wire: Any, record: str) -> Any:
        """The same for the same value, where that tells people apart; else anew for each record. None where nothing fits."""
        value = _text_of(wire)
        if not identifies(field):
            return next(self._fitting(field, wire, f"{value}\0{record}"), None)
        for about in (value, f"{value}\0{owner}.{field.name}"):  # the second where the usual one does not fit this field
            digest = hmac.digest(self._key, about.encode("utf-8", "surrogatepass"), hashlib.sha256)
            known = self._known.find(field.kind, digest)
            if known is not None:
                if self._fits(field, found := json.loads(known)):
                    return found
                continue
            for one in self._fitting(field, wire, about):
                if self._known.take(field.kind, digest, _text_of(one)):
                    return one
        return digest.hex()[:16] if is_text(field) else None

    def _fitting(self, field: Field, wire: Any, about: str) -> Iterator[Any]:
        """Masks that the field takes, none of which shows what it hides."""
        for one in candidates(field, wire, lambda number: Draw(self._key, field.kind, about, str(number))):
            if self._fits(field, one) and not _shows(wire, one):
                yield one

    def _fits(self, field: Field, wire: Any) -> bool:
        """Whether the field takes it; what judges that is made once, since fields live as long as the catalog."""
        parse = self._parsers.get(id(field))
        if parse is None:
            parse = self._parsers[id(field)] = kind_of(field).parse(field)
        try:
            parse(wire)
        except Refused:
            return False
        return True


def _text_of(wire: Any) -> str:
    return json.dumps(wire, ensure_ascii=False, sort_keys=True, default=str)


def _shows(wire: Any, mask: Any) -> bool:
    return isinstance(wire, str) and isinstance(mask, str) and len(wire) >= _LONG and wire.casefold() in mask.casefold()
