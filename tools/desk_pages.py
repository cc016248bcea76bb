"""Which kinds of pages a desk has: found as a visitor finds them, by the links from the menu on."""

from __future__ import annotations

import re
import urllib.parse
import urllib.request
from collections.abc import Callable
from html import unescape
from http.cookiejar import CookieJar

from starlette.routing import Match, Route

from comptoir.web import menu, pages

_ROUTES = [one for one in pages.routes() if isinstance(one, Route) and "GET" in (one.methods or ())]
_NO_PAGE = re.compile(
    r"/static/|/login|/logout|format=|\.(csv|parquet|json|yaml)|/export|/download|/mail$|/html$|/mail\?"
)
_LINK = re.compile(r'<a\b(?![^>]*\b(?:download|target="_blank"))[^>]*\bhref="(/[^"#]*)')
_FIRST = "/search?q=C1"
"""Where somebody with an account is found: of the first on *Live*, hardly anything may be known."""
_ALSO = ("/password", "/customers?who=everyone", "/live?what=refused")

Get = Callable[[str], tuple[str, bytes]]
"""Ask for an address; gives what kind of content came, and the content."""


class Visitor:
    """Somebody signed in, with no browser."""

    def __init__(self, desk: str, password: str) -> None:
        self.desk = desk
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        form = urllib.parse.urlencode({"name": "admin", "password": password}).encode()
        self.opener.open(f"{desk}/login", form).read()

    def ask(self, path: str) -> tuple[str, bytes]:
        """Give the kind of content and the content."""
        with self.opener.open(self.desk + path) as answer:
            return answer.headers.get("content-type", ""), answer.read()

    def get(self, path: str) -> bytes:
        """Give the content."""
        return self.ask(path)[1]


def kinds_of_pages(ask: Get) -> dict[str, str]:
    """Give each kind of page that links lead to, by its route, with the address of one of it. Order: as found."""
    waiting = [_FIRST, *(one.path for one in menu.ENTRIES), *_ALSO]
    found: dict[str, str] = {}
    while waiting:
        path = waiting.pop(0)
        route = _route_of(path)
        if not route or route in found:
            continue
        kind, body = ask(path)
        if "text/html" not in kind:
            continue
        found[route] = path
        links = [unescape(one) for one in _LINK.findall(body.decode())]
        waiting += [one for one in links if not _NO_PAGE.search(one) and "lang=" not in one]
    return found


def _route_of(path: str) -> str:
    scope = {"type": "http", "method": "GET", "path": urllib.parse.unquote(path.partition("?")[0])}
    return next((one.path for one in _ROUTES if one.matches(scope)[0] == Match.FULL), "")
