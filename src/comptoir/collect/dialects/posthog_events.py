"""What PostHog's clients call a thing, in our words: one of their events is one of ours, or two."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
from msgspec import structs

from comptoir.collect.dialects import parts, shopnames
from comptoir.collect.dialects.events import Event
from comptoir.collect.dialects.parts import Parts, picked, text
from comptoir.collect.parse import NO_OBJECT

IDENTIFY = "$identify"
COOKIELESS = "$posthog_cookieless"
"""The id that stands for everybody where a page tracks without cookies."""

_PAGE = (("$current_url", "url"), ("$pathname", "path"), ("title", "title"), ("$referrer", "referrer"))
_AROUND = (("$ip", "ip"), ("$useragent", "userAgent"), ("$raw_user_agent", "userAgent"), ("$locale", "locale"),
           ("$browser_language", "locale"), ("$timezone", "timezone"), ("$session_id", "sessionId"))  # fmt: skip
_LIBRARY = {"name": "$lib", "version": "$lib_version"}
"""Properties that stand in the context of our line; of two for the same, the latter."""
_ELSEWHERE = frozenset({
    *dict((*_PAGE, *_AROUND)), *_LIBRARY.values(), "token", "distinct_id", "alias", "$set", "$anon_distinct_id",
    "$user_id", "$is_identified", "$device_id", "$screen_name", "$group_key", "$group_set", "$insert_id", "$time",
    "$process_person_profile", "$cookieless_mode",
})  # fmt: skip
"""Properties that stand elsewhere in our line, or are only the client's."""
_OWN_BUSINESS = (
    "$sdk_debug", "$lib_", "$config_defaults", "$sdk_dist_channel", "$initialization_time",
    "$configured_session_timeout_ms", "$recording_status", "$geoip_disable", "$console_log_recording",
)  # fmt: skip
"""How the properties begin in which a client speaks of itself."""
_MOST_NAMES, _LONGEST_NAME = 4_096, 100
"""Names of properties that are remembered, and their characters; clients have some hundred."""
_CAMPAIGN = {"source": "utm_source", "medium": "utm_medium", "name": "utm_campaign", "term": "utm_term",
             "content": "utm_content"}  # fmt: skip
_DIRECT = "$direct"
_BROWSERS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""The ids that PostHog's clients make: UUIDs of version 7."""
_NOT_TRACKED = parts.raw({"consent": {"categoryPreferences": {"analytics": False}}})

Text = str | int | float | None


class Said(msgspec.Struct, gc=False):
    """One event of a PostHog client; the names are the wire's."""

    event: str | None = None
    uuid: str | int | None = None
    distinct_id: Text = None
    old_distinct_id: Text = msgspec.field(default=None, name="$distinct_id")
    timestamp: Text = None
    offset: float | None = None
    properties: Any = None
    """An object, or nothing; not copied, as it is the largest part."""
    set: Parts | None = msgspec.field(default=None, name="$set")
    set_once: Parts | None = msgspec.field(default=None, name="$set_once")
    options: Parts | None = None
    session_id: str | None = None
    api_key: str | None = None
    token: str | None = None
    old_token: str | None = msgspec.field(default=None, name="$token")


class Who(msgspec.Struct, gc=False):
    """Whom an event speaks of."""

    user: str | None
    anonymous: str | None


class _Reading(msgspec.Struct, gc=False):
    """One event while it is put into our words."""

    said: Said
    name: str
    known: Parts
    """All its properties, never changed: they are part of what came."""
    properties: Parts
    """What happened in the shop's own words, without what is null and what the client says of itself."""
    sets: Parts
    """What it says of the person: `$set`."""
    who: Who
    head: Event
    """What every event of ours made of it has: who, when, where."""


class _Named(msgspec.Struct, gc=False):
    """The name of an event."""

    uuid: Any = None


read = msgspec.json.Decoder(Said, float_hook=Decimal).decode
converted = partial(msgspec.convert, type=Said)
"""Make one of what was read already. Raises: msgspec.ValidationError."""
_read_named = msgspec.json.Decoder(_Named).decode


def translate(said: Said, *, default_name: str | None, sent_at: int | None, received_at: int) -> Sequence[Event]:
    """
    Put one event into our words. `default_name` is what an event without a name means at its address.

    Units:  microseconds since 1970, UTC.
    Raises: msgspec.ValidationError where a part that must be an object is none.
    """
    known = _properties(said)
    kept = {name: value for name, value in known.items() if value is not None and _IS_KEPT[name]}
    name = said.event or default_name or ""
    who = _who(said, name, known)
    head = Event(
        userId=who.user,
        anonymousId=who.anonymous,
        messageId=said.uuid if said.uuid is not None else text(known.get("$insert_id")),
        timestamp=_happened(said, sent_at or received_at),
        context=_context(known, kept, who),
    )
    return _KINDS.get(name, _track)(_Reading(said, name, known, kept, _sets(said, known), who, head))


def uuid_of(one: Any) -> Any:
    """Give how a client named its event, by its text or what it says, even where nothing else of it can be read."""
    if not isinstance(one, bytes):
        return one.get("uuid") if isinstance(one, dict) else None
    try:
        return _read_named(one).uuid
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def is_browsers(value: str) -> bool:
    """Tell an id that PostHog's clients made for a browser or a telephone from one that a shop gave to an account."""
    return _BROWSERS.fullmatch(value) is not None or value.startswith("$")  # `$company_acme` is a group's


def _properties(said: Said) -> Parts:
    """Give an event's properties; in the newer way of writing some of them stand beside."""
    found: Parts = {} if said.properties is None else said.properties
    if not isinstance(found, dict):
        raise msgspec.ValidationError("`properties` is an object")
    return found | _version_1(said) if said.options is not None or said.session_id is not None else found


class _IsKept(dict[str, bool]):
    """Whether a property is what happened, by its name: to look one up takes half as long as to call what remembers."""

    def __missing__(self, name: str) -> bool:
        found = name not in _ELSEWHERE and not name.startswith(_OWN_BUSINESS)
        if len(name) <= _LONGEST_NAME:
            if len(self) >= _MOST_NAMES:
                self.clear()
            self[name] = found
        return found


_IS_KEPT = _IsKept()


def _who(said: Said, name: str, known: Parts) -> Who:
    """Tell an account's `distinct_id` from a browser's: the client says so, or its other ids do, or its form."""
    own = said.distinct_id if said.distinct_id is not None else said.old_distinct_id
    distinct = text(known.get("distinct_id")) if own is None else str(own)
    device, user = text(known.get("$device_id")), text(known.get("$user_id"))
    if distinct is None:
        return Who(user, device)
    identified = known.get("$is_identified")
    if isinstance(identified, bool):
        is_account = identified
    elif name == IDENTIFY:
        is_account = True
    elif user is not None or device is not None:
        is_account = distinct == user or (user is None and distinct != device)
    else:
        is_account = known.get("$process_person_profile") is not False and not is_browsers(distinct)
    if not is_account:
        return Who(None, distinct)
    before = text(known.get("$anon_distinct_id"))
    return Who(distinct, before or (device if device != distinct else None))


def _sets(said: Said, known: Parts) -> Parts:
    """Give what an event says of the person, in either of its places, without what PostHog adds of its own."""
    inside = known.get("$set")
    if inside is None and said.set is None:
        return {}
    if inside is not None and not isinstance(inside, dict):
        raise msgspec.ValidationError("`$set` is an object")
    told = {**(inside or {}), **(said.set or {})}
    return {name: value for name, value in told.items() if not name.startswith("$")}


def _version_1(said: Said) -> Parts:
    """Give back to the properties what the newer way of writing took out of them."""
    found: Parts = {f"${name}": value for name, value in (said.options or {}).items()}
    if said.session_id is not None:
        found["$session_id"] = said.session_id
    return found


def _happened(said: Said, now: int) -> Text:
    """Give when it happened: as said, or so many milliseconds before it was sent."""
    if said.timestamp is not None or said.offset is None:
        return said.timestamp
    return now / 1_000 - said.offset


def _context(known: Parts, kept: Parts, who: Who) -> msgspec.Raw:
    """Say where an event happened: on which page, in which browser."""
    if who.anonymous == COOKIELESS or known.get("$cookieless_mode") is True:
        return _NOT_TRACKED
    around: Parts = {}
    for name, ours in _AROUND:
        if (value := known.get(name)) is not None:
            around[ours] = value
    page: Parts = {}
    for name, ours in _PAGE:
        if (value := known.get(name)) is not None:
            page[ours] = value
    if page.get("referrer") == _DIRECT:
        del page["referrer"]
    if page:
        around["page"] = page
    if "url" not in page and (campaign := picked(kept, _CAMPAIGN)):
        around["campaign"] = campaign  # with a page, its address says it: a browser repeats old campaigns for weeks
    if library := picked(known, _LIBRARY):
        around["library"] = library
    return parts.raw(around) if around else NO_OBJECT


def _page(one: _Reading) -> Sequence[Event]:
    made = one.head
    made.type, made.properties = "page", parts.raw(one.properties)
    return _with_traits(one, made)


def _screen(one: _Reading) -> Sequence[Event]:
    made = one.head
    made.type, made.name = "screen", text(one.known.get("$screen_name"))
    made.properties = parts.raw(one.properties)
    return _with_traits(one, made)


def _identify(one: _Reading) -> Sequence[Event]:
    once = {"$set_once": one.said.set_once} if one.said.set_once else {}
    made = one.head
    made.type, made.properties = "identify", parts.raw({**one.properties, **once})
    made.traits = parts.raw(one.sets)
    return (made,)


def _alias(one: _Reading) -> Sequence[Event]:
    """
    Join two ids: PostHog does not say which is the account, so an id that a client made is taken for the browser's.

    A public key may join a browser to an account so, never two accounts: that the reader of `alias` sees to.
    """
    first, second = one.who.user or one.who.anonymous, text(one.known.get("alias"))
    device = text(one.known.get("$device_id"))
    is_turned = first is not None and second is not None and (first == device or is_browsers(first))
    is_turned = is_turned and not (second == device or is_browsers(second or ""))
    made = one.head
    made.type, made.properties = "alias", parts.raw(one.properties)
    made.anonymousId = None
    made.userId, made.previousId = (second, first) if is_turned else (first, second)
    return (made,)


def _group(one: _Reading) -> Sequence[Event]:
    made = one.head
    made.type, made.properties = "group", parts.raw(one.properties)
    made.groupId, made.traits = text(one.known.get("$group_key")), parts.raw(one.known.get("$group_set"))
    return (made,)


def _track(one: _Reading) -> Sequence[Event]:
    made = one.head
    made.type = "track"
    made.event, properties = shopnames.read(one.name, one.properties)
    made.properties = parts.raw(properties)
    return _with_traits(one, made)


def _with_traits(one: _Reading, event: Event) -> Sequence[Event]:
    """Say beside an event what it told of the person, as only `identify` states traits."""
    if not one.sets:
        return (event,)
    ident = f"{event.messageId}-set" if event.messageId is not None else None
    told = structs.replace(event, type="identify", event=None, name=None, messageId=ident, properties=NO_OBJECT)
    told.traits = parts.raw(one.sets)
    return (event, told)


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
