"""Declared places: where in the files stands what decides about a right."""

from __future__ import annotations

from typing import Any

from kartotek.declaration.bases import layers_of
from kartotek.declaration.document import Document
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.problem import Place
from kartotek.rules.explain import Reason


class Places:
    """Where the declarations of one type stand in their files; of what is not written down, where the nearest thing above it is."""

    def __init__(self, catalog: Catalog, record_type: RecordType) -> None:
        layers = layers_of(catalog.documents)
        of_type = layers.rights.get(record_type.name) or _document(layers.read, layers.files.get(record_type.name, ""))
        flow = record_type.workflow.file if record_type.workflow is not None else ""
        self._documents = {"type": of_type, "workflow": _document(layers.read, flow), "site": layers.site[0]}

    def of(self, reason: Reason) -> Place | None:
        """The place, None where no file says anything of it."""
        document = self._documents[reason.of]
        return document.key_place(reason.at) if document is not None and reason.at else None


def _document(read: Any, file: str) -> Document | None:
    found: Document | None = read[file][0] if file in read else None
    return found
