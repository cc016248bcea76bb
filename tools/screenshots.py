"""
Take the pictures of docs: every page of the demonstration's desk, on a desktop and a phone, by day and by night.

    .venv/bin/python tools/screenshots.py [--home comptoir-home/demo] [--to docs/screens]

Wants Debian's chromium (tools/install_browser.sh) and a home that `comptoir demo` has made; it starts that home's desk.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from comptoir import config
from comptoir.demo import home as homes
from comptoir.demo import opening
from comptoir.web import menu

ROOT = Path(__file__).resolve().parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
VIEWS = (
    ("", "en", DESKTOP, "light"),
    (".fr", "fr", DESKTOP, "light"),
    (".dark", "en", DESKTOP, "dark"),
    (".phone", "fr", PHONE, "light"),
)
"""Suffix of the file, tongue, size of the window, scheme."""


def take(browser: Browser, desk: str, password: str, folder: Path) -> list[Path]:
    """Take every page in every view; give the files."""
    taken = []
    for suffix, language, size, scheme in VIEWS:
        context = browser.new_context(viewport=size, locale=language, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{desk}/login?lang={language}")
        page.fill("#name", "admin")
        page.fill("#password", password)
        page.press("#password", "Enter")
        for entry in menu.ENTRIES:
            page.goto(desk + entry.path)
            page.wait_for_load_state("load")  # Live goes on asking what is new
            file = folder / f"{entry.key}{suffix}.png"
            page.screenshot(path=file)
            taken.append(file)
        context.close()
    return taken


def main() -> int:
    """Take the pictures; exit 1 where there is no demonstration or no browser."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--home", type=Path, default=ROOT / "comptoir-home" / "demo")
    asked.add_argument("--to", type=Path, default=ROOT / "docs" / "screens")
    said = asked.parse_args()
    chromium = shutil.which("chromium")
    note = opening.found(said.home)
    if chromium is None or note is None:
        print("no chromium: run tools/install_browser.sh" if chromium is None else "no demonstration: run make demo")
        return 1
    said.to.mkdir(parents=True, exist_ok=True)
    settings = config.load(said.home)
    with homes.running(settings), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for file in take(browser, homes.desk_of(settings), note.password, said.to):
            print(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
