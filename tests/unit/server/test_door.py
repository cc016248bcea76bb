"""The door as an application: what it answers, and what then lies in the spool."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from comptoir.access import keys
from comptoir.access.keys import NewSource
from comptoir.access.rows import brands, sources
from comptoir.access.rows import keys as key_rows
from comptoir.clock import ManualClock, micros
from comptoir.config import DoorSettings, Settings
from comptoir.errors import StoreUnavailable
from comptoir.messaging.links import Link, sign
from comptoir.model.event import Line, decode
from comptoir.server.door import Door
from comptoir.server.requests import Proxies
from comptoir.spool import turned
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool
from comptoir.state.base import State, metadata, open_state

LINK_KEY = b"k" * 32
START = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)  # type: ignore[no-any-return]


class FailingSpool(SqliteSpool):
    """A spool whose disk can be full."""

    is_full = False

    def append(self, parcels: Sequence[Parcel]) -> int:
        if self.is_full:
            raise StoreUnavailable(problem="disk is full")
        return super().append(parcels)


@dataclass
class House:
    """A home with one source, its door, and a way to ask it."""

    home: Path
    state: State
    source: NewSource
    clock: ManualClock
    settings: DoorSettings = field(default_factory=DoorSettings)
    client: str = "203.0.113.77"
    spool: FailingSpool | None = None

    def door(self) -> Door:
        settings = Settings(home=self.home, door=self.settings)

        def open_spool() -> FailingSpool:
            self.spool = FailingSpool(self.home / "spool" / "front.db")
            return self.spool

        return Door(settings, self.clock, spool=open_spool)

    def run(self, story: Callable[[Ask], Awaitable[Any]]) -> Any:
        async def told() -> Any:
            async with living(self.door()) as door:
                return await story(Ask(door, self))

        return asyncio.run(told())

    def post(self, path: str, body: object = None, **how: Any) -> Answer:
        answer: Answer = self.run(lambda ask: ask.post(path, body, **how))
        return answer

    def lines(self) -> list[Line]:
        reader = SqliteSpool(self.home / "spool" / "front.db", read_only=True)
        found = [decode(line) for line in reader.read(0, 100_000).lines]
        reader.close()
        return found


@dataclass
class Ask:
    """Asks a living door."""

    door: Door
    house: House

    async def post(self, path: str, body: object = None, **how: Any) -> Answer:
        return await self.ask("POST", path, body, **how)

    async def ask(
        self, method: str, path: str, body: object = None, *, raw: bytes | None = None, key: str | None = "write",
        headers: dict[str, str] | None = None, query: str = "", pieces: Sequence[bytes] | None = None,
    ) -> Answer:  # fmt: skip
        sent = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        own = {name.lower(): value for name, value in (headers or {}).items()}
        if key is not None:
            text = {"write": self.house.source.write_key, "secret": self.house.source.secret_key}.get(key, key)
            own.setdefault("authorization", "Basic " + base64.b64encode(f"{text}:".encode()).decode())
        if pieces is None:
            own.setdefault("content-length", str(len(sent)))
        scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(),
            "client": (self.house.client, 5),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in own.items()],
        }  # fmt: skip
        queue = list(pieces) if pieces is not None else [sent]
        heard: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if not queue:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": queue.pop(0), "more_body": bool(queue)}

        async def send(message: dict[str, Any]) -> None:
            heard.append(message)

        await self.door(scope, receive, send)
        if not heard:
            return Answer(0, {}, b"")
        said = {name.decode(): value.decode("latin-1") for name, value in heard[0]["headers"]}
        return Answer(heard[0]["status"], said, b"".join(one["body"] for one in heard[1:]))


@asynccontextmanager
async def living(door: Door) -> AsyncIterator[Door]:
    """Let a door live: start and stop it as a server would."""
    asked: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    life = asyncio.create_task(door({"type": "lifespan"}, asked.get, told.put))
    await asked.put({"type": "lifespan.startup"})
    await told.get()
    try:
        yield door
    finally:
        await asked.put({"type": "lifespan.shutdown"})
        await told.get()
        await life


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    state = open_state(tmp_path / "state.db")
    metadata.create_all(state.engine, tables=[brands, sources, key_rows])
    source = keys.add_source(state, name="site", now=START)
    keys.publish(state, tmp_path / "public.db", link_keys=[LINK_KEY])
    yield House(tmp_path, state, source, ManualClock(START))
    state.close()


EVENT = {"event": "Product Viewed", "anonymousId": "a1", "messageId": "m1"}


def test_an_event_is_durable_when_it_is_answered(house: House) -> None:
    answer = house.post("/v1/track", EVENT)

    assert answer.status == 200
    assert answer.json == {"success": True, "status": "Ok"}
    assert answer.headers["content-type"] == "application/json"
    (line,) = house.lines()
    assert (line.message_id, line.source, line.brand, line.trust, line.ip) == (
        "m1",
        "site",
        "main",
        "claimed",
        "203.0.113.0",
    )
    assert line.received_at == micros(START)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    ["track", "page", "screen", "identify", "group", "alias", "t", "p", "s", "i", "g", "a"],
)  # fmt: skip
def test_every_call_and_its_twin_takes_an_event(house: House, path: str) -> None:
    body = {"event": "E", "userId": "u", "groupId": "g", "previousId": "p"}

    assert house.post(f"/v1/{path}", body).status == 200
    (line,) = house.lines()
    assert line.type.startswith(path[0])


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import"])
def test_a_batch_is_taken_and_an_import_is_history(house: House, path: str) -> None:
    body = {"batch": [{"type": "track", "event": "E", "userId": f"u{n}"} for n in range(3)]}

    assert house.post(path, body, key="secret").json == {"success": True, "status": "Ok"}
    lines = house.lines()
    assert [line.user_id for line in lines] == ["u0", "u1", "u2"]
    assert {line.historical for line in lines} == {path == "/v1/import"}
    assert {line.trust for line in lines} == {"confirmed"}


def test_an_empty_batch_and_the_sdks_own_metrics_are_fine(house: House) -> None:
    assert house.post("/v1/batch", {"batch": []}).status == 200
    assert house.post("/v1/m", {"series": []}, key=None).status == 200
    assert house.lines() == []


def test_the_key_is_found_wherever_an_sdk_puts_it(house: House) -> None:
    write, secret = house.source.write_key, house.source.secret_key
    basic = "Basic " + base64.b64encode(f"{secret}:".encode()).decode()

    async def story(ask: Ask) -> list[int]:
        return [
            (await ask.post("/v1/t", EVENT | {"writeKey": write}, key=None)).status,
            (await ask.post("/v1/b", {"writeKey": write, "batch": [EVENT | {"type": "track"}]}, key=None)).status,
            (await ask.post("/v1/t", EVENT, headers={"Authorization": basic})).status,
            (await ask.post("/v1/t", EVENT, key=None, headers={"X-Write-Key": write})).status,
            (await ask.post("/v1/t", EVENT, key=None, headers={"X-Write-Key": f"id:{write}"})).status,
            (
                await ask.post(
                    "/v1/t", EVENT | {"writeKey": "id:***"}, key=None, headers={"X-Write-Key": f"id:{write}"}
                )
            ).status,
            (await ask.post("/v1/t", EVENT, key=None, query=f"a=b&writeKey={write}")).status,
            (await ask.post("/v1/t", EVENT, key=None, headers={"Authorization": f"Bearer {secret}"})).status,
            # the body comes first: its public key decides, though a secret one stands beside it
            (await ask.post("/v1/t", EVENT | {"writeKey": write}, headers={"Authorization": basic})).status,
        ]

    assert house.run(story) == [200] * 9
    trusts = [line.trust for line in house.lines()]
    assert trusts == ["claimed"] * 2 + ["confirmed"] + ["claimed"] * 4 + ["confirmed", "claimed"]


@pytest.mark.parametrize(
    "how", [{"key": None}, {"key": "wk_nobody"}, {"key": None, "headers": {"Authorization": "Basic !!!"}}]
)
def test_an_unknown_key_is_told_with_code_message_and_detail(house: House, how: dict[str, Any]) -> None:
    answer = house.post("/v1/track", EVENT, **how)

    assert answer.status == 401
    assert answer.json["code"] == "unknown_key"
    assert {"code", "message", "detail", "hint"} <= answer.json.keys()
    assert house.lines() == []


def test_a_closed_source_is_told(house: House) -> None:
    keys.enable_source(house.state, "site", is_enabled=False)
    keys.publish(house.state, house.home / "public.db")

    answer = house.post("/v1/track", EVENT)

    assert (answer.status, answer.json["code"]) == (403, "source_disabled")


def test_a_running_door_sees_a_new_source_within_a_second(house: House) -> None:
    async def story(ask: Ask) -> int:
        await ask.post("/v1/track", EVENT)
        new = keys.add_source(house.state, name="other", now=START)
        keys.publish(house.state, house.home / "public.db")
        await asyncio.sleep(0.5)
        return (await ask.post("/v1/track", EVENT, key=new.write_key)).status

    assert house.run(story) == 200


def test_a_source_bound_to_origins_takes_nothing_from_elsewhere(house: House) -> None:
    bound = keys.add_source(house.state, name="bound", now=START, origins=["https://shop.fr"])
    keys.publish(house.state, house.home / "public.db")

    async def story(ask: Ask) -> list[int]:
        ours, theirs = {"Origin": "https://shop.fr"}, {"Origin": "https://evil.example"}
        return [
            (await ask.post("/v1/t", EVENT, key=bound.write_key, headers=ours)).status,
            (await ask.post("/v1/t", EVENT, key=bound.write_key, headers=theirs)).status,
            (await ask.post("/v1/t", EVENT, key=bound.write_key)).status,
            (await ask.post("/v1/t", EVENT, key=bound.secret_key)).status,
        ]

    assert house.run(story) == [200, 403, 403, 200]


def test_a_page_of_another_origin_may_read_the_answer_even_of_an_error(house: House) -> None:
    for key in ("write", "wk_nobody"):
        answer = house.post("/v1/t", EVENT, key=key, headers={"Origin": "https://shop.fr"})

        assert answer.headers["access-control-allow-origin"] == "https://shop.fr"
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["vary"] == "Origin"


def test_a_preflight_allows_what_the_browser_asks_for(house: House) -> None:
    answer = house.run(
        lambda ask: ask.ask(
            "OPTIONS", "/v1/t", key=None,
            headers={"Origin": "https://shop.fr", "Access-Control-Request-Headers": "authorization,x-new"},
        )
    )  # fmt: skip

    assert answer.status == 204
    assert answer.body == b""
    assert answer.headers["access-control-allow-headers"] == "authorization,x-new"
    assert int(answer.headers["access-control-max-age"]) >= 600
    assert answer.headers["access-control-allow-origin"] == "https://shop.fr"


def test_a_browser_that_names_nobody_is_given_an_id_once(house: House) -> None:
    async def story(ask: Ask) -> tuple[Answer, Answer]:
        first = await ask.post("/v1/page", {})
        pair = first.headers["set-cookie"].partition(";")[0]
        return first, await ask.post("/v1/page", {}, headers={"Cookie": f"other=1; {pair}"})

    first, second = house.run(story)

    assert first.headers["set-cookie"].endswith("; HttpOnly; Secure; SameSite=Lax")
    assert "set-cookie" not in second.headers
    ids = [line.anonymous_id for line in house.lines()]
    assert ids[0] == ids[1] == first.headers["set-cookie"].partition("=")[2].partition(";")[0]


def test_an_id_of_more_than_thirteen_months_is_replaced(house: House) -> None:
    pair = house.post("/v1/page", {}).headers["set-cookie"].partition(";")[0]
    house.clock.advance(timedelta(days=396))

    again = house.post("/v1/page", {}, headers={"Cookie": pair})

    assert again.headers["set-cookie"].partition(";")[0] != pair


def test_a_server_gets_no_cookie(house: House) -> None:
    answer = house.post("/v1/page", {}, key="secret")

    assert (answer.status, answer.json["code"]) == (400, "missing_identifier")
    assert "set-cookie" not in answer.headers
    assert house.lines()[0].reason == "missing_identifier"


def test_a_refused_event_is_told_and_kept(house: House) -> None:
    answer = house.post("/v1/track", raw=b'{"userId":"u","event":"E","x":1,"x":2}')

    assert answer.status == 400
    assert answer.json["code"] == "duplicate_key"
    assert answer.json["message"]
    assert answer.json["detail"]
    (line,) = house.lines()
    assert base64.b64decode(line.raw or "") == b'{"userId":"u","event":"E","x":1,"x":2}'


def test_a_batch_with_bad_events_is_answered_200_with_a_list_of_them(house: House) -> None:
    events = [b'{"type":"page","userId":"u"}', b'{"type":"page","userId":NaN}', b'{"type":"track","userId":"u"}']

    answer = house.post("/v1/batch", raw=b'{"batch":[' + b",".join(events) + b"]}")

    assert answer.status == 200
    assert answer.json["success"] is True
    assert [(one["index"], one["code"]) for one in answer.json["refused"]] == [(1, "bad_json"), (2, "missing_name")]
    assert [line.type for line in house.lines()] == ["page", "refused", "refused"]


@pytest.mark.parametrize("raw", [b'{"batch":[{"type":"page"', b"[]", b"\xef\xbb\xbf{}", b"\x1f\x8b\x08broken", b""])
def test_a_body_that_cannot_be_read_is_told_and_kept_whole(house: House, raw: bytes) -> None:
    answer = house.post("/v1/batch", raw=raw)

    assert answer.status == 400
    assert answer.json["code"] in {"bad_json", "bad_envelope"}
    (line,) = house.lines()
    assert base64.b64decode(line.raw or "") == raw


def test_a_broken_body_of_nobody_is_told_and_not_kept(house: House) -> None:
    assert house.post("/v1/track", raw=b"{", key=None).status == 400
    assert house.post("/v1/track", raw=b"{", key="wk_nobody").status == 401
    assert house.lines() == []


@pytest.mark.parametrize(
    "said", ["application/json", "text/plain", "application/x-www-form-urlencoded", "image/gif", ""]
)
def test_what_a_client_says_of_its_body_is_not_believed(house: House, said: str) -> None:
    for raw in (json.dumps(EVENT).encode(), gzip.compress(json.dumps(EVENT).encode())):
        assert house.post("/v1/track", raw=raw, headers={"Content-Type": said}).status == 200


def test_a_bomb_is_refused_at_the_cap(house: House) -> None:
    bomb = gzip.compress(b"0" * 60_000_000)

    answer = house.post("/v1/batch", raw=bomb)

    assert (answer.status, answer.json["code"]) == (413, "body_too_large")
    assert house.lines() == []


def test_gzip_in_gzip_is_not_unpacked_twice(house: House) -> None:
    answer = house.post("/v1/track", raw=gzip.compress(gzip.compress(json.dumps(EVENT).encode())))

    assert (answer.status, answer.json["code"]) == (400, "bad_json")


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_an_encoding_the_door_does_not_read_is_told(house: House, encoding: str) -> None:
    answer = house.post("/v1/track", EVENT, headers={"Content-Encoding": encoding})

    assert (answer.status, answer.json["code"]) == (415, "encoding_not_supported")


def test_a_body_announced_too_large_is_refused_unread(house: House) -> None:
    answer = house.post("/v1/batch", raw=b"", headers={"Content-Length": "10000000"})

    assert answer.status == 413
    assert answer.headers["connection"] == "close"


def test_a_body_that_grows_too_large_is_refused_on_the_way(house: House) -> None:
    answer = house.post("/v1/batch", pieces=[b"x" * 100_000] * 30)

    assert answer.status == 413


def test_half_a_request_is_no_request(house: House) -> None:
    async def story(ask: Ask) -> int:
        queue = [b'{"event":"E",']

        async def receive() -> dict[str, Any]:
            return (
                {"type": "http.request", "body": queue.pop(), "more_body": True}
                if queue
                else {"type": "http.disconnect"}
            )

        heard: list[object] = []

        async def send(message: object) -> None:
            heard.append(message)

        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/v1/t",
            "query_string": b"",
            "client": None,
            "headers": [],
        }
        await ask.door(scope, receive, send)
        return len(heard)

    assert house.run(story) == 0
    assert house.lines() == []


def test_an_event_too_large_is_refused_and_its_neighbours_kept(house: House) -> None:
    large = {"type": "track", "event": "E", "userId": "u", "properties": {"x": "y" * 33_000}}

    answer = house.post("/v1/batch", {"batch": [{"type": "page", "userId": "u"}, large]})

    assert answer.json["refused"][0]["code"] == "event_too_large"
    assert [line.type for line in house.lines()] == ["page", "refused"]


def test_too_many_events_in_one_batch_are_refused(house: House) -> None:
    house.settings = replace(house.settings, batch_events=10)

    assert house.post("/v1/batch", {"batch": [{"type": "page", "userId": "u"}] * 11}).status == 413


@pytest.mark.parametrize(("path", "status"), [("/v1/batch", 429), ("/batch/", 503)], ids=["segment", "posthog"])
def test_a_source_that_is_too_fast_is_told_how_long_to_wait(path: str, status: int, house: House) -> None:
    slow = keys.add_source(house.state, name="slow", now=START, rate_per_second=5, rate_burst=10)
    keys.publish(house.state, house.home / "public.db")
    batch = {"batch": [{"type": "page", "userId": "u", "event": "E", "distinct_id": "u"}] * 12}

    async def story(ask: Ask) -> list[Answer]:
        return [await ask.post(path, batch, key=slow.secret_key) for _ in range(2)]

    first, second = house.run(story)

    assert first.status == 200
    assert (second.status, second.json["code"]) == (status, "too_many_events")
    assert int(second.headers["retry-after"]) >= 1
    assert len(house.lines()) == 12


@pytest.mark.parametrize(("path", "status"), [("/v1/batch", 429), ("/batch/", 503)], ids=["segment", "posthog"])
def test_a_flood_from_one_network_is_turned_away_and_visitors_of_others_are_not(
    path: str, status: int, house: House
) -> None:
    slow = keys.add_source(house.state, name="slow", now=START, rate_per_second=100, rate_burst=200)
    keys.publish(house.state, house.home / "public.db")
    page = {"type": "page", "userId": "u", "event": "E", "distinct_id": "u"}

    async def story(ask: Ask) -> tuple[list[Answer], list[Answer], Answer]:
        flood: list[Answer] = []
        visits: list[Answer] = []
        for _ in range(300):
            house.client = "203.0.113.77"
            flood.append(await ask.post(path, {"batch": [page] * 40}, key=slow.write_key))
            house.client = "203.0.113.78"  # the same network: another machine of the flood
            flood.append(await ask.post(path, {"batch": [page] * 40}, key=slow.write_key))
            house.client = "198.51.100.7"
            if len(visits) < 20:
                visits.append(await ask.post(path, {"batch": [page]}, key=slow.write_key))
        house.client = "203.0.113.77"
        return flood, visits, await ask.post(path, {"batch": [page]}, key=slow.secret_key)

    flood, visits, server = house.run(story)

    assert [one.status for one in visits] == [200] * 20
    assert server.status == 200
    told = [one for one in flood if one.status != 200]
    assert len(told) > 590
    assert {(one.status, one.json["code"]) for one in told} == {(status, "network_too_fast")}
    assert all(1 <= int(one.headers["retry-after"]) <= 10 for one in told)
    assert turned.read(house.home / "spool") == (turned.TurnedAway(source="slow", bound="network", requests=len(told)),)
    assert len(house.lines()) == 40 * (len(flood) - len(told)) + 21


def test_a_forwarded_address_has_a_bucket_only_where_a_trusted_proxy_says_it(house: House) -> None:
    slow = keys.add_source(house.state, name="slow", now=START, rate_per_second=100, rate_burst=200)
    keys.publish(house.state, house.home / "public.db")
    batch = {"batch": [{"type": "page", "userId": "u"}] * 60}

    async def story(ask: Ask) -> list[int]:
        said = [f"198.51.{number}.7" for number in range(20)]
        return [
            (await ask.post("/v1/batch", batch, key=slow.write_key, headers={"x-forwarded-for": one})).status
            for one in said
        ]

    invented = house.run(story)  # by the flood itself: each request names another visitor
    house.settings = replace(house.settings, trusted_proxies=("203.0.113.0/24",), network_share=0.01)
    forwarded = house.run(story)

    assert invented == [200] + [429] * 19
    assert forwarded == [200] * 20


@pytest.mark.parametrize("raw", [b"x" * 500_000, gzip.compress(b"x" * 500_000)], ids=["plain", "zipped"])
def test_half_a_megabyte_of_nothing_weighs_as_many_events_as_it_takes_room_for(raw: bytes, house: House) -> None:
    slow = keys.add_source(house.state, name="slow", now=START, rate_per_second=1, rate_burst=50)
    keys.publish(house.state, house.home / "public.db")

    async def story(ask: Ask) -> list[int]:
        return [(await ask.post("/v1/track", raw=raw, key=slow.secret_key)).status for _ in range(6)]

    assert house.run(story) == [400] * 4 + [429] * 2  # 15 each, of which a whole body that is no JSON is kept


def test_what_was_turned_away_is_counted_over_a_restart(house: House) -> None:
    slow = keys.add_source(house.state, name="slow", now=START, rate_per_second=1, rate_burst=1)
    keys.publish(house.state, house.home / "public.db")
    batch = {"batch": [{"type": "page", "userId": "u"}] * 40}

    async def story(ask: Ask) -> list[int]:
        return [(await ask.post("/v1/batch", batch, key=slow.secret_key)).status for _ in range(3)]

    assert [house.run(story) for _ in range(2)] == [[200, 429, 429]] * 2
    assert turned.read(house.home / "spool") == (turned.TurnedAway(source="slow", bound="key", requests=4),)


def test_a_full_disk_is_503_never_200_and_heals_by_itself(house: House) -> None:
    async def story(ask: Ask) -> list[Answer]:
        assert house.spool is not None
        house.spool.is_full = True
        during = [await ask.post("/v1/track", EVENT), await ask.ask("GET", "/ready"), await ask.ask("GET", "/health")]
        house.spool.is_full = False
        return [*during, await ask.post("/v1/track", EVENT), await ask.ask("GET", "/ready")]

    answers = house.run(story)

    assert [answer.status for answer in answers] == [503, 503, 200, 200, 200]
    assert int(answers[0].headers["retry-after"]) >= 1
    assert answers[0].json["code"] == "store_unavailable"
    assert len(house.lines()) == 1


def test_a_door_without_public_db_lives_but_is_not_ready(house: House) -> None:
    (house.home / "public.db").unlink()

    async def story(ask: Ask) -> list[int]:
        return [(await ask.ask("GET", path)).status for path in ("/health", "/ready")]

    assert house.run(story) == [200, 503]


def test_what_is_not_there_and_what_is_asked_wrongly_is_told(house: House) -> None:
    async def story(ask: Ask) -> list[tuple[int, str]]:
        answers = [await ask.ask("GET", "/nope"), await ask.ask("GET", "/v1/track"), await ask.ask("PUT", "/v1/track")]
        return [(answer.status, answer.json["code"]) for answer in answers]

    assert house.run(story) == [(404, "not_found"), (405, "method_not_allowed"), (405, "method_not_allowed")]


def test_the_same_batch_fifty_times_at_once_has_fifty_equal_answers_and_equal_ids(house: House) -> None:
    body = {"batch": [{"type": "page", "userId": "u"}, {"type": "track", "event": "E", "userId": "u"}]}

    async def story(ask: Ask) -> list[Answer]:
        return await asyncio.gather(*(ask.post("/v1/batch", body) for _ in range(50)))

    answers = house.run(story)

    assert {(answer.status, answer.body) for answer in answers} == {(200, b'{"success": true, "status": "Ok"}')}
    assert len({line.message_id for line in house.lines()}) == 2


def test_addresses_that_two_proxies_forward_in_two_headers_are_one_list(house: House) -> None:
    house.settings = replace(house.settings, trusted_proxies=("10.0.0.0/8", "203.0.113.0/24"))
    proxies = Proxies.of(house.settings.trusted_proxies)

    def address(*said: bytes) -> str | None:
        headers = [(b"x-forwarded-for", one) for one in said]
        return proxies.address({"client": ("203.0.113.77", 5), "headers": headers}, dict(headers))

    assert address(b"198.51.100.1", b"10.0.0.8") == "198.51.100.0"  # HAProxy behind a content network
    assert address(b"192.0.2.66", b"198.51.100.1, 10.0.0.8") == "198.51.100.0"  # the first is the client's own word
    assert address(b"198.51.100.1:4711, 10.0.0.8:80") == "198.51.100.0"
    assert address(b"[2001:db8:1:2::3]:4711, 10.0.0.8") == "2001:db8:1::"
    assert address(b"2001:db8:1:2::3, ::ffff:10.0.0.8") == "2001:db8:1::"
    assert address(b"2001:db8:1:2::3, 10.0.0.8:x:80") is None


def test_a_forwarded_address_is_believed_from_a_trusted_proxy_only(house: House) -> None:
    forwarded = {"X-Forwarded-For": "198.51.100.1, 192.0.2.9, 10.0.0.8"}
    house.post("/v1/track", EVENT, headers=forwarded)
    house.settings = replace(house.settings, trusted_proxies=("10.0.0.0/8", "203.0.113.0/24"))
    house.post("/v1/track", EVENT, headers=forwarded)
    house.client = "198.18.0.1"
    house.post("/v1/track", EVENT, headers=forwarded)

    assert [line.ip for line in house.lines()] == ["203.0.113.0", "192.0.2.0", "198.18.0.0"]


def test_a_librarys_name_is_no_visitors_browser(house: House) -> None:
    house.post("/v1/track", EVENT, headers={"User-Agent": "analytics-python/2.3.4"})
    house.post("/v1/track", EVENT, headers={"User-Agent": "Mozilla/5.0 (X11)"})
    house.post("/v1/track", EVENT, headers={"User-Agent": "Mozilla/5.0 (X11)"}, key="secret")

    assert [line.user_agent for line in house.lines()] == [None, "Mozilla/5.0 (X11)", None]


def token(
    kind: str = "click", *, key: bytes = LINK_KEY, language: str = "fr", target: str = "https://shop.fr/p?a=1&b=%20#é"
) -> str:
    expires_at = micros(START) + 30 * 86_400_000_000
    link = Link(
        kind=kind,  # type: ignore[arg-type]
        message_id="msg-1", target=target, brand="Petit <Bazar>", language=language, expires_at=expires_at,
    )  # fmt: skip
    return sign(key, link)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_click_leads_to_its_target_and_is_written_down(house: House, method: str) -> None:
    headers = {"User-Agent": "Mozilla/5.0 (Phone)", "Cookie": "comptoir_id=x"}

    answer = house.run(lambda ask: ask.ask(method, f"/c/{token()}", key=None, headers=headers))

    assert answer.status == 302
    assert answer.headers["location"].encode("latin-1").decode() == "https://shop.fr/p?a=1&b=%20#é"
    assert "set-cookie" not in answer.headers
    (line,) = house.lines()
    assert (line.type, line.name, line.trust, line.source, line.brand) == (
        "control", "Message Clicked", "confirmed", "comptoir", "Petit <Bazar>",
    )  # fmt: skip
    said = json.loads(bytes(line.properties))
    assert said == {"message_id": "msg-1", "kind": "clicked", "link": "https://shop.fr/p?a=1&b=%20#é", "detail": method}
    assert line.user_agent == "Mozilla/5.0 (Phone)"
    assert line.anonymous_id is None


def test_a_click_carries_the_id_of_a_browser_we_know(house: House) -> None:
    pair = house.post("/v1/page", {}).headers["set-cookie"].partition(";")[0]

    house.run(lambda ask: ask.ask("GET", f"/c/{token()}", key=None, headers={"Cookie": pair}))

    page, click = house.lines()
    assert click.anonymous_id == page.anonymous_id


@pytest.mark.parametrize("bad", ["", "x", token(key=b"o" * 32), token("unsubscribe"), token()[:-2], "../" + token()])
def test_a_forged_link_leads_nowhere(house: House, bad: str) -> None:
    answer = house.run(lambda ask: ask.ask("GET", f"/c/{bad}", key=None))

    assert answer.status == 404
    assert "location" not in answer.headers
    assert house.lines() == []


def test_a_link_too_old_leads_nowhere(house: House) -> None:
    house.clock.advance(timedelta(days=31))

    assert house.run(lambda ask: ask.ask("GET", f"/c/{token()}", key=None)).status == 404


def test_a_full_disk_does_not_hold_up_who_clicked(house: House) -> None:
    async def story(ask: Ask) -> Answer:
        assert house.spool is not None
        house.spool.is_full = True
        return await ask.ask("GET", f"/c/{token()}", key=None)

    assert house.run(story).status == 302


@pytest.mark.parametrize(("language", "word"), [("fr", "Me désabonner"), ("en-GB", "Unsubscribe")])
def test_opening_the_unsubscribe_page_changes_nothing(house: House, language: str, word: str) -> None:
    address = f"/u/{token('unsubscribe', language=language)}"

    async def story(ask: Ask) -> list[Answer]:
        return [await ask.ask(method, address, key=None) for method in ("GET", "HEAD")]

    for answer in house.run(story):
        assert answer.status == 200
        assert word in answer.body.decode()
        assert "Petit &lt;Bazar&gt;" in answer.body.decode()
        assert '<form method="post">' in answer.body.decode()
        assert "<script" not in answer.body.decode()
    assert house.lines() == []


@pytest.mark.parametrize(("body", "way"), [(b"List-Unsubscribe=One-Click", "one-click"), (b"", "page")])
def test_unsubscribing_is_durable_when_it_is_answered(house: House, body: bytes, way: str) -> None:
    address = f"/u/{token('unsubscribe')}"

    answer = house.run(lambda ask: ask.post(address, raw=body, key=None))

    assert answer.status == 200
    (line,) = house.lines()
    assert (line.type, line.name, line.trust) == ("control", "Unsubscribed", "confirmed")
    assert json.loads(bytes(line.properties)) == {"message_id": "msg-1", "way": way}
    reader = SqliteSpool(house.home / "spool" / "front.db", read_only=True)
    assert len(reader.urgent_after(0)) == 1
    reader.close()


def test_an_unsubscription_that_could_not_be_written_is_not_said_to_be_done(house: House) -> None:
    async def story(ask: Ask) -> Answer:
        assert house.spool is not None
        house.spool.is_full = True
        return await ask.post(f"/u/{token('unsubscribe')}", key=None)

    assert house.run(story).status == 503


@pytest.mark.parametrize("bad", ["x", token("click"), token("unsubscribe", key=b"o" * 32)])
def test_a_forged_unsubscribe_link_does_nothing(house: House, bad: str) -> None:
    assert house.run(lambda ask: ask.post(f"/u/{bad}", key=None)).status == 404
    assert house.lines() == []


def test_asking_whether_a_value_is_right_writes_only_what_is_chosen(house: House) -> None:
    target = "field=email&written=a%E2%80%A6e%40gmial.com&proposed=a%E2%80%A6e%40gmail.com"
    address = f"/q/{token('correct', target=target)}"

    async def story(ask: Ask) -> list[Answer]:
        shown = await ask.ask("GET", address, key=None)
        unchosen = await ask.post(address, raw=b"", key=None)
        return [shown, unchosen, await ask.post(address, raw=b"answer=yes", key=None)]

    shown, unchosen, done = house.run(story)

    assert "a…e@gmail.com" in shown.body.decode()
    assert "a…e@gmail.com" in unchosen.body.decode()
    assert "Merci" in done.body.decode()
    (line,) = house.lines()
    assert (line.type, line.name, line.trust) == ("control", "Correction Answered", "confirmed")
    assert json.loads(bytes(line.properties)) == {"message_id": "msg-1", "answer": "yes"}


@pytest.mark.parametrize("path", ["/v1/page", "/v1/batch"])
def test_an_e_mail_in_an_address_is_in_no_file_of_the_home(house: House, path: str) -> None:
    url = "https://shop.fr/?email=canary%40shop.fr"
    page = {
        "type": "page", "anonymousId": "a1", "messageId": "m1",
        "properties": {"url": url, "search": "?u=canary@shop.fr"},
        "context": {"page": {"url": url, "referrer": "https://shop.fr/canary@shop.fr/"}},
    }  # fmt: skip

    assert house.post(path, {"batch": [page]} if path == "/v1/batch" else page).status == 200
    assert len(house.lines()) == 1
    files = [one for one in house.home.rglob("*") if one.is_file()]
    assert not [one for one in files if b"canary" in one.read_bytes()]
