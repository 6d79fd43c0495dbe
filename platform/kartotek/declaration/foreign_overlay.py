"""Overlays of foreign types: who may do what with their records, and how lists show them. Their schema stays as it is."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from kartotek.declaration.document import Document, Path
from kartotek.declaration.formulas import Formulas
from kartotek.declaration.grants import grants_of
from kartotek.declaration.metafiles import OVERLAY
from kartotek.declaration.overlay import EXTENDS, overlaid
from kartotek.declaration.problems import Problems
from kartotek.declaration.shape import check_shape
from kartotek.declaration.shown import names_in
from kartotek.declaration.suggest import listed
from kartotek.declaration.texts import labels_of, plain_text
from kartotek.model.catalog import RecordType
from kartotek.model.problem import Problem

_SAID = ("permissions", "plural", "icon", "list")
_AROUND = frozenset({"$schema", "$comment", EXTENDS, "x-record"})


@lru_cache(maxsize=64)
def checked_rights(overlay: Document, below: Document | None) -> tuple[Document, tuple[Problem, ...]]:
    """The overlay, on that of its base where there is one, and what is wrong with it."""
    problems = Problems(overlay)
    check_shape(problems, OVERLAY)
    _check_extent(problems)
    if below is None or problems.found:
        return overlay, tuple(problems.found)
    whole, refused = overlaid(overlay, below)
    return whole, refused


def with_rights(formulas: Formulas, record_type: RecordType) -> RecordType:
    """The foreign type with what its overlay declares; as it is where it has none."""
    draft = formulas.draft
    own = draft.own
    if not own:
        return record_type
    plural = own.get("plural")
    return replace(
        record_type,
        permissions=grants_of(formulas),
        plural=plain_text(plural, draft.site.languages),
        labels=MappingProxyType(dict(labels_of({"plural": plural}))),
        icon=own.get("icon", ""),
        list=names_in(draft, "list", record_type.by_name) if "list" in own else record_type.list,
    )


def _check_extent(problems: Problems) -> None:
    declared = problems.document.value
    own = declared.get("x-record")
    beyond: list[Path] = [(key,) for key in declared if key not in _AROUND]
    beyond += [("x-record", key) for key in own if key not in _SAID] if isinstance(own, dict) else []
    for path in beyond:
        if path not in problems.paths:
            said = listed(_SAID).replace(" or ", " and ")
            sentence = f"The schema below was written by others and stays as it is. An overlay of it says {said} under x-record."
            problems.error_at_key(path, "fixed", sentence)
