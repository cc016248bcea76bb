"""
One endpoint of the API, declared once: from it come its route, the reading of what is sent, and its documentation.

A function is plain and synchronous and runs in a thread; it is the one that the screens and the command line call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec
from anyio import from_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comptoir.access import audit
from comptoir.access.audit import Deed, Door
from comptoir.access.keys import list_brands as brands_of
from comptoir.access.roles import Principal, Right
from comptoir.errors import ComptoirError
from comptoir.server.api import idempotency, problems
from comptoir.server.api.keys import SecretKeys
from comptoir.web.routes import Telling
from comptoir.web.view import Desk, desk_of
from comptoir.web.visit import SCOPE_KEY, Visit

PREFIX = "/api/v1"
BODY_BYTES = 2_000_000
MOST_ITEMS = 500

Item = TypeVar("Item")
Made = TypeVar("Made")


class BadRequest(ComptoirError, ValueError):
    """This request cannot be read."""

    code, status = "bad_api_request", 422
    hint = "GET /api/v1/openapi.json says what each address takes; `detail` names the field."


class BodyTooLong(ComptoirError, ValueError):
    """This body is larger than the API takes."""

    code, status = "body_too_long", 413
    hint = "Send at most 2 MB; import large files with `comptoir import`."


class NothingHere(ComptoirError, LookupError):
    """There is no such address."""

    code, status = "nothing_here", 404
    hint = "GET /api/v1/openapi.json lists every address."


class MethodNotTaken(ComptoirError):
    """This address does not take this method."""

    code, status = "method_not_taken", 405
    hint = "GET /api/v1/openapi.json says which methods each address takes."


class BaseNeeded(ComptoirError):
    """Say what this change is made from."""

    code, status = "base_needed", 428
    hint = "Read the draft first, and send its `base` in the header If-Match; `*` overwrites whatever is there."


class Based(msgspec.Struct, kw_only=True):
    """A draft that more than one may write."""

    base: str
    """What a change is made from, also in the header ETag; If-Match sends it back."""


class Page(msgspec.Struct, Generic[Item], kw_only=True):
    """A part of a list, and where the next one begins."""

    items: list[Item]
    next: str | None = None
    """The cursor that gives the next part; none where this is the last."""


class Paged(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How a list is asked for in parts."""

    limit: int = 100
    cursor: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MOST_ITEMS:
            raise ValueError(f"limit is from 1 to {MOST_ITEMS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, read: who asks, on which desk, and what is said in path, query and body."""

    who: Principal
    desk: Desk
    path: Mapping[str, str]
    request: Request
    query: Any = None
    body: Any = None
    lang: str = "en"
    if_match: str = ""
    """What a change of a draft is made from; `*` for whatever is there."""

    def wait(self, load: Callable[..., Coroutine[Any, Any, Made]], *asked: Any, **named: Any) -> Made:
        """Wait for what a screen loads: it runs on the loop, an endpoint in a thread."""
        return from_thread.run(partial(load, *asked, **named))

    telling: Telling = field(default_factory=lambda: Telling(deed=None, about="", brand=""))

    def check_brand(self, brand: str | None) -> None:
        """Let pass whoever may touch this brand; None means all of them. Raises: NotAllowed."""
        self.who.check_brand(brand)

    def may_see(self, brand: str) -> bool:
        """Say whether something of this brand is listed for whoever asks."""
        return self.who.may_see(brand)

    def tell(self, *, about: str | None = None, brand: str | None = None, deed: Deed | None = None) -> None:
        """
        Say for the audit what was done, where the endpoint does not say it all.

        Unless told, it is about what the path names, or the body's `name`; of the body's `brand`.
        """
        self.telling.about = self.telling.about if about is None else about
        self.telling.brand = self.telling.brand if brand is None else brand
        self.telling.deed = self.telling.deed if deed is None else deed


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address of the API."""

    method: str
    path: str
    """Below `/api/v1`, with `{names}`."""
    tag: str
    summary: str
    """One sentence."""
    right: Right
    answer: Any
    """The type of what is answered; None for nothing."""
    act: Callable[[Call], Any] | None = None
    body: Any = None
    query: Any = None
    status: int = 200
    errors: Sequence[type[ComptoirError]] = ()
    """What else can go wrong, beside what always can."""
    example: Mapping[str, Any] = field(default_factory=dict)
    """A body that works."""
    media_type: str = "application/json"
    called: str = ""
    """The name by which clients know it, where its path and method do not say it."""
    is_guarded: bool = False
    """Whether it changes a draft, and so wants to know by If-Match what the change is made from."""
    sends: str = ""
    """The kind of content of a body that is no JSON."""
    handler: Callable[[Request], Any] | None = None
    """In place of `act`, for what reads and answers in a way of its own."""
    whole: bool = False
    """Whether it is about the whole installation: nothing for a key that is for some brands only."""
    deed: Deed | None = Deed.OTHER
    """What the audit calls it; of a GET only if it is said. None where nothing is done that it keeps."""

    @property
    def name(self) -> str:
        """The name by which clients know it, such as `scenarios_publish`."""
        if self.called:
            return self.called
        parts = [part for part in self.path.strip("/").replace(":path", "").split("/") if not part.startswith("{")]
        verb = {"GET": "", "POST": "", "PUT": "put", "PATCH": "change", "DELETE": "delete"}[self.method]
        if self.method == "POST" and not self.path.rstrip("/").endswith(parts[-1]):
            verb = "post"
        if self.method == "GET" and self.path.endswith("}"):
            verb = "get"
        if self.method == "POST" and len(parts) == 1:
            verb = "add"
        return "_".join([*parts, verb]).strip("_").replace("-", "_")


def routes(endpoints: Sequence[Endpoint], keys: SecretKeys) -> list[Route]:
    """Make the routes; more than one method of a path share one, so that another is answered 405."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for one in endpoints:
        by_path.setdefault(one.path, {})[one.method] = one
    # /outbox/unknown before /outbox/{message_id}
    ordered = sorted(by_path, key=lambda path: [part.startswith("{") for part in path.split("/")])
    return [Route(PREFIX + path, _answering(by_path[path], keys), methods=sorted(by_path[path])) for path in ordered]


def encode(answer: object) -> bytes:
    """Write an answer as JSON; what JSON does not know (an amount, an enum) is written as its text."""
    return msgspec.json.encode(answer, enc_hook=str)


def _answering(found: Mapping[str, Endpoint], keys: SecretKeys) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        one = found["GET" if request.method == "HEAD" else request.method]
        who = await run_in_threadpool(keys.check, request.headers.get("authorization", ""))
        who.check(one.right)
        if one.whole:
            who.check_brand(None)
        # what the screens load is loaded for whoever holds the key
        every_brand = await run_in_threadpool(brands_of, desk_of(request).state)
        request.scope[SCOPE_KEY] = Visit(principal=who, token="", every_brand=every_brand)
        if one.handler is not None:
            made: Response = await one.handler(request)
            return made
        raw = await body_of(request)
        return await run_in_threadpool(_answer, one, request, who, raw)

    return answer


def _answer(one: Endpoint, request: Request, who: Principal, raw: bytes) -> Response:
    if_match = _matched(request.headers.get("if-match", ""))
    if one.is_guarded and not if_match:
        raise BaseNeeded
    call = Call(
        who=who,
        desk=desk_of(request),
        request=request,
        if_match=if_match,
        path=request.path_params,
        query=None if one.query is None else _read_query(request, one.query),
        body=None if one.body is None else _read_body(request, raw, one.body),
        telling=_telling(one, request, who),
        lang="fr" if request.headers.get("accept-language", "").lower().startswith("fr") else "en",
    )
    if one.method == "GET":
        return _made(one, call)
    key = request.headers.get("idempotency-key", "")
    if not key:
        return _made(one, call)
    asked = f"{request.method} {request.url.path}?{request.url.query}\n{if_match}\n"
    digest = hashlib.sha256(asked.encode("utf-8", "surrogateescape") + raw).hexdigest()
    return idempotency.once(call.desk, who.id, key, digest, lambda: _made_or_refused(one, call))


def _telling(one: Endpoint, request: Request, who: Principal) -> Telling:
    about = " ".join(map(str, request.path_params.values()))
    return Telling(
        deed=None if one.method == "GET" and one.deed is Deed.OTHER else one.deed,
        about=f"{one.name} {about}" if one.deed is Deed.OTHER else about,
        brand=who.only_brand,
    )


def _made(one: Endpoint, call: Call) -> Response:
    assert one.act is not None
    try:
        said = one.act(call)
    except OverflowError as error:  # no store keeps such a number
        raise BadRequest(problem="a number is too large") from error
    if call.telling.deed is not None:
        _audit(call, call.telling.deed)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if one.answer is None:
        return Response(status_code=204, headers=headers)
    if isinstance(said, Based):
        headers["ETag"] = f'"{said.base}"'
    if isinstance(said, Page) and said.next:
        headers["Link"] = f'<?cursor={said.next}>; rel="next"'
    body = said if isinstance(said, bytes) else encode(said)
    return Response(body, one.status, media_type=one.media_type, headers=headers)


def _matched(header: str) -> str:
    """Read an If-Match header: one base, bare or as an entity tag."""
    return header.strip().removeprefix("W/").strip('"')[:200]


def _audit(call: Call, deed: Deed) -> None:
    about = call.telling.about or str(getattr(call.body, "name", ""))
    brand = call.telling.brand or str(getattr(call.body, "brand", None) or "")
    with call.desk.state.write() as connection:
        audit.write(
            connection, at=call.desk.clock.now(), who=call.who, door=Door.API, deed=deed, about=about, brand=brand
        )


def _made_or_refused(one: Endpoint, call: Call) -> Response:
    """Answer, also where it is refused: what is sent twice is refused twice in the same words."""
    try:
        return _made(one, call)
    except ComptoirError as error:
        return problems.answer(error)


async def body_of(request: Request) -> bytes:
    """Read what is sent. Raises: BodyTooLong, as soon as it is."""
    if request.method in {"GET", "HEAD"}:
        return b""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES:
            raise BodyTooLong(most_bytes=BODY_BYTES)
        parts.append(part)
    return b"".join(parts)


def _read_body(request: Request, raw: bytes, kind: Any) -> Any:
    said = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if said not in {"application/json", ""}:
        raise BadRequest(content_type=said[:100], takes="application/json")
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadRequest(body=str(error)) from error


def _read_query(request: Request, kind: Any) -> Any:
    said: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in said:
            raise BadRequest(query=name, problem="is said twice")
        said[name] = value
    said.pop("lang", None)
    try:
        return msgspec.convert(said, type=kind, strict=False)
    except msgspec.MsgspecError as error:
        raise BadRequest(query=str(error)) from error
