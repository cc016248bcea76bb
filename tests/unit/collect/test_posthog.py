"""The PostHog dialect, call by call."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote

import pytest

from comptoir.collect.dialects.base import Asking
from comptoir.collect.dialects.posthog import CAPTURE, CONFIG, CONFIG_SCRIPT, ENGAGE, FLAGS, VERSION_1, PostHog
from comptoir.collect.parse import Parsed, Stamp
from comptoir.model.event import Line, Trust
from comptoir.model.event import RefusalReason as Reason

NOW = 1_795_290_420_000_000
BROWSER = "01a1ffa5-c5ce-71f7-91d9-3fefab3e749f"
OTHER = "01a1ffa5-c5ce-71f7-91d9-000000000000"


def read(
    body: object = None, *, route: str = CAPTURE, raw: bytes | None = None, query: bytes = b"", **known: Any
) -> Parsed:
    stamp: dict[str, Any] = {
        "source": "site", "brand": "main", "trust": Trust.CLAIMED, "received_at": NOW, "event_bytes": 32_768,
        "mint": lambda: "minted",
    } | known  # fmt: skip
    headers = stamp.pop("headers", {})
    dialect = PostHog()
    text = raw if raw is not None else json.dumps(body).encode()
    opened = dialect.open(Asking(route, text, query, headers=headers))
    return dialect.read(opened, Stamp(**stamp, historical=opened.is_historical))


def lines(body: object, **known: Any) -> list[Line]:
    parsed = read(body, **known)
    assert not parsed.refusals
    return parsed.lines


def line(event: str, properties: dict[str, Any] | None = None, **more: Any) -> Line:
    said: dict[str, Any] = {
        key: more.pop(key) for key in ("distinct_id", "uuid", "timestamp", "offset", "$set", "$set_once") if key in more
    }
    (one,) = lines({"api_key": "k", "event": event, "properties": properties or {}, **said}, **more)
    return one


def properties(one: Line) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(one.properties))
    return found


def context(one: Line) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(one.context))
    return found


def test_a_captured_event_becomes_one_canonical_line() -> None:
    got = line(
        "Product Added",
        {"cart_id": "c1", "price": 10.50, "$lib": "posthog-python", "$lib_version": "7.91.1", "token": "k"},
        distinct_id="u1", uuid="e5b266df-9e95-4384-8fdc-3ba005928b47", timestamp="2026-11-21T19:47:00.000Z",
    )  # fmt: skip

    assert got == Line(
        v=1, type="track", source="site", brand="main", received_at=NOW, dialect="posthog", name="Product Added",
        message_id="e5b266df-9e95-4384-8fdc-3ba005928b47", user_id="u1", timestamp=1_795_290_420_000_000,
        properties=got.properties, context=got.context,
    )  # fmt: skip
    assert properties(got) == {"cart_id": "c1", "price": 10.5}
    assert context(got) == {"library": {"name": "posthog-python", "version": "7.91.1"}}


def test_a_page_view_says_which_page_it_was_and_which_browser() -> None:
    got = line(
        "$pageview",
        {
            "distinct_id": BROWSER, "$device_id": BROWSER, "$is_identified": False, "title": "Boots", "shelf": 3,
            "$current_url": "https://shop.example/p/1?utm_source=news", "$pathname": "/p/1", "utm_source": "old",
            "$referrer": "https://www.qwant.com/", "$raw_user_agent": "Mozilla/5.0", "$browser_language": "fr-FR",
            "$session_id": "s1", "gclid": None, "$sdk_debug_x": 1, "$ip": "203.0.113.9",
        },
    )  # fmt: skip

    assert (got.type, got.user_id, got.anonymous_id, got.ip) == ("page", None, BROWSER, "203.0.113.0")
    assert got.user_agent == "Mozilla/5.0"
    assert context(got) == {
        "page": {
            "url": "https://shop.example/p/1?utm_source=news", "path": "/p/1", "title": "Boots",
            "referrer": "https://www.qwant.com/",
        },
        "userAgent": "Mozilla/5.0", "locale": "fr-FR", "sessionId": "s1",
    }  # fmt: skip
    assert properties(got) == {"shelf": 3, "utm_source": "old"}


def test_a_direct_visit_has_no_referrer() -> None:
    assert context(
        line("$pageview", {"$current_url": "https://shop.example/", "$referrer": "$direct"}, distinct_id=BROWSER)
    ) == {"page": {"url": "https://shop.example/"}}


def test_campaign_parameters_count_where_no_address_says_them() -> None:
    got = line("Coupon Used", {"utm_source": "news", "utm_campaign": "spring", "utm_term": None}, distinct_id="u")

    assert context(got)["campaign"] == {"source": "news", "name": "spring"}


def test_identify_joins_the_browser_to_the_account_and_states_traits() -> None:
    got = line(
        "$identify",
        {"distinct_id": "u1", "$device_id": BROWSER, "$user_id": "u1", "$is_identified": True,
         "$anon_distinct_id": OTHER},
        **{"$set": {"email": "a@b.fr", "$initial_referrer": "x"}, "$set_once": {"since": "2026"}},
    )  # fmt: skip

    assert (got.type, got.user_id, got.anonymous_id) == ("identify", "u1", OTHER)
    assert json.loads(bytes(got.traits)) == {"email": "a@b.fr"}
    assert properties(got) == {"$set_once": {"since": "2026"}}


@pytest.mark.parametrize(
    ("said", "user", "anonymous"),
    [
        ({"distinct_id": "u1"}, "u1", None),
        ({"distinct_id": 42}, "42", None),
        ({"distinct_id": BROWSER}, None, BROWSER),
        ({"distinct_id": "x", "$process_person_profile": False}, None, "x"),
        ({"distinct_id": "x", "$device_id": "x"}, None, "x"),
        ({"distinct_id": "u1", "$device_id": "d"}, "u1", "d"),
        ({"distinct_id": "new", "$device_id": "d", "$is_identified": False}, None, "new"),
        ({"distinct_id": BROWSER, "$device_id": "d", "$is_identified": True}, BROWSER, "d"),
        ({"distinct_id": "u1", "$user_id": "u1", "$device_id": "d"}, "u1", "d"),
        ({"$user_id": "u1", "$device_id": "d"}, "u1", "d"),
    ],
)  # fmt: skip
def test_an_account_is_told_from_a_browser(said: dict[str, Any], user: str | None, anonymous: str | None) -> None:
    got = line("Anything", said)

    assert (got.user_id, got.anonymous_id) == (user, anonymous)


def test_what_a_server_identifies_is_an_account_whatever_its_form() -> None:
    assert line("$identify", {}, distinct_id=BROWSER).user_id == BROWSER


@pytest.mark.parametrize("event", ["$create_alias", "$merge_dangerously"])
@pytest.mark.parametrize(
    ("distinct", "alias", "user", "previous"),
    [
        ("u1", BROWSER, "u1", BROWSER),
        (BROWSER, "u1", "u1", BROWSER),
        ("u1", "u2", "u1", "u2"),
        (BROWSER, OTHER, BROWSER, OTHER),
    ],
)
def test_an_alias_leads_from_the_browser_to_the_account(
    event: str, distinct: str, alias: str, user: str, previous: str
) -> None:
    got = line(event, {"distinct_id": distinct, "alias": alias}, distinct_id=distinct)

    assert (got.type, got.user_id, got.previous_id, got.anonymous_id) == ("alias", user, previous, None)


def test_an_alias_without_its_other_id_is_refused() -> None:
    (refusal,) = read({"event": "$create_alias", "distinct_id": "u1", "properties": {}}).refusals

    assert refusal.fault.reason is Reason.MISSING_PREVIOUS


def test_a_group_keeps_its_key_its_kind_and_its_traits() -> None:
    said = {"$group_type": "company", "$group_key": "acme", "$group_set": {"name": "Acme"}}
    got = line("$groupidentify", said, distinct_id="$company_acme")

    assert (got.type, got.group_id, got.user_id, got.anonymous_id) == ("group", "acme", None, "$company_acme")
    assert json.loads(bytes(got.traits)) == {"name": "Acme"}
    assert properties(got) == {"$group_type": "company"}


def test_what_an_event_tells_of_the_person_is_said_beside_it() -> None:
    told = {
        "event": "Signed Up",
        "distinct_id": "u1",
        "uuid": "m",
        "properties": {"plan": 1, "$set": {"email": "a@b.fr"}},
    }
    event, person = lines(told)

    assert (event.type, event.name, event.message_id, properties(event)) == ("track", "Signed Up", "m", {"plan": 1})
    assert (person.type, person.user_id, person.message_id) == ("identify", "u1", "m-set")
    assert json.loads(bytes(person.traits)) == {"email": "a@b.fr"}


def test_person_saidalone_are_an_identify() -> None:
    got = line("$set", {"$set": {"name": "Camille"}}, distinct_id="u1")

    assert (got.type, json.loads(bytes(got.traits))) == ("identify", {"name": "Camille"})


def test_cookieless_events_are_counted_and_nothing_of_them_is_kept() -> None:
    got = line(
        "$pageview",
        {"$cookieless_mode": True, "$current_url": "https://shop.example/"},
        distinct_id="$posthog_cookieless",
    )

    assert (got.type, got.anonymous_id, bytes(got.context)) == ("discarded", None, b"{}")


@pytest.mark.parametrize(
    ("said", "happened"),
    [
        ({"timestamp": "2026-11-21T19:46:00Z"}, 1_795_290_360_000_000),
        ({"offset": 2_000}, 1_795_290_408_000_000),
        ({}, None),
    ],
)
def test_an_event_happened_when_it_says_or_so_long_before_it_was_sent(
    said: dict[str, Any], happened: int | None
) -> None:
    body = {"api_key": "k", "batch": [{"event": "E", "distinct_id": "u", **said}], "sent_at": "2026-11-21T19:46:50Z"}
    (got,) = lines(body)

    assert (got.timestamp, got.sent_at) == (happened, 1_795_290_410_000_000)


def test_an_offset_without_a_time_of_sending_counts_from_the_arrival() -> None:
    assert line("E", distinct_id="u", offset=1_000).timestamp == NOW - 1_000_000


@pytest.mark.parametrize(("trust", "is_historical"), [(Trust.CLAIMED, False), (Trust.CONFIRMED, True)])
def test_history_comes_with_a_secret_key_only(trust: Trust, is_historical: bool) -> None:
    body = {"api_key": "k", "historical_migration": True, "batch": [{"event": "E", "distinct_id": "u"}]}

    assert [one.historical for one in lines(body, trust=trust)] == [is_historical]


EVENT = {"event": "E", "uuid": "m1", "properties": {"distinct_id": "u1", "token": "k", "note": "à + b"}}
TEXT = json.dumps(EVENT).encode()


@pytest.mark.parametrize(
    ("raw", "query"),
    [
        (TEXT, b""),
        (b"[%b]" % TEXT, b""),
        (b'{"batch": [%b]}' % TEXT, b""),
        (b"data=" + quote(TEXT).encode(), b""),
        (b"data=" + quote(base64.b64encode(TEXT)).encode(), b"compression=base64"),
        (b"data=" + base64.b64encode(TEXT), b"compression=base64"),
        (base64.b64encode(TEXT), b""),
        (b"", b"data=" + quote(base64.b64encode(TEXT)).encode()),
        (b"", b"data=" + quote(TEXT).encode()),
        (b"", b"data=" + quote(base64.urlsafe_b64encode(b"[%b]" % TEXT)).encode()),
    ],
)
def test_an_event_is_found_in_every_wrapping(raw: bytes, query: bytes) -> None:
    opened = PostHog().open(Asking(CAPTURE, raw, query))
    (got,) = lines(None, raw=raw, query=query)

    assert (opened.key, got.user_id, got.message_id, properties(got)) == ("k", "u1", "m1", {"note": "à + b"})


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ({"api_key": "k", "batch": [{"event": "E"}]}, b""),
        ({"token": "k", "batch": [{"event": "E"}]}, b""),
        ({"batch": [{"event": "E", "token": "k"}]}, b""),
        ({"event": "E", "$token": "k"}, b""),
        ({"event": "E", "properties": {"token": "k"}}, b""),
        ({"event": "E"}, b"token=k"),
        ({"batch": [{"event": "E"}]}, b"api_key=k"),
    ],
)
def test_the_key_is_found_wherever_a_client_puts_it(body: object, query: bytes) -> None:
    assert PostHog().open(Asking(CAPTURE, json.dumps(body).encode(), query)).key == "k"


def test_the_key_is_found_in_a_body_that_cannot_be_read() -> None:
    opened = PostHog().open(Asking(CAPTURE, b'{"api_key": "k", "batch": [{]'))

    assert (opened.key, opened.fault is not None) == ("k", True)


def test_people_may_be_set_at_an_address_of_their_own() -> None:
    body = {"$token": "k", "$distinct_id": "u1", "$set": {"email": "a@b.fr"}}
    (got,) = lines(body, route=ENGAGE)

    assert (got.type, got.user_id, json.loads(bytes(got.traits))) == ("identify", "u1", {"email": "a@b.fr"})


def test_the_newer_way_of_writing_is_answered_event_by_event() -> None:
    body = {
        "created_at": "2026-11-21T19:46:58Z",
        "batch": [
            {"event": "E", "uuid": "m1", "distinct_id": "u1", "timestamp": "2026-11-21T19:46:58Z", "session_id": "s1",
             "options": {"process_person_profile": False}, "properties": {"a": 1}},
            {"event": "", "uuid": "m2", "distinct_id": "u1", "timestamp": "2026-11-21T19:46:58Z", "options": {}},
        ],
    }  # fmt: skip
    headers = {b"posthog-request-timestamp": b"2026-11-21T19:46:59Z"}
    parsed = read(body, route=VERSION_1, headers=headers)
    reply = PostHog().answer(PostHog().open(Asking(VERSION_1, json.dumps(body).encode(), headers=headers)), parsed)

    taken, refused = parsed.lines
    assert (taken.anonymous_id, taken.sent_at, context(taken)) == ("u1", 1_795_290_419_000_000, {"sessionId": "s1"})
    assert refused.route == VERSION_1
    assert reply is not None
    assert json.loads(reply.body) == {
        "results": {
            "m1": {"result": "ok"},
            "m2": {"result": "drop", "details": "missing_name: a track event needs `event`"},
        }
    }


def test_the_older_ways_are_answered_as_everybody() -> None:
    opened = PostHog().open(Asking(CAPTURE, TEXT))

    assert PostHog().answer(opened, Parsed()) is None


def test_a_refused_event_can_be_opened_again_by_itself() -> None:
    parsed = read({"api_key": "k", "batch": [{"event": "", "distinct_id": "u1"}]})
    (kept,) = parsed.lines
    raw = base64.b64decode(str(kept.raw))

    assert (raw, kept.route) == (b'{"event": "", "distinct_id": "u1"}', CAPTURE)
    opened = PostHog().reopen(CAPTURE, raw.replace(b'""', b'"E"'))
    assert len(opened.events) == 1


def test_one_poisoned_event_does_not_cost_its_neighbors() -> None:
    good = {"event": "E", "distinct_id": "u"}
    raw = b'{"api_key": "k", "batch": [%b, {"event": "E", "x": NaN}, %b]}' % ((json.dumps(good).encode(),) * 2)
    parsed = read(raw=raw)

    assert [one.type for one in parsed.lines] == ["track", "refused", "track"]


@pytest.mark.parametrize("said", [[], "x", 3])
def test_properties_that_are_no_object_are_refused(said: object) -> None:
    (refusal,) = read({"event": "E", "distinct_id": "u", "properties": said}).refusals

    assert refusal.fault.reason is Reason.BAD_ENVELOPE


def test_there_is_nothing_to_load_and_there_are_no_flags() -> None:
    settings = PostHog().page(Asking(CONFIG, part="wk_1", method="GET"))
    script = PostHog().page(Asking(CONFIG_SCRIPT, part='a"</script>', method="GET"))
    flags = json.loads(PostHog().page(Asking(FLAGS)).body)

    assert settings.key == "wk_1"
    told = json.loads(settings.body)
    assert (told["token"], told["hasFeatureFlags"], told["autocapture_opt_out"]) == ("wk_1", False, True)
    assert "gzip-js" in told["supportedCompression"]
    assert script.key == 'a"</script>'
    assert script.content_type.startswith("application/javascript")
    assert b'["a\\"</script>"] = {config: {' in script.body
    assert (flags["flags"], flags["errorsWhileComputingFlags"]) == ({}, False)


def test_every_address_is_answered_with_and_without_a_slash() -> None:
    for path in ("/e", "/i/v0/e", "/batch", "/capture", "/track", "/engage", "/flags", "/i/v1/analytics/events"):
        assert PostHog.routes[path] == PostHog.routes[f"{path}/"]
    assert PostHog.routes["/e/"].name == CAPTURE


def test_gzip_is_not_this_dialects_business() -> None:
    (refusal,) = read(raw=gzip.compress(TEXT)).refusals  # the door inflates, whatever the label

    assert refusal.fault.reason is Reason.BAD_JSON
