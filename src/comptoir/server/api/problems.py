"""Errors over HTTP: RFC 9457 problem+json, made from the one tree of errors."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from comptoir.errors import ComptoirError

MEDIA_TYPE = b"application/problem+json"
DOCS = "https://github.com/comptoir/comptoir/blob/main/docs/reference/errors.md"
KEY_NEEDED = "secret_key_needed"
"""The code of what is answered to whoever has no key."""


def problem(error: ComptoirError) -> bytes:
    """
    Write an error as problem+json: type, title, status, code, detail, hint.

    Source: RFC 9457, section 3.
    """
    title = type(error).__doc__ or type(error).__name__
    return msgspec.json.encode(
        {
            "type": f"{DOCS}#{error.code}",
            "title": title.strip().splitlines()[0].rstrip("."),
            "status": error.status,
            "code": error.code,
            "detail": error.message,
            "hint": error.hint,
        }
    )


def headers_of(error: ComptoirError) -> dict[str, str]:
    """Give the headers that an error wants: how a key is sent, or when to come again."""
    if error.code == KEY_NEEDED:
        return {"WWW-Authenticate": 'Basic realm="Comptoir", charset="UTF-8"'}
    retry = getattr(error, "retry_seconds", None)
    return {} if retry is None else {"Retry-After": str(retry)}


def answer(error: ComptoirError) -> Response:
    """Answer with an error."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **headers_of(error)}
    return Response(problem(error), error.status, headers, MEDIA_TYPE.decode())
