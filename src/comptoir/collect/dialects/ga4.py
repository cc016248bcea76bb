"""
The dialect of Google Analytics 4, as servers speak it, the Measurement Protocol, and as `gtag.js` does in browsers.

Source: developers.google.com, Measurement Protocol (Google Analytics 4): reference, and its e-commerce events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import structs

from comptoir.collect import parse
from comptoir.collect.dialects import bodies, events, gtag, values
from comptoir.collect.dialects.base import BOTH, Asking, Dialect, Opened, Reply, Route
from comptoir.collect.dialects.events import Event, Writing
from comptoir.collect.parse import NO_OBJECT, Fault, Parsed, Stamp
from comptoir.model.event import RefusalReason, Trust

COLLECT = "collect"
DEBUG = "debug"
GTAG = "gtag"
MOST_EVENTS = 25
"""What Google takes in one request; we take more, and the debugging address says so."""

NAMES = {
    "view_item_list": "Product List Viewed", "select_item": "Product Clicked", "view_item": "Product Viewed",
    "add_to_cart": "Product Added", "remove_from_cart": "Product Removed", "view_cart": "Cart Viewed",
    "begin_checkout": "Checkout Started", "add_shipping_info": "Checkout Step Completed",
    "add_payment_info": "Payment Info Entered", "purchase": "Order Completed", "refund": "Order Refunded",
    "add_to_wishlist": "Product Added to Wishlist", "search": "Products Searched",
    "view_search_results": "Products Searched", "view_promotion": "Promotion Viewed",
    "select_promotion": "Promotion Clicked", "login": "Signed In", "sign_up": "Signed Up",
    "generate_lead": "Lead Generated", "share": "Product Shared",
}  # fmt: skip
"""Google's names and ours; an event with another name keeps it."""
PARAMETERS = {
    "transaction_id": "order_id", "search_term": "query", "item_list_id": "list_id", "item_list_name": "list_name",
    "shipping_tier": "shipping_method", "payment_type": "payment_method",
}  # fmt: skip
ITEMS = {
    "item_id": "product_id", "item_name": "name", "item_brand": "brand", "item_category": "category",
    "item_variant": "variant", "index": "position", "item_list_id": "list_id", "item_list_name": "list_name",
}  # fmt: skip
_ORDERS = frozenset({"purchase", "refund"})
_PAGES = {"page_view": "page", "screen_view": "screen"}
_OF_PAGE = {"page_location": "url", "page_title": "title", "page_referrer": "referrer"}
_STAMPED = b'"timestamp_micros"'


class _Around(msgspec.Struct, gc=False):
    """What stands around the events."""

    events: list[msgspec.Raw]
    client_id: str | int | None = None
    app_instance_id: str | None = None
    user_id: str | int | None = None
    timestamp_micros: int | str | None = None
    user_properties: dict[str, Any] | None = None
    consent: msgspec.Raw = NO_OBJECT
    ip_override: str | None = None
    user_agent: str | None = None
    device: dict[str, Any] | None = None


class _Event(msgspec.Struct, gc=False):
    """One event, as Google writes it."""

    name: str | None = None
    params: dict[str, msgspec.Raw] | None = None
    timestamp_micros: int | str | None = None


_read_around = msgspec.json.Decoder(_Around).decode
_read_event = msgspec.json.Decoder(_Event).decode
_read_items = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode
_read_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_text = msgspec.json.Decoder(str).decode
_encode = msgspec.json.encode


class Ga4(Dialect):
    """Reads the Measurement Protocol; `api_secret` holds a secret key, or `measurement_id` a write key."""

    name = "ga4"
    routes: Mapping[str, Route] = {
        "/mp/collect": Route(COLLECT),
        "/debug/mp/collect": Route(DEBUG, is_page=True),
        "/g/collect": Route(GTAG, BOTH),
        "/gtag/{key}/g/collect": Route(GTAG, BOTH),
    }

    def open(self, asked: Asking) -> Opened:
        """Take a body apart; each event is kept with what stands around it, so that it can be read again alone."""
        body = asked.body
        if asked.route == GTAG:
            made = gtag.body_of(asked.query, asked.body)
            if isinstance(made, Fault):
                return Opened(route=COLLECT, body=asked.body, key=_key_of_browser(asked), fault=made)
            body = made
        found = bodies.cut(body, "events", _read_around)
        return Opened(
            route=COLLECT,
            body=body,
            events=found.events,
            key=_key_of_browser(asked) if asked.route == GTAG else _key(asked.query),
            fault=found.fault,
            is_sound=found.is_sound,
            is_shallow=found.is_shallow,
            is_compact=found.is_compact,
            defaults=found.around,
        )

    def read(self, opened: Opened, stamp: Stamp) -> Parsed:
        """Read every event."""
        around: _Around | None = opened.defaults
        if around is None:
            return events.read(Writing(self.name, opened, stamp), _Translator(_Around([])).events_of)
        # Google gives events no id; one that says its own time is the same when it comes again.
        who = around.client_id, around.app_instance_id, around.user_id, around.timestamp_micros
        is_stamped = around.timestamp_micros is not None or all(_STAMPED in bytes(one) for one in opened.events)
        said = f"{who} {'' if is_stamped else stamp.received_at}"
        parsed = events.read(Writing(self.name, opened, stamp, sent_said=said), _Translator(around).events_of)
        if not parsed.refusals:
            return parsed
        # What is kept aside is kept with what stands around it, so that it can be read again alone.
        texts = _alone(opened.body, [bytes(one) for one in opened.events], is_sound=opened.is_sound)
        alone = structs.replace(opened, events=texts)
        return events.read(Writing(self.name, alone, stamp, sent_said=said), _Translator(around).event_alone)

    def answer(self, opened: Opened, parsed: Parsed) -> Reply | None:  # noqa: ARG002 (a dialect's promise)
        """Answer as Google does, without a word, where nothing was refused."""
        return None if parsed.refusals else Reply(status=204, body=b"")

    def page(self, asked: Asking) -> Reply:
        """Say what would be refused; nothing is written."""
        opened = self.open(asked)
        stamp = Stamp(source="", brand="", trust=Trust.CLAIMED, received_at=0, event_bytes=1 << 20)
        said = [
            {
                "fieldPath": f"events[{one.index}]",
                "description": one.fault.detail,
                "validationCode": one.fault.reason.value,
            }
            for one in self.read(opened, stamp).refusals
        ]
        if len(opened.events) > MOST_EVENTS:
            description = f"{len(opened.events)} events; Google takes {MOST_EVENTS}"
            said.append({"fieldPath": "events", "description": description, "validationCode": "EXCEEDED_MAX_ENTITIES"})
        return Reply(body=_encode({"validationMessages": said}), key=opened.key or "")


def _key(query: bytes) -> str | None:
    said = bodies.fields(query)
    if isinstance(said, Fault):
        return None
    secret, public = said.get("api_secret"), said.get("measurement_id") or said.get("firebase_app_id")
    return secret if secret and (secret.startswith("sk_") or not public) else public or secret


def _key_of_browser(asked: Asking) -> str | None:
    """Give the key in the address, or the id that the site gave to gtag."""
    said = bodies.fields(asked.query)
    return asked.part or (None if isinstance(said, Fault) else said.get("tid"))


def _alone(body: bytes, texts: Sequence[bytes], *, is_sound: bool) -> Sequence[bytes]:
    """Give each event a copy of what stands around it."""
    try:
        around = _read_parts(body) if is_sound else _read_parts((parse.members(body, "events") or ([], b"{}"))[1])
    except (msgspec.MsgspecError, RecursionError):
        around = {}
    around.pop("events", None)
    head = _encode(around)[:-1] + (b"," if around else b"") + b'"events":['
    return [head + one + b"]}" for one in texts]


class _Translator:
    """Says what Google's events are in our words; what a request says of its person is said once."""

    def __init__(self, around: _Around) -> None:
        """Begin a request."""
        self._around = around
        self._told = False

    def event_alone(self, text: bytes) -> Event | Sequence[Event] | Fault:
        """Read one event out of a copy of what stands around it."""
        return self.events_of(bytes(_read_around(text).events[0]))

    def events_of(self, text: bytes) -> Event | Sequence[Event] | Fault:
        """Read one event."""
        around = self._around
        event = _read_event(text)
        if not event.name:
            return Fault(RefusalReason.MISSING_NAME, "an event needs `name`")
        anonymous_id = around.client_id if around.client_id is not None else around.app_instance_id
        at = event.timestamp_micros if event.timestamp_micros is not None else around.timestamp_micros
        made = _event(event.name, event.params or {}, around)
        made.userId, made.anonymousId = around.user_id, anonymous_id
        made.timestamp = None if at is None else str(at)  # sixteen digits are read as microseconds
        traits = self._traits()
        if traits is None:
            return made
        person = Event(type="identify", userId=around.user_id, anonymousId=anonymous_id, traits=traits)
        person.timestamp = made.timestamp
        return (person, made)

    def _traits(self) -> msgspec.Raw | None:
        around = self._around
        if self._told or not around.user_properties:
            return None
        self._told = True
        found = {
            name: one.get("value") if isinstance(one, dict) else one for name, one in around.user_properties.items()
        }
        traits = values.raw(found)
        return None if len(traits) == len(NO_OBJECT) else traits


def _event(name: str, params: Mapping[str, msgspec.Raw], around: _Around) -> Event:
    context = _context(params, around)
    if name in _PAGES:
        rest = {key: value for key, value in params.items() if key not in _OF_PAGE}
        title = params.get("page_title" if name == "page_view" else "screen_name")
        kind = _PAGES[name]
        return Event(type=kind, name=_word(title), properties=msgspec.Raw(_encode(rest)), context=context)
    renamed = {
        PARAMETERS.get(key, key): value for key, value in params.items() if key != "items" and key not in _OF_PAGE
    }
    if name in _ORDERS and "value" in renamed:
        renamed.setdefault("revenue", renamed.pop("value"))  # Google's value leaves out shipping and tax
    if "items" in params:
        products = [{ITEMS.get(key, key): value for key, value in one.items()} for one in _read_items(params["items"])]
        if len(products) == 1 and name not in _ORDERS:
            renamed = {**products[0], **renamed}
        renamed["products"] = msgspec.Raw(_encode(products))
    properties = msgspec.Raw(_encode(renamed))
    return Event(type="track", event=NAMES.get(name, name), properties=properties, context=context)


def _context(params: Mapping[str, msgspec.Raw], around: _Around) -> msgspec.Raw:
    page: dict[str, object] = {ours: _word(params[name]) for name, ours in _OF_PAGE.items() if name in params}
    if isinstance(url := page.get("url"), str):
        page["path"] = _path(url)
    language = (around.device or {}).get("language")
    return values.raw(
        {
            "page": values.said(page),
            "ip": around.ip_override,
            "userAgent": around.user_agent,
            "locale": language if isinstance(language, str) else None,
            "google_consent": None if around.consent is NO_OBJECT else around.consent,
            "consent": {"categoryPreferences": {"analytics": False}} if gtag.is_refused(around.consent) else None,
            "library": {"name": "ga4"},
        }
    )


def _word(text: msgspec.Raw | None) -> str | None:
    """Read a text; anything else is none."""
    try:
        return None if text is None else _read_text(text)
    except msgspec.ValidationError:
        return None


def _path(url: str) -> str | None:
    try:
        return urlsplit(url).path or None
    except ValueError:
        return None
