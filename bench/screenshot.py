"""Takes the README's screenshot, tests/screenshots/list.png, from a running reference site.

Run `make run` with KARTOTEK_OWNER_PASSWORD set, then with the same variable: python bench/screenshot.py http://127.0.0.1:8080
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FILE = Path(__file__).resolve().parent.parent / "tests" / "screenshots" / "list.png"


def main() -> None:
    address = sys.argv[1]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{address}/login/")
        page.fill("[name=username]", "owner")
        page.fill("[name=password]", os.environ["KARTOTEK_OWNER_PASSWORD"])
        page.press("[name=password]", "Enter")
        page.goto(f"{address}/r/customer/")
        page.screenshot(path=FILE)
        browser.close()


if __name__ == "__main__":
    main()
