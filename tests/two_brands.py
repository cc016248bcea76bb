"""
An installation of two brands, to look at it as a colleague of one: everything of the other bears a marker word.

Ours is `atelier`; theirs bears ZORGLUB in every name, address, title, text and id that a shop would write.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import msgspec
from sqlalchemy import insert, select
from starlette.routing import BaseRoute

from comptoir.access import keys, users
from comptoir.access.roles import OPERATOR, Principal, Right, Role
from comptoir.clock import micros
from comptoir.identity import profile
from comptoir.ids import hash64
from comptoir.messaging import (
    inbox,
    placements,
    reporting,
    servers,
    suppression,
    template_files,
    template_shelf,
    webhooks,
)
from comptoir.messaging.outbox import put
from comptoir.messaging.placements import Placement
from comptoir.messaging.servers import MailServer
from comptoir.model.identifier import node_of
from comptoir.model.message import Candidate, Discretion, MessageClass, Outcome
from comptoir.model.tick import SpoolName
from comptoir.pressure import policies
from comptoir.pressure.rows import candidates
from comptoir.reports import service
from comptoir.scenarios import definitions, drafts, edit, rehearsals
from comptoir.scenarios.rows import enrollments
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.traits.keep import TRAITS
from comptoir.server import desk
from comptoir.server.api.endpoints import PREFIX
from comptoir.sources import history
from comptoir.sources.pulls import runs, shelf
from comptoir.state.base import metadata
from comptoir.state.sealing import master_key
from comptoir.web import pages, pressure_trial
from comptoir.web.routes import PageRoute
from comptoir.web.visit import token_of
from tests.segment_house import answered
from tests.sending_house import WORDS
from tests.shop import START, Shop
from tests.web.counter import Answer, send

OURS = "atelier"
THEIRS = "zorglub"
MARK = "zorglub"
SHARED = "both@example.org"
"""Somebody who buys at both."""

TEMPLATE = """format: 1
template: {name}
brand: {brand}
version: 1
discretion: category
missing: fallback
mjml: |
  <mjml><mj-body>
  <mj-section><mj-column><mj-text>{name} text</mj-text></mj-column></mj-section>
  {{% render 'footer' %}}
  </mj-body></mjml>
languages:
  fr:
    subject: "{name} subject"
    preheader: "{name} preheader"
"""

TRAIT = """version: 1
key: {brand}-trait
name: {{fr: {brand} vues, en: {brand} views}}
brand: {brand}
make: count
from: {{did: {{event: Product Viewed}}}}
"""

SEGMENT = """version: 1
key: {brand}-segment
name: {{fr: {brand} habitués, en: {brand} regulars}}
brand: {brand}
if: {{ordered: {{measure: orders, at_least: 1}}}}
"""

STATUS: Mapping[str, Any] = {
    "lag_seconds": 0.0, "pending": {"front": 0, "back": 0}, "warnings": [f"{MARK} warns"],
    "failures": {"sender": f"{MARK} fails"},
    "counts": {"received": 0, "stored": 0, "refused": {}, "consent_discarded": 0, "duplicates": 0},
}  # fmt: skip
"""What the engine says of itself."""

UNKEPT = frozenset({"audit", "sign_ins", "api_answers", "candidate_answers", "answers"})
"""Tables that may change although nothing is done."""


@dataclass
class House:
    """The installation, its desk, and what stands in it of a brand: by the names that addresses and forms use."""

    folder: Path
    shop: Shop
    front: desk.Front
    asked: service.Service
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    on_loop: list[str] = field(default_factory=list)
    """Where state was read or written on the event loop, which it holds up."""

    def close(self) -> None:
        """Let go of everything."""
        self.asked.stop()
        self.shop.close()
        shutil.rmtree(self.folder)

    def key(self, role: Role, *brands: str, rights: Collection[Right] = ()) -> str:
        """Make a user and give its key."""
        name = f"{role.value}-{'-'.join(brands) or 'all'}-{len(list(users.list_users(self.state, now=self.now)))}"
        return users.add_user(self.state, name=name, role=role, now=self.now, for_brands=brands, rights=rights)

    @property
    def state(self) -> Any:
        """The state store."""
        return self.shop.app.state

    @property
    def now(self) -> Any:
        """The present."""
        return self.shop.clock.now()

    def get(self, target: str, key: str, **headers: str) -> Answer:
        """Ask for a page, or an address of the API, with a key."""
        said = {"host": "127.0.0.1:8141", "authorization": f"Bearer {key}", **headers}
        return asyncio.run(send(self.front, "GET", target, said))

    def post(self, target: str, key: str, form: Mapping[str, str]) -> Answer:
        """Send a form of ours."""
        body = urlencode({"token": token_of(f"Bearer {key}"), **form}).encode()
        said = {
            "host": "127.0.0.1:8141", "authorization": f"Bearer {key}", "content-length": str(len(body)),
            "content-type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        return asyncio.run(send(self.front, "POST", target, said, body))

    def call(self, method: str, path: str, key: str, body: object = None, **headers: str) -> Answer:
        """Call the API."""
        said = {
            "host": "127.0.0.1:8141", "authorization": f"Bearer {key}", "content-type": "application/json", **headers
        }  # fmt: skip
        raw = b"" if body is None else json.dumps(body).encode()
        return asyncio.run(send(self.front, method, PREFIX + path, said, raw))

    def fingerprint(self) -> str:
        """Give a hash of all that state holds, and of the files that people leave."""
        found = hashlib.sha256()
        with self.state.read() as connection:
            for table in metadata.sorted_tables:
                if table.name not in UNKEPT:
                    for row in sorted(repr(tuple(row)) for row in connection.execute(select(table))):
                        found.update(f"{table.name}{row}".encode())
        for part in ("backups", "rehearsals", "imports"):
            for path in sorted((self.shop.home / part).rglob("*")):
                found.update(str(path).encode())
        found.update(str(self.shop.app.spools["back"].head()).encode())
        return found.hexdigest()


def open_house() -> House:
    """Make the installation and fill it."""
    folder = Path(tempfile.mkdtemp(prefix="two"))  # short: the path of a socket has 107 bytes
    shop = Shop(folder / "home", acts=False)
    settings = replace(shop.app.settings, clock=shop.app.settings.clock)
    asked = service.serve(
        settings.path(service.FILE_NAME),
        lambda request: answered(shop, request),
        status=lambda: STATUS,
    )
    front = desk.make(
        settings, shop.app.state, lambda request: answered(shop, request),
        lambda: STATUS,
        shop.clock,
    )  # fmt: skip
    house = House(folder, shop, front, asked)
    for brand in (OURS, THEIRS):
        _facts(house, brand)
    _shared(house)
    shop.tick()
    for brand in (OURS, THEIRS):
        house.ids[brand] = _state(house, brand)
    return house


# ── what came in ──


def _facts(house: House, brand: str) -> None:
    keys.add_source(house.state, name=f"{brand}-site", brand=brand, now=house.now)
    keys.save_brand(house.state, keys.Brand(name=brand, url=f"https://{brand}.example"))
    shop, email = house.shop, f"ann@{brand}.example"
    who: dict[str, Any] = {
        "user_id": f"{brand}-account", "anonymous_id": f"{brand}-browser", "brand": brand, "trust": "confirmed",
        "source": f"{brand}-site",
    }  # fmt: skip
    item = {
        "product_id": f"{brand}-lamp", "name": f"{brand} lamp", "price": 20, "quantity": 1, "currency": "EUR",
        "cart_id": f"{brand}-cart",
    }  # fmt: skip
    shop.say(
        shop.line("", type="identify", after=-600, traits={"email": email, "first_name": brand.title()}, **who),
        shop.line("Product", type="record", after=-599, properties={**item, "category": f"{brand} lamps"}, **who),
        shop.line(
            "Product Viewed", after=-500, properties=item,
            context={"page": {"url": f"https://{brand}.example/lamp"}}, **who,
        ),
        shop.line("Product Added", after=-490, properties=item, **who),
        shop.line(
            "Order Completed", after=-400,
            properties={"order_id": f"{brand}-1", "currency": "EUR", "total": 20, "products": [item], "email": email},
            **who,
        ),
        shop.line("Product Added", after=-300, properties={**item, "cart_id": f"{brand}-cart-2"}, **who),
        shop.line(
            "Consent", type="record", after=-290,
            properties={
                "contact_kind": "email", "contact": email, "purpose": "marketing", "channel": "email",
                "state": "granted", "proof": f"{brand} form",
            },
            **who,
        ),
        shop.line("Loyalty Movement", type="record", after=-280, properties={"kind": "earned", "points": 3}, **who),
        shop.line(
            "Order Completed", after=-270, properties={"order_id": f"{brand}-2", "total": f"{brand} euros"}, **who
        ),
    )  # fmt: skip
    row = _message(f"{brand}m1", "accepted", brand, house.now)
    shop.say(reporting.message_line(row, Outcome.SENT, None, house.now), spool=SpoolName.BACK)


def _shared(house: House) -> None:
    """Let somebody buy at both: what she did at theirs is theirs, she herself is everybody's."""
    for number, brand in enumerate((OURS, THEIRS)):
        who: dict[str, Any] = {
            "user_id": "both", "anonymous_id": "both-browser", "brand": brand, "trust": "confirmed",
            "source": f"{brand}-site",
        }  # fmt: skip
        item = {"product_id": f"{brand}-lamp", "name": f"{brand} lamp", "price": 30, "quantity": 1, "currency": "EUR"}
        house.shop.say(
            house.shop.line("", type="identify", after=-200 + number, traits={"email": SHARED, "size": "M"}, **who),
            house.shop.line("Product Viewed", after=-190 + number, properties=item, **who),
            house.shop.line("Product Added", after=-180, properties={**item, "cart_id": f"{brand}-both"}, **who),
            house.shop.line(
                "Order Completed", after=-170,
                properties={"order_id": f"{brand}-3", "currency": "EUR", "total": 30, "products": [item]}, **who,
            ),
        )  # fmt: skip


# ── what was set up ──


def _state(house: House, brand: str) -> dict[str, str]:
    now, settings, email = house.now, house.shop.app.settings, f"ann@{brand}.example"
    key = master_key(settings.home)
    with house.state.read() as connection:
        person = profile.read_node(connection, profile.find(connection, email))
        shared = profile.read_node(connection, profile.find(connection, SHARED))
    assert person is not None
    assert shared is not None
    scenario = _scenario(f"{brand}-welcome", brand)
    segment = SEGMENT.format(brand=brand)
    with house.shop.warehouse.cursor() as cursor:
        member = [f"{brand}-segment", person.profile_id, now.replace(tzinfo=None)]
        cursor.execute("INSERT INTO fact.memberships VALUES ($1, $2, $3, md5_number_lower($2))", member)
    user = f"{brand}-user"
    users.add_user(house.state, name=user, role=Role.MARKETING, now=now, for_brands=[brand])
    with house.state.write() as connection:
        definitions.publish(connection, scenario, now)
        SEGMENTS.publish_text(connection, segment, now, by=user)
        TRAITS.publish_text(connection, TRAIT.format(brand=brand), now, by=user)
        drafts.begin(connection, _scenario(f"{brand}-draft", brand), now, by=user)
        for name, state in ((f"{brand}-paused", definitions.pause), (f"{brand}-old", definitions.archive)):
            definitions.publish(connection, _scenario(name, brand), now)
            state(connection, name, now)
        found = template_files.parse(TEMPLATE.format(name=f"{brand}-mail", brand=brand))
        template_shelf.publish(connection, found, now)
        policies.publish(connection, f"brand: {brand}\ncaps:\n  - {{at_most: 2, days: 7}}\n", now, by=user)
        servers.save(
            connection,
            MailServer(
                name=f"{brand}-server", brand=brand, host=f"mail.{brand}.example", sender=f"shop@{brand}.example"
            ),
            key,
        )
        words = {"en": {"title": f"{brand} sale", "button": "Look", "url": "/sale"}}
        placed = Placement(
            brand=brand, name=f"{brand}-corner", slot=placements.CORNER, pages=(), words=words, starts_at=None,
            ends_at=None, times=0, is_on=True,
        )  # fmt: skip
        placements.save(connection, placed, now, by=user)
        webhooks.add(connection, name=f"{brand}-hook", url=f"https://{brand}.example/hook", key=key, now=now)
        suppression.suppress(
            connection, contact=f"no@{brand}.example", channel="email", reason="manual", now=now, brand=brand
        )
        rows = [
            _message(one, state, brand, now) for one, state in ((f"{brand}m1", "accepted"), (f"{brand}m2", "unknown"))
        ]
        put(connection, rows)
        connection.execute(insert(candidates), [_candidate(row, person.profile_id) for row in rows])
        connection.execute(insert(candidates), [_outside(f"{brand}x1", brand, person.profile_id, now)])
        history.begin(
            connection, import_id=f"{brand}-import", kind="orders", source=f"{brand}-till", brand=brand,
            files=[settings.path("imports", f"{brand}-kept.csv")], made_by=user, now=now, machine_now=now,
            mapping="kind: orders\ncolumns: {}\n", state=history.ImportState.DRAFT,
        )  # fmt: skip
        pull = shelf.Kept(
            name=f"{brand}-pull", place="shopify", brand=brand, options={"url": f"https://{brand}.example"},
            streams=("orders",), made_at=now,
        )  # fmt: skip
        shelf.save(connection, pull, {"token": f"{brand}-token"}, key, is_new=True)
        runs.begin(connection, run_id=f"{brand}-run", pull=pull.name, made_by=user, now=now, machine_now=now)
        runs.end(connection, f"{brand}-run", runs.RunState.DONE, now)
        connection.execute(insert(enrollments), [_enrollment(scenario, brand, person.node_ids[0], now)])
    folder = settings.path("imports")
    folder.mkdir(exist_ok=True)
    for name in (f"{brand}-kept.csv", f"{brand}-waits.csv"):
        (folder / name).write_text(f"order_id,email\n1,{email}\n", encoding="utf-8")
    (settings.path("backups", f"{brand}-backup")).mkdir(parents=True)
    trials = pressure_trial.trials_of(house.front.pages.state)  # type: ignore[attr-defined] # the Starlette app
    text = f"brand: {brand}\ncaps:\n  - {{at_most: 1, days: 7}}\n"
    trial = pressure_trial.Trial(
        id=f"{brand}-trial", brand=brand, definition=text, by=f"user:{user}", started_at=now, has_failed=True
    )
    trials._kept[trial.id] = trial
    mail = f"Message-ID: <{brand}m1@{brand}.example>\nTo: {email}\nSubject: {brand} mail\n\n{brand} text\n"
    mail_id = inbox.Keeper(settings.home / inbox.FOLDER, house.shop.clock).keep(mail.encode(), [email])
    failed = [one for one, of in house.shop.raw("SELECT failed_id, brand FROM fact.failed") if of == brand]
    return {
        "name": f"{brand}-welcome", "scenario": f"{brand}-welcome", "profile_id": person.profile_id,
        "message_id": f"{brand}m2", "import_id": f"{brand}-import", "failed_id": str(failed[0]), "brand": brand,
        "mail_id": mail_id, "trial_id": f"{brand}-trial", "words": next(iter(definitions.check(scenario).words)),
        "rehearsal": _rehearsal(settings.home, scenario, brand),
        "trait": f"{brand}-trait", "segment": f"{brand}-segment", "segment_text": segment,
        "trait_text": TRAIT.format(brand=brand), "source": f"{brand}-site",
        "template": f"{brand}-mail", "server": f"{brand}-server", "hook": f"{brand}-hook",
        "pull": f"{brand}-pull", "place": "folder", "user": user, "email": email,
        "shared": shared.profile_id, "backup": f"{brand}-backup",
        "account": f"{brand}-account",
    }  # fmt: skip


def _scenario(name: str, brand: str) -> str:
    """Write a scenario of one brand: the one for left baskets, under another name."""
    document = edit.read(definitions.shipped()["abandoned-basket"])
    title = {"fr": f"{name} titre", "en": f"{name} title"}
    return edit.write(edit.with_parts(document, {"scenario": name, "title": title, "brands": [brand], "version": 1}))


def _message(message_id: str, state: str, brand: str, now: Any) -> dict[str, Any]:
    email = f"ann@{brand}.example"
    return {
        "message_id": message_id, "message_class": MessageClass.SCENARIO.value, "scenario": f"{brand}-welcome",
        "scenario_version": 1, "step": f"{brand}-step", "enrollment_id": hash64(brand), "brand": brand,
        "channel": "email", "purpose": "marketing", "contact": email, "node_id": node_of("email", email),
        "cart_key": None, "cart_id": None, "language": "fr", "template": f"{brand}-mail",
        "words": msgspec.json.encode(WORDS | {"subject": f"{brand} subject"}).decode(),
        "discretion": Discretion.GENERIC.value, "promise": "[]", "rank": MessageClass.SCENARIO.rank,
        "queued_at": micros(now) - 5_000_000, "not_before": micros(now), "expires_at": micros(now) + 10**12,
        "state": state, "handed_at": micros(now), "settled_at": micros(now), "detail": f"{brand} detail",
    }  # fmt: skip


def _candidate(row: Mapping[str, Any], profile_id: str) -> dict[str, Any]:
    names = (
        "message_id", "message_class", "scenario", "scenario_version", "step", "enrollment_id", "brand", "channel",
        "purpose", "contact", "node_id", "expires_at",
    )  # fmt: skip
    at = START
    wish = Candidate(
        message_id=row["message_id"], message_class=MessageClass(row["message_class"]), scenario=row["scenario"],
        scenario_version=1, step=row["step"], enrollment_id=0, brand=row["brand"], channel=row["channel"],
        purpose="marketing", template=row["template"], discretion=Discretion.GENERIC, language="fr",
        node_id=row["node_id"], profile_id=profile_id, contact=row["contact"], occasion=row["message_id"], priority=0,
        wished_at=at, expires_at=at,
    )  # fmt: skip
    return {name: row[name] for name in names} | {
        "profile_then": profile_id, "priority": 0, "expected_value": 0.0, "wished_at": micros(at), "outcome": "queued",
        "decided_at": micros(at), "wish": msgspec.json.encode(wish).decode(),
    }  # fmt: skip


def _outside(message_id: str, brand: str, profile_id: str, now: Any) -> dict[str, Any]:
    """Make a candidate that an outside tool of the brand has asked for."""
    row = _candidate(_message(message_id, "queued", brand, now), profile_id)
    return row | {"scenario": f"outside:{brand}-site", "is_outside": True}


def _enrollment(scenario: str, brand: str, node: int, now: Any) -> dict[str, Any]:
    step = next(iter(definitions.check(scenario).program))
    return {
        "enrollment_id": hash64(brand), "scenario": f"{brand}-welcome", "version": 1, "brand": brand,
        "key": f"{brand}-key", "node_id": node, "cart_key": None, "cart_id": f"{brand}-cart-2", "step": step,
        "entered_at": micros(now), "arrived_at": micros(now), "last_action_at": micros(now),
        "due_at": micros(now) + 10**9, "status": "live",
    }  # fmt: skip


def _rehearsal(home: Path, scenario: str, brand: str) -> str:
    """Lay down a dry run that has failed, as its process leaves it."""
    name = hashlib.sha256(brand.encode()).hexdigest()[:16]
    folder = home / rehearsals.FOLDER / name
    folder.mkdir(parents=True)
    wanted = rehearsals.Wanted(
        scenario=f"{brand}-welcome", version=1, days=7, with_live=True, brand=brand, seed=1,
        started_at=micros(START), started_by=f"{brand}-user",
    )  # fmt: skip
    (folder / "wanted.json").write_bytes(msgspec.json.encode(wanted))
    (folder / "scenario.yaml").write_text(scenario, encoding="utf-8")
    (folder / "answer.json.part").touch()
    (folder / "pid").write_text("4194300", encoding="ascii")  # nobody's
    (folder / "wrong.txt").write_text(f"{brand} went wrong", encoding="utf-8")
    return name


# ── walking ──


def routes() -> list[PageRoute]:
    """Give every route of a page or a form that somebody who is in may ask for."""
    found: list[BaseRoute] = pages.routes()
    return [one for one in found if isinstance(one, PageRoute)]


def filled(path: str, ids: Mapping[str, str]) -> str:
    """Write an address with the ids of a brand in it."""

    def one(found: re.Match[str]) -> str:
        name = found[1].partition(":")[0]
        if name == "name" and path.startswith("/messages/templates"):
            name = "template"
        if name == "name" and path.startswith("/sources"):
            name = "pull" if path.startswith("/sources/pulls") else "source"
        if path.startswith("/computed-traits") and name == "key":
            return quote(ids["trait"], safe="")
        if path.startswith("/traits"):
            return quote(ids["trait"], safe="")
        if path.startswith("/segments") and name in {"name", "key"}:
            return "newcomers" if "/library/" in path else quote(ids["segment"], safe="")
        if path.startswith("/segments") and name == "kind":
            return "csv"
        if path.startswith("/scores"):
            return "gold"
        fixed = {
            "reason": "bad_amount",
            "key": "none",
            "example": "0",
            "mail": "0",
            "id": ids["rehearsal"],
            "kind": "email",
            "field": "email",
        }
        value = ids["email"] if name == "value" else fixed.get(name) or ids[name]
        return quote(value, safe="")

    return re.sub(r"\{([^}]+)\}", one, path)


def leaked(answer: Answer, *sent: str) -> list[str]:
    """Give where an answer holds the marker, beside the words that were sent with the question themselves."""
    text = "\n".join([answer.body.decode("utf-8", "replace"), *(f"{a}: {b}" for a, b in answer.headers.items())])
    for word in sorted({form for one in sent for form in _forms(one)}, key=len, reverse=True):
        text = text.replace(word, "")
    return [text[max(0, found.start() - 60) : found.end() + 60] for found in re.finditer(MARK, text, re.IGNORECASE)]


def _forms(word: str) -> list[str]:
    said = [word, quote(word, safe=""), quote(word), quote_plus(word), escape(word), json.dumps(word)[1:-1]]
    return [one for one in [*said, quote(quote(word, safe=""), safe="")] if one]


def principal(role: Role, *brands: str) -> Principal:
    """Give a principal of a role, for some brands."""
    return Principal(name="somebody", role=role, brands=frozenset(brands)) if brands else OPERATOR
