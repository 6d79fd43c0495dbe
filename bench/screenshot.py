"""Takes the README's screenshots, a list and a form, from a running reference site into tests/screenshots/.

Run `make run` with KARTOTEK_OWNER_PASSWORD set, then with the same variable: python bench/screenshot.py http://127.0.0.1:8080
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "screenshots"
PAGES = {"list": "/r/customer/", "form": "/r/customer/1/edit"}


def main() -> None:
    address = sys.argv[1]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1180, "height": 760}, locale="en-GB")
        page.goto(f"{address}/login/")
        page.fill("[name=username]", "owner")
        page.fill("[name=password]", os.environ["KARTOTEK_OWNER_PASSWORD"])
        page.press("[name=password]", "Enter")
        for name, path in PAGES.items():
            page.goto(f"{address}{path}")
            page.screenshot(path=FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
