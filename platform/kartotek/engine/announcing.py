"""Announcing: the body of a webhook: which record, which event, and the fields that the endpoint's role may read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kartotek.engine.envelopes import envelopes, instant
from kartotek.engine.moment import Moment
from kartotek.engine.outgoing import Outgoing
from kartotek.engine.preparing import Prepared, Verdict, message_id
from kartotek.engine.visible import visible
from kartotek.engine.wording import record_of
from kartotek.model.actor import Actor
from kartotek.model.process import Endpoint
from kartotek.storage.outbox import WEBHOOK, OutboxRow


def prepared_webhook(moment: Moment, conn: Any, row: OutboxRow) -> Prepared:
    """The webhook as it is to be sent now. `record` is as the event found it, `fields` are as they are now.

    A correction or a withdrawal since then counts: what was to be told of a record that is gone is told without fields.
    """
    name = row.channel.removeprefix(WEBHOOK)
    endpoint = moment.compiled.catalog.endpoints.get(name)
    if endpoint is None:
        return Verdict("unsent", "no_endpoint", {"name": name})
    id, payload = message_id(row.key), row.payload
    record = {"type": payload["type"], "id": payload["id"], "version": payload["version"], "state": payload.get("state")}
    data = {"head": payload["head"]} if "head" in payload else {"record": record, **_fields(moment, conn, payload, endpoint)}
    wire = {"id": id, "type": payload["event"], "timestamp": instant(row.meant_at or row.due), "data": data}
    body = json.dumps(wire, ensure_ascii=False, separators=(",", ":")).encode()
    return Outgoing(sort="webhook", id=id, way=endpoint, at=moment.now, body=body)


def _fields(moment: Moment, conn: Any, payload: Mapping[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    """The readable fields, and of which version of the record they are."""
    if not endpoint.role:
        return {"fields": {}}
    reader = replace(moment, actor=Actor(id=0, name=endpoint.name, roles=frozenset({endpoint.role}), via="system"))
    setting = reader.setting(conn)
    record = record_of(reader, payload, setting)
    if record is None or record.type not in reader.view.types or not visible(reader, record, setting):
        return {"fields": {}}
    (envelope,) = envelopes(reader, record.type, [record], setting)
    return {"fields": envelope["fields"], "fields_version": record.version}
