"""What Snowplow's trackers call a thing, in our words: their short names, their schemas, and what they put beside."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from msgspec import structs

from comptoir.collect import parse
from comptoir.collect.dialects import bodies, parts, shopnames
from comptoir.collect.dialects.events import Event
from comptoir.collect.dialects.parts import Parts, picked, rename, text
from comptoir.collect.parse import NO_OBJECT, Fault
from comptoir.model.event import RefusalReason

OWN, SHOP = "com.snowplowanalytics.snowplow", "com.snowplowanalytics.snowplow.ecommerce"
CART, PRODUCT, ORDER, REFUND = f"{SHOP}/cart", f"{SHOP}/product", f"{SHOP}/transaction", f"{SHOP}/refund"
CHECKOUT, PROMOTION, USER = f"{SHOP}/checkout_step", f"{SHOP}/promotion", f"{SHOP}/user"
SESSION = f"{OWN}/client_session"
ACTION = f"{SHOP}/snowplow_ecommerce_action"

ACTIONS: Mapping[str, str] = {
    "list_view": "Product List Viewed",
    "list_click": "Product Clicked",
    "product_view": "Product Viewed",
    "add_to_cart": "Product Added",
    "remove_from_cart": "Product Removed",
    "checkout_step": "Checkout Step Completed",
    "transaction": "Order Completed",
    "refund": "Order Refunded",
    "promo_view": "Promotion Viewed",
    "promo_click": "Promotion Clicked",
    "trns_error": "Payment Failed",
}
"""A type of the e-commerce action → our name; the first step of a checkout starts it."""

_LEGACY = {"product_id": ("sku",), "price": ("unitPrice",)}
_ORDER = {"order_id": ("transaction_id",), "total": ("revenue",), "discount": ("discount_amount",),
          "coupon": ("discount_code",)}  # fmt: skip
_REFUND = {"order_id": ("transaction_id",), "total": ("refund_amount",), "reason": ("refund_reason",)}
_CART = {"cart_value": ("total_value",)}
_CHECKOUT = {"coupon": ("coupon_code",)}
_PROMOTION = {"promotion_id": ("id",), "creative": ("creative_id",)}
_ENTITIES: Mapping[str, Mapping[str, Sequence[str]]] = {
    CART: _CART, ORDER: _ORDER, REFUND: _REFUND, CHECKOUT: _CHECKOUT, PROMOTION: _PROMOTION,
}  # fmt: skip
"""Entities whose members become properties of the event, and which of them have another name here."""
_ONE_PRODUCT = frozenset({"Product Viewed", "Product Clicked", "Product Added", "Product Removed"})

_WHERE = ("url", "page", "refr", "ip", "ua", "lang", "tz", "sid", "p", "tv")
"""Fields of an event of which its context is made: of the page, of the browser, and the tracker's version."""
_CONTEXT = ("ip", "userAgent", "locale", "timezone", "sessionId", "platform")
_ORDER_FIELDS = {"order_id": "tr_id", "total": "tr_tt", "tax": "tr_tx", "shipping": "tr_sh", "currency": "tr_cu",
                 "affiliation": "tr_af", "city": "tr_ci", "state": "tr_st", "country": "tr_co"}  # fmt: skip
_ITEM_FIELDS = {"product_id": "ti_sk", "name": "ti_nm", "category": "ti_ca", "price": "ti_pr", "quantity": "ti_qu"}
_STRUCTURED = {"category": "se_ca", "label": "se_la", "property": "se_pr", "value": "se_va"}
_SCROLL = {"scroll_left_min": "pp_mix", "scroll_left_max": "pp_max", "scroll_top_min": "pp_miy",
           "scroll_top_max": "pp_may"}  # fmt: skip
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?")
_AMOUNTS = frozenset({*_SCROLL, "total", "tax", "shipping", "price", "quantity", "value"})
_SHORT = 8_000
"""Characters below which no text holds more keys than we take: each takes four."""
_SCHEMA = re.compile(r"iglu:([^/]+)/([^/]+)/jsonschema/[0-9-]+")
_NOT_TRACKED = parts.raw({"consent": {"categoryPreferences": {"analytics": False}}})
_CHOICES = {"allow_all": "Consent Given", "deny_all": "Consent Withdrawn", "withdrawn": "Consent Withdrawn"}

Fields = Mapping[str, str]
"""One event by its short names."""

_Scalar = str | int | float | bool | None
_Value = _Scalar | dict[str, _Scalar] | list[_Scalar | dict[str, _Scalar]]
"""What nearly all members say; whatever leads deeper is read by itself."""


class _Described(msgspec.Struct, gc=False):
    """What a schema describes."""

    schema: str
    data: dict[str, _Value]


class _Event(msgspec.Struct, gc=False):
    """A described event, in its wrapping."""

    schema: str
    data: _Described


class _Entities(msgspec.Struct, gc=False):
    """What stands beside an event, in its wrapping."""

    schema: str
    data: list[_Described]


class Entity(msgspec.Struct, gc=False):
    """Something described by a schema: what it is, and what it says."""

    name: str
    """Vendor and name, without format and version."""
    data: object
    """Numbers in it are written again with the digits that they came with."""

    @property
    def parts(self) -> Parts:
        """Give what it says, to be changed at will; what is no object stands under `data`."""
        return dict(self.data) if isinstance(self.data, dict) else {"data": self.data}


class Inside(NamedTuple):
    """The JSON inside the fields of a request's events, by its text as it came, where it was read in one go."""

    events: Mapping[str, Entity]
    entities: Mapping[str, Sequence[Entity]]


NOTHING = Inside({}, {})


class _Reading(msgspec.Struct, gc=False):
    """One event while it is put into our words."""

    said: Fields
    head: Event
    """What every event of ours made of it has: who, when, where."""
    event: Entity | None
    entities: Sequence[Entity]
    items: Sequence[Fields]
    """The items of an order that came beside it as events of their own."""

    def one_of(self, name: str) -> Parts:
        """Give what the first entity of a name says; nothing where there is none."""
        for one in self.entities:
            if one.name == name:
                return one.parts
        return {}


def fields(of: bytes) -> Fields:
    """Read one event of a request's list by its short names. Raises: msgspec.ValidationError for no object."""
    return texts(parts.read(of))


def texts(said: Parts) -> Fields:
    """Give what an event says as texts, without what says nothing: some trackers write numbers as numbers."""
    if not isinstance(said, dict):
        raise msgspec.ValidationError("an event is an object")
    return {name: value for name, one in said.items() if (value := one if type(one) is str else text(one))}


def unpacked(sent: Sequence[Fields]) -> Inside:
    """Read in one go what stands inside the fields of all events of a request, as far as it is written as usual."""
    events = _read_all({text for one in sent if (text := one.get("ue_px"))}, _read_events)
    entities = _read_all({text for one in sent if (text := one.get("cx"))}, _read_entities)
    return Inside(
        {text: Entity(_name_of(one.data.schema), one.data.data) for text, one in events.items()},
        {text: [Entity(_name_of(it.schema), it.data) for it in one.data] for text, one in entities.items()},
    )


def _read_all(texts: Collection[str], read_lines: Callable[[bytes], list[parse.Said]]) -> Mapping[str, parse.Said]:
    """Read texts in base64; nothing where one of them is too long or written otherwise, so that each is looked at."""
    if not texts or len(max(texts, key=len)) >= _SHORT:
        return {}
    found = bodies.plain_texts(texts)
    values = None if found is None else parse.compact_values(found, read_lines)
    return {} if values is None else dict(zip(texts, values, strict=True))


def translate(
    said: Fields, items: Sequence[Fields] = (), inside: Inside = NOTHING, *, is_anonymous: bool = False
) -> Event | Sequence[Event] | Fault:
    """
    Put one event into our words. `is_anonymous` says that its tracker was told to know nobody.

    Raises: msgspec.ValidationError where a described part has another shape than it must.
    """
    make = _KINDS.get(said.get("e", ""))
    if make is None:
        return Fault(RefusalReason.BAD_ENVELOPE, "no known `e`")
    described = said.get("ue_pr") or said.get("ue_px")
    event = None if described is None else inside.events.get(described) or _event(described)
    if isinstance(event, Fault):
        return event
    beside = said.get("co") or said.get("cx")
    entities = () if beside is None else inside.entities.get(beside) or _entities(beside)
    if isinstance(entities, Fault):
        return entities
    user, browser = _who(said, entities)
    head = Event(
        userId=user,
        anonymousId=browser,
        messageId=said.get("eid"),
        timestamp=said.get("ttm") or said.get("dtm"),
        sentAt=None if "ttm" in said else said.get("stm"),  # a true time needs no correction by two clocks
        context=_NOT_TRACKED if is_anonymous else _context(said, event, entities),
    )
    made = make(_Reading(said, head, event, entities, items))
    return made[0] if not isinstance(made, Fault) and len(made) == 1 else made


def _inner(written: str) -> object | Fault:
    """Read the JSON inside a field, be it plain or in base64; it is held to the same rules as a body."""
    found = bodies.plain(written.encode())
    return parse.fault(found) or parts.exact(found)


def _event(written: str) -> Entity | Fault:
    inner = _inner(written)
    if isinstance(inner, Fault):
        return inner
    return _described_by(_member(inner, "data"))


def _entities(written: str) -> Sequence[Entity] | Fault:
    inner = _inner(written)
    if isinstance(inner, Fault):
        return inner
    listed = _member(inner, "data")
    if not isinstance(listed, list):
        raise msgspec.ValidationError("entities are a list")
    return [_described_by(one) for one in listed]


def _described_by(said: Any) -> Entity:
    schema = _member(said, "schema")
    if not isinstance(schema, str):
        raise msgspec.ValidationError("a schema is a text")
    return Entity(_name_of(schema), said.get("data", {}))


def _member(said: Any, name: str) -> Any:
    """Give a member of what must be an object that has it."""
    if not isinstance(said, dict) or name not in said:
        raise msgspec.ValidationError(f"a self-describing JSON is an object with `{name}`")
    return said[name]


@lru_cache(maxsize=256)  # few, as a text may be long
def _name_of(schema: str) -> str:
    found = _SCHEMA.fullmatch(schema)
    return "/".join(found.groups()) if found else schema


def _who(said: Fields, entities: Sequence[Entity]) -> tuple[str | None, str | None]:
    """Name the account and the browser; what runs in no browser has them in its session."""
    user, browser = said.get("uid"), said.get("duid")
    for one in entities:
        if user is None and one.name == USER:
            person = one.parts
            user = None if person.get("is_guest") is True else text(person.get("id"))
        elif browser is None and one.name == SESSION:
            browser = text(one.parts.get("userId"))
    return user, browser or said.get("nuid") or said.get("tnuid")


def _context(said: Fields, event: Entity | None, entities: Sequence[Entity]) -> msgspec.Raw:
    schema = None if event is None or event.name == ACTION else event.name
    plain = _plain_context(tuple(map(said.get, _WHERE)), schema)
    rest = [{"schema": one.name, "data": one.parts} for one in entities if not one.name.startswith(SHOP)]
    if not rest:
        return plain
    begun = bytes(plain)[:-1]  # without its last bracket
    return msgspec.Raw(b'%b%b"entities":%b}' % (begun, b"," if len(begun) > 1 else b"", bytes(parts.raw(rest))))


@lru_cache(maxsize=256)  # few, as an address may be long
def _plain_context(where: Sequence[str | None], schema: str | None) -> msgspec.Raw:
    """
    Say where an event happened, out of the fields of `_WHERE`: on which page, in which browser.

    The events of one page have the same.
    """
    url, title, referrer, *rest, version = where
    found: dict[str, object] = {ours: value for ours, value in zip(_CONTEXT, rest, strict=True) if value is not None}
    page = {}
    if url is not None:
        page["url"] = url
        if path := _path(url):
            page["path"] = path
    if title is not None:
        page["title"] = title
    if referrer is not None:
        page["referrer"] = referrer
    if page:
        found["page"] = page
    if version is not None:
        found["library"] = {"name": "snowplow", "version": version}
    if schema is not None:
        found["schema"] = schema
    return parts.raw(found)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _named(said: Fields, names: Mapping[str, str]) -> dict[str, object]:
    """Give some fields under our names; what is an amount, as a number."""
    return {
        ours: msgspec.Raw(said[theirs].encode())
        if ours in _AMOUNTS and _NUMBER.fullmatch(said[theirs])
        else said[theirs]
        for ours, theirs in names.items()
        if theirs in said
    }


def _page(one: _Reading) -> Sequence[Event]:
    one.head.type = "page"
    return _with_user(one, one.head)


def _ping(one: _Reading) -> Sequence[Event]:
    return _track(one, "Page Read", _named(one.said, _SCROLL))


def _structured(one: _Reading) -> Sequence[Event]:
    return _track(one, one.said.get("se_ac"), _named(one.said, _STRUCTURED))


def _order(one: _Reading) -> Sequence[Event]:
    """Read the older order, together with those of its items that came in the same request."""
    properties = _named(one.said, _ORDER_FIELDS)
    if one.items:
        properties["products"] = [_named(item, _ITEM_FIELDS) for item in one.items]
    return _track(one, "Order Completed", properties)


def _item(one: _Reading) -> Sequence[Event]:
    """Keep an item of the older order by itself: it is counted with its order, if that came in the same request."""
    properties = {**_named(one.said, _ITEM_FIELDS), **_named(one.said, {"currency": "ti_cu", "order_id": "ti_id"})}
    return _track(one, "Order Item Tracked", properties)


def _described(one: _Reading) -> Sequence[Event] | Fault:
    if one.event is None:
        return Fault(RefusalReason.BAD_ENVELOPE, "a self-describing event needs `ue_pr` or `ue_px`")
    special = _SCHEMAS.get(one.event.name)
    if special is not None:
        return special(one, one.event.parts)
    name, properties = shopnames.read(one.event.name.rpartition("/")[2], one.event.parts)
    return _track(one, name, properties)


def _track(one: _Reading, name: str | None, properties: Mapping[str, object]) -> tuple[Event]:
    made = one.head
    made.type, made.event, made.properties = "track", name, parts.raw(properties)
    return (made,)


def _shop_action(one: _Reading, action: Parts) -> Sequence[Event]:
    """Read an e-commerce action: what it is about stands in the entities beside it."""
    kind = text(action.get("type")) or ""
    name = ACTIONS.get(kind, kind)
    properties: dict[str, object] = {}
    products = []
    for entity in one.entities:
        if entity.name == PRODUCT:
            product = entity.parts
            if "id" in product and "product_id" not in product:
                product["product_id"] = product.pop("id")
            products.append(product)
        elif (names := _ENTITIES.get(entity.name)) is not None:
            properties |= rename(entity.parts, names)
    if name == "Checkout Step Completed" and text(one.one_of(CHECKOUT).get("step")) == "1":
        name = "Checkout Started"
    if name in _ONE_PRODUCT and len(products) == 1:
        properties = {**products[0], **properties} if properties else products[0]
    elif products:
        properties["products"] = products
        properties |= {} if "currency" in properties else picked(products[0], {"currency": "currency"})
    if "name" in action:
        properties["list_id"] = action["name"]
    made = _track(one, name, properties)
    return _with_user(one, made[0]) if kind == "transaction" else made


def _with_user(one: _Reading, event: Event) -> Sequence[Event]:
    """Say beside an event who was looking, as only `identify` states traits; with each event would be too often."""
    email = text(one.one_of(USER).get("email"))
    if email is None or event.context is _NOT_TRACKED:
        return (event,)
    ident = f"{event.messageId}-user" if event.messageId is not None else None
    traits = parts.raw({"email": email})
    blank = structs.replace(event, type="identify", event=None, properties=NO_OBJECT, traits=traits, messageId=ident)
    return (event, blank)


def _legacy_added(one: _Reading, data: Parts) -> Sequence[Event]:
    return _track(one, "Product Added", rename(data, _LEGACY))


def _legacy_removed(one: _Reading, data: Parts) -> Sequence[Event]:
    return _track(one, "Product Removed", rename(data, _LEGACY))


def _searched(one: _Reading, data: Parts) -> Sequence[Event]:
    terms = data.get("terms")
    words = [term for term in terms if isinstance(term, str)] if isinstance(terms, list) else []
    return _track(one, "Products Searched", {**data, "query": " ".join(words)})


def _screen(one: _Reading, data: Parts) -> Sequence[Event]:
    made = one.head
    made.type, made.name, made.properties = "screen", text(data.get("name")), parts.raw(data)
    return (made,)


def _chosen(one: _Reading, data: Parts) -> Sequence[Event]:
    """Read what somebody chose in a banner: all or nothing acts; a selection is kept, as its words are the shop's."""
    name = _CHOICES.get(text(data.get("eventType")) or "")
    if name is None:
        return _track(one, "consent_preferences", data)
    properties = {"purpose": "tracking", **picked(data, {"text_version": "consentVersion", "proof": "consentUrl"})}
    return _track(one, name, properties)


_KINDS: Mapping[str, Callable[[_Reading], Sequence[Event] | Fault]] = {
    "pv": _page,
    "pp": _ping,
    "se": _structured,
    "ue": _described,
    "tr": _order,
    "ti": _item,
}
_read_events = msgspec.json.Decoder(_Event).decode_lines
_read_entities = msgspec.json.Decoder(_Entities).decode_lines
_SCHEMAS: Mapping[str, Callable[[_Reading, Parts], Sequence[Event]]] = {
    ACTION: _shop_action,
    f"{OWN}/add_to_cart": _legacy_added,
    f"{OWN}/remove_from_cart": _legacy_removed,
    f"{OWN}/site_search": _searched,
    f"{OWN}/screen_view": _screen,
    "com.snowplowanalytics.mobile/screen_view": _screen,
    f"{OWN}/consent_preferences": _chosen,
}
