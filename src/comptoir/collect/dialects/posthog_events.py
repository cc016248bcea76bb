"""What PostHog's clients call a thing, in our words: one of their events is one of ours, or two."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from comptoir.collect.dialects import events, shopnames
from comptoir.collect.dialects.events import Event
from comptoir.collect.dialects.parts import NULL, Parts, moved, picked, text
from comptoir.collect.parse import NO_OBJECT

IDENTIFY = "$identify"
COOKIELESS = "$posthog_cookieless"
"""The id that stands for everybody where a page tracks without cookies."""

_PAGE = {"$current_url": "url", "$pathname": "path", "title": "title", "$referrer": "referrer"}
_CONTEXT = {"$ip": "ip", "$useragent": "userAgent", "$raw_user_agent": "userAgent", "$locale": "locale",
            "$browser_language": "locale", "$timezone": "timezone", "$session_id": "sessionId"}  # fmt: skip
_LIBRARY = {"$lib": "name", "$lib_version": "version"}
_TAKEN = (
    "token", "distinct_id", "alias", "$set", "$anon_distinct_id", "$user_id", "$is_identified", "$device_id",
    "$screen_name", "$group_key", "$group_set", "$insert_id", "$time", "$process_person_profile", "$cookieless_mode",
)  # fmt: skip
"""Properties that stand elsewhere in our line, or are only the client's."""
_OWN_BUSINESS = (
    "$sdk_debug", "$lib_", "$config_defaults", "$sdk_dist_channel", "$initialization_time",
    "$configured_session_timeout_ms", "$recording_status", "$geoip_disable", "$console_log_recording",
)  # fmt: skip
"""How the properties begin in which a client speaks of itself."""
_CAMPAIGN = {"source": "utm_source", "medium": "utm_medium", "name": "utm_campaign", "term": "utm_term",
             "content": "utm_content"}  # fmt: skip
_DIRECT, _YES, _NO = (msgspec.Raw(one) for one in (b'"$direct"', b"true", b"false"))
_BROWSERS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""The ids that PostHog's clients make: UUIDs of version 7."""
_NOT_TRACKED = events.raw({"consent": {"categoryPreferences": {"analytics": False}}})

Text = str | int | float | None


class Said(msgspec.Struct, gc=False):
    """One event of a PostHog client; the names are the wire's."""

    event: str | None = None
    uuid: str | int | None = None
    distinct_id: Text = None
    old_distinct_id: Text = msgspec.field(default=None, name="$distinct_id")
    timestamp: Text = None
    offset: float | None = None
    properties: msgspec.Raw = NO_OBJECT
    set: msgspec.Raw = msgspec.field(default=NO_OBJECT, name="$set")
    set_once: msgspec.Raw = msgspec.field(default=NO_OBJECT, name="$set_once")
    options: msgspec.Raw = NO_OBJECT
    session_id: str | None = None
    api_key: str | None = None
    token: str | None = None
    old_token: str | None = msgspec.field(default=None, name="$token")


class Who(NamedTuple):
    """Whom an event speaks of."""

    user: str | None
    anonymous: str | None


class _Reading(NamedTuple):
    """One event while it is put into our words."""

    said: Said
    name: str
    properties: Parts
    sets: Parts
    """What it says of the person: `$set`."""
    head: Mapping[str, Any]
    """What every event of ours made of it has: who, when, where."""
    who: Who


class _Named(msgspec.Struct, gc=False):
    """The name of an event."""

    uuid: Any = None


read = msgspec.json.Decoder(Said).decode
_read_named = msgspec.json.Decoder(_Named).decode


def translate(said: Said, *, default_name: str | None, sent_at: int | None, received_at: int) -> Sequence[Event]:
    """
    Put one event into our words. `default_name` is what an event without a name means at its address.

    Units:  microseconds since 1970, UTC.
    Raises: msgspec.ValidationError where a part that must be an object is none.
    """
    properties = events.parts(said.properties) or {}
    if said.options is not NO_OBJECT or said.session_id is not None:
        properties |= _version_1(said)
    name = said.event or default_name or ""
    who = _who(said, name, properties)
    head = {
        "userId": who.user,
        "anonymousId": who.anonymous,
        "messageId": said.uuid if said.uuid is not None else text(properties.get("$insert_id")),
        "timestamp": _happened(said, sent_at or received_at),
        "context": _context(properties, who),
    }
    sets = _sets(said, properties)
    return _KINDS.get(name, _track)(_Reading(said, name, properties, sets, head, who))


def read_uuid(of: bytes) -> Any:
    """Read how a client named its event, even where nothing else of it can be read."""
    try:
        return _read_named(of).uuid
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def is_browsers(value: str) -> bool:
    """Tell an id that PostHog's clients made for a browser or a telephone from one that a shop gave to an account."""
    return _BROWSERS.fullmatch(value) is not None or value.startswith("$")  # `$company_acme` is a group's


def _who(said: Said, name: str, properties: Parts) -> Who:
    """Tell an account's `distinct_id` from a browser's: the client says so, or its other ids do, or its form."""
    own = said.distinct_id if said.distinct_id is not None else said.old_distinct_id
    distinct = text(properties.get("distinct_id")) if own is None else str(own)
    device, user = text(properties.get("$device_id")), text(properties.get("$user_id"))
    if distinct is None:
        return Who(user, device)
    identified = properties.get("$is_identified")
    if identified is not None and identified in (_YES, _NO):
        is_account = identified == _YES
    elif name == IDENTIFY:
        is_account = True
    elif user is not None or device is not None:
        is_account = distinct == user or (user is None and distinct != device)
    else:
        is_account = properties.get("$process_person_profile") != _NO and not is_browsers(distinct)
    if not is_account:
        return Who(None, distinct)
    before = text(properties.get("$anon_distinct_id"))
    return Who(distinct, before or (device if device != distinct else None))


def _sets(said: Said, properties: Parts) -> Parts:
    """Give what an event says of the person, in either of its places, without what PostHog adds of its own."""
    inside = properties.get("$set", NO_OBJECT)
    if inside is NO_OBJECT and said.set is NO_OBJECT:
        return {}
    told = {**(events.parts(inside) or {}), **(events.parts(said.set) or {})}
    return {name: value for name, value in told.items() if not name.startswith("$")}


def _version_1(said: Said) -> Parts:
    """Give back to the properties what the newer way of writing took out of them."""
    options = events.parts(said.options) or {}
    found = {f"${name}": value for name, value in options.items()}
    if said.session_id is not None:
        found["$session_id"] = events.raw(said.session_id)
    return found


def _happened(said: Said, now: int) -> Text:
    """Give when it happened: as said, or so many milliseconds before it was sent."""
    if said.timestamp is not None or said.offset is None:
        return said.timestamp
    return now / 1_000 - said.offset


def _context(properties: Parts, who: Who) -> msgspec.Raw:
    """Take out of the properties where it happened, and with what."""
    page, found = moved(properties, _PAGE), moved(properties, _CONTEXT)
    library = moved(properties, _LIBRARY)
    if properties.get("$cookieless_mode") == _YES or who.anonymous == COOKIELESS:
        return _NOT_TRACKED
    if page.get("referrer") == _DIRECT:
        del page["referrer"]
    around: dict[str, object] = {**found}
    if page:
        around["page"] = page
    if "url" not in page and (campaign := picked(properties, _CAMPAIGN)):
        around["campaign"] = campaign  # with a page, its address says it: a browser repeats old campaigns for weeks
    if library:
        around["library"] = library
    return events.raw(around) if around else NO_OBJECT


def _kept(properties: Parts) -> Parts:
    """Leave out what stands elsewhere, what is null, and what the client says of itself."""
    for name in _TAKEN:
        properties.pop(name, None)
    return {name: value for name, value in properties.items() if value != NULL and not name.startswith(_OWN_BUSINESS)}


def _page(one: _Reading) -> Sequence[Event]:
    return _with_traits(one, Event(type="page", properties=events.raw(_kept(one.properties)), **one.head))


def _screen(one: _Reading) -> Sequence[Event]:
    name = text(one.properties.get("$screen_name"))
    return _with_traits(one, Event(type="screen", name=name, properties=events.raw(_kept(one.properties)), **one.head))


def _identify(one: _Reading) -> Sequence[Event]:
    once = {"$set_once": one.said.set_once} if one.said.set_once is not NO_OBJECT else {}
    properties = events.raw({**_kept(one.properties), **once})
    return (Event(type="identify", properties=properties, traits=events.raw(one.sets), **one.head),)


def _alias(one: _Reading) -> Sequence[Event]:
    """
    Join two ids: PostHog does not say which is the account, so an id that a client made is taken for the browser's.

    A public key may join a browser to an account so, never two accounts: that the reader of `alias` sees to.
    """
    first, second = one.who.user or one.who.anonymous, text(one.properties.get("alias"))
    device = text(one.properties.get("$device_id"))
    is_turned = first is not None and second is not None and (first == device or is_browsers(first))
    is_turned = is_turned and not (second == device or is_browsers(second or ""))
    user, previous = (second, first) if is_turned else (first, second)
    head = {**one.head, "userId": user, "anonymousId": None}
    return (Event(type="alias", previousId=previous, properties=events.raw(_kept(one.properties)), **head),)


def _group(one: _Reading) -> Sequence[Event]:
    key = text(one.properties.get("$group_key"))
    traits = one.properties.get("$group_set", NO_OBJECT)
    properties = events.raw(_kept(one.properties))
    return (Event(type="group", groupId=key, properties=properties, traits=traits, **one.head),)


def _track(one: _Reading) -> Sequence[Event]:
    name, properties = shopnames.read(one.name, _kept(one.properties))
    return _with_traits(one, Event(type="track", event=name, properties=events.raw(properties), **one.head))


def _with_traits(one: _Reading, event: Event) -> Sequence[Event]:
    """Say beside an event what it told of the person, as only `identify` states traits."""
    if not one.sets:
        return (event,)
    ident = f"{event.messageId}-set" if event.messageId is not None else None
    traits = events.raw(one.sets)
    return (event, Event(type="identify", traits=traits, **{**one.head, "messageId": ident}))


_KINDS: Mapping[str, Callable[[_Reading], Sequence[Event]]] = {
    "$pageview": _page,
    "$screen": _screen,
    IDENTIFY: _identify,
    "$set": _identify,
    "$set_once": _identify,
    "$create_alias": _alias,
    "$merge_dangerously": _alias,
    "$groupidentify": _group,
}
"""Events that have a meaning of their own; all others happened in the shop."""
