"""The rights of a person, as OpenAPI describes them to those who look after them, and consents to all who see her."""

from __future__ import annotations

from kartotek.api.addresses import ROOT
from kartotek.api.openapi_parts import RECORD_ID, Wire, answered, closed, refusals, sent
from kartotek.engine.sight import Sight
from kartotek.model.catalog import RecordType

_TEXT: Wire = {"type": "string"}
_ANY: Wire = {"type": "object"}
_TYPE: Wire = {"name": "type", "in": "path", "required": True, "schema": _TEXT}


def consent_paths(record_type: RecordType, sight: Sight) -> Wire:
    """{path: operations} of the consents of people of this type."""
    if record_type.subject != "":
        return {}
    name = record_type.name
    listing = _operation(f"consents_{name}", "What a person agreed to", [name], [RECORD_ID], refused=(400, 403, 404))
    wanted = sent(closed({"purpose": _TEXT, "given": {"type": "boolean"}}, ["purpose", "given"]))
    answer = _operation(f"consent_{name}", "Write an answer of hers down", [name], [RECORD_ID], body=wanted, refused=(400, 403, 404, 413, 415, 422))
    return {f"{ROOT}/records/{name}/{{id}}/consents": {"get": listing, **({"post": answer} if sight.write else {})}}


def people_paths(*, may_people: bool) -> Wire:
    """{path: operations} for those with the ability."""
    if not may_people:
        return {}
    of, about = [_TYPE, RECORD_ID], f"{ROOT}/people/{{type}}/{{id}}"
    reason = sent(closed({"reason": _TEXT}, ["reason"]))
    confirm = sent(closed({"confirm": {"const": True}}, ["confirm"]))
    due = sent(closed({"due": {"type": "integer"}}, ["due"]))
    archive = _operation("person_export", "All that is known of a person, as a ZIP archive", ["people"], of, refused=(400, 403, 404, 413, 415))
    archive["responses"]["200"] = {"description": "The archive", "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
    lift = _operation("person_lift", "End the restriction of a person", ["people"], of, refused=(400, 403, 404))
    lift["responses"]["204"] = answered("It has ended")
    del lift["responses"]["200"]
    return {
        f"{ROOT}/people": {"get": _operation("people", "Who is restricted, who was erased, what ends with time", ["people"], [], refused=(400, 403, 404))},
        about: {"get": _operation("person_plan", "What an erasure would do", ["people"], of, refused=(400, 403, 404))},
        f"{about}/export": {"post": archive},
        f"{about}/restriction": {
            "post": _operation("person_restrict", "Keep a person's data without using them", ["people"], of, body=reason, refused=(400, 403, 404, 413, 415)),
            "delete": lift,
        },
        f"{about}/erase": {"post": _operation("person_erase", "Erase a person for ever", ["people"], of, body=confirm, refused=(400, 403, 404, 409, 413, 415))},
        f"{ROOT}/people/retention/{{type}}/count": {
            "post": _operation("retention_count", "How many records have served their time", ["people"], [_TYPE], refused=(400, 403, 404, 413, 415)),
        },
        f"{ROOT}/people/retention/{{type}}/confirm": {
            "post": _operation("retention_confirm", "Let them end from now on", ["people"], [_TYPE], body=due, refused=(400, 403, 404, 409, 413, 415)),
        },
    }  # fmt: skip


def _operation(id: str, summary: str, tags: list[str], parameters: list[Wire], *, body: Wire | None = None, refused: tuple[int, ...]) -> Wire:
    made: Wire = {
        "operationId": id, "summary": summary, "tags": tags, "parameters": parameters,
        "responses": {"200": answered("As it is now", _ANY), **refusals(*refused)},
    }
    return {**made, "requestBody": body} if body is not None else made
