"""A browser goes through all pages as every role, with traps in every text: none runs, none becomes part of a page."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from browser import Desk, Window, desk, served
from canary_site import PASSWORD, fill, trap, trapped
from lengths import rounds
from playwright.sync_api import Error

from kartotek.site import Site

# What a page has come to: scripts that ran, what its policy stopped, what of a trap is an element, addresses that would run.
_WATCH = """
window.__ran = []; window.__xss = (one) => { window.__ran.push(one); }; window.__stopped = [];
document.addEventListener('securitypolicyviolation', (one) => {
  window.__stopped.push(`${one.effectiveDirective} ${one.blockedURI} ${one.sample} ${one.sourceFile}:${one.lineNumber}`); });
"""
_LOOK = """() => ({
  ran: window.__ran, stopped: window.__stopped,
  grown: [...document.querySelectorAll('[data-xss], img[src="x"], script:not([src]):not([type="application/json"])')].map((one) => one.outerHTML.slice(0, 200)),
  running: [...document.querySelectorAll('[href], [src], [action], [formaction]')]
    .flatMap((one) => ['href', 'src', 'action', 'formaction'].map((name) => one.getAttribute(name) || ''))
    .filter((one) => /^\\s*(javascript|vbscript|data:text)/i.test(one)),
  links: [...document.querySelectorAll('a[href], [hx-get]')].map((one) => one.getAttribute('hx-get') || one.getAttribute('href')),
})"""
_FILL = """(text) => { for (const one of document.querySelectorAll('main input, main textarea')) {
  if (!['hidden', 'checkbox', 'radio', 'file', 'submit', 'button'].includes(one.type)) {
    try { one.removeAttribute('maxlength'); one.type = one.tagName === 'INPUT' && one.type !== 'password' ? 'text' : one.type; one.value = text; } catch (error) { /* as it is */ } } } }"""
_NEVER = re.compile(r"/(files|errors|export)\b|^/assets/|^/language")
# Of the types that all roles see the same way, those with every kind of field and of step.
_SOME = re.compile(r"/r/(?!person/|sample/|task/1)")
_FORMS = {"": ["/login/", "/p/ask"], "manager": ["/r/person/new", "/r/sample/new", "/r/task/new", "/r/sample/1/edit", "/account/"],
          "clerk": ["/r/person/1/edit"], "owner": ["/users/new", "/users/2", "/tokens/", "/r/order/new"]}  # fmt: skip


@dataclass
class Crawl:
    """What one role has been shown, by the shape of addresses, and what went wrong."""

    window: Window
    seen: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    waiting: deque[str] = field(default_factory=deque)

    def go(self, path: str) -> None:
        """Opens a page and puts the addresses on it in the queue."""
        try:
            self.window.page.goto(self.window.address + path, wait_until="load")
        except Error as error:
            if "Download is starting" not in str(error):
                raise
            return
        self.look(path)

    def look(self, path: str) -> None:
        """What the page is like now."""
        try:
            found: dict[str, Any] = self.window.page.evaluate(_LOOK)
        except Error:  # it went on to another page meanwhile
            self.window.page.wait_for_load_state("load")
            found = self.window.page.evaluate(_LOOK)
        self.wrong += [f"{path}: {name}: {one}" for name in ("ran", "stopped", "grown", "running") for one in found[name]]
        self.waiting.extend(one for one in found["links"] if one)

    def through(self, most: int) -> None:
        """All pages that lead from one to the next, as many of each shape as asked for."""
        while self.waiting:
            found = urlsplit(self.waiting.popleft())
            path = found.path + (f"?{found.query}" if found.query else "")
            shape = re.sub(r"\d+", "1", found.path) + (re.sub(r"=[^&]*", "", found.query) if most > 1 else "")
            if most == 1 and _SOME.match(found.path) and not found.path.endswith("/"):
                continue
            if found.netloc not in ("", urlsplit(self.window.address).netloc) or not path.startswith("/") or _NEVER.search(path):
                continue
            if self.seen.get(shape, 0) < most:
                self.seen[shape] = self.seen.get(shape, 0) + 1
                self.go(path)


@pytest.fixture(scope="module")
def trapped_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Site]]:
    """A server of the site with traps, and a browser."""
    folder, declared = tmp_path_factory.mktemp("trapped"), trapped()
    for name, text in declared.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    site = Site(folder)
    start = site.prepare(owner_password=PASSWORD, demo=False)
    assert [one.message for one in start.problems if one.severity == "error"] == []
    fill(site.engine, site.users)
    with served(folder, declared) as address, desk(address) as made:
        yield made, site
    site.engine.close()


def _personal(site: Site) -> list[str]:
    """Addresses that hold a secret."""
    with site.engine.transactions.reading() as conn:
        link = site.engine.links.url(conn, "task", 1, "answer")
    return [f"/l/{link.rpartition('/')[2]}", f"/invitation/{site.users.link('ivan')}"]


def _asked() -> list[str]:
    """Addresses that say a trap themselves."""
    names = ("search", "filter", "sort", "columns", "cursor", "broken", "name", "name[contains]", "nopes", "back", "picked", "trash", "count", "level[in]", "~path")
    paths = [f"/r/person/?{quote(name)}={quote(trap())}" for name in names]
    paths += [f"/r/person/filter?~path={one}&~operator={quote(trap())}&~one={quote(trap())}&~was={quote(trap())}" for one in ("name", "level", "orders.number", quote(trap()))]
    paths += [f"/r/{quote(trap())}/", f"/r/person/{quote(trap())}", f"/search?q={quote(trap())}", f"/login/?next={quote('/' + trap())}", f"/p/{quote(trap())}"]
    paths += [f"/l/{quote(trap())}", f"/invitation/{quote(trap())}", f"/r/person/new?name={quote(trap())}&secret={quote(trap())}", f"/changes/?before={quote(trap())}"]
    paths += [f"/r/person/choices?field=/{quote(trap())}", f"/conflicts/?type={quote(trap())}", f"/messages/?cursor={quote(trap())}", f"/login/?next=javascript:__xss(0)"]
    paths += [f"/r/task/1/do/{quote(trap())}", f"/r/person/bulk?id=1&~do=change&~field={quote(trap())}&~list={quote('?' + trap())}", f"/{quote(trap())}"]
    return [*paths, f"/messages/outbox/?state={quote(trap())}", f"/r/person/bulk?id=1&~do=change&~field=name&~list={quote('javascript:__xss(0)')}"]


@pytest.mark.parametrize("user", ["", "clerk", "owner", *["manager"] * rounds(0, 1)])
def test_no_text_of_anybody_runs_on_any_page(trapped_desk: tuple[Desk, Site], user: str) -> None:
    made, site = trapped_desk
    window = made.window(user, language="zh-CN" if user == "clerk" else "en-US")
    window.context.add_init_script(_WATCH)
    crawl = Crawl(window)
    for path in _personal(site) if not user else ["/", "/r/task/1/history", "/r/sample/1", "/import/1", "/import/2", "/changes/", "/breaches/", "/conflicts/"]:
        crawl.go(path)
    for path in _asked():
        if user == "owner" or not user and path.startswith(("/login", "/p/", "/l/", "/invitation/")):
            crawl.go(path)
    for path in _FORMS[user]:
        crawl.go(path)
        window.page.evaluate(_FILL, trap())
        window.page.evaluate("document.querySelector('main form[method=post]').requestSubmit()")
        window.page.wait_for_timeout(300)
        crawl.look(f"{path} sent")
    crawl.through(rounds(1, 4))
    told = [one for one in window.complaints if "Content Security Policy" in one or "__xss" in one]
    window.complaints.clear()  # of what the browser says of texts that are no numbers and no colours
    assert not crawl.wrong, f"{len(crawl.wrong)} on {sum(crawl.seen.values())} pages\n" + "\n".join(crawl.wrong[:20])
    assert not told, told[:10]
    assert len(crawl.seen) > {"": 0, "clerk": 20, "manager": 30, "owner": 35}[user], sorted(crawl.seen)
