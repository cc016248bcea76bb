"""
Take the pictures of docs: every kind of page of the demonstration's desk, and a page that shows them all.

Pages of the menu are taken on a desktop and a phone, by day and by night, in both tongues; all others once, in `more`.

    .venv/bin/python tools/screenshots.py [--home comptoir-home/demo] [--to docs/screens]

Wants Debian's chromium (tools/install_browser.sh) and a home that `comptoir demo` has made; it starts that home's desk.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from comptoir import config
from comptoir.demo import home as homes
from comptoir.demo import opening
from comptoir.web import menu
from tools.desk_pages import Visitor, kinds_of_pages

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


MORE = "more"
"""The folder of the pages that no menu names."""
GALLERY = "README.md"
_QUALITY = 65


def signed_in(browser: Browser, desk: str, password: str, view: tuple[str, dict[str, int], str]) -> Page:
    """Sign in, in a window of its own."""
    language, size, scheme = view
    context = browser.new_context(viewport=size, locale=language, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{desk}/login?lang={language}")
    page.fill("#name", "admin")
    page.fill("#password", password)
    page.press("#password", "Enter")
    page.wait_for_url(f"{desk}/")
    return page


def take(browser: Browser, desk: str, password: str, folder: Path) -> list[Path]:
    """Take every page of the menu in every view; give the files."""
    taken = []
    for suffix, language, size, scheme in VIEWS:
        page = signed_in(browser, desk, password, (language, size, scheme))
        for entry in menu.ENTRIES:
            page.goto(desk + entry.path)
            settle(page)
            file = folder / f"{entry.key}{suffix}.png"
            page.screenshot(path=file)
            taken.append(file)
        page.context.close()
    return taken


def take_more(browser: Browser, desk: str, password: str, folder: Path, kinds: Mapping[str, str]) -> dict[Path, str]:
    """Take the kinds of pages that no menu names; give the files with the titles of their pages."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    page = signed_in(browser, desk, password, ("en", DESKTOP, "light"))
    taken = {}
    for route, path in sorted(kinds.items()):
        page.goto(desk + path)
        settle(page)
        file = folder / f"{re.sub('{[^}]*}', 'one', route).strip('/').replace('/', '.')}.jpg"
        page.screenshot(path=file, type="jpeg", quality=_QUALITY)
        taken[file] = f"`{route}`"
    page.context.close()
    return taken


def settle(page: Page) -> None:
    """Wait until a page has all it fetches at first; Live goes on asking what is new."""
    page.wait_for_load_state("load")
    page.locator(".htmx-request").first.wait_for(state="detached")


def write_gallery(folder: Path, more: Mapping[Path, str]) -> Path:
    """Write the page that shows every picture."""
    lines = ["# Every page of the desk", "", "Written by `make docs` over the demonstration's shop.", ""]
    for entry in menu.ENTRIES:
        others = " · ".join(f"[{says}]({entry.key}{end}.png)" for end, says in _OTHER_VIEWS)
        lines += [f"## `{entry.path}`", "", f"![{entry.path}]({entry.key}.png)", "", others, ""]
    for file, says in more.items():
        lines += [f"## {says}", "", f"![{says.strip('`')}]({MORE}/{file.name})", ""]
    gallery = folder / GALLERY
    gallery.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return gallery


_OTHER_VIEWS = ((".fr", "in French"), (".dark", "by night"), (".phone", "on a phone, in French"))


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
        desk = homes.desk_of(settings)
        in_menu = {one.path for one in menu.ENTRIES}
        found = kinds_of_pages(Visitor(desk, note.password).ask)
        kinds = {route: path for route, path in found.items() if route not in in_menu}
        taken = take(browser, desk, note.password, said.to)
        more = take_more(browser, desk, note.password, said.to / MORE, kinds)
        for file in [*taken, *more, write_gallery(said.to, more)]:
            print(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
