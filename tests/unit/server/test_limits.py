"""What protects the door: sizes, rates, patience."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from typing import Any

import pytest

from comptoir.access.public import Grant
from comptoir.model.event import Trust
from comptoir.server import limits
from comptoir.server.limits import Buckets, Networks, NotInflatable, inflated
from comptoir.server.problems import (
    BodyTooLarge,
    EncodingNotSupported,
    NetworkTooFast,
    TooManyEvents,
    TooMuchHalfSent,
)

BODY = b'{"event":"E"}'


@pytest.mark.parametrize("said", [b"", b"gzip", b"deflate", b"identity", b"GZIP ", b"x-gzip"])
def test_gzip_is_known_by_its_first_bytes_whatever_is_said(said: bytes) -> None:
    assert inflated(gzip.compress(BODY, mtime=0), said, 100) == BODY


@pytest.mark.parametrize("said", [b"", b"gzip", b"identity", b"deflate"])
def test_plain_text_stays_plain_whatever_is_said(said: bytes) -> None:
    assert inflated(BODY, said, 100) == BODY


def test_both_kinds_of_deflate_are_read() -> None:
    raw = zlib.compressobj(wbits=-15)

    assert inflated(zlib.compress(BODY), b"deflate", 100) == BODY
    assert inflated(raw.compress(BODY) + raw.flush(), b"deflate", 100) == BODY


def test_gzip_in_several_members_is_read_and_gzip_in_gzip_stays_packed() -> None:
    inner = gzip.compress(BODY, mtime=0)

    assert inflated(gzip.compress(BODY[:5], mtime=0) + gzip.compress(BODY[5:], mtime=0), b"", 100) == BODY
    assert inflated(gzip.compress(inner, mtime=0), b"", 100) == inner


@pytest.mark.parametrize("said", [b"br", b"zstd", b"gzip, gzip", b"compress", b"x" * 500])
def test_what_the_door_does_not_read_is_said(said: bytes) -> None:
    with pytest.raises(EncodingNotSupported):
        inflated(b"xx", said, 100)


@pytest.mark.parametrize(
    "cut",
    [
        gzip.compress(BODY * 50, mtime=0)[:-9],
        gzip.compress(BODY, mtime=0)[:5],
        b"\x1f\x8b",
        gzip.compress(BODY, mtime=0) + b"rest",
    ],
)
def test_a_cut_or_trailing_body_is_told(cut: bytes) -> None:
    with pytest.raises(NotInflatable):
        inflated(cut, b"gzip", 10_000)


def test_a_bomb_stops_at_the_cap_and_takes_little_memory() -> None:
    bomb = gzip.compress(b"0" * 100_000_000, mtime=0)
    tracemalloc.start()

    with pytest.raises(BodyTooLarge):
        inflated(bomb, b"", 512_000)

    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()


def test_a_bomb_of_many_small_members_stops_at_the_cap() -> None:
    with pytest.raises(BodyTooLarge):
        inflated(gzip.compress(b"0" * 10_000, mtime=0) * 1_000, b"", 512_000)


def grant(rate: float, burst: int = 0, source: str = "s") -> Grant:
    return Grant(hash=source, source=source, brand="b", trust=Trust.CLAIMED, rate_per_second=rate, rate_burst=burst)


def _wait(buckets: Buckets, asked: Grant, events: int, now: float) -> float:
    """Take, and give how long one is told to wait: not at all where it passes."""
    try:
        buckets.take(asked, events, now)
    except TooManyEvents as refused:
        return refused.retry_seconds
    return 0.0


def test_a_source_without_limit_is_never_slowed() -> None:
    buckets = Buckets()

    waits = [_wait(buckets, grant(0), 1_000, 0.0) for _ in range(1_000)]

    assert waits == [0.0] * 1_000


def test_a_burst_passes_then_the_rate_holds() -> None:
    buckets, limited = Buckets(), grant(10, 20)
    passed = 0

    for tenth in range(1_000):  # 100 seconds, asking 50 a second
        for _ in range(5):
            try:
                buckets.take(limited, 1, tenth / 10)
                passed += 1
            except TooManyEvents:
                pass

    assert 1_000 <= passed <= 1_021


def test_the_wait_that_is_told_is_long_enough() -> None:
    buckets, limited = Buckets(), grant(10, 20)
    buckets.take(limited, 500, 0.0)

    with pytest.raises(TooManyEvents) as told:
        buckets.take(limited, 1, 1.0)

    assert _wait(buckets, limited, 1, 1.0 + told.value.retry_seconds) == 0.0


# ── networks of visitors


FLOOD, VISITOR = "203.0.113.0", "198.51.100.0"


def _passes(networks: Networks, asked: Grant, network: str | None, events: int, now: float) -> bool:
    try:
        networks.take(asked, network, events, now)
    except NetworkTooFast:
        return False
    return True


def test_a_network_has_its_share_of_a_keys_limit_and_no_more() -> None:
    networks, limited = Networks(share=0.25), grant(100, 200)

    passed = sum(_passes(networks, limited, FLOOD, 1, tenth / 1_000) for tenth in range(100_000))  # 100 s at 1,000/s

    assert 25 * 100 <= passed <= 25 * 100 + 51
    assert _passes(networks, limited, VISITOR, 1, 100.0)


@pytest.mark.parametrize("batch", [1, 40, 2_500])
def test_a_flood_from_one_network_never_empties_the_keys_bucket(batch: int) -> None:
    networks, buckets, limited = Networks(share=0.25), Buckets(), grant(100, 200)
    turned = 0

    for tenth in range(600):  # a minute
        now = tenth / 10
        for _ in range(20):
            try:
                buckets.take(limited, networks.take(limited, FLOOD, batch, now), now)
            except NetworkTooFast:
                turned += 1
        buckets.take(limited, networks.take(limited, VISITOR, 1, now), now)

    assert turned > 5_000


def test_the_wait_that_a_network_is_told_is_long_enough() -> None:
    networks, limited = Networks(share=0.25), grant(100, 200)
    networks.take(limited, FLOOD, 2_500, 0.0)

    with pytest.raises(NetworkTooFast) as told:
        networks.take(limited, FLOOD, 1, 1.0)

    assert told.value.retry_seconds == 98  # of 2,450 that it owes, 25 are paid
    assert not _passes(networks, limited, FLOOD, 1, 1.0 + 96)
    assert _passes(networks, limited, FLOOD, 1, 1.0 + told.value.retry_seconds)


def test_a_key_without_limit_has_one_for_each_network() -> None:
    networks = Networks(share=0.25, per_second=1_000)

    passed = sum(_passes(networks, grant(0), FLOOD, 100, tenth / 1_000) for tenth in range(30_000))

    assert 500 <= passed <= 502  # 20 s' worth at once, and 30 s
    assert _passes(Networks(share=0.25, per_second=0), grant(0), FLOOD, 10**9, 0.0)


@pytest.mark.parametrize(
    "network",
    [
        None,
        "127.0.0.0",
        "10.1.2.0",
        "192.168.7.0",
        "172.16.0.0",
        "172.31.9.0",
        "169.254.0.0",
        "::",
        "fd00:1::",
        "fe80::",
    ],
)
def test_a_proxy_that_nobody_named_is_not_taken_for_one_visitor(network: str | None) -> None:
    networks, limited = Networks(share=0.25, per_second=10), grant(100, 200)

    assert all(_passes(networks, limited, network, 1_000, 0.0) for _ in range(100))
    assert len(networks) == 0


@pytest.mark.parametrize("network", ["172.15.0.0", "172.32.0.0", "11.0.0.0", "2001:db8::", "fa00:1::", "1.127.0.0"])
def test_what_only_looks_like_our_own_house_has_a_bucket(network: str) -> None:
    networks, limited = Networks(share=0.25), grant(100, 200)

    assert not all(_passes(networks, limited, network, 1_000, 0.0) for _ in range(2))


def test_a_secret_key_and_a_share_of_one_have_the_keys_limit_alone() -> None:
    confirmed = Grant(hash="s", source="s", brand="b", trust=Trust.CONFIRMED, rate_per_second=100, rate_burst=200)

    assert all(_passes(Networks(share=0.25, per_second=10), confirmed, FLOOD, 1_000, 0.0) for _ in range(100))
    assert all(_passes(Networks(share=1), grant(100, 200), FLOOD, 1_000, 0.0) for _ in range(100))


def test_a_million_networks_take_no_more_memory_than_fifty_thousand_and_a_flood_is_not_forgotten_among_them() -> None:
    networks, limited = Networks(share=0.25, most=5_000), grant(100, 200)
    names = [f"{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}.0" for number in range(100_000)]
    networks.take(limited, FLOOD, 100_000, 0.0)
    sizes = []

    for number, name in enumerate(names):
        networks.take(limited, f"91.{name}", 1, 0.0)
        if number % 1_000 == 0:  # it goes on, and so it is known
            assert not _passes(networks, limited, FLOOD, 1, 0.0)
            sizes.append(len(networks))

    assert max(sizes) <= 5_000


def test_one_source_does_not_slow_another() -> None:
    buckets = Buckets()
    buckets.take(grant(1, 1, "a"), 100, 0.0)

    assert _wait(buckets, grant(1, 1, "b"), 1, 0.0) == 0.0
    assert _wait(buckets, grant(1, 1, "a"), 1, 0.0) > 0.0


def test_a_body_in_pieces_is_refused_as_soon_as_it_is_too_large() -> None:
    given = 0

    async def receive() -> dict[str, Any]:
        nonlocal given
        given += 1
        return {"type": "http.request", "body": b"x" * 1_000, "more_body": True}

    with pytest.raises(BodyTooLarge):
        asyncio.run(limits.read_body(receive, 5_000))
    assert given <= 7


def test_half_sent_bodies_of_all_connections_together_have_a_limit() -> None:
    half_sent = limits.HalfSent(most=2_500)

    async def slow(pieces: int, whole: asyncio.Event) -> bytes | None:
        given = 0

        async def receive() -> dict[str, Any]:
            nonlocal given
            given += 1
            if given > pieces:
                await whole.wait()
                return {"type": "http.request", "body": b"y", "more_body": False}
            return {"type": "http.request", "body": b"x" * 1_000, "more_body": True}

        return await limits.read_body(receive, 5_000, half_sent)

    async def many() -> None:
        whole = asyncio.Event()
        first = asyncio.create_task(slow(2, whole))
        await asyncio.sleep(0)
        assert half_sent.held == 2_000
        with pytest.raises(TooMuchHalfSent):
            await slow(1, whole)
        whole.set()
        assert await first == b"x" * 2_000 + b"y"
        assert half_sent.held == 0

    asyncio.run(many())


def test_a_client_that_goes_away_has_no_body() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    assert asyncio.run(limits.read_body(receive, 5)) is None


def test_a_connection_that_waits_too_long_is_dropped_and_others_stay() -> None:
    class Wire:
        def __init__(self) -> None:
            self.is_aborted = False

        def abort(self) -> None:
            self.is_aborted = True

    class Client:
        def __init__(self, waits_since: float | None) -> None:
            self.waits_since, self.transport = waits_since, Wire()

    async def story() -> list[bool]:
        now = asyncio.get_running_loop().time()
        clients = [Client(now - 100), Client(now), Client(None)]
        chore = asyncio.create_task(limits.sweep(clients, patience=0.05))
        await asyncio.sleep(0.07)
        chore.cancel()
        return [one.transport.is_aborted for one in clients[::2]]

    assert asyncio.run(story()) == [True, False]
