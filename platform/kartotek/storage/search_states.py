"""Search states: of each type's index what it is made of, and up to which record it is complete."""

from __future__ import annotations

from dataclasses import dataclass

from kartotek.storage.connection import Connection

COMPLETE = 2**62  # no record has an id beyond it
_READ = 'SELECT "signature", "through" FROM "kartotek__search" WHERE "type" = ?'
_SAVE = (
    'INSERT INTO "kartotek__search" ("type", "signature", "through") VALUES (?, ?, ?) ON CONFLICT ("type") '
    'DO UPDATE SET "signature" = excluded."signature", "through" = excluded."through"'
)


@dataclass(frozen=True, slots=True)
class SearchState:
    """Records with ids up to `through` are in the index."""

    signature: str
    through: int

    @property
    def is_complete(self) -> bool:
        """Whether all records are in it."""
        return self.through == COMPLETE


def find(conn: Connection, record_type: str, *, lock: bool = False) -> SearchState | None:
    """The state of a type's index; None where there is none."""
    row = conn.row(_READ + (conn.dialect.for_update if lock else ""), (record_type,))
    return SearchState(row[0], row[1]) if row else None


def everyone(conn: Connection) -> dict[str, SearchState]:
    """{type: state}."""
    rows = conn.rows('SELECT "type", "signature", "through" FROM "kartotek__search"')
    return {name: SearchState(signature, through) for name, signature, through in rows}


def save(conn: Connection, record_type: str, state: SearchState) -> None:
    """Writes a state."""
    conn.run(_SAVE, (record_type, state.signature, state.through))


def forget(conn: Connection, record_type: str) -> None:
    """Removes the state of a type that is searched no more."""
    conn.run('DELETE FROM "kartotek__search" WHERE "type" = ?', (record_type,))
