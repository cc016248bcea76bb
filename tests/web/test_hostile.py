"""200 payloads in every field, on every page: they are only ever text (faults.md X1)."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.routing import Match, Route

from comptoir import app as apps
from comptoir.config import Settings
from comptoir.web import menu, pages, statics
from tests.web import hostile
from tests.web.counter import Answer, Counter, open_counter

ROUTES = [one for one in pages.routes() if isinstance(one, Route) and "GET" in (one.methods or ())]
PLAIN = "Camille"
_ADDRESSES = ("href", "src", "action", "formaction", "hx-get", "hx-post", "data", "srcdoc", "xlink:href")
_FORMULA = re.compile(r"^[=+@\t\r]|^-(?![0-9.])")


class Seen(html.parser.HTMLParser):
    """Which elements and attributes a page is made of, and where its addresses lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.made_of: set[tuple[str, str]] = set()
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.made_of |= {(tag, name) for name, _ in attrs} | {(tag, "")}
        self.addresses += [value or "" for name, value in attrs if name in _ADDRESSES]
        if tag == "script":
            self.made_of |= {("script", f"src={value}") for name, value in attrs if name == "src"}

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.made_of.add(("!--", ""))


@contextmanager
def shop(home: Path) -> Iterator[Counter]:
    apps.make_home(Settings(home=home), brand="main")
    counter = open_counter(home)
    try:
        yield counter
    finally:
        counter.app.desk.app().close()
        counter.warehouse.close()
        counter.state.close()


def walk(counter: Counter, profile: str) -> dict[str, Answer]:
    """Ask for every page that a link leads to, one of each kind, and for what hangs on it: parts, files, figures."""
    waiting = [one.path for one in menu.ENTRIES if not one.path.startswith(_OF_NIGHTS)]
    waiting += [f"/customers/{profile}", f"/customers/{profile}/identity", f"/customers/{profile}/messages"]
    waiting += [f"/customers/{profile}/export", "/customers?who=everyone", "/live?what=refused", "/carts?format=csv"]
    waiting += ["/results?format=csv", "/pressure?format=csv", "/search?q=a", "/scenarios/abandoned-basket/figures"]
    found: dict[str, Answer] = {}
    kinds: set[str] = set()
    while waiting:
        target = waiting.pop(0)
        route = next((one.path for one in ROUTES if one.matches(_scope(target))[0] is Match.FULL), "")
        if not route or target in found or (route in kinds and "?" not in target):
            continue
        kinds.add(route)
        if "static" in route:
            continue
        found[target] = counter.get(target)
        if "text/html" in found[target].headers.get("content-type", ""):
            links = [one for one in Seen(found[target].text).addresses if one.startswith("/") and "?" not in one]
            links = [one for one in links if not one.startswith(_OF_NIGHTS)]
            waiting += [one for one in links if one not in found]
    return found


_OF_NIGHTS = ("/scores",)
"""Pages of what an engine counts at night: `tests/contract/test_brands.py` and `test_segments.py` open them."""


def _scope(target: str) -> dict[str, object]:
    from urllib.parse import unquote

    return {"type": "http", "method": "GET", "path": unquote(target.partition("?")[0]), "headers": []}


def elements_of(answers: dict[str, Answer]) -> set[tuple[str, str]]:
    pages_ = [one for one in answers.values() if "text/html" in one.headers.get("content-type", "")]
    return {pair for one in pages_ for pair in Seen(one.text).made_of}


def wrong_with(answer: Answer, known: set[tuple[str, str]]) -> list[str]:
    """Say what of an answer a payload has made, if anything."""
    kind = answer.headers.get("content-type", "")
    if answer.headers.get("x-content-type-options") != "nosniff":
        return [f"may be read as another type than {kind}"]
    if "csv" in kind:
        rows = csv.reader(io.StringIO(answer.text), delimiter=";" if ";" in answer.text[:200] else ",")
        return [f"a formula: {cell[:80]}" for row in rows for cell in row if _FORMULA.match(cell)]
    if "json" in kind:
        json.loads(answer.body)
        return []
    if "html" not in kind:
        return [] if "attachment" in answer.headers.get("content-disposition", "") else [f"shown as {kind}"]
    seen = Seen(answer.text)
    return [
        *(f"made <{tag} {name}>" for tag, name in sorted(seen.made_of - known)),
        *(f"leads to {one[:80]}" for one in seen.addresses if not re.match(r"^(/(?![/\\])|#|\?|$)", one)),
        *(["was computed"] if "62615533" in "".join(seen.words) else []),
    ]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Give the elements and attributes of all pages of a shop in which everybody is harmless."""
    with shop(tmp_path_factory.mktemp("plain")) as counter:
        answers = walk(counter, hostile.furnish(counter, PLAIN))
    assert {target: one.status for target, one in answers.items() if one.status not in {200, 404}} == {}
    return elements_of(answers) | {("script", f"src={one}") for one in statics.files()}


@pytest.mark.slow
@pytest.mark.parametrize("said", hostile.rounds())
def test_whatever_is_written_in_any_field_makes_nothing_of_a_page(
    said: str, known: set[tuple[str, str]], tmp_path: Path
) -> None:
    with shop(tmp_path) as counter:
        answers = walk(counter, hostile.furnish(counter, said))

    assert len(answers) > 35
    assert {target: one.status for target, one in answers.items() if one.status >= 500} == {}
    assert {target: wrong_with(one, known) for target, one in answers.items() if wrong_with(one, known)} == {}


def test_there_are_two_hundred_of_them_and_a_page_that_lets_one_through_is_caught(known: set[tuple[str, str]]) -> None:
    nosniff = {"x-content-type-options": "nosniff"}

    def page(text: str) -> Answer:
        return Answer(200, {**nosniff, "content-type": "text/html"}, text.encode())

    assert hostile.COUNT >= 200
    assert all(wrong_with(page(f"<p>{one}</p>"), known) for one in hostile.rounds()[:-17])
    assert wrong_with(page('<a href="javascript:boo()">x</a>'), known)
    assert wrong_with(page('<a href="/x" onclick="boo()">x</a>'), known)
    assert wrong_with(
        Answer(200, {"content-type": "text/csv", "x-content-type-options": "nosniff"}, b"a,=boo()\n"), known
    )
    assert wrong_with(page("<p>Camille</p>"), known) == []
