"""P3: what no client should send costs the door little, whatever its dialect: it answers nobody else meanwhile."""

from __future__ import annotations

import time

import pytest

from comptoir.collect.dialects.base import Asking
from comptoir.collect.parse import Stamp
from comptoir.config import DoorSettings
from comptoir.model.event import Trust
from comptoir.server.calls import Calls
from comptoir.server.direct import Call

BYTES = DoorSettings().batch_bytes
MOST_TIMES = 60
"""What a body of half a megabyte may cost at most, in times of one as large that a client sends; the worst take 33."""


def event(properties: bytes) -> bytes:
    return b'{"event":"E","anonymousId":"a","properties":' + properties + b"}"


def batch(*parts: bytes) -> bytes:
    return b'{"batch":[' + b",".join(parts)


BODIES = {
    "depth": event(b'{"a":' * 80_000 + b"1" + b"}" * 80_000),
    "brackets that close": b"[" * (BYTES // 2) + b"]" * (BYTES // 2),
    "brackets that do not": b"[" * BYTES,
    "a million keys": event(b"{" + b",".join(b'"%x":0' % number for number in range(1_000_000)) + b"}"),
    "as many keys as fit": event(b"{" + b",".join(b'"%x":0' % number for number in range(45_000)) + b"}"),
    "one key again and again": event(b"{" + b",".join([b'"a":0'] * 80_000) + b"}"),
    "a key of half a megabyte": event(b'{"' + b"k" * 500_000 + b'":1}'),
    "5,000 digits": event(b'{"n":' + b"9" * 5_000 + b"}"),
    "500,000 digits": event(b'{"n":' + b"9" * 500_000 + b"}"),
    "digits behind the point": event(b'{"n":0.' + b"9" * 500_000 + b"}"),
    "1e400": event(b'{"n":1e400}'),
    "escapes": event(b'{"n":"' + rb"\u0041" * 80_000 + b'"}'),
    "half pairs": event(b'{"n":"' + rb"\ud800" * 80_000 + b'"}'),
    "quotes": b'"' * BYTES,
    "backslashes": b'{"a":"' + b"\\" * 500_000,
    "colons": event(b'{"a":"' + b":" * 500_000 + b'"}'),
    "what looks like parameters": event(b'{"url":"' + b"a=@%40&" * 70_000 + b'"}'),
    "what looks like addresses": event(b'{"url":"' + b"a.@" * 150_000 + b'"}'),
    "little events": batch(*[b"{}"] * 150_000) + b"]}",
    "little events, one of which is none": batch(*[b'{"a":1}'] * 60_000, b"\xff") + b"]}",
    "little events, all of which are none": batch(*[b'{"a":NaN}'] * 50_000) + b"]}",
    "lists side by side": batch(b"[]" * 240_000),
    "base64": b"data=" + b"eyJ" * 150_000,
    "escaped": b"data=" + b"%7B%22" * 80_000,
}
CALLS = {
    f"{call.dialect.name} {call.route.name}": call
    for call in Calls.of_dialects().exact.values()
    if "POST" in call.route.methods and not call.route.is_page
}
EVENT_BYTES = DoorSettings().event_bytes
STAMP = Stamp(
    source="s", brand="b", trust=Trust.CLAIMED, received_at=1_795_262_400_000_000, event_bytes=EVENT_BYTES,
    mint=lambda: "minted",
)  # fmt: skip


def seconds(call: Call, body: bytes) -> float:
    began = time.process_time()
    opened = call.dialect.open(Asking(call.route.name, body))
    if len(opened.events) <= DoorSettings().batch_events:
        call.dialect.read(opened, STAMP)
    return time.process_time() - began


@pytest.fixture(scope="module")
def usual() -> float:
    """What a list of 500 events of a kilobyte costs now: other work on the machine makes all look slower."""
    one = (
        b'{"type":"track","event":"E","anonymousId":"a","messageId":"m%d","properties":{"product_id":"p","text":"%b"}}'
    )
    body = batch(*[one % (number, b"word " * 180) for number in range(500)]) + b"]}"
    assert BYTES * 0.9 < len(body) <= BYTES
    return min(seconds(CALLS["segment batch"], body) for _ in range(7))


@pytest.mark.parametrize("name", CALLS)
def test_no_body_keeps_the_door_busy_for_long(name: str, usual: float) -> None:
    call = CALLS[name]

    costly = {}
    for what, body in BODIES.items():
        spent = min(seconds(call, body[:BYTES]) for _ in range(3))
        if spent > usual * MOST_TIMES:
            costly[what] = spent / usual

    assert not costly
