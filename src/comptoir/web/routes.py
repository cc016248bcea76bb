"""Routes of pages: what each wants of its visitor and what the audit calls it stand beside it, said once."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comptoir.access import audit
from comptoir.access.audit import Deed, Door
from comptoir.access.roles import Right
from comptoir.errors import ComptoirError
from comptoir.web.view import desk_of
from comptoir.web.visit import visit_of

FORM_BYTES = 1_000_000
FILE_BYTES = 512_000_000
TELLING_KEY = "comptoir.telling"
"""Where a handler leaves in the scope of a request what the audit shall say of it."""
_FIELDS = 2_000
_REFUSED = 400

Show = Callable[[Request], Awaitable[Response]]
Act = Callable[[Request, FormData], Awaitable[Response]]


class StaleForm(ComptoirError, PermissionError):
    """This form was opened before you signed in."""

    code, status = "stale_form", 403
    hint = "Open the page again and repeat the last step; nothing was changed."


class FormTooLarge(ComptoirError, ValueError):
    """This form is larger than the desk takes."""

    code, status = "form_too_large", 413
    hint = "Import large files on the machine itself: `comptoir import FILE`."


class PageRoute(Route):
    """The route of a page or a form, with what it wants of its visitor."""

    def __init__(self, path: str, endpoint: Any, *, rules: Rules, methods: list[str], name: str) -> None:
        super().__init__(path, endpoint, methods=methods, name=name)
        self.rules = rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a route wants, and what the audit calls what is done there."""

    right: Right
    whole: bool
    """Whether it is about the whole installation: nothing for somebody who is for some brands only."""
    deed: Deed | None
    """None where nothing is done that the audit keeps, or where the handler says itself what it was (`tell`)."""


@dataclass(slots=True, kw_only=True)
class Telling:
    """What the audit shall say of a request."""

    deed: Deed | None
    about: str
    brand: str


def get(path: str, show: Show, right: Right, *, whole: bool = False, deed: Deed | None = None) -> Route:
    """Make the route of a page that is read; with a deed where reading takes something away."""

    async def answer(request: Request) -> Response:
        """Answer, if the visitor may."""
        _check(request, rules)
        return await _audited(request, rules, show(request))

    rules = Rules(right=right, whole=whole, deed=deed)
    return PageRoute(path, answer, rules=rules, methods=["GET"], name=f"{show.__module__}.{show.__name__}")


def post(
    path: str,
    act: Act,
    right: Right,
    *,
    whole: bool = False,
    deed: Deed | None = Deed.OTHER,
    takes_files: bool = False,
) -> Route:
    """Make the route of a form: its visitor has the right, the form came from our own page, and the audit is told."""

    async def answer(request: Request) -> Response:
        """Answer, if the visitor may."""
        visit = _check(request, rules)
        check_length(request, FILE_BYTES if takes_files else FORM_BYTES)
        async with request.form(max_files=4, max_fields=_FIELDS, max_part_size=FORM_BYTES) as form:
            if not hmac.compare_digest(str(form.get("token", "")).encode(), visit.token.encode()):
                raise StaleForm
            return await _audited(request, rules, act(request, form), name=str(form.get("name", "")))

    rules = Rules(right=right, whole=whole, deed=deed)
    return PageRoute(path, answer, rules=rules, methods=["POST"], name=f"{act.__module__}.{act.__name__}")


def check_length(request: Request, most: int = FORM_BYTES) -> None:
    """Let pass a form that says how long it is, and is not too long. Raises: FormTooLarge."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()) or int(length) > most:
        raise FormTooLarge(most_bytes=most)


def tell(request: Request, *, about: str | None = None, brand: str | None = None, deed: Deed | None = None) -> None:
    """
    Say for the audit what was done, where the route does not say it all.

    Unless told, it is about what the address names, or the form's `name`; of the visitor's brand if she has one only.
    """
    telling: Telling = request.scope[TELLING_KEY]
    telling.about = telling.about if about is None else about
    telling.brand = telling.brand if brand is None else brand
    telling.deed = telling.deed if deed is None else deed


def _check(request: Request, rules: Rules) -> Any:
    visit = visit_of(request)
    visit.principal.check(rules.right)
    if rules.whole:
        visit.principal.check_brand(None)
    return visit


async def _audited(request: Request, rules: Rules, answering: Awaitable[Response], *, name: str = "") -> Response:
    """Let a handler answer, then write down what it did; what is refused, or broke, is no deed."""
    who = visit_of(request).principal
    about = " ".join(map(str, request.path_params.values())) or name
    if rules.deed is Deed.OTHER:
        about = f"{request.scope['route'].name} {about}"
    telling = Telling(deed=rules.deed, about=about, brand=who.only_brand)
    request.scope[TELLING_KEY] = telling
    answer = await answering
    if telling.deed is not None and answer.status_code < _REFUSED:
        await run_in_threadpool(_write, request, telling)
    return answer


def _write(request: Request, telling: Telling) -> None:
    desk, deed = desk_of(request), telling.deed
    assert deed is not None
    with desk.state.write() as connection:
        audit.write(
            connection,
            at=desk.clock.now(),
            who=visit_of(request).principal,
            door=Door.PAGE,
            deed=deed,
            about=telling.about,
            brand=telling.brand,
        )
