"""
The Matomo dialect: `/matomo.php` and `/piwik.php`, by GET, form, beacon or in bulk, and the script that pages load.

A site that can write nothing but a number where its key belongs has it in the address: `/matomo/KEY/matomo.php`.
Source: developer.matomo.org, Tracking HTTP API and JavaScript Tracking Client.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

import msgspec
from msgspec import structs

from comptoir.collect import parse
from comptoir.collect.dialects import bodies, bundled, events, parts, values
from comptoir.collect.dialects.base import BOTH, GET, Asking, Dialect, Opened, Reply, Route
from comptoir.collect.dialects.events import Event, Writing
from comptoir.collect.parse import NO_OBJECT, Fault, Parsed, Stamp
from comptoir.collect.tracker import script
from comptoir.model.event import RefusalReason, Trust

HIT = "hit"
SCRIPT = "script"
SECRET = "sk_"  # noqa: S105 (how one begins)

_LOT = re.compile(rb'\s*\{.*?"requests"', re.DOTALL)
_NONCES = frozenset({"rand", "r", "cdt"})
"""What makes two requests that say the same two requests."""
_PATH = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*(/[^?#]*)")
_ITEM = ("product_id", "name", "category", "price", "quantity")
_PASSED = ("cart_id", "checkout_id", "coupon", "currency")
"""Ours, not Matomo's: a shop may add them to any request that speaks of a cart."""
_PASSED_NAMES = frozenset(_PASSED)
_WHERE = ("url", "action_name", "urlref", "_rcn", "_rck", "res", "ua", "lang")
_LIBRARY = {"name": "matomo"}
_SHORT = 300
"""Characters of a value that is remembered as it was read."""
_DIMENSIONS = frozenset(f"dimension{number}" for number in range(1_000))
_EXTRAS = frozenset({"_pks", "_pkn", "_pkc", "_pkp"})
"""A page's product."""

_TOKEN = re.compile(rb"(token_auth=)[^&\"]*|(\"token_auth\"\s*:\s*\")[^\"]*")

_SPACE, _QUOTE, _BACKSLASH = b'+"\\'
_JSON = frozenset(b'"{')
Fields = Mapping[str, str]


class _Lot(msgspec.Struct, gc=False):
    """A bulk of requests."""

    requests: list[msgspec.Raw]
    token_auth: str | None = None


_read_lot = msgspec.json.Decoder(_Lot).decode
_read_lines = msgspec.json.Decoder(dict[str, str]).decode_lines


class _Defaults(NamedTuple):
    """What a request says beside its events."""

    is_bulk: bool = False
    wants_picture: bool = True


class Matomo(Dialect):
    """Reads what Matomo's trackers send; `idsite` holds a write key, or `token_auth` a secret one."""

    name = "matomo"
    routes: Mapping[str, Route] = {
        f"{at}/{name}.{kind}": route
        for at in ("", "/matomo/{key}")
        for name in ("matomo", "piwik")
        for kind, route in (("php", Route(HIT, BOTH)), ("js", Route(SCRIPT, GET, is_page=True)))
    }

    def open(self, asked: Asking) -> Opened:
        """Take a request apart: a query, a form, or a bulk of queries."""
        if _LOT.match(asked.body):
            return _open_bulk(asked)
        text = asked.body.strip()
        if text[:1] not in {b'"', b"{"}:
            text = b"&".join(part for part in (asked.query, text.lstrip(b"?")) if part)
        said, text = _fields(text), _without_token(text)
        if isinstance(said, Fault):
            return Opened(route=asked.route, body=text, is_single=True, fault=said)
        return Opened(
            route=asked.route,
            body=text,
            events=(said,),
            texts=(text,),
            key=_key(said, asked.part),
            is_single=True,
            is_query=True,
            is_read=True,
            is_compact=True,  # what we write of it
            defaults=_Defaults(wants_picture=said.get("send_image") != "0"),
        )

    def read(self, opened: Opened, stamp: Stamp) -> Parsed:
        """Read every request into events."""
        # Without a number of its own, a request that comes again cannot be told from one that says the same.
        has_nonces = all("rand" in one or not _NONCES.isdisjoint(one) for one in opened.events if isinstance(one, dict))
        said = "" if has_nonces else str(stamp.received_at)
        is_trusted = stamp.trust is Trust.CONFIRMED
        writing = Writing(self.name, opened, stamp, sent_said=said)
        return events.read(writing, lambda one: _translate(one, is_trusted=is_trusted))

    def answer(self, opened: Opened, parsed: Parsed) -> Reply | None:
        """Give the picture that browsers wait for, nothing where they want none, and numbers after a bulk."""
        told: _Defaults = opened.defaults or _Defaults()
        if told.is_bulk:
            counts = {"tracked": len(opened.events) - len(parsed.refusals), "invalid": len(parsed.refusals)}
            refused = [{"index": one.index, "code": one.fault.reason.value} for one in parsed.refusals]
            return Reply(body=msgspec.json.encode({"status": "success", **counts, "refused": refused}))
        if parsed.refusals:
            return None
        if not told.wants_picture:
            return Reply(status=204, body=b"")
        return Reply(body=bodies.PIXEL, content_type="image/gif", headers=[(b"cache-control", b"no-store")])

    def page(self, asked: Asking) -> Reply:
        """Give our own script under the names of Matomo's, which pages load from where they send to."""
        return structs.replace(_script(), key=asked.part or None)


@lru_cache(maxsize=1)
def _script() -> Reply:
    return bundled.reply(script.script(script.MATOMO).text)


def _open_bulk(asked: Asking) -> Opened:
    found = bodies.cut(asked.body, "requests", _read_lot)
    token = found.around.token_auth if found.around is not None else parse.text_field(asked.body, "token_auth")
    key = token if token and token.startswith(SECRET) else None
    has_token = b"token_auth" in asked.body
    texts = [bytes(one) for one in found.events]
    said = _all_fields(texts)
    are_queries = all(text[0] == _QUOTE for text in texts)
    key = key or next((key for one in said if not isinstance(one, Fault) and (key := _key(one, asked.part))), None)
    return Opened(
        route=asked.route,
        body=_without_token(asked.body),
        events=said,
        texts=[_without_token(one) for one in texts] if has_token else texts,
        key=key or token,
        fault=found.fault,
        is_sound=found.is_sound,
        is_shallow=found.is_shallow,
        is_within=found.is_shallow and are_queries,
        is_read=True,
        is_compact=True,  # what we write of it
        defaults=_Defaults(is_bulk=True),
    )


def _all_fields(texts: Sequence[bytes]) -> Sequence[Fields | Fault]:
    """Read the requests of a bulk, all at once where they are written as most trackers write them."""
    queries = [text[1:-1].lstrip(b"?") for text in texts if text[0] == _QUOTE and _BACKSLASH not in text]
    found = _as_objects(queries) if len(queries) == len(texts) else None
    return [_fields(text) for text in texts] if found is None else found


def _as_objects(queries: Sequence[bytes]) -> list[dict[str, str]] | None:
    """Read queries as `_query` does; None where one of them must be looked at by itself."""
    if any(len(one) >= bodies.FIELDS_LIMIT <= one.count(b"&") for one in queries):
        return None
    lines = b"\n".join(queries)
    if _QUOTE in lines or _BACKSLASH in lines:
        return None
    try:
        found = _read_lines(_as_json(lines))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    is_each = len(found) == len(queries)  # a newline inside a query would make two of it
    return [_unescaped(said) for said in found] if is_each and not any(map(_has_escaped_name, found)) else None


def _key(said: Fields, part: str = "") -> str | None:
    """Give the secret key where there is one: a token that a client still has from Matomo is none of ours."""
    token = said.get("token_auth")
    return token if token and token.startswith(SECRET) else part or said.get("idsite") or token


def _without_token(text: bytes) -> bytes:
    """Take out a secret key: a refused request is kept, and shown to people."""
    return _TOKEN.sub(rb"\1\2", text) if b"token_auth" in text else text


def _fields(text: bytes) -> dict[str, str] | Fault:
    """Read one request: a query, or, in a bulk, a query in quotes or an object."""
    first = text[0] if text else _SPACE
    if first not in _JSON:
        return _query(text.lstrip(b"?"))
    if first == _QUOTE and _BACKSLASH not in text:
        return _query(text[1:-1].lstrip(b"?"))
    try:
        said = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return Fault(RefusalReason.BAD_JSON, str(error))
    if isinstance(said, str):
        return _query(said.lstrip("?").encode())
    try:
        fields = {name: _plain(one) for name, one in said.items()}
    except (ValueError, RecursionError) as error:
        return Fault(RefusalReason.BAD_ENVELOPE, str(error))
    return bodies.TOO_MANY_FIELDS if len(fields) > bodies.FIELDS_LIMIT else fields


def _query(text: bytes) -> dict[str, str] | Fault:
    """Read a query as `bodies.fields` does; in a third of the time where it is written as trackers write it."""
    found = None if b"\n" in text else _as_objects((text,))
    return bodies.fields(text) if found is None else found[0]


def _as_json(lines: bytes) -> bytes:
    """
    Write queries, one a line, for the JSON decoder: `a=b&c=d` is `{"a":"b","c":"d"}` but for its marks.

    That is no JSON where one has a name without a value, a value with a `=` of its own, or a quote.
    """
    lines = lines.replace(b"+", b" ").replace(b"=", b'":"').replace(b"&", b'","').replace(b"\n", b'"}\n{"')
    return b'{"%b"}' % lines


def _has_escaped_name(said: Fields) -> bool:
    return "%" in "".join(said)


def _unescaped(said: dict[str, str]) -> dict[str, str]:
    for name, value in said.items():
        if "%" in value:
            said[name] = _known(value) if len(value) < _SHORT else unquote(value)
    return said


_known = lru_cache(maxsize=10_000)(unquote)
"""Browsers' names, referrers and categories come again and again."""


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()


def _translate(said: Fields | Fault, *, is_trusted: bool) -> Sequence[Event] | Fault:
    """Say what one request is in our words."""
    if isinstance(said, Fault):
        return said
    is_view = _MORE.isdisjoint(said)
    if not is_view and said.get("ping") == "1":
        return ()  # somebody still reads: no event in our words
    kind = _page(said, _product(said)) if is_view else _kind(said)
    if isinstance(kind, Fault):
        return kind
    head = Event(
        type="page",
        name=said.get("action_name"),
        userId=said.get("uid") or None,
        anonymousId=said.get("cid") or said.get("_id") or None,
        # Only a secret key may say when it was; whoever reads the site's source could else write history.
        timestamp=_instant(said.get("cdt")) if is_trusted else None,
        context=_context((*map(said.get, _WHERE), said.get("cip") if is_trusted else None)),
    )
    dimensions = {} if is_view else _dimensions(said)
    return [_event(head, name, {**dimensions, **told} if dimensions else told) for name, told in kind]


def _event(head: Event, name: str | None, told: Mapping[str, object]) -> Event:
    if not told and name is None:
        return head
    properties = (parts.raw if all(told.values()) else values.raw)(told) if told else NO_OBJECT
    if name is None:
        return structs.replace(head, properties=properties)
    return structs.replace(head, type="track", event=name, name=None, properties=properties)


_Made = Sequence[tuple[str | None, Mapping[str, object]]]
"""Name (None of a page view) and properties of each event that a request becomes."""


def _kind(said: Fields) -> _Made | Fault:
    if not _KIND_NAMES.isdisjoint(said):
        read = next((read for name, read in _KINDS if said.get(name)), None)
        if read is not None:
            return read(said)
    if said.get("ca") == "1":
        return _UNKNOWN
    return _page(said, {**_product(_with_variables(said)), **_passed(said)})


def _custom(said: Fields) -> _Made | Fault:
    if not said.get("e_a"):
        return Fault(RefusalReason.MISSING_NAME, "an event needs `e_a`")
    told = {"category": said.get("e_c"), "label": said.get("e_n"), "value": values.number(said.get("e_v"))}
    return [(said["e_a"], told)]


def _goal(said: Fields) -> _Made | Fault:
    if said["idgoal"] == "0":
        return _commerce(said)
    return [("Goal Completed", {"goal_id": said["idgoal"], "revenue": values.number(said.get("revenue"))})]


def _search(said: Fields) -> _Made:
    found = {"query": said["search"], "category": said.get("search_cat")}
    return [("Products Searched", {**found, "result_count": values.number(said.get("search_count"))})]


def _download(said: Fields) -> _Made:
    return [("File Downloaded", {"url": said["download"]})]


def _link(said: Fields) -> _Made:
    return [("Link Clicked", {"url": said["link"]})]


def _content(said: Fields) -> _Made:
    name = "Content Clicked" if said.get("c_i") else "Content Viewed"
    return [(name, {"name": said["c_n"], "piece": said.get("c_p"), "target": said.get("c_t")})]


def _page(said: Fields, product: Mapping[str, object]) -> _Made | Fault:
    """A page view; where it is a product's or a category's, that is an event of its own."""
    if not (said.get("url") or said.get("action_name")):
        return _UNKNOWN
    if product.get("product_id") or product.get("name"):
        return [(None, {}), ("Product Viewed", product)]
    return [(None, {}), ("Product List Viewed", product)] if product.get("category") else [(None, {})]


def _product(said: Fields) -> dict[str, object]:
    """Read the product of a page view."""
    product: dict[str, object] = {}
    if one := said.get("_pks"):
        product["product_id"] = one
    if one := said.get("_pkn"):
        product["name"] = one
    if one := said.get("_pkc"):
        product["category"] = _categories(one)
    if one := said.get("_pkp"):
        product["price"] = values.number(one)
    return product


def _with_variables(said: Fields) -> Fields:
    """Put a page's product where it stands now; before Matomo 4 it stood among the custom variables."""
    if "cvar" not in said or not _EXTRAS.isdisjoint(said):
        return said
    try:
        pairs = msgspec.json.decode(said["cvar"], type=dict[str, tuple[str, Any]])
    except (msgspec.MsgspecError, RecursionError):
        return said
    return {**said, **{name: _plain(value) for name, value in pairs.values() if name in _EXTRAS}}


def _categories(text: str) -> str | None:
    """Read a category, or a list of up to five."""
    if not text.startswith("["):
        return text or None
    try:
        several = msgspec.json.decode(text, type=list[str | None])
    except (msgspec.MsgspecError, RecursionError):
        return text
    return " / ".join(one for one in several if one) or None


def _commerce(said: Fields) -> _Made | Fault:
    """An order where there is an order id, else what is in the cart."""
    products = _items(said.get("ec_items") or "[]")
    if products is None:
        return Fault(RefusalReason.BAD_ENVELOPE, "`ec_items` is a list of [sku, name, category, price, quantity]")
    whole = values.number(said.get("revenue"))
    told: dict[str, object] = {"total": whole, "products": products, **_passed(said)}
    order_id = said.get("ec_id")
    if not order_id:
        return [("Cart Viewed" if products else "Cart Emptied", told)]
    told |= {
        "order_id": order_id,
        "subtotal": values.number(said.get("ec_st")),
        "tax": values.number(said.get("ec_tx")),
        "shipping": values.number(said.get("ec_sh")),
        "discount": None if said.get("ec_dt") in {"false", "0"} else values.number(said.get("ec_dt")),
    }
    return [("Order Completed", told)]


def _items(text: str) -> list[dict[str, object]] | None:
    if parse.fault(text.encode()) is not None:
        return None
    rows = parts.exact(text)
    if isinstance(rows, dict):  # the JavaScript tracker's own store, by sku
        rows = list(rows.values())
    if not isinstance(rows, list) or not all(isinstance(row, list) and row for row in rows):
        return None
    return [_item(row) for row in rows]


def _item(row: list[object]) -> dict[str, object]:
    item: dict[str, object] = dict(zip(_ITEM, row, strict=False))
    category = item.get("category")
    if isinstance(category, list):
        item["category"] = " / ".join(str(one) for one in category if one)
    for name in ("price", "quantity"):
        if isinstance(text := item.get(name), str):
            item[name] = values.number(text)
    if item.get("quantity") is None:
        item["quantity"] = Decimal(1)
    return values.said(item)


_KINDS: Sequence[tuple[str, Callable[[Fields], _Made | Fault]]] = (
    ("e_c", _custom),
    ("e_a", _custom),
    ("idgoal", _goal),
    ("search", _search),
    ("download", _download),
    ("link", _link),
    ("c_n", _content),
)
"""What a request is, by the first of these that it says."""
_KIND_NAMES = frozenset(name for name, _ in _KINDS)
_MORE = _KIND_NAMES | _PASSED_NAMES | _DIMENSIONS | {"ping", "ca", "cvar"}
"""Without any of these, a request is a page view, and only that."""
_UNKNOWN = Fault(RefusalReason.BAD_ENVELOPE, "no action that we know: no page, event, search, goal, cart or order")


def _passed(said: Fields) -> dict[str, object]:
    return {} if _PASSED_NAMES.isdisjoint(said) else {name: said[name] for name in _PASSED if said.get(name)}


def _dimensions(said: Fields) -> dict[str, object]:
    if _DIMENSIONS.isdisjoint(said):
        return {}
    return {name: value for name, value in said.items() if name in _DIMENSIONS}


@lru_cache(maxsize=256)  # few, as an address may be long
def _context(where: Sequence[str | None]) -> msgspec.Raw:
    """Write a context out of the fields of `_WHERE`, and of the visitor's own address: those of one page have one."""
    url, title, referrer, campaign, term, screen, agent, languages, ip = where
    found: dict[str, object] = {"library": _LIBRARY}
    if page := values.said({"url": url, "title": title, "referrer": referrer}):
        found["page"] = page
        if (path := _path(url or "")) is not None:
            page["path"] = path
    if campaign is not None:
        found["campaign"] = values.said({"name": campaign, "term": term})
    if screen:
        width, _, height = screen.partition("x")
        found["screen"] = values.said({"width": values.number(width), "height": values.number(height)})
    locale = (languages or "").partition(",")[0]
    return parts.raw(found | values.said({"userAgent": agent, "locale": locale, "ip": ip}))


def _path(url: str) -> str | None:
    found = _PATH.match(url)
    return found[1] if found is not None else None


def _instant(text: str | None) -> str | int | None:
    """Read `cdt`: seconds since 1970, or `YYYY-MM-DD hh:mm:ss` in UTC."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 12 else text or None
