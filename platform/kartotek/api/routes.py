"""Routes: every address of the API, what answers there, and who may ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Response

from kartotek.api import audit, availability, breaches, bulk, catalog, catalog_files, conflicts, declared, exports, files, glass, health, imports, links, messages, openapi, people, records, search, suggestions, timers, tokens, transitions, users
from kartotek.api.addresses import ROOT
from kartotek.model.admission import ANYONE, OWNER, USER, Admission, able

View = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Route:
    """`views` is {method: view}. A view is called with the engine, the actor and the parts of the address;
    where the route is open, without an actor.
    """

    name: str
    path: str
    views: Mapping[str, View]
    admission: Admission

    @property
    def allowed(self) -> str:
        """The value of an Allow header."""
        head = ("HEAD",) if "GET" in self.views else ()
        return ", ".join(sorted((*self.views, *head, "OPTIONS")))


_TYPE = f"{ROOT}/records/<type_name>"
_RECORD = f"{_TYPE}/<record>"
_PERSON = f"{ROOT}/people/<type_name>/<record>"
# A record type where one is sent, and else the number of an import.
_IMPORT = f"{ROOT}/imports/<which>"

ROUTES: tuple[Route, ...] = (
    Route("alive", "/healthz", {"GET": health.alive}, ANYONE),
    Route("ready", "/readyz", {"GET": health.ready}, ANYONE),
    Route("openapi", f"{ROOT}/openapi.json", {"GET": openapi.show}, USER),
    Route("types", f"{ROOT}/types", {"GET": declared.listing}, USER),
    Route("type", f"{ROOT}/types/<type_name>", {"GET": declared.show}, USER),
    Route("files", f"{ROOT}/files", {"POST": files.send}, USER),
    Route("audit", f"{ROOT}/audit", {"GET": audit.listing}, able("audit")),
    Route("audit_head", f"{ROOT}/audit/head", {"GET": audit.head}, able("audit")),
    Route("tokens", f"{ROOT}/tokens", {"GET": tokens.listing, "POST": tokens.add}, able("tokens")),
    Route("token", f"{ROOT}/tokens/<token>", {"DELETE": tokens.revoke}, able("tokens")),
    Route("users", f"{ROOT}/users", {"GET": users.listing, "POST": users.invite}, able("users")),
    Route("user", f"{ROOT}/users/<user>", {"GET": users.show, "PATCH": users.change}, able("users")),
    Route("user_link", f"{ROOT}/users/<user>/link", {"POST": users.link}, able("users")),
    Route("inbox", f"{ROOT}/inbox", {"GET": messages.inbox}, USER),
    Route("inbox_read_all", f"{ROOT}/inbox/read", {"POST": messages.read_all}, USER),
    Route("inbox_read", f"{ROOT}/inbox/<message>/read", {"POST": messages.read}, USER),
    Route("outbox", f"{ROOT}/outbox", {"GET": messages.outbox}, OWNER),
    Route("outbox_release", f"{ROOT}/outbox/release", {"POST": messages.release}, OWNER),
    Route("outbox_drop_held", f"{ROOT}/outbox/drop", {"POST": messages.drop_held}, OWNER),
    Route("outgoing", f"{ROOT}/outbox/<message>", {"GET": messages.show}, OWNER),
    Route("outgoing_resend", f"{ROOT}/outbox/<message>/resend", {"POST": messages.resend}, OWNER),
    Route("outgoing_drop", f"{ROOT}/outbox/<message>/drop", {"POST": messages.drop}, OWNER),
    Route("timers", f"{ROOT}/timers", {"GET": timers.listing}, OWNER),
    Route("timer_retry", f"{ROOT}/timers/<timer>/retry", {"POST": timers.retry}, OWNER),
    Route("search", f"{ROOT}/search", {"GET": search.everywhere}, USER),
    Route("breaches", f"{ROOT}/breaches", {"GET": breaches.counted}, USER),
    Route("suggestions", f"{ROOT}/suggestions", {"GET": suggestions.listing}, USER),
    Route("withdraw_suggestion", f"{ROOT}/suggestions/<suggestion>", {"DELETE": suggestions.withdraw}, USER),
    Route("accept_suggestion", f"{ROOT}/suggestions/<suggestion>/accept", {"POST": suggestions.accept}, USER),
    Route("refuse_suggestion", f"{ROOT}/suggestions/<suggestion>/refuse", {"POST": suggestions.refuse}, USER),
    Route("conflicts", f"{ROOT}/conflicts", {"GET": conflicts.listing}, USER),
    Route("imports", f"{ROOT}/imports", {"GET": imports.listing}, USER),
    Route("import", _IMPORT, {"POST": imports.send, "GET": imports.show, "PATCH": imports.change, "DELETE": imports.remove}, USER),
    Route("import_problems", f"{_IMPORT}/problems", {"GET": imports.problems}, USER),
    Route("import_errors", f"{_IMPORT}/errors", {"GET": imports.errors}, USER),
    Route("import_commit", f"{_IMPORT}/commit", {"POST": imports.commit}, USER),
    Route("import_undo", f"{_IMPORT}/undo", {"POST": imports.undo}, USER),
    Route("people", f"{ROOT}/people", {"GET": people.overview}, able("people")),
    Route("retention_count", f"{ROOT}/people/retention/<type_name>/count", {"POST": people.count}, able("people")),
    Route("retention_confirm", f"{ROOT}/people/retention/<type_name>/confirm", {"POST": people.confirm}, able("people")),
    Route("person", _PERSON, {"GET": people.plan}, able("people")),
    Route("person_export", f"{_PERSON}/export", {"POST": people.export}, able("people")),
    Route("person_restriction", f"{_PERSON}/restriction", {"POST": people.restrict, "DELETE": people.lift}, able("people")),
    Route("person_erase", f"{_PERSON}/erase", {"POST": people.erase}, able("people")),
    Route("catalog", f"{ROOT}/catalog", {"GET": catalog.show}, OWNER),
    Route("catalog_versions", f"{ROOT}/catalog/versions", {"GET": catalog.versions}, OWNER),
    Route("catalog_version", f"{ROOT}/catalog/versions/<number>", {"GET": catalog.version}, OWNER),
    Route("catalog_plan", f"{ROOT}/catalog/plan", {"POST": catalog.plan}, OWNER.reading),
    Route("catalog_apply", f"{ROOT}/catalog/apply", {"POST": catalog.apply}, OWNER),
    Route("catalog_change", f"{ROOT}/catalog/change", {"GET": catalog.change}, OWNER),
    Route("catalog_kept", f"{ROOT}/catalog/kept", {"GET": catalog.kept}, OWNER),
    Route("catalog_files", f"{ROOT}/catalog/files", {"GET": catalog_files.show}, OWNER),
    Route("catalog_files_plan", f"{ROOT}/catalog/files/plan", {"POST": catalog_files.plan}, OWNER.reading),
    Route("catalog_files_apply", f"{ROOT}/catalog/files/apply", {"POST": catalog_files.apply}, OWNER),
    Route("records", _TYPE, {"GET": records.listing, "POST": records.create}, USER),
    Route("bulk", f"{_TYPE}/bulk", {"POST": bulk.bulk}, USER),
    Route("export", f"{_TYPE}/export", {"GET": exports.export}, USER),
    Route("availability", f"{_TYPE}/availability", {"GET": availability.show}, USER),
    Route("record", _RECORD, {"GET": records.show, "PATCH": records.change, "DELETE": records.delete}, USER),
    Route("record_breaches", f"{_RECORD}/breaches", {"GET": breaches.of_record}, USER),
    Route("restore", f"{_RECORD}/restore", {"POST": records.restore}, USER),
    Route("transitions", f"{_RECORD}/transitions", {"GET": transitions.listing}, USER),
    Route("transition", f"{_RECORD}/transitions/<transition>", {"POST": transitions.run}, USER),
    Route("suggest", f"{_RECORD}/suggestions", {"POST": suggestions.suggest}, USER),
    Route("break_glass", f"{_RECORD}/break-glass", {"POST": glass.open_record, "DELETE": glass.close_record}, USER),
    Route("consents", f"{_RECORD}/consents", {"GET": people.consents, "POST": people.answer}, USER),
    Route("links", f"{_RECORD}/links", {"GET": links.listing}, USER),
    Route("link", f"{ROOT}/links/<link>", {"DELETE": links.revoke}, USER),
    Route("upcoming", f"{_RECORD}/timers", {"GET": timers.upcoming}, USER),
    Route("history", f"{_RECORD}/history", {"GET": records.history}, USER),
    Route("file", f"{_RECORD}/files/<file>", {"GET": files.fetch}, USER),
)
