"""What people reach from a message: clicks, unsubscription, preferences, confirmation, answers and the pixel."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from comptoir import logs
from comptoir.access.public import PublicBook
from comptoir.clock import Clock, micros
from comptoir.errors import StoreUnavailable
from comptoir.messaging import links
from comptoir.messaging.links import Link
from comptoir.model.event import Line
from comptoir.server import problems, requests
from comptoir.server.cookie import Cookie
from comptoir.server.pages import lines, show
from comptoir.server.pages.lines import Visitor
from comptoir.server.problems import Answer
from comptoir.server.requests import Asked, Proxies, Scope

log = logs.get("door")

LETTER_BYTES = 16_384
PAUSE = timedelta(days=30)
_LONGEST_VERSION = 100
_GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_PIXEL = Answer(200, _GIF, [(b"content-type", b"image/gif"), (b"cache-control", b"no-store, max-age=0")])

Write = Callable[[list[Line], bool], Awaitable[None]]
"""Makes lines durable; the second argument says that they may forbid a message that is about to leave."""
ReadBody = Callable[[Asked, Any, int], Awaitable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """
    Answers the addresses that stand in messages.

    A signed link is all it trusts: it knows no person, and its lines name a message, whose address the engine knows.
    """

    book: PublicBook
    clock: Clock
    cookie: Cookie
    proxies: Proxies
    write: Write
    read_body: ReadBody

    async def answer(self, path: str, scope: Scope, asked: Asked, receive: Any) -> Answer:
        """Answer a request under one of `links.PATHS`. Raises: MethodNotAllowed; StoreUnavailable."""
        kind = links.PATHS[path[:3]]
        link = self._link(path[3:], kind)
        method = scope["method"]
        if kind == "open":
            return await self._open(link, self._visitor(scope, asked))
        if link is None:
            return show.gone(asked.get(b"accept-language", b""))
        by = self._visitor(scope, asked)
        if kind == "click" and method in {"GET", "HEAD"}:
            return await self._click(link, by)
        if method in {"GET", "HEAD"}:
            return await self._show(link, by)
        if method != "POST" or kind == "click":
            raise problems.MethodNotAllowed(method=method)
        body = await self.read_body(asked, receive, LETTER_BYTES)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        return await self._act(link, by, form, scope["path"])

    async def _show(self, link: Link, by: Visitor) -> Answer:
        """Show a page: opening it changes nothing, but for an answer, which is the click itself."""
        brand = self.book.page(link.brand)
        if link.kind == "unsubscribe":
            return show.ask_to_stop(link, brand)
        if link.kind == "confirm":
            return show.ask_to_confirm(link, brand)
        if link.kind == "correct":
            return show.ask_if_right(link, brand)
        if link.kind == "preferences":
            return show.preferences(link, brand, links.read_known(link.target), self.clock.now())
        answer = links.read_answer(link.target)
        if answer is None:
            return show.gone(link.language.encode("latin-1", "replace"))
        if by.method == "GET":
            await self.write([lines.answered(link, by, answer)], False)
        return show.thanks(link, brand, answer)

    async def _act(self, link: Link, by: Visitor, form: dict[str, str], here: str) -> Answer:
        brand = self.book.page(link.brand)
        if link.kind == "unsubscribe":
            way = "one-click" if "List-Unsubscribe" in form else "page"
            await self.write([lines.unsubscribed(link, by, way=way)], True)
            return show.stopped(link, brand)
        if link.kind == "confirm":
            await self.write([lines.confirmed(link, by)], True)
            return show.confirmed(link, brand)
        if link.kind == "correct":
            return await self._correct(link, by, form.get("answer", ""))
        if link.kind == "preferences":
            return await self._choose(link, by, form, here)
        answer = links.read_answer(link.target)
        if answer is None:
            return show.gone(link.language.encode("latin-1", "replace"))
        wanted = form.get("answer", answer.value)
        label = dict(answer.others).get(wanted)
        if label is not None:  # an answer that the mail did not offer is not taken
            rest = ((answer.value, answer.label or answer.value), *(one for one in answer.others if one[0] != wanted))
            answer = replace(answer, value=wanted, label=label, others=rest)
        await self.write([lines.answered(link, by, answer, text=form.get("text", "").strip())], False)
        return show.thanks(link, brand, answer, is_again=True)

    async def _choose(self, link: Link, by: Visitor, form: dict[str, str], here: str) -> Answer:
        """Take what a preference page posted: a pause, its end, the end of everything, or choices."""
        brand, act = self.book.page(link.brand), form.get("act", "save")
        if act in {"pause", "resume"}:
            until = self.clock.now() + PAUSE if act == "pause" else None
            await self.write([lines.paused(link, by, micros(until) if until else 0)], True)
            return show.paused(link, brand, until, here)
        known = links.read_known(link.target)
        asked = show.subjects(link, brand, known)
        if act == "stop":
            await self.write([lines.chose(link, by, [{"purpose": one, "on": False} for one in show.PURPOSES])], True)
            return show.stopped(link, brand)
        chosen = [(one, form[f"is:{one.purpose}"] == "yes") for one in asked if f"is:{one.purpose}" in form]
        said = _to_say(chosen, form)
        if said:
            await self.write([lines.chose(link, by, said)], True)
        return show.saved(link, brand, [(one.title, is_on) for one, is_on in chosen] if said else [], here)

    async def _correct(self, link: Link, by: Visitor, answer: str) -> Answer:
        """Take which of two values is right; without a choice, ask again. Of several answers the first one counts."""
        brand = self.book.page(link.brand)
        if answer not in show.CHOICES:
            return show.ask_if_right(link, brand)
        await self.write([lines.corrected(link, by, answer)], False)
        return show.corrected(link, brand)

    async def _click(self, link: Link, by: Visitor) -> Answer:
        try:
            await self.write([lines.clicked(link, by)], True)
        except StoreUnavailable as error:
            # The person still gets where she wanted to go; only our knowledge of it is lost, and the log says so.
            log.error("a click could not be written", message_id=link.message_id, error=str(error))  # noqa: TRY400
        headers = [
            (b"location", link.target.encode("utf-8")),
            (b"cache-control", b"no-store"),
            (b"x-robots-tag", b"noindex"),
        ]
        return Answer(302, b"", headers)

    async def _open(self, link: Link | None, by: Visitor) -> Answer:
        """Give the pixel, whatever comes; note it only where the link says that this was agreed to."""
        if link is not None and link.target == "1" and by.method == "GET":
            try:
                await self.write([lines.opened(link, by)], False)
            except StoreUnavailable as error:
                log.error("an open could not be written", message_id=link.message_id, error=str(error))  # noqa: TRY400
        return _PIXEL

    def _visitor(self, scope: Scope, asked: Asked) -> Visitor:
        now_micros = micros(self.clock.now())
        return Visitor(
            now_micros=now_micros,
            method=scope["method"],
            ip=self.proxies.address(scope, asked),
            user_agent=requests.agent(asked),
            anonymous_id=self.cookie.read(asked.get(b"cookie", b""), now_micros),
        )

    def _link(self, token: str, kind: str) -> Link | None:
        token = token.removesuffix(".gif") if kind == "open" else token
        link = links.verify(self.book.link_keys, token, micros(self.clock.now()))
        if link is None and self.book.refresh():
            link = links.verify(self.book.link_keys, token, micros(self.clock.now()))
        return link if link is not None and link.kind == kind else None


def _to_say(chosen: Sequence[tuple[show.Subject, bool]], form: dict[str, str]) -> list[dict[str, object]]:
    """
    Give the choices that are said: every no, and each yes that the link does not say was one already.

    The page may be old. A no that is left standing is meant, so it is said again; a yes that is left standing must not
    bring back what was taken back elsewhere since.
    """
    said: list[dict[str, object]] = []
    for one, is_on in chosen:
        if is_on and one.is_on is True:
            continue
        choice: dict[str, object] = {"purpose": one.purpose, "on": is_on}
        version = form.get(f"version:{one.purpose}", "")[:_LONGEST_VERSION]
        if version:
            choice["text_version"] = version
        said.append(choice)
    return said
