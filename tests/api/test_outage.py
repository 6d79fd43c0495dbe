"""When the database goes away: health stays, readiness and requests say so, and nothing leaks out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from api_served import serve


@pytest.mark.durability("D19")
def test_lost_database_is_told_as_busy(
    postgres_server: str, fresh_database: Callable[[], str], tmp_path: Path, clock: Callable[[], datetime]
) -> None:
    url = fresh_database()
    served = serve(url, tmp_path, clock)
    client = served.client("clerk")
    made = client.made("person", name="Ann")
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(postgres_server, autocommit=True) as conn:
        conn.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')  # type: ignore[call-overload]
        conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
    assert client("GET", "/healthz").status_code == 200
    for method, address, wire in (
        ("GET", "/readyz", None), ("GET", f"/records/person/{made['id']}", None), ("POST", "/records/person",
        {"fields": {"name": "B"}}),
    ):  # fmt: skip
        answer = client(method, address, wire)
        assert (answer.status_code, answer.content_type) == (503, "application/problem+json"), answer.text
        assert answer.headers["Retry-After"] == "1"
        assert name not in answer.text
    with psycopg.connect(postgres_server, autocommit=True) as conn:
        conn.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')  # type: ignore[call-overload]
    assert client("GET", "/readyz").status_code == 200
    assert client("GET", f"/records/person/{made['id']}").status_code == 200
    served.engine.close()
