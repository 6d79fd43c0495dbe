"""Previewing: what an outbox row would say if it were sent now, for the owner; personal links are no more than a mark."""

from __future__ import annotations

from typing import Any

from kartotek.engine.announcing import prepared_webhook
from kartotek.engine.moment import Moment
from kartotek.engine.outgoing import Outgoing
from kartotek.engine.reaching import channel_of, reached
from kartotek.engine.wording import record_of, said_to_all
from kartotek.model.process import Channel
from kartotek.storage.outbox import OutboxRow


def preview(moment: Moment, conn: Any, row: OutboxRow) -> dict[str, Any] | None:
    """{"subject", "text", "language"}, of a webhook {"body"}; None where there is nothing it could say."""
    if row.is_webhook:
        made = prepared_webhook(moment, conn, row)
        return {"body": made.body.decode()} if isinstance(made, Outgoing) else None
    template = moment.compiled.catalog.templates.get(row.payload["template"])
    if template is None or template.record != row.payload["type"]:
        return None
    setting = moment.setting(conn)
    record = record_of(moment, row.payload, setting)
    if record is None:
        return None
    channel = channel_of(moment, row.channel) or Channel(name=row.channel, kind="http")
    reach = reached(moment, conn, row.payload["to"], channel, setting=setting)
    language = reach.language if reach is not None else ""
    said = said_to_all(moment, template, record, setting, language=language, link=lambda name: "…")
    return {"subject": said.subject, "text": said.text, "language": said.language}
