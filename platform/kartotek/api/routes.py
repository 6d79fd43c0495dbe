"""Routes: every address of the API, what answers there, and who may ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Response

from kartotek.api import availability, breaches, bulk, catalog, catalog_files, conflicts, declared, exports, files, health, imports, links, messages, openapi, records, search, timers, tokens, transitions
from kartotek.api.addresses import ROOT

View = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Route:
    """`views` is {method: view}. A view is called with the engine, the actor and the parts of the address;
    where the route is open to anyone, without an actor.
    """

    name: str
    path: str
    views: Mapping[str, View]
    is_open: bool = False

    @property
    def allowed(self) -> str:
        """The value of an Allow header."""
        head = ("HEAD",) if "GET" in self.views else ()
        return ", ".join(sorted((*self.views, *head, "OPTIONS")))


_TYPE = f"{ROOT}/records/<type_name>"
_RECORD = f"{_TYPE}/<record>"
# A record type where one is sent, and else the number of an import.
_IMPORT = f"{ROOT}/imports/<which>"

ROUTES: tuple[Route, ...] = (
    Route("alive", "/healthz", {"GET": health.alive}, is_open=True),
    Route("ready", "/readyz", {"GET": health.ready}, is_open=True),
    Route("openapi", f"{ROOT}/openapi.json", {"GET": openapi.show}),
    Route("types", f"{ROOT}/types", {"GET": declared.listing}),
    Route("type", f"{ROOT}/types/<type_name>", {"GET": declared.show}),
    Route("files", f"{ROOT}/files", {"POST": files.send}),
    Route("tokens", f"{ROOT}/tokens", {"GET": tokens.listing, "POST": tokens.add}),
    Route("token", f"{ROOT}/tokens/<token>", {"DELETE": tokens.revoke}),
    Route("inbox", f"{ROOT}/inbox", {"GET": messages.inbox}),
    Route("inbox_read_all", f"{ROOT}/inbox/read", {"POST": messages.read_all}),
    Route("inbox_read", f"{ROOT}/inbox/<message>/read", {"POST": messages.read}),
    Route("outbox", f"{ROOT}/outbox", {"GET": messages.outbox}),
    Route("outbox_release", f"{ROOT}/outbox/release", {"POST": messages.release}),
    Route("outbox_drop_held", f"{ROOT}/outbox/drop", {"POST": messages.drop_held}),
    Route("outgoing", f"{ROOT}/outbox/<message>", {"GET": messages.show}),
    Route("outgoing_resend", f"{ROOT}/outbox/<message>/resend", {"POST": messages.resend}),
    Route("outgoing_drop", f"{ROOT}/outbox/<message>/drop", {"POST": messages.drop}),
    Route("timers", f"{ROOT}/timers", {"GET": timers.listing}),
    Route("timer_retry", f"{ROOT}/timers/<timer>/retry", {"POST": timers.retry}),
    Route("search", f"{ROOT}/search", {"GET": search.everywhere}),
    Route("breaches", f"{ROOT}/breaches", {"GET": breaches.counted}),
    Route("conflicts", f"{ROOT}/conflicts", {"GET": conflicts.listing}),
    Route("imports", f"{ROOT}/imports", {"GET": imports.listing}),
    Route("import", _IMPORT, {"POST": imports.send, "GET": imports.show, "PATCH": imports.change, "DELETE": imports.remove}),
    Route("import_problems", f"{_IMPORT}/problems", {"GET": imports.problems}),
    Route("import_errors", f"{_IMPORT}/errors", {"GET": imports.errors}),
    Route("import_commit", f"{_IMPORT}/commit", {"POST": imports.commit}),
    Route("import_undo", f"{_IMPORT}/undo", {"POST": imports.undo}),
    Route("catalog", f"{ROOT}/catalog", {"GET": catalog.show}),
    Route("catalog_versions", f"{ROOT}/catalog/versions", {"GET": catalog.versions}),
    Route("catalog_version", f"{ROOT}/catalog/versions/<number>", {"GET": catalog.version}),
    Route("catalog_plan", f"{ROOT}/catalog/plan", {"POST": catalog.plan}),
    Route("catalog_apply", f"{ROOT}/catalog/apply", {"POST": catalog.apply}),
    Route("catalog_change", f"{ROOT}/catalog/change", {"GET": catalog.change}),
    Route("catalog_kept", f"{ROOT}/catalog/kept", {"GET": catalog.kept}),
    Route("catalog_files", f"{ROOT}/catalog/files", {"GET": catalog_files.show}),
    Route("catalog_files_plan", f"{ROOT}/catalog/files/plan", {"POST": catalog_files.plan}),
    Route("catalog_files_apply", f"{ROOT}/catalog/files/apply", {"POST": catalog_files.apply}),
    Route("records", _TYPE, {"GET": records.listing, "POST": records.create}),
    Route("bulk", f"{_TYPE}/bulk", {"POST": bulk.bulk}),
    Route("export", f"{_TYPE}/export", {"GET": exports.export}),
    Route("availability", f"{_TYPE}/availability", {"GET": availability.show}),
    Route("record", _RECORD, {"GET": records.show, "PATCH": records.change, "DELETE": records.delete}),
    Route("record_breaches", f"{_RECORD}/breaches", {"GET": breaches.of_record}),
    Route("restore", f"{_RECORD}/restore", {"POST": records.restore}),
    Route("transitions", f"{_RECORD}/transitions", {"GET": transitions.listing}),
    Route("transition", f"{_RECORD}/transitions/<transition>", {"POST": transitions.run}),
    Route("links", f"{_RECORD}/links", {"GET": links.listing}),
    Route("link", f"{ROOT}/links/<link>", {"DELETE": links.revoke}),
    Route("upcoming", f"{_RECORD}/timers", {"GET": timers.upcoming}),
    Route("history", f"{_RECORD}/history", {"GET": records.history}),
    Route("file", f"{_RECORD}/files/<file>", {"GET": files.fetch}),
)
