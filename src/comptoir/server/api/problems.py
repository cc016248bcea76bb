"""Errors over HTTP: RFC 9457 problem+json, made from the one tree of errors."""

from __future__ import annotations

import msgspec

from comptoir.errors import ComptoirError

MEDIA_TYPE = b"application/problem+json"
DOCS = "https://github.com/comptoir/comptoir/blob/main/docs/reference/errors.md"


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
