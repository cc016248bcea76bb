"""What a hostile visitor, file or colleague may write (faults.md X1), and a shop in which it stands everywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import duckdb
import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from comptoir.clock import micros
from comptoir.matching import queue
from comptoir.matching.queue import Evidence, Found
from comptoir.model.identifier import node_of
from comptoir.model.message import Candidate, Discretion, MessageClass
from comptoir.scenarios import definitions, drafts, edit
from comptoir.state.base import metadata
from tests.web.counter import Counter

_WAYS_OUT = (
    "", '">', "'>", "</title>", "</textarea>", "</script>", "</style>", "</select>", "</option>", "</pre>", "</svg>",
    "-->", "]]>", "</p></main>",
)  # fmt: skip
"""How one may try to leave the place where a word stands: an attribute, an element, a comment."""

_DEEDS = (
    "<script>boo()</script>",
    "<img src=x onerror=boo()>",
    "<svg onload=boo()>",
    "<svg><animate onbegin=boo() attributeName=x dur=1s>",
    '<iframe srcdoc="<script>parent.boo()</script>"></iframe>',
    "<details open ontoggle=boo()>",
    '<a href="javascript:boo()" autofocus onfocus=boo()>x</a>',
    "<input autofocus onfocus=boo()>",
    "<style>@import '//evil.example/x'</style>",
    "<form action=javascript:boo()><button>x</button></form>",
    "<math><mtext><mglyph><style><img src=x onerror=boo()>",
    '<object data="javascript:boo()"></object>',
)
"""What one may try to do once out."""

_ALONE = (
    "javascript:boo()", "JaVaScRiPt:boo()", "java\tscript:boo()", " javascript:boo()",
    "data:text/html,<script>boo()</script>",
    "vbscript:boo()", "//evil.example/x", "\\\\evil.example\\x", "/\\evil.example", "https:evil.example",
    "=boo()", "+boo()", "-boo()", "@boo()", "\tboo()", '=HYPERLINK("//evil.example")', "=cmd|' /C calc'!A0",
)  # fmt: skip
"""What works only at the very beginning: as an address, or as a spreadsheet's cell."""

_OTHERS = (
    '" autofocus onfocus=boo() x="', "' onmouseover='boo()", "` onmouseover=boo()",
    'x" style="background:url(//evil.example)',
    "{{7919*7907}}", "{% for x in ().__class__.__bases__ %}{% endfor %}", "{{config}}", "${7919*7907}",
    "<%= 7919*7907 %>",
    "&lt;script&gt;boo()&lt;/script&gt;", "&#60;script&#62;boo()", "\\u003cscript\\u003eboo()\\u003c/script\\u003e",
    "\u202e<script>boo()</script>", "<scr\u200bipt>boo()</script>", "＜script＞boo()＜/script＞",
)  # fmt: skip


def rounds() -> list[str]:
    """Give what stands in every field, a text a round: twenty payloads in a row, or one that must come first."""
    together = [f"{out}{deed}" for out in _WAYS_OUT for deed in _DEEDS] + list(_OTHERS)
    return [" ".join(together[at : at + 20]) for at in range(0, len(together), 20)] + list(_ALONE)


COUNT = len(_WAYS_OUT) * len(_DEEDS) + len(_OTHERS) + len(_ALONE)

_KEPT: Mapping[str, object] = {
    # what joins rows, or is one of a closed set that code reads and never shows as it is
    "node_id": None, "profile_id": None, "browser_node": None,
    "cart_key": "k", "order_key": "k", "session_id": "s", "touchpoint_id": "t", "first_touch_id": "t",
    "last_touch_id": "t", "message_id": "m", "currency": "EUR",
    "robot_reason": None, "raw": None, "import_id": "i",
    "kind": "clicked", "state": "abandoned", "outcome": "sent", "field": "email", "grade": "doubtful",
    "lane": "crm", "trust": "confirmed", "historical": False, "item_count": 1, "amount_minor": 1, "points": 3,
}  # fmt: skip
_STATE: Mapping[str, Mapping[str, object]] = {
    "brands": {"time_zone": "Europe/Paris", "currency": "EUR", "country": "FR", "language": "fr"},
    "users": {"role": "support", "brands": "[]"},
    "user_keys": {"rights": "[]"},
    "keys": {"kind": "write", "scope": "all"},
    "plans": {"text": ""},
    "mail_servers": {"security": "none", "brand": "", "password": None, "dkim_key": None, "port": 25},
    "webhook_calls": {"state": "failed"},
    "templates": {
        "brand": "*", "language": "fr", "discretion": "category", "missing": "abort",
        "mjml": "<mjml><mj-body><mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section></mj-body></mjml>",
        "compiled_html": "<p>x</p>",
    },
    "candidates": {
        "message_class": "scenario", "outcome": "dropped", "purpose": "marketing", "weighed": None,
        "replaced_by": None, "deferred_until": None, "enrollment_id": 1,
    },
    "outbox": {
        "message_class": "scenario", "discretion": "category", "state": "unknown", "promise": "[]",
        "purpose": "marketing",
    },
    "enrollments": {"status": "live", "enrollment_id": 1, "said": "{}", "drawn": "{}", "waits_for": None},
    "imports": {"kind": "orders", "state": "failed", "mapping": ""},
    "pulls": {
        "place": "shopify", "kind": "", "streams": '["orders"]', "secret_names": "[]", "schedule": "every:5",
        "is_paused": False,
    },
    "pull_runs": {"state": "failed", "imports": "[]"},
    "quality_watches": {"field": "email"},
    "quality_corrections": {"field": "email"},
    "consents": {"contact_kind": "email", "purpose": "marketing", "channel": "email", "state": "granted"},
    "frozen_measures": {"value": "1", "day": 20_000},
}  # fmt: skip
_NOT_SHOWN = frozenset({
    "identity_nodes", "identity_groups", "identity_links", "identity_cuts", "identity_traits", "identity_applied",
    "identity_counters", "scenarios", "scenario_versions", "scenario_drafts", "scenarios_applied", "scenario_firings",
    "timers", "passwords", "sign_ins", "api_answers", "policies", "announced", "universal_draws", "candidate_answers",
    "template_drafts", "link_keys", "ticks", "archived", "named_values", "frozen_days", "suppressions", "reports",
    "repairs", "brand_pages", "themes", "pauses", "opt_ins",
    "pull_cursors", "matching_suggestions",
})  # fmt: skip
"""Tables that no page shows, or that are written below by what keeps them in order."""


def furnish(counter: Counter, said: str) -> str:
    """Put a text into every field that a page can show; give the profile of the person it is all about."""
    quoted = json.dumps(said)
    profile = counter.people(
        [("account", said), ("email", f"{said}@example.org"), ("anonymous", f"b{said}")],
        [(0, 1, "identify"), (0, 2, "event")],
        {"first_name": quoted, "last_name": quoted, said or "x": quoted},
    )
    node = node_of("account", said)
    _warehouse(counter, said, node, profile)
    _state(counter, said, node, profile)
    _scenario(counter, said)
    _twin(counter, said, node)
    return profile


def _warehouse(counter: Counter, said: str, node: int, profile: str) -> None:
    at = counter.clock.now().replace(tzinfo=None) - timedelta(seconds=30)
    about = {"node_id": node, "browser_node": node, "profile_id": profile}
    documents = {"properties": json.dumps({"x": said, "name": said}), "traits": json.dumps({said: said})}
    tables = counter.warehouse.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
    ).fetchall()
    for schema, table in tables:
        if table in {"profile_of", "applied", "clock"}:
            continue
        columns = counter.warehouse.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = ? AND table_name = ?",
            [schema, table],
        ).fetchall()
        free = {name: _value(kind, said, at) for name, kind in columns}
        kept = {name: value for name, value in {**_KEPT, **about, **documents}.items() if name in free}
        # one row in which only free text is hostile, one in which words of closed sets are as well
        words = {name: said for name in ("kind", "state", "outcome", "reason", "currency", "trust") if name in free}
        counter.put(f"{schema}.{table}", free | kept)
        other = {name: f"{free[name]}2" for name in ("message_id", "failed_id", "cart_id", "order_id") if name in free}
        keys = {name: "k2" for name in ("cart_key", "order_key") if name in free}
        numbers = {name: 2 for name in ("message_hash",) if name in free}
        with suppress(duckdb.ConstraintException):  # its key is of what is the same in both
            counter.put(f"{schema}.{table}", free | kept | words | other | keys | numbers)


def _value(kind: str, said: str, at: object) -> object:
    if kind.startswith("VARCHAR"):
        return said
    if kind.startswith(("TIMESTAMP", "DATE")):
        return at
    return {"BOOLEAN": False, "BLOB": None}.get(kind, 1)


def _state(counter: Counter, said: str, node: int, profile: str) -> None:
    now = micros(counter.clock.now())
    documents = {
        "files": json.dumps([f"/home/{said}"]), "options": json.dumps({"url": said, "version": said}),
        "words": json.dumps({"subject": said, "title": said}),
        "traits": json.dumps({said: said}),
        "examples": json.dumps([{"message_id": said, "value": said}]), "fallbacks": json.dumps({"x": said}),
    }  # fmt: skip
    with counter.state.write() as connection:
        for table in metadata.sorted_tables:
            if table.name in _NOT_SHOWN:
                continue
            row = {one.name: _of(one, said, now) for one in table.columns}
            row |= {name: value for name, value in documents.items() if name in row}
            row |= {name: value for name, value in (("node_id", node), ("profile_then", profile)) if name in row}
            row |= {name: value for name, value in _STATE.get(table.name, {}).items() if name in row}
            if table.name == "placements":
                row["pages"] = json.dumps([said])
                row["words"] = json.dumps({"fr": {"title": said, "text": said, "button": said, "url": "/x"}})
            if table.name == "candidates":
                row["wish"] = _wish(said, node, profile, counter.clock.now())
            connection.execute(insert(table).values(row).on_conflict_do_nothing())


def _twin(counter: Counter, said: str, node: int) -> None:
    """Let the same person come once more, and wait for somebody to say so."""
    quoted, other = json.dumps(said), node_of("loyalty_card", said)
    counter.people([("loyalty_card", said)], [], {"first_name": quoted, "last_name": quoted})
    evidence = (Evidence("first_name", "same", 9_000, 500), Evidence("", "before", -9_000, 1))
    found = Found(a=min(node, other), b=max(node, other), weight_milli=1_000, evidence=evidence)
    with counter.state.write() as connection:
        queue.keep(connection, [found], at=micros(counter.clock.now()))


def _wish(said: str, node: int, profile: str, at: datetime) -> str:
    wished = Candidate(
        message_id=said, message_class=MessageClass.SCENARIO, scenario=said, scenario_version=1, step=said,
        enrollment_id=1, brand=said, channel=said, purpose=said, template=said, discretion=Discretion.CATEGORY,
        language=said, node_id=node, profile_id=profile, contact=said, occasion=said, priority=1, wished_at=at,
        expires_at=at, cart_id=said, tags=(said,), country=said, time_zone="Europe/Paris",
    )  # fmt: skip
    return msgspec.json.encode(wished).decode()


def _of(column: sa.Column[Any], said: str, now: int) -> object:
    if isinstance(column.type, sa.Boolean):
        return True
    if isinstance(column.type, sa.LargeBinary):
        return said.encode()
    if isinstance(column.type, sa.String):
        return said
    return now if column.name.endswith(("_at", "until")) else 1


def _scenario(counter: Counter, said: str) -> None:
    document = edit.read(definitions.shipped()["abandoned-basket"])
    document["title"] = {"fr": said or "x", "en": said or "x"}
    try:
        text = edit.write(document)
    except ValueError:  # refused at the border is fine too: then it is never shown
        return
    with counter.state.write() as connection:
        definitions.publish(connection, text, counter.clock.now())
        drafts.keep(connection, text, counter.clock.now())
