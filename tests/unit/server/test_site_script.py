"""The site's script as the door serves it; what it does in a browser is in tests/browser."""

from __future__ import annotations

import asyncio
import gzip
import re
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from comptoir.clock import ManualClock
from comptoir.collect.tracker import script
from comptoir.config import Settings
from comptoir.server import problems, site
from comptoir.server.cookie import Cookie
from comptoir.server.door import Door

MOST_BYTES = 5_120


def header(answer: problems.Answer, name: str) -> str | None:
    found = [value.decode() for key, value in answer.headers if key.decode() == name]
    assert len(found) < 2
    return found[0] if found else None


class Tags(HTMLParser):
    """Keeps the attributes of every script."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.scripts.append(dict(attrs))


BOTH = pytest.mark.parametrize("name", [script.NAME, script.ON_SITE, script.LINKS])


@BOTH
def test_it_weighs_no_more_than_five_kilobytes_as_browsers_get_it(name: str) -> None:
    answer = site.answer("GET", {b"accept-encoding": b"gzip, br"}, name)

    assert len(answer.body) <= MOST_BYTES
    assert gzip.decompress(answer.body) == script.script(name).text


@BOTH
def test_only_comments_and_white_space_are_taken_away_from_what_is_committed(name: str) -> None:
    source = resources.files("comptoir.collect.tracker").joinpath(name).read_text(encoding="utf-8")
    served = script.script(name).text.decode()

    strings = re.findall(r'"[^"\n]*"|`[^`]*`', "\n".join(line for line in served.splitlines()[1:]))
    assert not [one for one in strings if "// " in one]
    whole_lines = [line.strip() for line in source.splitlines()]
    assert all(any(line.startswith(one) for line in whole_lines) for one in served.splitlines() if one)
    assert "//" not in served.partition("\n")[2]


@BOTH
def test_it_names_no_host_evaluates_nothing_and_writes_no_html(name: str) -> None:
    served = script.script(name).text.decode()

    assert not re.search(r"https?://|\beval\b|Function\(|innerHTML|document\.write|\.style\b", served)


def test_a_browser_keeps_it_for_an_hour_and_then_asks_whether_there_is_a_newer_one() -> None:
    answer = site.answer("GET", {})

    assert answer.body == script.script().text
    assert header(answer, "cache-control") == "public, max-age=3600"
    assert header(answer, "content-type") == "text/javascript; charset=utf-8"
    assert header(answer, "x-content-type-options") == "nosniff"
    assert header(answer, "access-control-allow-origin") == "*"
    assert header(answer, "content-encoding") is None
    tag = header(answer, "etag")
    assert tag is not None
    again = site.answer("GET", {b"if-none-match": tag.encode()})
    assert (again.status, again.body) == (304, b"")
    assert site.answer("GET", {b"if-none-match": b'W/"older"'}).status == 200


def test_a_page_that_says_its_origin_gets_no_second_answer_to_it() -> None:
    # the door itself answers with that very origin
    assert header(site.answer("GET", {b"origin": b"https://shop.fr"}), "access-control-allow-origin") is None


def test_it_is_only_read_and_the_cookie_only_deleted_by_a_post() -> None:
    with pytest.raises(problems.MethodNotAllowed):
        site.answer("POST", {})
    with pytest.raises(problems.MethodNotAllowed):
        site.forget("GET", Cookie("comptoir_id"))


def test_a_cookie_is_deleted_where_it_was_set() -> None:
    answer = site.forget("POST", Cookie("id", domain="shop.fr"))

    assert header(answer, "set-cookie") == "id=; Max-Age=0; Path=/; Domain=shop.fr; HttpOnly; Secure; SameSite=Lax"


def test_a_page_may_read_when_it_should_come_back() -> None:
    answer = problems.answer(problems.TooManyEvents(retry_seconds=7))

    assert header(answer, "retry-after") == "7"
    assert header(answer, "access-control-expose-headers") == "retry-after"


def asked_of_door(home: Path, method: str, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
    """Ask a door that has opened nothing: for the script it needs neither a key nor its spool."""
    heard: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        heard.append(message)

    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "client": None, "headers": lines}
    asyncio.run(Door(Settings(home=home), ManualClock())(scope, receive, send))
    return heard[0]["status"], {name.decode(): value.decode() for name, value in heard[0]["headers"]}


def test_the_door_serves_it_and_deletes_its_cookie(tmp_path: Path) -> None:
    status, headers = asked_of_door(tmp_path, "GET", "/comptoir.js", {"origin": "https://shop.fr"})
    assert (status, headers["access-control-allow-origin"]) == (200, "https://shop.fr")
    assert headers["content-length"] == str(len(script.script().text))

    status, headers = asked_of_door(tmp_path, "GET", "/comptoir.js", {"if-none-match": script.script().tag})
    assert (status, "content-length" in headers) == (304, False)

    status, headers = asked_of_door(tmp_path, "POST", "/v1/forget", {"origin": "https://shop.fr"})
    assert (status, headers["access-control-allow-credentials"]) == (200, "true")
    assert headers["set-cookie"].startswith("comptoir_id=; Max-Age=0;")


def test_the_snippet_says_the_key_and_where_the_door_is() -> None:
    told = Tags()
    told.feed(script.snippet('wk_"<1>', "https://c.shop.fr/", consent_from="orejime", purpose="mesure"))

    assert told.scripts == [
        {},
        {
            "async": None,
            "src": "https://c.shop.fr/comptoir.js",
            "data-key": 'wk_"<1>',
            "data-consent-from": "orejime",
            "data-purpose": "mesure",
        },
    ]
    assert "data-consent" not in script.snippet("wk_1", "https://c.shop.fr")


def test_the_guides_show_the_snippet_that_is_written_and_calls_that_there_are() -> None:
    folder = Path(__file__).resolve().parents[3] / "docs" / "how-to"
    guide = (folder / "track-a-site.md").read_text(encoding="utf-8")
    pages = [folder / f"{name}.md" for name in ("tag-manager", "shopify", "woocommerce", "prestashop")]
    told = "\n".join([guide, *(page.read_text(encoding="utf-8") for page in pages)])

    assert script.snippet("wk_…", "https://c.shop.example") in guide
    served = script.script().text.decode()
    offered = set(re.findall(r"^(\w+): (?:safe|named|stance|\(\.\.\.calls)", served, re.MULTILINE)) | {"consent"}
    called = set(re.findall(r"comptoir\.(\w+)\(", told)) | set(re.findall(r'comptoir\.push\(\["(\w+)', told))
    assert called <= offered
    attributes = set(re.findall(r"`data-([a-z-]+)`", guide))
    assert attributes == {"key", "door", "consent", "consent-from", "purpose", "pages", "onsite", "domains", "debug"}
