"""
What `gtag.js` sends from a browser, written as a server would write it, so that there is one reader of both.

Source: the requests of gtag.js to `/g/collect` (version 2 of the protocol): what all events of a request share stands
in the query; a body holds a line for each event, with the names of its own. Google publishes no reference of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from comptoir.collect.dialects import bodies, values
from comptoir.collect.parse import Fault
from comptoir.model.event import RefusalReason

MOST_LINES = 100
"""Events of one request; gtag.js sends twenty at most."""
_PARAMETERS = {"dl": "page_location", "dt": "page_title", "dr": "page_referrer", "cu": "currency"}
_ITEM = {
    "id": "item_id", "nm": "item_name", "br": "item_brand", "ca": "item_category", "c2": "item_category2",
    "c3": "item_category3", "c4": "item_category4", "c5": "item_category5", "va": "item_variant", "pr": "price",
    "qt": "quantity", "cp": "coupon", "ln": "item_list_name", "li": "item_list_id", "lp": "index", "af": "affiliation",
    "ds": "discount",
}  # fmt: skip
_NUMBERS = frozenset({"price", "quantity", "index", "discount"})
_PRODUCT = re.compile(r"pr[0-9]{1,3}")
_TILDE = "\0"
"""In the place of a tilde that is part of a value, which is written twice."""
_ANALYTICS = 3
"""Where `gcs` says whether statistics may be kept: G1, then advertising, then statistics."""


def body_of(query: bytes, body: bytes) -> bytes | Fault:
    """Write a request of the browser as one of the Measurement Protocol."""
    shared = bodies.fields(query)
    if isinstance(shared, Fault):
        return shared
    texts = [line for line in body.splitlines() if line.strip()]
    if len(texts) > MOST_LINES:
        return Fault(RefusalReason.TOO_MANY_KEYS, f"more than {MOST_LINES} lines in a body")
    found = []
    for text in texts or [b""]:
        own = bodies.fields(text)
        if isinstance(own, Fault):
            return own
        found.append(_event(shared | own))
    whole = {
        "client_id": shared.get("cid"),
        "user_id": shared.get("uid"),
        "user_properties": {
            name.partition(".")[2]: {"value": value}
            for name, value in shared.items()
            if name.startswith(("up.", "upn."))
        },
        "device": {"language": shared["ul"]} if shared.get("ul") else None,
        "consent": {"analytics_storage": "DENIED"} if shared.get("gcs", "")[_ANALYTICS:][:1] == "0" else None,
        "events": found,
    }
    return bytes(values.raw(whole))


def _event(said: Mapping[str, str]) -> dict[str, Any]:
    params: dict[str, Any] = {name: said[theirs] for theirs, name in _PARAMETERS.items() if said.get(theirs)}
    for name, value in said.items():
        if name.startswith("ep."):
            params[name[3:]] = value
        elif name.startswith("epn."):
            params[name[4:]] = values.number(value)
    items = [_item(value) for name, value in sorted(said.items(), key=_place) if _PRODUCT.fullmatch(name)]
    return {"name": said.get("en"), "params": params | ({"items": items} if items else {})}


def _place(pair: tuple[str, str]) -> int:
    return int(pair[0][2:]) if _PRODUCT.fullmatch(pair[0]) else 0


def _item(text: str) -> dict[str, Any]:
    item: dict[str, Any] = {}
    keys: dict[str, str] = {}
    for piece in text.replace("~~", _TILDE).split("~"):
        code, value = piece[:2], piece[2:].replace(_TILDE, "~")
        if code in _ITEM:
            name = _ITEM[code]
            item[name] = values.number(value) if name in _NUMBERS else value
        elif code[:1] == "k":  # a name of the shop's own, and its value
            keys[code[1:]] = value
        elif code[:1] == "v" and code[1:] in keys:
            item[keys[code[1:]]] = value
    return item


def is_refused(consent: msgspec.Raw) -> bool:
    """Say whether a request says that no statistics may be kept of its visitor."""
    try:
        said = msgspec.json.decode(consent)
    except msgspec.DecodeError:
        return False
    return isinstance(said, dict) and said.get("analytics_storage") == "DENIED"
