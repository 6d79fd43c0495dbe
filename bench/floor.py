"""The floor: what somebody would write by hand for the same people with Flask and sqlite3, without rights, rules or history.

`python bench/floor.py FOLDER PEOPLE WORKERS` makes the database if it is missing, serves on a free port and prints its address.
"""

from __future__ import annotations

import socket
import sqlite3
import sys
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from flask import Flask, Response, abort, render_template, request
from gunicorn.app.base import BaseApplication
from jinja2 import DictLoader
from people import people, staff

TOKEN = "floor"
_TOKENS = {TOKEN: "desk"}
_PERSON = (
    "name", "mobile", "email", "sex", "level", "tags", "birth_date", "joined_on", "city", "street", "source", "points", "balance",
    "rate", "agrees", "advisor", "note", "secret", "worth",
)  # fmt: skip
_COLUMNS = ", ".join(("id", *_PERSON))
INSERT = f"INSERT INTO person ({', '.join(_PERSON)}) VALUES ({', '.join('?' * len(_PERSON))})"
_LISTED = ("name", "mobile", "level", "city", "advisor", "joined_on", "balance", "worth")
_LISTED_COLUMNS = ", ".join(("id", *_LISTED))
_TABLES = """
CREATE TABLE staff (id INTEGER PRIMARY KEY, name TEXT, room TEXT);
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, mobile TEXT UNIQUE, email TEXT, sex TEXT, level TEXT, tags TEXT,
  birth_date TEXT, joined_on TEXT, city TEXT, street TEXT, source TEXT, points INTEGER, balance TEXT, rate TEXT, agrees INTEGER,
  advisor INTEGER REFERENCES staff (id), note TEXT, secret TEXT, worth TEXT);
CREATE INDEX by_name ON person (name, id);
CREATE INDEX by_city ON person (city, name, id);
CREATE INDEX by_day ON person (joined_on);
"""
_LIST = """<!doctype html><title>People</title><table>{% for row in rows %}<tr>{% for value in row[1:] %}
<td>{% if loop.first %}<a href="/person/{{ row[0] }}">{{ value }}</a>{% else %}{{ value if value is not none else "" }}{% endif %}</td>
{% endfor %}</tr>{% endfor %}</table>"""
_FORM = """<!doctype html><title>{{ values.name }}</title><form method="post">{% for name, value in values.items() %}<label>{{ name }}
<input name="{{ name }}" value="{{ value if value is not none else '' }}"></label>{% endfor %}<button>Save</button></form>"""

app = Flask(__name__)
app.jinja_loader = DictLoader({"list.html": _LIST, "form.html": _FORM})
_local = threading.local()


def connection() -> sqlite3.Connection:
    """The thread's own connection."""
    if not hasattr(_local, "made"):
        _local.made = sqlite3.connect(app.config["DATABASE"], isolation_level=None, cached_statements=256)
        _local.made.executescript("PRAGMA journal_mode = wal; PRAGMA synchronous = full; PRAGMA busy_timeout = 10000;")
    made: sqlite3.Connection = _local.made
    return made


def answer(wire: Any, status: int = 200) -> Response:
    """JSON."""
    return Response(orjson.dumps(wire), status=status, content_type="application/json")


def plain(row: tuple[Any, ...]) -> dict[str, Any]:
    """A whole person as JSON."""
    made = dict(zip(("id", *_PERSON), row, strict=True))
    made["tags"] = orjson.Fragment(made["tags"]) if made["tags"] else []
    made["agrees"] = bool(made["agrees"])
    return made


@app.before_request
def check() -> None:
    """A token for programs, a cookie for pages."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ") or request.cookies.get("session", "")
    if token not in _TOKENS:
        abort(401)


@app.get("/people/<int:number>")
def get(number: int) -> Response:
    row = connection().execute(f"SELECT {_COLUMNS} FROM person WHERE id = ?", (number,)).fetchone()
    return answer(plain(row)) if row else abort(404)


@app.get("/people")
def listing() -> Response:
    rows = _rows(_COLUMNS if "whole" in request.args else _LISTED_COLUMNS)
    if "whole" in request.args:
        return answer({"items": [plain(row) for row in rows]})
    made = [dict(zip(("id", *_LISTED), row, strict=True)) for row in rows]
    if "expand" in request.args:
        marks = ", ".join("?" * len(made))
        of = [one["advisor"] for one in made]
        known = {row[0]: row for row in connection().execute(f"SELECT id, name, room FROM staff WHERE id IN ({marks})", of)}
        for one in made:
            found = known.get(one["advisor"])
            one["expanded"] = {"id": found[0], "name": found[1], "room": found[2]} if found else None
    return answer({"items": made})


@app.post("/people")
def create() -> Response:
    fields = request.get_json()["fields"]
    if not fields.get("name") or not fields.get("mobile"):
        abort(422)
    number = connection().execute(f"{INSERT} RETURNING id", row_of(fields)).fetchall()[0][0]
    return answer({"id": number, **fields}, 201)


@app.patch("/people/<int:number>")
def update(number: int) -> Response:
    points = request.get_json()["fields"]["points"]
    if not isinstance(points, int) or points < 0:
        abort(422)
    row = connection().execute(f"UPDATE person SET points = ? WHERE id = ? RETURNING {_COLUMNS}", (points, number)).fetchall()
    return answer(plain(row[0])) if row else abort(404)


@app.get("/page/people")
def html_list() -> str:
    return render_template("list.html", rows=_rows(_LISTED_COLUMNS))


@app.get("/page/people/<int:number>")
def html_form(number: int) -> str:
    row = connection().execute(f"SELECT {_COLUMNS} FROM person WHERE id = ?", (number,)).fetchone()
    return render_template("form.html", values=plain(row))


def row_of(fields: dict[str, Any]) -> list[Any]:
    """The values of a person in the order of the columns."""
    worth = str(Decimal(fields["balance"]) * Decimal(fields["rate"]))
    given = {**fields, "worth": worth, "tags": orjson.dumps(fields.get("tags", [])).decode()}
    return [given.get(name) for name in _PERSON]


def _rows(columns: str) -> list[tuple[Any, ...]]:
    args, where, params = request.args, "1 = 1", []
    if search := args.get("search"):
        where, params = "name LIKE ? OR mobile LIKE ?", [f"%{search}%", f"%{search}%"]
    elif city := args.get("city"):
        where, params = "city = ? AND points >= ?", [city, args["points"]]
    elif name := args.get("after"):
        where, params = "(name, id) > (?, ?)", [name, args["id"]]
    text = f"SELECT {columns} FROM person WHERE {where} ORDER BY name, id LIMIT ?"
    return connection().execute(text, (*params, args.get("limit", 50))).fetchall()


class Server(BaseApplication):
    """gunicorn with the settings that Kartotek uses."""

    def __init__(self, listener: socket.socket, workers: int) -> None:
        self._listener, self._workers = listener, workers
        super().__init__()

    def load_config(self) -> None:
        address = self._listener.getsockname()
        settings = {
            "bind": f"fd://{self._listener.detach()}", "workers": self._workers, "worker_class": "gthread", "threads": 4,
            "preload_app": True, "keepalive": 5, "loglevel": "warning", "control_socket_disable": True,
            "when_ready": lambda _: print(f"http://127.0.0.1:{address[1]}", flush=True),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return app


def fill(path: Path, number: int) -> None:
    """Makes the database with so many people."""
    made = sqlite3.connect(path)
    made.executescript(_TABLES)
    made.executemany("INSERT INTO staff (name, room) VALUES (?, ?)", [(one["name"], one["room"]) for one in staff()])
    made.executemany(INSERT, map(row_of, people(1, number + 1)))
    made.commit()
    made.execute("PRAGMA journal_mode = wal")
    made.close()


def main() -> None:
    folder, number, workers = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    path = folder / "floor.db"
    if not path.exists():
        fill(path, number)
    app.config["DATABASE"] = str(path)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.set_inheritable(True)
    sys.argv = sys.argv[:1]
    Server(listener, workers).run()


if __name__ == "__main__":
    main()
