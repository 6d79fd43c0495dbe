"""A server with foreign types in front of which a browser can sit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from browser import PASSWORD, served
from playwright.sync_api import Page

from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.site import Site as Folder

SITE = "name: Workshop\nlanguages: [en, zh]\ntimezone: Asia/Shanghai\ncurrency: CNY\nregion: CN\nroles: {}\n"


@dataclass(frozen=True)
class Site:
    """Where the server is, a token of its owner, and the record types as it knows them."""

    address: str
    secret: str
    types: Mapping[str, RecordType]

    def sign_in(self, page: Page) -> None:
        """Signs the owner in."""
        page.goto(f"{self.address}/login/")
        page.fill("#username", "owner")
        page.fill("#password", PASSWORD)
        page.click("main button.btn-primary")
        page.wait_for_selector("#menu", state="attached")


@contextmanager
def served_site(folder: Path, files: Mapping[str, str]) -> Iterator[Site]:
    """`kartotek run` over {type name: text of its file}."""
    declared = documents(files)
    for name, text in declared.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    site = Folder(folder)
    site.prepare(owner_password=PASSWORD, demo=False)
    secret, types = site.engine.tokens.add(Actor.system("tests"), "tests", user_id=1)[1], dict(site.engine.catalog().types)
    site.close()
    with served(folder, declared) as address:
        yield Site(address, secret, types)


def documents(files: Mapping[str, str]) -> dict[str, str]:
    """The folder's files for {type name: text of its file}."""
    return {"site.yaml": SITE, **{f"schemas/{name}.json": text for name, text in files.items()}}
