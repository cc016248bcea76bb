"""Routes of pages: what each wants of its visitor stands beside it, and no form changes anything without its token."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comptoir.access.roles import Right
from comptoir.errors import ComptoirError
from comptoir.web.visit import visit_of

FORM_BYTES = 1_000_000
FILE_BYTES = 512_000_000
_FIELDS = 2_000

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


def get(path: str, show: Show, right: Right) -> Route:
    """Make the route of a page that is read."""

    async def answer(request: Request) -> Response:
        """Answer, if the visitor may."""
        visit_of(request).principal.check(right)
        return await show(request)

    return Route(path, answer, methods=["GET"], name=f"{show.__module__}.{show.__name__}")


def post(path: str, act: Act, right: Right, *, takes_files: bool = False) -> Route:
    """Make the route of a form: its visitor has the right, and the form came from our own page."""

    async def answer(request: Request) -> Response:
        """Answer, if the visitor may."""
        visit = visit_of(request)
        visit.principal.check(right)
        most = FILE_BYTES if takes_files else FORM_BYTES
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > most:
            raise FormTooLarge(most_bytes=most)
        async with request.form(max_files=4, max_fields=_FIELDS, max_part_size=FORM_BYTES) as form:
            if not hmac.compare_digest(str(form.get("token", "")).encode(), visit.token.encode()):
                raise StaleForm
            return await act(request, form)

    return Route(path, answer, methods=["POST"], name=f"{act.__module__}.{act.__name__}")
