"""
P7: requests of real clients, changed by chance, sent to a living door and taken through the engine's stages.

Case N of a seed is always the same request. `COMPTOIR_FUZZ_SECONDS` says how long to go on (make test-all: 600);
`COMPTOIR_FUZZ_SEED` and `COMPTOIR_FUZZ_CASE` repeat one.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from comptoir.access import keys
from comptoir.access.rows import brands, sources
from comptoir.access.rows import keys as key_rows
from comptoir.clock import ManualClock, monotonic
from comptoir.collect import pipeline
from comptoir.collect.seen import Seen
from comptoir.collect.stages import World
from comptoir.config import AudienceSettings, CollectSettings, Settings
from comptoir.identity.rules import RULES
from comptoir.server.door import Door
from comptoir.spool.sqlite import SqliteSpool
from comptoir.state.base import metadata, open_state

CASES = 4_000
"""Without a time: some three seconds."""
SECONDS = float(os.environ.get("COMPTOIR_FUZZ_SECONDS", "0"))
SEED = int(os.environ.get("COMPTOIR_FUZZ_SEED", "7"))
ONLY = os.environ.get("COMPTOIR_FUZZ_CASE")
GROUP = 100
"""Cases between two looks at what the engine makes of them."""
CONTRACT = Path(__file__).parents[1] / "contract"


@dataclass(slots=True)
class Case:
    """One request."""

    method: str
    path: str
    query: bytes = b""
    body: bytes = b""
    headers: dict[bytes, bytes] = field(default_factory=dict)


def corpus(write: str, secret: str) -> list[Case]:
    """Gather what real clients sent, and one request for each other address."""
    basic = {b"authorization": b"Basic " + b64encode(f"{write}:".encode())}
    made = []
    for name in ("segment", "posthog"):
        for one in json.loads((CONTRACT / f"{name}_requests.json").read_text(encoding="utf-8")):
            body = json.dumps(one["body"]).replace("phc_test", write).encode()
            made.append(Case(one.get("method", "POST"), one["path"].partition("?")[0], body=body, headers=dict(basic)))
    item = {"item_id": "p1", "item_name": "Lampe", "price": 49.9, "quantity": 2}
    view = {
        "name": "view_item",
        "params": {"currency": "EUR", "page_location": "https://shop.fr/?q=a", "items": [item]},
    }
    ga4 = {"client_id": "a1", "user_properties": {"vip": {"value": True}}, "events": [view, {"name": "page_view"}]}
    gtag = urlencode({"v": 2, "tid": write, "cid": "1.2", "en": "purchase", "dl": "https://shop.fr/", "epn.value": 12.5,
                      "ep.transaction_id": "o1", "pr1": "idp1~nmLampe~pr49.9~qt2"})  # fmt: skip
    matomo = urlencode({"idsite": write, "rec": 1, "_id": "0" * 16, "url": "https://shop.fr/", "action_name": "A",
                        "idgoal": 0, "ec_id": "o1", "revenue": "99.8", "ec_items": '[["p1","Lampe",["a"],49.9,2]]',
                        "cvar": '{"1":["_pks","p1"]}', "dimension1": "x", "res": "1x2", "cdt": "1"})  # fmt: skip
    action = {"schema": "iglu:com.snowplowanalytics.snowplow.ecommerce/snowplow_ecommerce_action/jsonschema/1-0-0",
              "data": {"type": "add_to_cart"}}  # fmt: skip
    product = {"schema": "iglu:com.snowplowanalytics.snowplow.ecommerce/product/jsonschema/1-0-0",
               "data": {"id": "p1", "price": 49.9, "currency": "EUR", "quantity": 2}}  # fmt: skip
    snow = {"e": "ue", "aid": write, "eid": "e1", "duid": "a1", "url": "https://shop.fr/", "dtm": "1795290409885",
            "ue_pr": json.dumps({"schema": "iglu:x/unstruct_event/jsonschema/1-0-0", "data": action}),
            "cx": b64encode(json.dumps({"schema": "iglu:x/contexts/jsonschema/1-0-1", "data": [product]}).encode())
            .decode()}  # fmt: skip
    order = {"e": "tr", "aid": write, "eid": "e2", "duid": "a1", "tr_id": "o1", "tr_tt": "12.5", "tr_cu": "EUR"}
    till = {"ticket_id": "t1", "shop": "Lyon", "at": "2026-11-21T10:00:00Z", "currency": "EUR", "total": "12.50",
            "lines": [{"product_id": "p1", "quantity": 1, "unit_price": "12.50"}], "loyalty_card": "c1"}  # fmt: skip
    consent = {"type": "track", "event": "Consent Given", "anonymousId": "a1", "properties": {"purpose": "tracking"}}
    bearer = {b"authorization": f"Bearer {secret}".encode()}
    tracked = json.dumps({"schema": "x", "data": [snow, order]}).encode()
    made += [
        Case("POST", "/mp/collect", f"measurement_id={write}".encode(), json.dumps(ga4).encode()),
        Case("POST", "/g/collect", gtag.encode(), b"en=view_item&pr1=idp1"),
        Case("GET", "/matomo.php", matomo.encode()),
        Case("POST", "/matomo.php", body=json.dumps({"requests": [f"?{matomo}", {"idsite": write}]}).encode()),
        Case("POST", "/com.snowplowanalytics.snowplow/tp2", body=tracked),
        Case("GET", "/i", urlencode(snow).encode()),
        Case("POST", "/till/v1/ticket", body=json.dumps(till).encode(), headers=dict(bearer)),
        Case("POST", "/till/v1/tickets", body=json.dumps({"tickets": [till]}).encode(), headers=dict(bearer)),
        Case("POST", "/v1/batch", body=json.dumps({"batch": [consent], "writeKey": write}).encode()),
        Case("POST", "/v1/import", body=json.dumps({"batch": [consent]}).encode(), headers=dict(bearer)),
        Case("GET", "/v1/projects/x/settings"), Case("GET", "/comptoir.js"), Case("GET", "/c/AAAA"),
        Case("POST", "/v1/link", body=json.dumps({"writeKey": write, "link": "AQ", "to": "https://a.fr"}).encode()),
        Case("POST", "/v1/placements", f"writeKey={write}".encode(), b'{"anonymousId": "0123456789abcdef0123"}'),
        Case("POST", "/v1/audience", body=json.dumps({"key": write, "url": "https://shop.fr/a", "id": "1"}).encode()),
        Case("GET", "/v1/audience.gif", f"key={write}&url=https://shop.fr/".encode()),
        Case("POST", "/v1/forget"), Case("GET", "/ready"), Case("OPTIONS", "/v1/t"),
    ]  # fmt: skip
    for one in made:
        one.headers.setdefault(b"authorization", basic[b"authorization"])
    return made


HURTS = [
    b"null", b"{}", b"[]", b'""', b"-0", b"1e400", b"9" * 400, b"18446744073709551616", b"NaN", b'"\\ud800"', b"\x00",
    b"\xff\xfe", b"\xef\xbb\xbf", b'"\\u0000"', b"%00", b"%ff", b"[[[[", b"}", b'{"a":1,"a":2}', b'"0001-01-01"',
    b'"9999-12-31T23:59:60Z"', b"true", b"-1", b'"' + b"a" * 300 + b'"', "\u202e\U0001f600".encode(), b"&", b"=", b"~",
    b",", b"%", b'"Order Completed"', b'"Consent Withdrawn"', b'"control"', b"1.7976931348623157e308", b"'", b"\\",
]  # fmt: skip


def changed(text: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    """Change a text here and there: cut, repeat, splice, flip, and put in what hurts parsers."""
    for _ in range(draw.choice([0, 1, 1, 2, 4])):
        at, to = sorted((draw.randrange(len(text) + 1), draw.randrange(len(text) + 1)))
        kind = draw.randrange(7)
        if kind == 0:
            text = text[:at] + text[to:]
        elif kind == 1:
            text = text[:at] + draw.choice(HURTS) + text[at:]
        elif kind == 2:  # a value: from a colon or equals sign to what ends it
            start = max(text.find(b":", at), text.find(b"=", at)) + 1
            ends = [end for end in (text.find(mark, start) for mark in (b",", b"}", b"&")) if end >= 0]
            text = text[:start] + draw.choice(HURTS) + text[min(ends, default=len(text)) :]
        elif kind == 3:
            text = text[:to] + text[at:to] * draw.choice([1, 3]) + text[to:]
        elif kind == 4 and text:
            text = text[:at] + bytes([draw.randrange(256)]) + text[at + 1 :]
        elif kind == 5:
            other = draw.choice(others)
            text = text[:at] + other[draw.randrange(len(other) + 1) :]
        else:
            text = text.replace(b'"', b"'", 1) if draw.random() < 0.5 else text.replace(b" ", b"\t")
    return text


def drawn(number: int, known: list[Case]) -> Case:
    """Draw case `number`."""
    draw = random.Random(f"{SEED}/{number}")
    base = draw.choice(known)
    bodies, queries = [one.body for one in known], [one.query for one in known]
    case = Case(base.method, base.path, base.query, base.body, dict(base.headers))
    if case.body or draw.random() < 0.1:
        case.body = changed(case.body, draw, bodies)
    if case.query or draw.random() < 0.1:
        case.query = changed(case.query, draw, queries)
    if draw.random() < 0.05:
        case.path = draw.choice(known).path + draw.choice(["", "/", "/x", quote("é"), "//"])
    if draw.random() < 0.05:
        case.method = draw.choice(["GET", "POST", "HEAD", "PUT", "OPTIONS"])
    packed = draw.random()
    if packed < 0.05:
        case.body, case.headers[b"content-encoding"] = gzip.compress(case.body, mtime=0), b"gzip"
    elif packed < 0.1:
        case.body = zlib.compress(case.body)[: draw.randrange(60)]
        case.headers[b"content-encoding"] = draw.choice([b"gzip", b"deflate", b"br", b"x"])
    for name in (b"authorization", b"cookie", b"origin", b"x-forwarded-for", b"user-agent", b"content-type"):
        if draw.random() < 0.05:
            case.headers[name] = changed(case.headers.get(name, b"Basic eDo="), draw, HURTS)
    return case


@asynccontextmanager
async def living(door: Door) -> Any:
    asked: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    life = asyncio.create_task(door({"type": "lifespan"}, asked.get, told.put))
    await asked.put({"type": "lifespan.startup"})
    await told.get()
    try:
        yield
    finally:
        await asked.put({"type": "lifespan.shutdown"})
        await told.get()
        await life


async def sent(door: Door, case: Case) -> int:
    """Send a case; give the status it is answered with."""
    heard: list[dict[str, Any]] = []
    pieces = [case.body]

    async def receive() -> dict[str, Any]:
        return (
            {"type": "http.request", "body": pieces.pop(), "more_body": False}
            if pieces
            else {"type": "http.disconnect"}
        )

    async def send(message: dict[str, Any]) -> None:
        heard.append(message)

    headers = {b"content-length": b"%d" % len(case.body)} | case.headers
    scope = {
        "type": "http", "method": case.method, "path": case.path, "query_string": case.query,
        "client": ("203.0.113.7", 9), "headers": list(headers.items()),
    }  # fmt: skip
    await door(scope, receive, send)
    return int(heard[0]["status"])


def numbers() -> Iterator[int]:
    """Count cases for as long as there is time."""
    if ONLY is not None:
        yield int(ONLY)
        return
    deadline, number = monotonic() + SECONDS, 0
    while number < CASES or monotonic() < deadline:
        yield number
        number += 1


@pytest.mark.slow
def test_whatever_is_sent_the_door_answers_and_the_engine_takes_it_or_says_why(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state.db")
    metadata.create_all(state.engine, tables=[brands, sources, key_rows])
    source = keys.add_source(state, name="site", now=ManualClock().now())
    keys.publish(state, tmp_path / "public.db", link_keys=[b"k" * 32])
    state.close()
    known = corpus(source.write_key, source.secret_key)
    answers: Counter[int] = Counter()
    done: list[int] = []
    settings = Settings(home=tmp_path, audience=AudienceSettings(is_measured=True))

    async def story() -> None:
        door = Door(settings, ManualClock())
        async with living(door):
            for number in numbers():
                case = drawn(number, known)
                try:
                    status = await sent(door, case)
                except Exception as error:
                    raise AssertionError(_again(number, case)) from error
                assert status < 500, _again(number, case)
                answers[status] += 1
                done.append(number)
                if number % GROUP == GROUP - 1:
                    _taken(tmp_path, done[-GROUP:])

    asyncio.run(story())
    taken = _taken(tmp_path, done[-GROUP:])
    print(f"{len(done)} cases of seed {SEED}: {dict(sorted(answers.items()))}; lines {taken}")
    if ONLY is None:
        assert answers[200] > CASES / 8
        assert answers[400] > 0
        assert taken["stored"] > 0
        assert taken["refused"] > 0


def _taken(home: Path, of: list[int]) -> Counter[str]:
    """Take all lines so far through the stages, and see that each is counted once."""
    spool = SqliteSpool(home / "spool" / "front.db", read_only=True)
    lines = list(spool.read(0, 10**9).lines)[-20_000:]
    spool.close()
    world = World(
        seen=Seen(), currencies={"main": "EUR"}, is_blocked=RULES.is_blocked,
        search_parameters=CollectSettings().search_parameters, sites=frozenset({"shop.fr", "a.fr"}),
    )  # fmt: skip
    try:
        counts = pipeline.collect(lines, first_offset=0, tick_id=1, world=world).counts
    except Exception as error:
        raise AssertionError(f"the engine failed on what cases {of[:1]}–{of[-1:]} of seed {SEED} left") from error
    told = Counter(
        stored=counts.stored, refused=counts.refused, duplicates=counts.duplicates, discarded=counts.consent_discarded
    )
    assert told.total() == len(lines)
    return told


def _again(number: int, case: Case) -> str:
    return f"COMPTOIR_FUZZ_SEED={SEED} COMPTOIR_FUZZ_CASE={number} repeats it: {case}"
