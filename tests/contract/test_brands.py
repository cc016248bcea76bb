"""
Somebody of one brand meets nothing of another: every page, form and address of the API, walked with their ids.

Nothing here knows how a page keeps its visitors apart. It only looks for their marker word in what is answered, and
whether what was posted changed anything.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from comptoir.access.audit import Deed
from comptoir.access.roles import Principal, Right, Role
from comptoir.server.api import catalogue
from comptoir.server.api.endpoints import Endpoint
from comptoir.state.base import State
from comptoir.web.routes import PageRoute
from tests.two_brands import MARK, OURS, THEIRS, House, filled, leaked, open_house, routes

SHOWN = [one for one in routes() if "GET" in (one.methods or ())]
POSTED = [one for one in routes() if "POST" in (one.methods or ())]
GETS = [pytest.param(one, id=f"GET {one.path}") for one in SHOWN]
POSTS = [pytest.param(one, id=f"POST {one.path}") for one in POSTED]
CALLS = [pytest.param(one, id=f"{one.method} {one.path}") for one in catalogue.DESCRIBED]

REFUSED = {403, 404}

FORMS: Mapping[str, Mapping[str, str]] = {
    "/customers/{profile_id}/cut": {"identifier": "email:{email}"},
    "/customers/{profile_id}/join": {"a": "email:{email}", "b": "account:{account}"},
    "/live/reasons/{reason}": {"path": "", "value": ""},
    "/matching": {"pair": "p0.p1", "answer": "same"},
    "/messages/new": {"name": "new", "brand": "{brand}", "language-fr": "yes"},
    "/pressure/policy": {"do": "publish"},
    "/messages/site/edit": {"of": "{brand}", "name": "new", "is_new": "yes", "act": "save"},
    "/messages/site/remove": {"of": "{brand}", "name": "{brand}-corner"},
    "/sources/end-key": {"name": "{source}", "key_id": "1", "id": "1"},
    "/sources/plan/infer": {"brand": "{brand}"}, "/sources/plan/seen": {"brand": "{brand}"},
    "/sources/plan/rules": {"brand": "{brand}"}, "/sources/plan/text": {"brand": "{brand}", "text": "events: {}"},
    "/sources/plan/restore": {"brand": "{brand}", "version": "1"}, "/sources/plan/event": {"brand": "{brand}"},
    "/running/backups": {},
    "/running/backups/forget": {"name": "{backup}"},
    "/scenarios": {}, "/segments": {"title": "new"}, "/traits": {"title": "new"},
    "/segments/{name}/state": {"to": "paused"},
    "/scenarios/{name}/enroll": {"people": "{email}", "brand": "{brand}"},
    "/scenarios/{name}/state": {"to": "archived"},
    "/settings/brand": {
        "name": "{brand}", "currency": "EUR", "country": "FR", "language": "fr", "time_zone": "Europe/Paris",
    },
    "/settings/people/add": {"name": "new", "role": "admin", "kind": "key"},
    "/settings/people/change": {"name": "{user}", "role": "admin"},
    "/settings/people/switch": {"name": "{user}"},
    "/settings/people/password": {"name": "{user}"},
    "/settings/people/key": {"name": "{user}"},
    "/settings/sender": {"name": "{server}", "brand": "{brand}", "host": "x.example", "sender": "a@x.example",
                         "port": "25",
                         "priority": "1", "rate_per_minute": "0", "connections": "1"},
    "/settings/sender/test": {"name": "{server}", "to": "a@x.example"},
    "/settings/sender/remove": {"name": "{server}"},
    "/settings/sending": {"pause": "yes"},
    "/settings/webhooks/add": {"name": "new", "url": "https://x.example"},
    "/settings/webhooks/switch": {"name": "{hook}"},
    "/settings/webhooks/test": {"name": "{hook}"},
    "/settings/webhooks/follow": {"name": "{hook}", "follows": "yes"},
    "/settings/webhooks/remove": {"name": "{hook}"},
    "/sources/new": {"name": "new", "brand": "{brand}"},
    "/sources/change": {"name": "{source}", "brand": "{brand}"},
    "/sources/switch": {"name": "{source}", "open": "no"},
    "/sources/quality/watch": {"source": "{source}", "field": "email", "good": "90"},
    "/sources/quality/ask": {"message_id": "{message_id}", "field_name": "email"},
    "/sources/renew": {"name": "{source}", "kind": "secret"},
    "/sources/pulls/new/{place}": {"name": "new", "brand": "{brand}", "folder": "drop", "kind": "orders"},
    "/sources/pulls/change": {"name": "{pull}", "url": "https://x.example"}, "/sources/pulls/try": {"name": "{pull}"},
    "/sources/pulls/mapping": {"name": "{pull}", "text": ""}, "/sources/pulls/run": {"name": "{pull}"},
    "/sources/pulls/cancel": {"name": "{pull}"}, "/sources/pulls/pause": {"name": "{pull}", "pause": "yes"},
    "/sources/pulls/remove": {"name": "{pull}"},
    "/sources/imports/new": {"kind": "orders", "source": "till", "brand": "{brand}", "waiting": "{brand}-waits.csv"},
}  # fmt: skip
"""What is posted to a form beside the ids of its address; an id in braces is theirs."""

NOBODYS = {"/password", "/logout", "/scenarios", "/segments", "/traits", "/scores/{name}/run"}
"""Forms that touch nothing of any brand: one's own password, and what is begun or counted for one's own brands."""

EVERYBODYS = {"/segments/library/{key}", "/scores/{name}"}
"""Pages of what ships with Comptoir: they open for everybody, and show of one's own brands only."""

ASKED: Mapping[str, str] = {
    "/customers/{profile_id}/cut": "identifier=email:{email}", "/pressure/policy": "brand={brand}",
    "/settings/brand": "name={brand}", "/settings/sender": "name={server}",
    "/customers/{profile_id}/interest": "brand={brand}&category=Lamps",
}  # fmt: skip
"""What somebody who has every brand asks beside the address, to see something of theirs."""

NOT_THERE = {
    "/live/replays/{key}": "none goes on",
    "/scenarios/{name}/dry-run/{rehearsal}/mail/{example}/{mail}": "the dry run of theirs has failed",
    "/pressure/trials/{trial_id}": "a trial is shown to whoever started it, and to nobody else",
}
"""Pages that even somebody who has every brand does not find here, and why."""

NO_MARK: frozenset[str] = frozenset(
    {
        # figures, a mail without HTML, no refused row, a mapping without a name, settings, nothing done yet
        "/scenarios/{name}/figures", "/messages/inbox/{mail_id}/mail", "/sources/imports/{import_id}/refused.csv",
        "/sources/imports/{import_id}/mapping.yaml", "/settings/file", "/settings/audit",
        "/segments/library/{key}", "/segments/{name}/publish", "/traits/{name}/publish", "/scores",
        "/customers/{profile_id}/interest",
        "/guide", "/erasures", "/matching", "/sources/quality/values", "/sources/plan/text", "/sources/plan/event",
        "/messages/words/{scenario}/{words}/mail", "/sources/pulls/new", "/sources/pulls/new/{place}",
        "/messages/new", "/password", "/results/how", "/scenarios/{name}/publish", "/search", "/sources/new",
    }
)  # fmt: skip
"""Pages that show nothing of any brand; every other must show the marker to who has every brand."""

BODIES: Mapping[str, Any] = {
    "POST /people/cut": {"person": "{email}", "identifier": "account:{account}"},
    "POST /people/join": {"person": "{email}", "other": "ann@atelier.example"},
    "POST /people/pause": {"person": "{email}"}, "POST /people/resume": {"person": "{email}"},
    "POST /people/stop": {"person": "{email}"}, "POST /people/start": {"person": "{email}"},
    "PATCH /brands/{name}": {"url": "https://x.example"},
    "POST /mail-servers": {"name": "new", "brand": "{brand}", "host": "x.example", "sender": "a@x.example"},
    "POST /templates": {"name": "new", "brand": "{brand}", "languages": ["fr"]},
    "PUT /placements/{brand}/{name}": {"words": {"en": {"title": "x", "button": "y", "url": "/z"}}},
    "POST /pressure/trials": {"definition": "brand: {brand}\ncaps:\n  - {at_most: 9, days: 7}\n"},
    "POST /suppressions": {"contact": "{email}", "brand": "{brand}"},
    "POST /suppressions/lift": {"contact": "{email}", "brand": "{brand}"},
    "POST /scenarios/draft": {"definition": "{definition}"},
    "POST /scenarios/publish": {"definition": "{definition}"},
    "POST /scenarios/{name}/enroll": {"people": ["{email}"], "brand": "{brand}"},
    "POST /scenarios/{name}/move": {"from_version": 1, "to_version": 1, "mapping": {}},
    "POST /scenarios/{name}/dry-runs": {"days": 7, "brand": "{brand}"},
    "POST /segments/check": {"definition": "{segment_text}"}, "POST /segments/count": {"definition": "{segment_text}"},
    "POST /segments/draft": {"definition": "{segment_text}"},
    "POST /segments/publish": {"definition": "{segment_text}"},
    "POST /computed-traits/draft": {"definition": "{trait_text}"},
    "POST /computed-traits/publish": {"definition": "{trait_text}"},
    "POST /computed-traits/preview": {"definition": "{trait_text}"},
    "POST /templates/publish": {"definition": "{mail}"},
    "POST /pressure/policies": {"definition": "brand: {brand}\ncaps:\n  - {at_most: 9, days: 7}\n"},
    "POST /outbox/{message_id}/settle": {"was_sent": True},
    "POST /webhooks": {"name": "new", "url": "https://x.example/hook"},
    "PATCH /webhooks/{name}": {"is_enabled": False},
    "PUT /webhook-followers/{name}": {"source": ""},
    "POST /brands": {"name": "new"},
    "POST /sources": {"name": "new", "brand": "{brand}"},
    "PATCH /sources/{name}": {"is_enabled": False},
    "POST /imports": {"file": "{brand}-waits.csv", "kind": "orders", "brand": "{brand}"},
    "POST /pulls": {"name": "new", "place": "shopify", "brand": "{brand}", "options": {"url": "https://x.example"},
                    "secrets": {"token": "t"}},
    "PATCH /pulls/{name}": {"is_paused": True}, "POST /pulls/{name}/try": {"stream": "orders"},
    "POST /refused/mend": {"ids": ["{failed_id}"], "set": {"properties.total": "1"}},
    "POST /refused/replay": {"ids": ["{failed_id}"]},
    "PUT /quality/watches/{source}": {"field": "email", "owner": "ann"},
    "POST /quality/corrections": {"message_id": "{message_id}", "name": "email"},
    "POST /quality/grade": {"fields": {"email": "ann@gmial.com"}},
    "POST /users": {"name": "new", "role": "admin"},
    "PATCH /users/{name}": {"role": "admin"},
    "POST /users/{name}/keys": {"days": 9},
    "POST /backups": {"name": "new"},
    "POST /candidates": {"candidates": [{"key": "k", "person": {"kind": "email", "value": "{email}"},
                                          "brand": "{brand}",
                                          "expires_at": "2026-11-22T12:00:00Z"}]},
    "POST /candidates/{message_id}/outcome": {"outcome": "sent"},
}  # fmt: skip

QUERIES: Mapping[str, str] = {
    "/people": "person={email}", "/people/links": "person={email}", "/people/timeline": "person={email}",
    "/consents": "contact={email}", "/consents/at": "contact={email}&at=2026-11-22T12:00:00Z",
    "/results": "brand={brand}", "/people/standing": "person={email}", "/people/messages": "person={email}",
    "/people/export": "person={email}", "/people/erasure": "person={email}", "/people/card": "person={email}",
    "/scores/{name}/spread": "brand={brand}", "/scores/{name}/moved": "brand={brand}",
    "/scores/{name}/people": "brand={brand}", "/scores/repurchase/due": "brand={brand}&category=Shoes",
    "/people/cut": "person={email}&identifier=account:{account}", "/people/search": "q={email}", "/search": "q={email}",
}  # fmt: skip
"""What is asked beside the ids of an address."""

NOT_HERE = {
    "/dry-runs/{id}/answer",
    "/erasures/{erasure_id}",
    "/pressure/trials/{id}",
    "/brands/{brand}/plan",
    "/brands/{brand}/plan/versions/{version}",
}
"""Addresses at which nobody finds anything: a failed dry run, somebody's own trial, a plan nobody made, an erasure."""

LISTS = frozenset({"/consents", "/consents/at", "/suppressions", "/people/search", "/search"})
"""Addresses that answer with a list, which is empty of what is theirs."""

READING = frozenset(
    {
        "POST /query",
        "POST /scenarios",
        "POST /scenarios/check",
        "POST /segments/check",
        "POST /templates/check",
        "POST /pressure/policies/check",
        "POST /quality/grade",
    }
)
"""Addresses that take a body and touch nothing."""

NAMED = {"scenarios": "scenario", "templates": "template", "mail-servers": "server", "webhooks": "hook",
         "webhook-followers": "hook", "sources": "source", "pulls": "pull", "users": "user", "brands": "brand",
         "backups": "backup"}  # fmt: skip
"""What a `{name}` is, by the first word of the address."""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """Lend the house of two brands."""
    made = open_house()
    yield made
    made.close()


@pytest.fixture(scope="module")
def ours(house: House) -> Mapping[str, str]:
    """A key of every role, for our brand alone."""
    return {role.value: house.key(role, OURS) for role in Role}


@pytest.fixture(scope="module")
def admin(house: House) -> str:
    """The key of somebody who has every brand."""
    return house.key(Role.ADMIN)


def with_ids(said: Any, ids: Mapping[str, str]) -> Any:
    """Put ids in the place of names in braces, however deep."""
    match said:
        case str():
            return re.sub(r"\{(\w+)\}", lambda found: ids.get(found[1], found[0]), said)
        case dict():
            return {name: with_ids(value, ids) for name, value in said.items()}
        case list():
            return [with_ids(one, ids) for one in said]
    return said


def may(role: str, right: Right) -> bool:
    return Principal(name="", role=Role(role)).may(right)


# ── pages ──


@pytest.mark.parametrize("route", GETS)
def test_a_page_shows_nothing_of_another_brand(
    route: PageRoute, house: House, ours: Mapping[str, str], admin: str
) -> None:
    target = filled(route.path, house.ids[THEIRS])
    own = filled(route.path, house.ids[OURS])
    sent = [*house.ids[THEIRS].values()] if "{" in route.path else []
    for role, key in ours.items():
        if not may(role, route.rules.right):
            continue
        answer = house.get(target, key)
        if route.rules.whole or route.path == "/settings/brand":  # without a name: the form of a new brand
            assert answer.status == 403, target
        elif "{" in route.path and "{reason}" not in route.path and route.path not in EVERYBODYS:
            assert answer.status in REFUSED, (role, target, answer.status)
        else:
            assert answer.status in {200, 204, 303}, (role, target, answer.status, answer.text[:300])
        assert leaked(answer, *sent) == [], (role, target)
        for query in ("?format=csv", f"?brand={THEIRS}", "?period=y", "?who=everyone", "?check=yes", "?what=refused"):
            assert leaked(house.get(own + query, key), THEIRS if "brand" in query else "") == [], (role, own + query)

    if route.path in NOT_THERE:
        return
    asked = with_ids(ASKED.get(route.path, ""), house.ids[THEIRS])
    whole = house.get(f"{target}?period=y&who=everyone&{asked}", admin)
    assert whole.status in {200, 204, 303}, (target, whole.status, whole.text[:500])
    if route.path not in NO_MARK and whole.status == 200 and "{failed" not in route.path:
        assert leaked(whole), f"{target} shows nothing of theirs to anybody: what would this test find?"


@pytest.mark.parametrize("route", POSTS)
def test_a_form_changes_nothing_of_another_brand(route: PageRoute, house: House, ours: Mapping[str, str]) -> None:
    ids = house.ids[THEIRS]
    target, form = filled(route.path, ids), with_ids(dict(FORMS.get(route.path, {})), ids)
    if route.path == "/pressure/policy":
        target += f"?brand={THEIRS}"
    for role, key in ours.items():
        if not may(role, route.rules.right) or route.path in NOBODYS:
            continue
        before = house.fingerprint()
        answer = house.post(target, key, form)
        assert answer.status in REFUSED, (role, target, answer.status, answer.text[:300])
        assert leaked(answer, *ids.values(), *form.values()) == [], (role, target)
        assert house.fingerprint() == before, (role, target)


def test_every_form_that_takes_a_name_is_posted_with_theirs() -> None:
    without = {one.path for one in POSTED if "{" not in one.path} - set(FORMS) - NOBODYS

    assert without == set(), "say in FORMS what such a form is sent, with an id of theirs"


# ── the API ──


@pytest.mark.parametrize("one", CALLS)
def test_the_api_shows_and_changes_nothing_of_another_brand(
    one: Endpoint, house: House, ours: Mapping[str, str], admin: str
) -> None:
    ids = dict(house.ids[THEIRS])
    ids |= {"name": ids[NAMED.get(one.path.split("/")[1], "name")], "value": ids["email"], "kind": "email"}
    if one.path.startswith("/scores/") and one.method == "GET":
        ids["name"] = "gold"
    if one.path.startswith(("/segments", "/computed-traits")):
        ids["key"] = ids["segment" if one.path.startswith("/segments") else "trait"]
    ids |= {"id": ids["mail_id"] if one.path.startswith("/inbox") else ids["rehearsal"]} | (
        {"message_id": f"{THEIRS}x1"} if one.path.startswith("/candidates") else {}
    )
    with house.state.read() as connection:
        from comptoir.messaging import template_files, template_shelf
        from comptoir.scenarios import definitions

        ids["definition"] = definitions.text_of(connection, ids["scenario"]).replace("version: 1", "version: 2")
        ids["mail"] = template_files.dump(template_shelf.find(connection, ids["template"])).replace(
            "version: 1", "version: 2"
        )
    query = with_ids(QUERIES.get(one.path, ""), ids)
    path = with_ids(one.path, ids) + (f"?{query}" if query else "")
    name = f"{one.method} {one.path}"
    if name in READING:
        return
    body = with_ids(BODIES.get(name, dict(one.example)), ids) if one.body is not None else None
    guard = {"if-match": "*"} if one.is_guarded else {}
    if one.method == "GET":
        whole = house.call("GET", path, admin)
        assert whole.status == (404 if one.path in NOT_HERE else 200), (path, whole.text)
    for role, key in ours.items():
        if not may(role, one.right):
            continue
        before = house.fingerprint()
        answer = house.call(one.method, path, key, body, **{"idempotency-key": f"{role}{name}", **guard})
        assert leaked(answer, *ids.values()) == [], (role, path)
        is_list = one.method == "GET" and (("{" not in one.path and not query) or one.path in LISTS)
        if is_list and not one.whole:
            assert answer.status == 200, (role, path, answer.text)
        elif name == "GET /scenarios/{name}/dry-runs":
            assert answer.body == b"[]"
        else:
            assert answer.status in REFUSED, (role, path, answer.status, answer.text)
        if one.method != "GET":
            assert house.fingerprint() == before, (role, path)


def test_a_whole_list_of_the_api_shows_the_marker_to_who_has_every_brand(house: House, admin: str) -> None:
    shown = [
        one.path
        for one in catalogue.DESCRIBED
        if one.method == "GET" and "{" not in one.path and one.path not in QUERIES
        and leaked(house.call("GET", one.path, admin))
    ]  # fmt: skip

    assert len(shown) >= 14, shown


def test_a_shared_person_shows_each_brand_its_own_half(house: House, ours: Mapping[str, str], admin: str) -> None:
    target = f"/customers/{house.ids[THEIRS]['shared']}"
    for suffix in ("", "/messages", "/identity", "/export"):
        answer = house.get(target + suffix, ours["admin"])
        assert answer.status == 200
        assert leaked(answer) == [], suffix
        assert OURS in answer.text or suffix in {"/identity", "/messages"}
    assert leaked(house.get(target, admin))
    for path in ("/people/timeline?person=both@example.org", "/profiles/email/both@example.org"):
        answer = house.call("GET", path, ours["admin"])
        assert (answer.status, leaked(answer)) == (200, []), path


@pytest.mark.parametrize(
    "path", ["/messages/words/atelier-welcome/{words}/people", "/messages/templates/atelier-mail/people"]
)
def test_typical_people_are_those_of_ones_own_brands(path: str, house: House, ours: Mapping[str, str]) -> None:
    target = path.replace("{words}", "reminder")
    for as_whom in (f"ann@{THEIRS}.example", house.ids[THEIRS]["profile_id"]):
        answer = house.get(f"{target.removesuffix('/people')}?as={as_whom}", ours["marketing"])
        assert leaked(answer, as_whom) == []
    assert leaked(house.get(target, ours["marketing"])) == []


def test_nobody_of_one_brand_joins_a_stranger_to_learn_of_her(house: House, ours: Mapping[str, str]) -> None:
    own, theirs = house.ids[OURS], house.ids[THEIRS]
    before = house.fingerprint()

    form = {"a": f"email:{own['email']}", "b": f"email:{theirs['email']}"}
    assert house.post(f"/customers/{own['profile_id']}/join", ours["support"], form).status == 404
    body = {"person": own["email"], "other": theirs["email"]}
    assert house.call("POST", "/people/join", ours["support"], body).status == 404
    enrolled = house.post(
        f"/scenarios/{own['scenario']}/enroll", ours["marketing"], {"people": theirs["email"], "brand": OURS}
    )
    assert enrolled.status in {200, 400, 409, 422}
    assert house.fingerprint() == before


def test_a_source_and_a_user_of_the_same_name_share_no_idempotency_key(house: House, admin: str) -> None:
    made = house.call("POST", "/sources", admin, {"name": "twin", "brand": THEIRS}).text
    secret = re.search(r'"secret_key":"(sk_[^"]+)"', made)
    assert secret
    from comptoir.access import users

    key = users.add_user(house.state, name="twin", role=Role.ADMIN, now=house.now, for_brands=[OURS])
    said = {"idempotency-key": "the-same"}
    first = house.call("POST", "/scenarios/check", secret[1], {"definition": f"{MARK}: 1"}, **said)
    second = house.call("POST", "/scenarios/check", key, {"definition": f"{MARK}: 1"}, **said)

    assert first.headers.get("idempotency-replayed") is None
    assert second.headers.get("idempotency-replayed") is None


# ── the loop ──


def test_no_page_reads_state_on_the_event_loop(house: House, admin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    for name in ("read", "write"):
        usual = getattr(State, name)

        def noting(self: State, usual: Any = usual) -> Any:
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                return usual(self)
            import traceback

            seen.extend(one for one in traceback.format_stack()[-4:-1] if "contextlib" not in one)
            return usual(self)

        monkeypatch.setattr(State, name, noting)
    for route in SHOWN:
        house.get(filled(route.path, house.ids[OURS]), admin)
    for one in catalogue.DESCRIBED:
        if one.method == "GET" and "{" not in one.path:
            house.call("GET", one.path, admin)

    assert seen == []


# ── the audit ──

QUIET = {
    "/login": "nobody is in yet",
    "/logout": "changes nothing but this browser",
    "/live/refused/{failed_id}": "says itself when it mended",
    "/messages/new": "a draft", "/messages/templates/{name}": "drafts; says itself when it publishes",
    "/messages/templates/{name}/trial": "a mail to oneself",
    "/pressure/policy": "says itself when it publishes",
    "/scenarios": "a draft", "/scenarios/{name}/edit": "a draft", "/scenarios/{name}/text": "a draft",
    "/scenarios/{name}/state": "says itself what it did", "/segments/{name}/edit": "a draft",
    "/traits/{name}/edit": "a draft",
    "/segments/{name}/state": "says itself what it did",
    "/live/reasons/{reason}": "says itself what it did", "/messages/site/edit": "says itself when it keeps one",
    "/sources/plan/infer": "only shows", "/sources/pulls/try": "takes nothing",
    "/sources/plan/seen": "what somebody has looked at",
    "/scenarios/{name}/dry-run": "writes nothing", "/scenarios/{name}/dry-run/{rehearsal}/stop": "writes nothing",
    "/settings/sender/test": "a mail to oneself", "/settings/webhooks/test": "a call to try",
}  # fmt: skip
"""Forms that tell the audit nothing by themselves, and why."""

QUIET_CALLS = READING | {
    "POST /brands/{brand}/plan/findings/seen", "PUT /imports/files/{name}", "POST /mail-servers/{name}/test",
    "POST /webhooks/{name}/test",
    "POST /pulls/{name}/try", "POST /refused/{failed_id}/foresee", "POST /pressure/trials", "POST /templates",
    "POST /templates/{name}/preview", "POST /templates/{name}/trial", "POST /scenarios/{name}/words/{words}/preview",
    "PUT /scenarios/{name}/draft", "DELETE /scenarios/{name}/draft",
    *(f"POST /scenarios/{{name}}/draft/{verb}" for verb in ("edit", "undo", "redo")),
    "PATCH /templates/{name}/draft/{language}", "POST /templates/{name}/draft/{language}/blocks",
    "POST /templates/{name}/draft/languages",
    *(f"POST /templates/{{name}}/draft/{verb}" for verb in ("undo", "redo", "back")),
    "DELETE /templates/{name}/draft",
    "POST /scenarios/{name}/move",  # says itself when it is not dry
    "POST /segments/count", "POST /computed-traits/preview",
    "POST /scenarios/{name}/dry-runs", "DELETE /dry-runs/{id}", "POST /candidates",
    "POST /candidates/{message_id}/outcome",
}  # fmt: skip
"""Writes of the API that the audit keeps nothing of: checks, dry runs, and candidates, which have their own ledger."""


def test_every_form_and_every_write_of_the_api_tells_the_audit_or_says_why_not() -> None:
    forms = {one.path: one.rules.deed for one in POSTED}
    assert {path for path, deed in forms.items() if deed is None} == set(QUIET) - {"/login"}
    assert [path for path, deed in forms.items() if deed is Deed.OTHER] == [], "give the form a deed of its own"

    calls = {f"{one.method} {one.path}": one.deed for one in catalogue.DESCRIBED if one.method != "GET"}
    assert {name for name, deed in calls.items() if deed is None} == QUIET_CALLS
    assert [name for name, deed in calls.items() if deed is Deed.OTHER] == [], "give the endpoint a deed of its own"
