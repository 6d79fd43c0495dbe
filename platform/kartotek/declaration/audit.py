"""The key `audit` of site.yaml → AuditPlan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.declaration.problems import Problems
from kartotek.declaration.suggest import did_you_mean
from kartotek.model.audit import AuditPlan

_KEY = "audit"


def audit_of(declared: Mapping[str, Any]) -> AuditPlan:
    """What is declared, which was found good."""
    return AuditPlan(declared.get("days", AuditPlan().days), declared.get("endpoint", ""))


def check_audit(problems: Problems, declared: Mapping[str, Any]) -> None:
    """Adds what is wrong: an endpoint that there is not."""
    name, known = declared.get(_KEY, {}).get("endpoint", ""), declared.get("endpoints", {})
    if name and name not in known:
        problems.error((_KEY, "endpoint"), "no_such_endpoint", f"There is no endpoint '{name}'.{did_you_mean(name, known)}")
