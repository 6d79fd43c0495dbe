"""A site in a folder with an engine over it, for changes that go through its files; run as a program it is killed at them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from kartotek.declaration.folder import Folder
from kartotek.engine.engine import Engine, system_clock
from kartotek.model.actor import Actor
from kartotek.model.edit import Put
from kartotek.model.proposal import Proposal
from kartotek.storage.database import Database

OWNER = Actor(id=1, name="Olive", roles=frozenset({"owner"}))
PERSON = "schemas/person.json"
FILES = {
    "site.yaml": "# Ours.\nname: Workshop   # the sign\nroles:\n  clerk: {title: Clerk}\n",
    PERSON: """\
{
  "title": "Person",
  "type": "object",
  "required": ["name"],
  "properties": {
    "name":  {"type": "string", "title": "Name", "maxLength": 60},
    "phone": {"type": "string", "title": "Phone", "maxLength": 20},

    "level": {"type": "integer", "title": "Level"}
  },
  "x-record": {"titleTemplate": "{name}", "list": ["name"], "permissions": {"clerk": {"read": true}}}
}
""",
    "schemas/item.yaml": "# What we sell.\r\ntitle: Item\r\ntype: object\r\nproperties:\r\n  label: {type: string, title: Label}  # on the shelf\r\nx-record: {titleTemplate: \"{label}\"}\r\n",
}


class ProposedSite:
    """The folder `root` and the engine over it."""

    def __init__(self, root: Path, database_url: str, clock: Callable[[], datetime] = system_clock) -> None:
        self.root = root
        (root / "data").mkdir(parents=True, exist_ok=True)
        self.folder = Folder(root, root / "data", stands=lambda files: self.engine.proposals.stands(files))
        self.engine = Engine(
            Database.open(database_url), files=root / "data" / "files", secret=b"s" * 32, clock=clock,
            documents=self.folder.read, folder=self.folder,
        )

    def begin(self) -> None:
        """Puts the files there and into service."""
        for name, text in FILES.items():
            self.save(name, text)
        report = self.engine.apply_documents(self.folder.read(), by=Actor.system("test"), reason="begun")
        assert report.version == 1 and not report.problems

    def save(self, name: str, text: str) -> None:
        """As an editor does."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    def files(self) -> dict[str, str]:
        """What stands in the folder, unfinished files too."""
        found = (path for path in self.root.rglob("*") if path.is_file() and "data" not in path.relative_to(self.root).parts)
        return {path.relative_to(self.root).as_posix(): path.read_bytes().decode() for path in found}


def main() -> None:
    """Proposes one change after the other until it is killed: argv are the folder and the database."""
    site = ProposedSite(Path(sys.argv[1]), sys.argv[2], lambda: datetime.now(UTC))
    for number in range(1, 10_000):
        seen = site.engine.proposals.files(OWNER)
        edits = {
            PERSON: [Put(("title",), f"Person {number}"), Put(("properties", f"f{number}"), {"type": "string", "title": "F"})],
            "schemas/item.yaml": [Put(("title",), f"Item {number}")],
        }
        proposal = Proposal(edits=edits, seen=seen)
        plan = site.engine.proposals.propose(OWNER, proposal).plan
        print(f"{number}", flush=True)
        site.engine.proposals.apply(OWNER, proposal, hash=plan.hash)


if __name__ == "__main__":
    main()
