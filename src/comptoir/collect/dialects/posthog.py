"""The PostHog dialect: `/e`, `/batch`, `/i/v1/analytics/events` and their like, as PostHog's clients write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import structs

from comptoir.collect import parse
from comptoir.collect.dialects import bodies, bundled, events, posthog_events
from comptoir.collect.dialects.base import BOTH, GET, POST, Asking, Dialect, Opened, Reply, Route
from comptoir.collect.dialects.events import Event, Writing
from comptoir.collect.dialects.parts import Parts
from comptoir.collect.parse import Fault, Look, Parsed, Stamp
from comptoir.model.event import RefusalReason, Trust

CAPTURE, ENGAGE, VERSION_1 = "capture", "engage", "events"
CONFIG, CONFIG_SCRIPT, FLAGS, SCRIPT = "config", "config-script", "flags", "script"

_CAPTURES = ("/e", "/i/v0/e", "/batch", "/capture", "/track")
_ZIP = "posthog-js-1.449.2.zip"
_NO_LIST = msgspec.Raw(b"null")
_SENT_HEADER = b"posthog-request-timestamp"


One = TypeVar("One")
"""An event: its text, or what it says."""


class _Around(msgspec.Struct, Generic[One], gc=False):
    """What stands around the events of a request."""

    batch: list[One]
    api_key: str | None = None
    token: str | None = None
    sent_at: str | int | float | None = None
    historical_migration: Any = False


class _Key(msgspec.Struct, gc=False):
    """Where an event names its project, if what stands around it does not."""

    api_key: str | None = None
    token: str | None = None
    old_token: str | None = msgspec.field(default=None, name="$token")
    properties: Any = None


class _Defaults(NamedTuple):
    """What a request says for all its events."""

    sent_at: int | None
    sent_said: str
    name: str | None
    """What an event without a name is."""


class _List(msgspec.Struct, gc=False):
    """A body that may hold a list of events."""

    batch: msgspec.Raw = _NO_LIST


_read_list = msgspec.json.Decoder(_List).decode
_read_around = msgspec.json.Decoder(_Around[msgspec.Raw]).decode
_convert_around = partial(msgspec.convert, type=_Around[Any])
_read_key = msgspec.json.Decoder(_Key).decode


class PostHog(Dialect):
    """Reads what posthog-js, and PostHog's clients for servers and telephones, send to their project."""

    name = "posthog"
    busy_status = 503  # posthog-js throws away what is answered 429, as any 4xx
    routes: Mapping[str, Route] = {
        path + slash: route
        for slash in ("", "/")
        for path, route in {
            **dict.fromkeys(_CAPTURES, Route(CAPTURE, BOTH)),
            "/engage": Route(ENGAGE, BOTH),
            "/i/v1/analytics/events": Route(VERSION_1, POST),
            "/flags": Route(FLAGS, BOTH, is_page=True),
            "/decide": Route(FLAGS, BOTH, is_page=True),
            "/array/{token}/config": Route(CONFIG, GET, is_page=True),
            "/array/{token}/config.js": Route(CONFIG_SCRIPT, GET, is_page=True),
            "/static/array.js": Route(SCRIPT, GET, is_page=True),
            "/array/{token}/array.js": Route(SCRIPT, GET, is_page=True),
        }.items()
    }

    def open(self, asked: Asking) -> Opened:
        """Take a request apart: a body in any of its wrappings, or a query that holds it under `data`."""
        said = bodies.fields(asked.query)
        query: dict[str, str] = {} if isinstance(said, Fault) else said
        body = bodies.payload(asked.body) if asked.body else bodies.plain(query.get("data", "").encode())
        if body.startswith(b"["):
            body = b'{"batch":' + body + b"}"
        look = parse.look(body)
        is_many = asked.route == VERSION_1 or _is_list(body, look)
        return (_many if is_many else _single)(asked, body, query, look)

    def read(self, opened: Opened, stamp: Stamp) -> Parsed:
        """Read every event; a bad one becomes a refused line beside its neighbours."""
        if stamp.historical and stamp.trust is Trust.CLAIMED:
            stamp = structs.replace(stamp, historical=False)  # whoever reads the page's source could hide behind it
        defaults: _Defaults = opened.defaults or _Defaults(None, "", None)
        writing = Writing(self.name, opened, stamp, None, defaults.sent_at, defaults.sent_said)

        def translate(one: bytes | Parts) -> Sequence[Event]:
            return posthog_events.translate(
                posthog_events.read(one) if isinstance(one, bytes) else posthog_events.converted(one),
                default_name=defaults.name,
                sent_at=defaults.sent_at,
                received_at=stamp.received_at,
            )

        return events.read(writing, translate)

    def answer(self, opened: Opened, parsed: Parsed) -> Reply | None:
        """Answer the newer way of writing with a result for each event; all others with the usual words."""
        if opened.route != VERSION_1 or opened.fault is not None:
            return None
        refused = {one.index: one.fault for one in parsed.refusals}
        names = [posthog_events.uuid_of(one if opened.is_read else bytes(one)) for one in opened.events]
        results = {name: _result(refused.get(index)) for index, name in enumerate(names) if isinstance(name, str)}
        return Reply(body=msgspec.json.encode({"results": results}))

    def page(self, asked: Asking) -> Reply:
        """Answer what a client asks before it writes: itself; that there are no flags, and no more to load."""
        if asked.route == SCRIPT:
            return _script()
        if asked.route == FLAGS:
            return Reply(body=_NO_FLAGS)
        settings = msgspec.json.encode({"token": asked.part, **_SETTINGS})
        if asked.route == CONFIG:
            return Reply(body=settings, key=asked.part)
        key = msgspec.json.encode(asked.part)
        script = b"(window._POSTHOG_REMOTE_CONFIG ||= {})[%b] = {config: %b, siteApps: []};" % (key, settings)
        return Reply(body=script, content_type="application/javascript; charset=utf-8", key=asked.part)


@lru_cache(maxsize=1)
def _script() -> Reply:
    """Give posthog-js as its own snippet asks for it."""
    return bundled.reply(bundled.texts(_ZIP)["array.js"])


def _is_list(body: bytes, look: Look) -> bool:
    """Tell an object around a list of events from an event."""
    if look.is_compact:
        return isinstance(look.value, dict) and "batch" in look.value
    if b'"batch"' not in body:
        return False
    try:
        return _read_list(body).batch is not _NO_LIST
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return parse.members(body, "batch") is not None


def _many(asked: Asking, body: bytes, query: Mapping[str, str], look: Look) -> Opened:
    found = bodies.cut(body, "batch", _read_around, convert=_convert_around, look=look)
    around = found.around
    if around is None:
        return Opened(route=asked.route, body=body, key=_key_of_text(body, query), fault=found.fault)
    said = around.sent_at if around.sent_at is not None else _sent_said(asked, query)
    key = around.api_key or around.token or query.get("api_key") or query.get("token")
    return Opened(
        route=asked.route,
        body=body,
        events=found.events,
        key=key
        or (_key_of_event(found.events[0] if found.is_read else bytes(found.events[0])) if found.events else None),
        is_historical=around.historical_migration is True,
        is_sound=found.is_sound,
        is_shallow=found.is_shallow,
        is_within=found.is_read and found.is_shallow and parse.has_few_keys(body),
        is_compact=True,  # all that is kept is written anew
        is_read=found.is_read,
        defaults=_defaults(asked, said),
    )


def _single(asked: Asking, body: bytes, query: Mapping[str, str], look: Look) -> Opened:
    fault = parse.fault_after(look, body)
    if fault is None and not body.lstrip().startswith(b"{"):
        fault = Fault(RefusalReason.BAD_ENVELOPE, "neither an event nor a list of events")
    if fault is not None:
        return Opened(route=asked.route, body=body, key=_key_of_text(body, query), is_single=True, fault=fault)
    return Opened(
        route=asked.route,
        body=body,
        events=(look.value if look.is_compact else body,),
        key=_key_of_event(look.value if look.is_compact else body) or query.get("api_key") or query.get("token"),
        is_single=True,
        is_sound=look.is_sound,
        is_compact=True,  # all that is kept is written anew
        is_read=look.is_compact,
        defaults=_defaults(asked, _sent_said(asked, query)),
    )


def _defaults(asked: Asking, sent: str | float | None) -> _Defaults:
    name = posthog_events.IDENTIFY if asked.route == ENGAGE else None
    return _Defaults(parse.instant(sent), "" if sent is None else str(sent), name)


def _sent_said(asked: Asking, query: Mapping[str, str]) -> str | None:
    """Give when the client says it sent this: in a header, or as a number of the query that older ones add."""
    header = asked.headers.get(_SENT_HEADER)
    return query.get("_") if header is None else header.decode("latin-1")


def _key_of_event(one: Any) -> str | None:
    try:
        said = _read_key(one) if isinstance(one, bytes) else msgspec.convert(one, _Key)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    properties = said.properties if isinstance(said.properties, dict) else {}
    found = said.api_key or said.token or said.old_token or properties.get("token")
    return found if isinstance(found, str) else None


def _key_of_text(text: bytes, query: Mapping[str, str]) -> str | None:
    """Find the key in what cannot be read."""
    inside = (parse.text_field(text, name) for name in ("api_key", "token"))
    return query.get("api_key") or query.get("token") or next((key for key in inside if key), None)


def _result(fault: Fault | None) -> dict[str, str]:
    """Say what became of one event: taken, or dropped for good, as sending it again would not help."""
    if fault is None:
        return {"result": "ok"}
    return {"result": "drop", "details": f"{fault.reason.value}: {fault.detail}"}


_SETTINGS: dict[str, object] = {
    "supportedCompression": ["gzip", "gzip-js"],
    "analytics": {"endpoint": "/i/v0/e/"},
    "hasFeatureFlags": False,
    "autocapture_opt_out": True,  # the text of whatever is clicked may be somebody's own
    "autocaptureExceptions": False,
    "captureDeadClicks": False,
    "capturePerformance": False,
    "conversations": False,
    "defaultIdentifiedOnly": True,
    "elementsChainAsString": True,
    "errorTracking": {"autocaptureExceptions": False, "suppressionRules": []},
    "heatmaps": False,
    "isAuthenticated": False,
    "productTours": False,
    "sessionRecording": False,
    "siteApps": [],
    "surveys": False,
    "toolbarParams": {},
}
"""What posthog-js does beyond what the page tells it: nothing."""

_NO_FLAGS = msgspec.json.encode(
    {
        "flags": {},
        "featureFlags": {},
        "featureFlagPayloads": {},
        "errorsWhileComputingFlags": False,
        **_SETTINGS,
    }
)
