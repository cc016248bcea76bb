"""What the door answers to clients that ask before they send: settings, the client's own script, a source's config."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from comptoir.access import keys
from comptoir.collect.tracker import script
from comptoir.config import DoorSettings

from .test_door import START, Answer, House, house

__all__ = ["house"]

SCRIPT = "/analytics.js/v1/{key}/analytics.min.js"


def get(house: House, path: str, *, method: str = "GET", **how: Any) -> Answer:
    at = path.replace("{key}", house.source.write_key)
    answer: Answer = house.run(lambda ask: ask.ask(method, at, key=None, **how))
    return answer


@pytest.mark.parametrize("path", ["/v1/projects/{key}/settings", "/analytics.js/v1/{key}/settings"])
def test_the_settings_name_this_door_as_the_client_reaches_it(house: House, path: str) -> None:
    said = get(house, path, headers={"host": "c.shop.example:8140"}).json["integrations"]["Segment.io"]

    assert (said["apiHost"], said["protocol"]) == ("c.shop.example:8140/v1", "http")
    assert said["apiKey"] == house.source.write_key


def test_the_settings_name_the_public_address_where_there_is_one(house: House) -> None:
    house.settings = DoorSettings(public_url="https://c.shop.example/")

    said = get(house, "/v1/projects/{key}/settings").json["integrations"]["Segment.io"]

    assert (said["apiHost"], said["protocol"]) == ("c.shop.example/v1", "https")


def test_a_proxy_that_is_trusted_says_how_the_client_reaches_the_door(house: House) -> None:
    told = {"x-forwarded-proto": "https", "x-forwarded-host": "c.shop.example", "host": "10.0.0.5"}

    def settings() -> str:
        return get(house, "/v1/projects/{key}/settings", headers=told).body.decode()

    assert '"10.0.0.5/v1"' in settings()
    house.settings = DoorSettings(trusted_proxies=("203.0.113.0/24",))
    assert '"c.shop.example/v1"' in settings()


@pytest.mark.parametrize("name", ["host", "x-forwarded-host"])
def test_no_cache_that_others_share_keeps_an_address_that_its_asker_chose(house: House, name: str) -> None:
    """Else one request with a header of his own would lead a stranger all visitors who load the settings after him."""
    house.settings = DoorSettings(trusted_proxies=("203.0.113.0/24",))

    led_away = get(house, "/v1/projects/{key}/settings", headers={"host": "c.shop.example", name: "evil.example"})
    house.settings = DoorSettings(trusted_proxies=("203.0.113.0/24",), public_url="https://c.shop.example")
    fixed = get(house, "/v1/projects/{key}/settings", headers={"host": "c.shop.example", name: "evil.example"})

    assert led_away.headers["cache-control"].startswith("private")
    assert b"evil.example" not in fixed.body
    assert fixed.headers["cache-control"] == "public, max-age=120"


@pytest.mark.parametrize("path", [SCRIPT, "/sourceConfig/", "/array/{key}/config", "/array/{key}/array.js"])
def test_no_other_page_of_a_dialect_repeats_where_its_asker_says_he_is(house: House, path: str) -> None:
    house.settings = DoorSettings(trusted_proxies=("203.0.113.0/24",))
    forged = {"host": "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "evil"}

    answer = get(house, path, headers=forged, query=f"writeKey={house.source.write_key}")

    assert answer.status == 200
    assert b"evil" not in answer.body


def test_a_host_that_is_none_is_not_repeated(house: House) -> None:
    answer = get(house, "/v1/projects/{key}/settings", headers={"host": 'x"/><script>alert(1)</script>'})

    assert "script>" not in answer.body.decode()


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (SCRIPT, b"analytics-next/bundles/"),
        ("/static/array.js", b"__PosthogExtensions__"),
        ("/array/{key}/array.js", b"__PosthogExtensions__"),
        ("/p.js", b"getScriptAttributes"),
        ("/matomo.js", b"trackEcommerceOrder"),
        ("/piwik.js", b"trackEcommerceOrder"),
        ("/matomo/{key}/matomo.js", b"trackEcommerceOrder"),
        ("/matomo/{key}/piwik.js", b"trackEcommerceOrder"),
    ],
)
def test_the_script_is_served_zipped_and_once(house: House, path: str, says: bytes) -> None:
    plain = get(house, path)
    zipped = get(house, path, headers={"accept-encoding": "gzip, br"})
    again = get(house, path, headers={"if-none-match": plain.headers["etag"]})

    assert plain.headers["content-type"].startswith("text/javascript")
    assert plain.headers["access-control-allow-origin"] == "*"
    assert plain.headers["cache-control"] == "public, max-age=3600"
    assert gzip.decompress(zipped.body) == plain.body
    assert (again.status, again.body) == (304, b"")
    assert says in plain.body


def test_a_page_that_asks_for_the_script_across_origins_is_allowed(house: House) -> None:
    asked = get(house, "/static/array.js", headers={"origin": "https://shop.example"})

    assert asked.headers["access-control-allow-origin"] == "https://shop.example"


def test_the_pieces_it_asks_for_later_are_there_and_nothing_else(house: House) -> None:
    piece = get(house, "/analytics-next/bundles/schemaFilter.bundle.a6a77355d52c20e3a83d.js")

    assert piece.status == 200
    assert "max-age=31536000" in piece.headers["cache-control"]
    for other in (
        "standalone.js",
        "queryString.bundle.34b193ada8fe288d1bd1.js",
        "LICENSE.MD",
        "..%2f..%2fsegment.py",
        "x.js",
    ):
        assert get(house, f"/analytics-next/bundles/{other}").status == 404


@pytest.mark.parametrize(
    "path",
    [SCRIPT, "/v1/projects/{key}/settings", "/sourceConfig/?writeKey={key}", "/matomo/{key}/matomo.js"],
)
def test_a_key_that_is_none_of_ours_is_said_so(house: House, path: str) -> None:
    at, _, query = path.partition("?")

    assert get(house, at.replace("{key}", "wk_nobody"), query=query.replace("{key}", "wk_nobody")).status == 401


def test_a_page_of_another_site_loads_the_script_though_only_one_site_may_send(house: House) -> None:
    bound = keys.add_source(house.state, name="bound", now=START, origins=["https://shop.example"])
    keys.publish(house.state, house.home / "public.db", link_keys=[])

    script = get(house, SCRIPT.replace("{key}", bound.write_key))
    event = {"event": "E", "anonymousId": "a"}
    sent = house.post("/v1/t", event, key=bound.write_key, headers={"origin": "https://evil.example"})

    assert script.status == 200
    assert sent.status == 403


def test_a_browser_of_rudderstack_finds_its_source(house: House) -> None:
    answer = get(
        house, "/sourceConfig/", query=f"p=npm&writeKey={house.source.write_key}", headers={"origin": "https://a.fr"}
    )

    assert answer.json["source"]["destinations"] == []
    assert answer.headers["access-control-allow-origin"] == "https://a.fr"


def test_pages_write_nothing_and_take_no_other_method(house: House) -> None:
    assert get(house, "/rsaMetrics", method="POST", raw=b"\x1f\x8bbroken").status == 200
    assert get(house, "/sourceConfig", method="POST").status == 405
    assert get(house, "/robots.txt").body.startswith(b"User-agent: *")
    assert house.lines() == []


def test_a_pixel_is_taken_and_answered_with_a_picture(house: House) -> None:
    query = f"writeKey={house.source.write_key}&anonymousId=a&event=Opened"

    answer = get(house, "/pixel/v1/track", query=query)

    assert answer.headers["content-type"] == "image/gif"
    assert [(one.name, one.dialect) for one in house.lines()] == [("Opened", "rudderstack")]


@pytest.mark.parametrize("said", ["X-Write-Key", "body"])
def test_jitsu_is_taken_with_its_key_masked_in_the_body(house: House, said: str) -> None:
    event = {"type": "track", "event": "E", "anonymousId": "a", "writeKey": "id:***"}
    headers = {"x-write-key": f"id:{house.source.write_key}"}
    if said == "body":
        event["writeKey"], headers = house.source.write_key, {}

    answer = house.post("/api/s/track", event, key=None, headers=headers)

    assert answer.json["success"] is True
    assert [one.dialect for one in house.lines()] == ["jitsu"]


def test_jitsu_takes_lists_of_events_from_servers(house: House) -> None:
    events = [{"type": "track", "event": "Looked", "userId": "u1"}, {"type": "page", "userId": "u2"}]

    answer = house.post(
        "/api/s/s2s/batch", {"batch": events}, key=None, headers={"x-write-key": f"id:{house.source.write_key}"}
    )

    assert answer.status == 200
    assert [(one.dialect, one.type, one.user_id) for one in house.lines()] == [
        ("jitsu", "track", "u1"),
        ("jitsu", "page", "u2"),
    ]


def test_a_site_that_can_only_write_a_number_has_its_key_in_the_address(house: House) -> None:
    query = "idsite=1&rec=1&url=https%3A%2F%2Fshop.fr%2F&_id=0123456789abcdef&rand=1"

    taken = get(house, "/matomo/{key}/matomo.php", query=query)
    by_form = get(house, "/matomo/{key}/piwik.php", method="POST", raw=query.replace("rand=1", "rand=2").encode())
    bulk = {"requests": ["?" + query.replace("rand=1", "rand=3")], "token_auth": "made-by-matomo"}
    many = get(house, "/matomo/{key}/matomo.php", method="POST", raw=json.dumps(bulk).encode())
    unkeyed = get(house, "/matomo.php", query=query)

    assert [one.status for one in (taken, by_form, many, unkeyed)] == [200, 200, 200, 401]
    assert [(one.type, one.anonymous_id) for one in house.lines()] == [("page", "0123456789abcdef")] * 3


def test_matomos_script_may_send_under_a_key_that_is_bound_to_its_page(house: House) -> None:
    bound = keys.add_source(house.state, name="bound", now=START, origins=["https://shop.example"])
    keys.publish(house.state, house.home / "public.db", link_keys=[])
    form = f"idsite={bound.write_key}&rec=1&url=https%3A%2F%2Fshop.example%2F&_id=0123456789abcdef&rand=1&send_image=0"

    def sent(origin: str) -> Answer:
        headers = {"origin": origin, "content-type": "application/x-www-form-urlencoded"}
        return get(house, "/matomo.php", method="POST", raw=form.encode(), headers=headers)

    assert [sent(one).status for one in ("https://shop.example", "https://evil.example")] == [204, 403]
    assert sent("https://shop.example").headers["access-control-allow-origin"] == "https://shop.example"


def test_matomos_script_weighs_little() -> None:
    assert len(gzip.compress(script.script(script.MATOMO).text, 9)) <= 6_000
