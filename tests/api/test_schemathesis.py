"""Schemathesis calls all that the generated document describes: no server error, nothing that was not told of."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from api_served import Served, serve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from lengths import rounds
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks

load_all_checks()

# Not among them: whether what fits the schema is accepted (a formula or a unique value may be refused all the same).
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.allow_header_conformance,
    checks.unsupported_method,
    checks.ignored_auth,
    checks.negative_data_rejection,
]
# By itself it does not take 413 and 422 for a refusal.
REFUSALS = [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428]
CONFIG = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}})
EXAMPLES = rounds(3, 40)
ROLES = ("owner", "clerk", "reader")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site with a few records to find."""
    folder = tmp_path_factory.mktemp("schemathesis")
    made = serve(f"sqlite:///{folder}/records.db", folder / "files", lambda: datetime(2026, 11, 21, 10, tzinfo=UTC))
    owner = made.client("owner")
    for number in range(3):
        person = owner.made("person", name=f"P{number}", email=f"p{number}@example.org", balance="1.00", remark=None)
        item = owner.made("item", code=f"I{number}", price="2.00")
        owner.made("order", person=person["id"], lines=[{"item": item["id"], "price": "2.00"}])
    yield made
    made.engine.close()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as described", "otherwise"])
def test_document_tells_all_that_can_be_answered(site: Served, role: str, mode: GenerationMode) -> None:
    headers = {"Authorization": f"Bearer {site.tokens[role]}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", site.app, headers=headers, config=CONFIG)
    failures = []
    for found in schema.get_all_operations():
        try:
            _call(found.ok(), mode, headers)
        except* AssertionError as group:
            failures.append(f"{found.ok().label}: {group}")
        except* Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # what has neither body nor parameters cannot be asked wrongly
    assert not failures, "\n".join(failures)


def _call(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> None:
    numbers = itertools.count()
    # With partial=true a wrong row is refused within an answer that is otherwise good.
    expected = [one for one in CHECKS if one is not checks.negative_data_rejection or "/bulk" not in operation.path]

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            _aim(case, next(numbers))
        case.call_and_validate(headers=headers, checks=expected)

    call()


def _aim(case: Any, number: int) -> None:
    """Lets most cases hit: records that are there, keys of their own, and not the tokens in use."""
    parts = case.path_parameters or {}
    if isinstance(parts.get("id"), int) and parts["id"] > len(ROLES):
        parts["id"] = 1 + parts["id"] % len(ROLES)
    if isinstance(parts.get("token"), int) and 0 < parts["token"] <= len(ROLES) + 1:
        parts["token"] += 1000
    if "Idempotency-Key" in (case.headers or {}) and number % 3:
        case.headers["Idempotency-Key"] = f"key-{number}"
