"""What the door answers to the site's script: the script itself, and that its cookie is forgotten."""

from __future__ import annotations

from comptoir.collect.tracker import script
from comptoir.server import problems
from comptoir.server.cookie import Cookie
from comptoir.server.problems import Answer
from comptoir.server.requests import Asked

SCRIPT_PATH = f"/{script.NAME}"
FORGET_PATH = "/v1/forget"

_NOT_MODIFIED = 304


def answer(method: str, asked: Asked) -> Answer:
    """Give the script, zipped for whoever takes that. Raises: MethodNotAllowed."""
    if method not in {"GET", "HEAD"}:
        raise problems.MethodNotAllowed(method=method)
    found = script.script()
    headers = [
        (b"cache-control", b"public, max-age=%d" % script.KEEP_SECONDS),
        (b"etag", found.tag.encode()),
        (b"vary", b"Accept-Encoding"),
        (b"x-content-type-options", b"nosniff"),
        (b"cross-origin-resource-policy", b"cross-origin"),
    ]
    if b"origin" not in asked:  # else the door answers that very origin, as it does everywhere
        headers.append((b"access-control-allow-origin", b"*"))
    if found.tag.encode() in asked.get(b"if-none-match", b""):
        return Answer(_NOT_MODIFIED, b"", headers)
    headers.append((b"content-type", b"text/javascript; charset=utf-8"))
    if b"gzip" not in asked.get(b"accept-encoding", b""):
        return Answer(200, found.text, headers)
    return Answer(200, found.zipped, [*headers, (b"content-encoding", b"gzip")])


def forget(method: str, cookie: Cookie) -> Answer:
    """Delete the browser's cookie: whoever it was took her consent back, or leaves a shared computer."""
    if method != "POST":
        raise problems.MethodNotAllowed(method=method)
    return Answer(200, problems.OK.body, [*problems.OK.headers, (b"set-cookie", cookie.forget())])
