from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from comptoir.clock import ManualClock, micros
from comptoir.sources import mapping, replay, segment, shopper
from comptoir.sources.replay import Answer, HttpPost
from comptoir.sources.segment import Hit, NotAStream, Speaker

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "real"
START = datetime(2019, 10, 1, tzinfo=UTC)
STREAM = list(segment.hits(EXAMPLES / "rees46_excerpt.csv.gz", mapping.load(EXAMPLES / "rees46.yaml")))


@dataclass
class FakeDoor:
    """Keeps what it was posted; answers with what it is told to first."""

    clock: ManualClock
    first: list[Answer] = field(default_factory=list)
    requests: list[tuple[str, Speaker, list[dict[str, Any]], datetime]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, path: str, body: bytes, speaker: Speaker) -> Answer:
        said = msgspec.json.decode(body)
        with self.lock:
            self.requests.append((path, speaker, said.get("batch", [said]), self.clock.now()))
            return self.first.pop(0) if self.first else Answer(200)

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [message for _, _, its, _ in self.requests for message in its]


def run(door: FakeDoor, stream: list[Hit], clock: ManualClock, **options: Any) -> replay.Replayed:
    lock = threading.Lock()

    def wait(seconds: float) -> None:
        with lock:
            clock.advance(timedelta(seconds=max(seconds, 1)))

    return replay.replay(stream, door, clock, wait=wait, **options)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_stream_is_what_a_live_shop_would_send() -> None:
    names = Counter(hit.message.get("event", hit.message["type"]) for hit in STREAM)

    assert names["Product Viewed"] == 1_139
    assert names["Product Added"] == 165
    assert names["Order Completed"] == 79
    assert names["page"] > 200
    for hit in STREAM:
        is_order = hit.message.get("event") == "Order Completed"
        assert hit.speaker is (Speaker.SERVER if is_order else Speaker.BROWSER)
        assert ("anonymousId" in hit.message) is not is_order
        assert is_order or hit.message["context"]["page"]["url"].startswith("https://shop.example.org/p/")
    assert len({hit.message["messageId"] for hit in STREAM}) == len(STREAM)


def test_a_stream_of_orders_is_not_replayed() -> None:
    with pytest.raises(NotAStream):
        list(segment.hits(EXAMPLES / "contacts.csv", mapping.load(EXAMPLES / "contacts.yaml")))


def test_an_aligned_replay_keeps_the_stream_s_own_time() -> None:
    clock = ManualClock(START)
    door = FakeDoor(clock)

    done = run(door, STREAM, clock, aligned=True)

    assert (done.sent, done.acked, done.lost, done.refused) == (len(STREAM), len(STREAM), 0, 0)
    assert Counter(message["messageId"] for message in door.messages) == Counter(
        hit.message["messageId"] for hit in STREAM
    )
    when = {hit.message["messageId"]: hit.at for hit in STREAM}
    for message in door.messages:
        assert micros(at(message["timestamp"])) == when[message["messageId"]]
        assert at(message["sentAt"]) >= at(message["timestamp"])
    assert clock.now() >= START + timedelta(hours=2, minutes=40)


def test_any_other_clock_sees_the_stream_begin_now_and_run_faster() -> None:
    began = datetime(2026, 11, 21, 12, tzinfo=UTC)
    clock = ManualClock(began)
    door = FakeDoor(clock)

    run(door, STREAM, clock, speed=60.0)

    times = [at(message["timestamp"]) for message in door.messages]
    assert min(times) == began
    assert max(times) - began < timedelta(minutes=3)
    assert max(at(message["timestamp"]) for *_, its, now in door.requests for message in its) <= clock.now()


def test_each_visitor_is_heard_in_order_and_a_browser_speaks_only_for_itself() -> None:
    clock = ManualClock(START + timedelta(hours=3))
    door = FakeDoor(clock)

    run(door, STREAM, clock, aligned=True, connections=8)

    heard: defaultdict[str, list[str]] = defaultdict(list)
    for path, speaker, its, _ in door.requests:
        if speaker is Speaker.BROWSER:
            assert len({message["anonymousId"] for message in its}) == 1
            assert path == ("/v1/batch" if len(its) > 1 else f"/v1/{its[0]['type'][0]}")
            heard[its[0]["anonymousId"]] += [message["timestamp"] for message in its]
    assert all(times == sorted(times) for times in heard.values())
    assert any(len(its) > 1 for _, _, its, _ in door.requests)


def test_what_fails_is_posted_again_with_the_same_ids() -> None:
    clock = ManualClock(START)
    door = FakeDoor(clock, [Answer(503), Answer(0), Answer(429, retry_after=7), Answer(200)])

    done = run(door, STREAM[:1], clock, aligned=True)

    assert (done.acked, done.retried, done.requests) == (1, 1, 4)
    assert len({message["messageId"] for message in door.messages}) == 1
    assert door.requests[3][3] - door.requests[2][3] >= timedelta(seconds=7)


def test_what_the_door_refuses_is_not_posted_again_and_what_never_arrives_is_counted() -> None:
    clock = ManualClock(START)

    refused = run(FakeDoor(clock, [Answer(400)]), STREAM[:1], clock, aligned=True)
    lost = run(FakeDoor(clock, [Answer(500)] * 99), STREAM[:1], clock, aligned=True)

    assert (refused.refused, refused.requests) == (1, 1)
    assert (lost.lost, lost.requests) == (1, replay.TRIES)


def test_a_failing_poster_ends_the_replay_with_its_error() -> None:
    def broken(path: str, body: bytes, speaker: Speaker) -> Answer:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        replay.replay(STREAM, broken, ManualClock(START + timedelta(hours=3)), aligned=True)


def test_a_clock_is_in_the_stream_s_time_or_not() -> None:
    assert replay.is_in_time(STREAM, ManualClock(START - timedelta(hours=1)))
    assert not replay.is_in_time(STREAM, ManualClock())
    assert not replay.is_in_time([], ManualClock(START))


@pytest.fixture
def server() -> Any:
    """Run a small HTTP server that keeps what it was sent."""
    kept: list[tuple[str, str | None, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.append((self.path, self.headers["Authorization"], body))
            self._answer(429 if len(kept) == 1 else 200)

        def do_GET(self) -> None:
            kept.append((self.path, self.headers["User-Agent"], b""))
            self._answer(302)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.send_header("Retry-After", "0")
            self.send_header("Location", "https://shop.example.org/p/1?utm_source=comptoir")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", kept
        running.shutdown()
        thread.join()


def test_posts_go_over_http_with_the_key_of_whoever_speaks(server: Any) -> None:
    door, kept = server
    with HttpPost(door, write_key="wk", secret_key="sk") as post:
        done = replay.replay(STREAM[:40], post, ManualClock(START + timedelta(hours=3)), aligned=True, connections=1)

    assert (done.acked, done.lost, done.retried > 0) == (40, 0, True)
    assert {key for _, key, _ in kept} <= {"Basic d2s6", "Basic c2s6"}


def test_a_door_that_is_not_there_is_an_answer_too() -> None:
    post = HttpPost("http://127.0.0.1:9", write_key="wk", secret_key="sk")

    assert post("/v1/t", b"{}", Speaker.BROWSER) == Answer(0)


def test_a_shopper_follows_the_link_lands_and_buys(server: Any) -> None:
    url, kept = server
    clock = ManualClock(START)
    door = FakeDoor(clock)
    basket = shopper.Basket(
        cart_id="c-1",
        anonymous_id="browser-7",
        user_id="7",
        currency="USD",
        products=[shopper.Bought(product_id="1", price=Decimal("33.20"), quantity=2)],
    )

    landed = shopper.click(f"{url}/c/token?x=1", basket, door, clock)

    assert kept == [("/c/token?x=1", segment.user_agent("browser-7"), b"")]
    assert landed.landing_url == "https://shop.example.org/p/1?utm_source=comptoir"
    (page, order) = door.messages
    assert page["context"]["page"]["search"] == "?utm_source=comptoir"
    assert page["anonymousId"] == "browser-7"
    assert "userId" not in page
    assert [speaker for _, speaker, _, _ in door.requests] == [Speaker.BROWSER, Speaker.SERVER]
    assert order["properties"]["total"] == 66.4
    assert order["properties"]["cart_id"] == "c-1"
    assert order["userId"] == "7"
    assert order["properties"]["order_id"] == landed.order_id


def test_a_shopper_may_only_look_and_a_dead_link_is_an_error() -> None:
    clock = ManualClock(START)
    door = FakeDoor(clock)
    basket = shopper.Basket(cart_id="c", anonymous_id="b", user_id=None, currency="EUR", products=[])

    landed = shopper.click(
        "http://x/c",
        basket,
        door,
        clock,
        buys=False,
        fetch=lambda *_: Answer(302, location="https://shop.example.org/"),
    )

    assert landed.order_id is None
    assert [message["type"] for message in door.messages] == ["page"]
    with pytest.raises(shopper.LinkLedNowhere):
        shopper.click("http://x/c", basket, door, clock, fetch=lambda *_: Answer(404))
