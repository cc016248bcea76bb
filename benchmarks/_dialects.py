"""What the clients of each dialect send: the same look at a product, as each of them writes it."""

from __future__ import annotations

import itertools
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode
from uuid import UUID

import _load

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
URL = "https://shop.example.test/p/1?utm_source=news"
AT = "2026-11-21T19:46:49.885Z"

Batch = list[tuple[str, int]]
"""Each event's own id, and the number of its visitor and product."""
Maker = Callable[[str, Batch], tuple[str, dict[str, str], str]]
"""Writes a request: address, headers, body."""


def basic(key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{key}:".encode()).decode()}


def segment(key: str, batch: Batch) -> tuple[str, dict[str, str], str]:
    events = [_load.EVENT % (one, number, number % 997) for one, number in batch]
    if len(events) == 1:
        return "/v1/t", basic(key), events[0]
    return "/v1/b", basic(key), f'{{"batch":[{",".join(events)}],"sentAt":"{AT}"}}'


def rudderstack(key: str, batch: Batch) -> tuple[str, dict[str, str], str]:
    events = ",".join(_load.EVENT % (one, number, number % 997) for one, number in batch)
    return f"/beacon/v1/batch?writeKey={key}", {}, f'{{"batch":[{events}],"sentAt":"{AT}"}}'


def jitsu(key: str, batch: Batch) -> tuple[str, dict[str, str], str]:
    (one,) = batch
    return "/api/s/track", {"X-Write-Key": f"id:{key}"}, _load.EVENT % (one[0], one[1], one[1] % 997)


def posthog(key: str, batch: Batch) -> tuple[str, dict[str, str], str]:
    events = [
        {
            "uuid": str(UUID(int=abs(hash(one)))), "event": "Product Viewed", "distinct_id": f"a{number}", "timestamp": AT,
            "properties": {
                "distinct_id": f"a{number}", "$device_id": f"a{number}", "token": key, "product_id": f"p{number % 997}",
                "category": "electronics.smartphone", "price": 489.07, "currency": "EUR", "quantity": 1, "$lib": "web",
                "$current_url": URL, "$pathname": "/p/1", "$referrer": "$direct", "$raw_user_agent": AGENT,
                "utm_source": "news", "$browser": "Chrome", "$session_id": "s1",
            },
        }
        for one, number in batch
    ]  # fmt: skip
    return "/batch/", {}, json.dumps({"api_key": key, "batch": events, "sent_at": AT}, separators=(",", ":"))


def snowplow(key: str, batch: Batch) -> tuple[str, dict[str, str], str]:
    def entity(name: str, data: dict[str, object]) -> dict[str, object]:
        return {"schema": f"iglu:com.snowplowanalytics.snowplow.ecommerce/{name}/jsonschema/1-0-0", "data": data}

    data = []
    for one, number in batch:
        action = entity("snowplow_ecommerce_action", {"type": "product_view"})
        item = {"id": f"p{number % 997}", "category": "electronics", "price": 489.07, "currency": "EUR", "quantity": 1}
        said = {
            "ue_px": {"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": action},
            "cx": {
                "schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0",
                "data": [entity("product", item)],
            },
        }
        packed = {
            name: urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")
            for name, value in said.items()
        }
        data.append(
            {"e": "ue", "eid": str(UUID(int=abs(hash(one)))), "aid": key, "p": "web", "tna": "sp", "tv": "js-4.10.1",
             "dtm": "1795290409885", "stm": "1795290409887", "duid": f"a{number}", "url": URL, "ua": AGENT, **packed}
        )  # fmt: skip
    body = {"schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4", "data": data}
    return "/com.snowplowanalytics.snowplow/tp2", {}, json.dumps(body, separators=(",", ":"))


def matomo(key: str, batch: Batch) -> tuple[str, dict[str, str], str]:
    said = [
        urlencode({"idsite": key, "rec": 1, "_id": f"{number:016x}", "url": URL, "action_name": "Phone", "ua": AGENT,
                   "_pks": f"p{number % 997}", "_pkn": "Phone", "_pkc": "electronics", "_pkp": "489.07",
                   "pv_id": one[-6:], "rand": one, "send_image": 0})
        for one, number in batch
    ]  # fmt: skip
    if len(said) == 1:
        return f"/matomo.php?{said[0]}", {}, ""
    return "/matomo.php", {}, json.dumps({"requests": [f"?{one}" for one in said]}, separators=(",", ":"))


def ga4(key: str, batch: Batch) -> tuple[str, dict[str, str], str]:
    events = [
        {"name": "view_item", "params": {"currency": "EUR", "value": 489.07, "page_location": URL, "engagement_time_msec": 1,
         "event_id": one, "items": [{"item_id": f"p{number % 997}", "item_category": "electronics", "price": 489.07, "quantity": 1}]}}
        for one, number in batch
    ]  # fmt: skip
    said = {"client_id": f"a{batch[0][1]}", "timestamp_micros": "1795290409885000", "events": events}
    return f"/mp/collect?measurement_id={quote(key)}", {}, json.dumps(said, separators=(",", ":"))


MAKERS: dict[str, Maker] = {
    "segment": segment, "rudderstack": rudderstack, "jitsu": jitsu, "posthog": posthog, "snowplow": snowplow,
    "matomo": matomo, "ga4": ga4,
}  # fmt: skip
SINGLE = frozenset({"jitsu"})
"""Those whose clients send an event a request."""


def requests(dialect: str, key: str, batch: int, run: str) -> Iterator[bytes]:
    """Write requests of `batch` events each, every event with an id of its own."""
    for number in itertools.count():
        ids = [(f"{run}-{number}-{index}", (number + index) % 9_999) for index in range(batch)]
        path, headers, body = MAKERS[dialect](key, ids)
        method = "POST" if body else "GET"
        said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        length = f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n" if body else ""
        yield f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{said}{length}\r\n{body}".encode()
