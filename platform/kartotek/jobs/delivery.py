"""Delivery: the step in which the background work carries what the outbox holds out of the system."""

from __future__ import annotations

import logging

from kartotek.engine.engine import Engine
from kartotek.engine.outgoing import Carrier, Carriers, Outcome, Outgoing
from kartotek.jobs.http import call
from kartotek.jobs.secret_files import SecretFiles
from kartotek.jobs.smtp import SmtpCarrier
from kartotek.jobs.webhooks import HttpCarrier, WebhookCarrier

EVERY = 1.0  # seconds between two looks
BATCH = 50
_log = logging.getLogger("kartotek.delivery")


class Delivery:
    """`step` delivers what is due; several processes may call it at once."""

    def __init__(self, engine: Engine, secrets: SecretFiles) -> None:
        self._engine = engine
        self.carriers: Carriers = {
            "smtp": _told(SmtpCarrier(secrets)),
            "http": _told(HttpCarrier(call, secrets)),
            "webhook": _told(WebhookCarrier(call, secrets)),
        }

    def step(self) -> int:
        """Delivers a batch; how many it has dealt with."""
        return self._engine.outbox.deliver(self.carriers, BATCH)


def _told(carrier: Carrier) -> Carrier:
    """The same carrier, whose failures stand in the log: the way's name and a code, never what was sent or to whom."""

    def carry(outgoing: Outgoing) -> Outcome:
        outcome = carrier(outgoing)
        if outcome.code != "sent":
            params = ", ".join(f"{name} {value}" for name, value in outcome.params.items())
            _log.warning("%s was not sent over %s: %s (%s).", outgoing.id, outgoing.way.name, outcome.code, params)
        return outcome

    return carry
