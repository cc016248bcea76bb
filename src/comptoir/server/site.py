"""What the door answers to the site's scripts: the scripts themselves, and that its cookie is forgotten."""

from __future__ import annotations

from comptoir.collect.dialects.base import Reply
from comptoir.collect.tracker import script
from comptoir.server import problems
from comptoir.server.cookie import Cookie
from comptoir.server.problems import Answer
from comptoir.server.requests import Asked

SCRIPTS = {f"/{name}": name for name in (script.NAME, script.ON_SITE, script.LINKS)}
"""Where the door answers each script."""
FORGET_PATH = "/v1/forget"

PATHS = frozenset({*SCRIPTS, FORGET_PATH})

_NOT_MODIFIED = 304


def give(method: str, path: str, asked: Asked, cookie: Cookie) -> Answer:
    """Answer one of `PATHS`. Raises: MethodNotAllowed."""
    return forget(method, cookie) if path == FORGET_PATH else answer(method, asked, SCRIPTS[path])


def answer(method: str, asked: Asked, name: str = script.NAME) -> Answer:
    """Give a script, zipped for whoever takes that. Raises: MethodNotAllowed."""
    if method not in {"GET", "HEAD"}:
        raise problems.MethodNotAllowed(method=method)
    found = script.script(name)
    reply = Reply(
        body=found.text,
        zipped=found.zipped,
        tag=found.tag,
        keep_seconds=script.KEEP_SECONDS,
        content_type="text/javascript; charset=utf-8",
    )
    return page(reply, asked)


def page(reply: Reply, asked: Asked, *, is_shared: bool = True) -> Answer:
    """
    Answer with what any page of any site may load: zipped for whoever takes that, nothing for whoever has it.

    What is not `is_shared` may be kept by the browser that asked, and by no cache on the way.
    """
    whose = b"public" if is_shared else b"private"
    keep = b"no-store" if reply.keep_seconds is None else b"%b, max-age=%d" % (whose, reply.keep_seconds)
    headers = [
        (b"cache-control", keep),
        *([(b"etag", reply.tag.encode()), (b"vary", b"Accept-Encoding")] if reply.tag else []),
        (b"x-content-type-options", b"nosniff"),
        (b"cross-origin-resource-policy", b"cross-origin"),
        *reply.headers,
    ]
    if b"origin" not in asked:  # else the door answers that very origin, as it does everywhere
        headers.append((b"access-control-allow-origin", b"*"))
    if reply.tag and reply.tag.encode() in asked.get(b"if-none-match", b""):
        return Answer(_NOT_MODIFIED, b"", headers)
    if reply.body:
        headers.append((b"content-type", reply.content_type.encode()))
    if not reply.zipped or b"gzip" not in asked.get(b"accept-encoding", b""):
        return Answer(reply.status, reply.body, headers)
    return Answer(reply.status, reply.zipped, [*headers, (b"content-encoding", b"gzip")])


def forget(method: str, cookie: Cookie) -> Answer:
    """Delete the browser's cookie: whoever it was took her consent back, or leaves a shared computer."""
    if method != "POST":
        raise problems.MethodNotAllowed(method=method)
    return Answer(200, problems.OK.body, [*problems.OK.headers, (b"set-cookie", cookie.forget())])
