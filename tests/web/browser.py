"""A real browser on a real server of the small site. Whatever the page's console complains of fails the test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from web_site import PASSWORD, documents

CHROMIUM = "/usr/bin/chromium"
_AT_WORK: list[Playwright] = []
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass
class Window:
    """A window of its own, with its own cookies; `complaints` is what its console has said."""

    context: BrowserContext
    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Opens a page of the site."""
        self.page.goto(self.address + path)
        return self.page


@dataclass
class Desk:
    """The server and the browser in front of it."""

    browser: Browser
    address: str
    windows: list[Window] = field(default_factory=list)

    def window(self, user: str = "", *, width: int = 1280, height: int = 900, script: bool = True, language: str = "en-US") -> Window:
        """A new window, signed in as the user."""
        context = self.browser.new_context(viewport={"width": width, "height": height}, locale=language, java_script_enabled=script)
        context.set_default_timeout(20_000)
        made = Window(context, context.new_page(), self.address)
        made.page.on("console", lambda one: made.complaints.append(one.text) if one.type in {"error", "warning"} else None)
        made.page.on("pageerror", lambda one: made.complaints.append(str(one)))
        self.windows.append(made)
        if user:
            page = made.go("/login/")
            page.fill("#username", user)
            page.fill("#password", PASSWORD)
            page.click("main button.btn-primary")
            page.wait_for_selector("#menu", state="attached")
        return made

    def close_windows(self) -> None:
        """Closes all; fails for what any console said, but not for the statuses of refused forms."""
        said = [text for one in self.windows for text in one.complaints if "Failed to load resource" not in text]
        for one in self.windows:
            one.context.close()
        self.windows.clear()
        assert not said, said


@contextmanager
def served(folder: Path, declared: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of `kartotek run` over the small site in the folder, or over what is declared instead."""
    for name, text in (declared or documents()).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    port = _free_port()
    command = [sys.executable, "-m", "kartotek", "run", "--site", str(folder), "--port", str(port), "--workers", "2"]
    environment = {**os.environ, "KARTOTEK_OWNER_PASSWORD": PASSWORD, "KARTOTEK_DEMO": "0", "HOST": "127.0.0.1"}
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/login/", process, folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        log.close()


@contextmanager
def desk(address: str) -> Iterator[Desk]:
    """A browser in front of the server. Skips where there is none, but never in CI."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CHROMIUM} is missing: no page would be tested in a browser.")
        pytest.skip(f"{CHROMIUM} IS MISSING: NO PAGE IS TESTED IN A BROWSER.")
    with _playing() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield Desk(browser, address)
        browser.close()


@contextmanager
def _playing() -> Iterator[Playwright]:
    """The one Playwright of this process: a second cannot begin while another module's is still open."""
    if not _AT_WORK:
        _AT_WORK.append(sync_playwright().start())
    playwright = _AT_WORK[0]
    _AT_WORK.append(playwright)  # once more for each that uses it
    try:
        yield playwright
    finally:
        _AT_WORK.pop()
        if len(_AT_WORK) == 1:
            _AT_WORK.pop().stop()


def fresh(folder: Path) -> Path:
    """The folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace"))
