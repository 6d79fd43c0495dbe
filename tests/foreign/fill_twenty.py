"""Fills in twenty foreign schemas through the browser and compares with the API what came of it. Run by hand:

    python tests/foreign/fill_twenty.py [folder for screenshots]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "web"), str(HERE.parent)]

from browser import CHROMIUM, FLAGS  # noqa: E402
from corpus import Foreign, accepted  # noqa: E402
from filling import are_equal, controls_of, fill, fill_whole, is_plain, sample_of, save, stored  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402
from serving import Site, served_site  # noqa: E402
from verdicts import without_defaults  # noqa: E402

TWENTY = (
    "csaf_cvss_v3_1", "datacite_v4_3", "geojson_feature", "jf_array_with_defaults", "jf_categorization", "jf_person", "jsonresume_job",
    "jsonresume_resume", "nbformat_v4_5", "ocpp_v16_meter_values", "ocpp_v201_boot_notification_request", "ocpp_v201_notify_event_request",
    "rj_bracket_nested_object", "singer_logs", "ss_bukkit_plugin", "ss_chart", "ss_openweather_current", "ss_license_report_config",
    "ss_taskfile", "ss_winget_pkgs_locale_1_0_0", "fhir_human_name",
)  # fmt: skip
SHOWN = frozenset({"jsonresume_resume", "ocpp_v201_boot_notification_request", "ss_chart"})
ZONE = "Asia/Shanghai"


def main(shots: Path | None) -> int:
    """0 if every form gave back what was typed into it."""
    files = {one.name: one.text for one in accepted() if one.name in TWENTY}
    with tempfile.TemporaryDirectory() as folder, served_site(Path(folder), files) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 820, "height": 1180})
        complaints: list[str] = []
        page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda one: complaints.append(str(one)))
        site.sign_in(page)
        print(f"{'type':40} {'fields':>6} {'typed':>6} {'json':>5} {'s':>5}  create  edit")
        wrong = sum([not _filled(page, site, one, shots) for one in accepted() if one.name in TWENTY])
        browser.close()
    print(f"{len(files) - wrong} of {len(files)} forms gave back exactly what was typed; the console complained {len(complaints)} times")
    print("\n".join(complaints[:10]))
    return 1 if wrong or complaints else 0


def _filled(page: Page, site: Site, one: Foreign, shots: Path | None) -> bool:
    record_type = site.types.get(one.name)
    sample = sample_of(one, record_type) if record_type is not None else None
    if record_type is None or sample is None:
        print(f"{one.name:40} {'is no type' if record_type is None else 'no sample could be made'}")
        return False
    fields, began = controls_of(record_type, sample, ZONE), time.monotonic()
    plain = is_plain(record_type, sample, ZONE)
    page.goto(f"{site.address}/r/{one.name}/new{'' if plain else '?~whole=1'}")
    touched = fill(page, fields, sample) if plain else fill_whole(page, sample)
    texts = page.locator("[data-json-editor]").count()
    if shots and one.name in SHOWN:
        page.screenshot(path=shots / f"form-{one.name}.png", full_page=True)
    try:
        id = save(page)
    except AssertionError as refused:
        print(f"{one.name:40} refused: {refused} {sample}")
        return False
    created = are_equal(without_defaults(record_type, kept := stored(site.address, site.secret, one.name, id), sample), sample)
    if shots and one.name in SHOWN:
        page.screenshot(path=shots / f"record-{one.name}.png", full_page=True)
    page.goto(f"{site.address}/r/{one.name}/{id}/edit")
    save(page)
    same = are_equal(stored(site.address, site.secret, one.name, id), kept)
    print(f"{one.name:40} {len(record_type.fields):6} {touched:6} {texts if plain else 'whole':>5} {time.monotonic() - began:5.1f}  {'same' if created else 'OTHER':6}  {'same' if same else 'OTHER'}")
    if not created:
        print("   typed:", sample, "\n   kept: ", kept)
    return created and same


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
