"""
The table of rights, as docs/reference/roles.md promises it: every page, form and address of the API × every role.

The table stands here once more, by the first words of each address: who moves a page to another right has to say so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

import pytest
from starlette.routing import BaseRoute, Route

from comptoir.access.roles import Role
from comptoir.server.api import catalogue
from comptoir.server.api.endpoints import Endpoint
from comptoir.web import pages
from comptoir.web.routes import PageRoute
from tests.two_brands import OURS, House, filled, open_house, routes

ADMIN, MARKETING, FINANCE, SUPPORT = (frozenset({role}) for role in Role)
EVERYBODY = frozenset(Role)
CARING = ADMIN | MARKETING | SUPPORT
WRITING = ADMIN | MARKETING
COUNTING = ADMIN | MARKETING | FINANCE

PAGES: Mapping[str, frozenset[Role]] = {
    "/": EVERYBODY, "/search": EVERYBODY, "/password": EVERYBODY, "/logout": EVERYBODY,
    "/live": CARING, "/live/refused": ADMIN, "/live/reasons": ADMIN, "/live/replays": ADMIN,
    "/customers": CARING, "/matching": CARING, "/carts": CARING, "/erasures": CARING,
    "/scenarios": WRITING, "/scenarios/{name}/people": CARING, "/scenarios/{name}/dry-run/{rehearsal}": CARING,
    "POST /scenarios/{name}/dry-run/{rehearsal}/stop": WRITING,
    "/segments": WRITING, "/traits": WRITING, "/scores": CARING, "POST /scores/{name}/run": WRITING,
    "/messages": WRITING, "/pressure": WRITING,
    "/results": COUNTING, "/audience": COUNTING, "/guide": EVERYBODY,
    "/sources": ADMIN, "/running": ADMIN, "/settings": ADMIN,
}  # fmt: skip
"""By how an address begins: the longest that fits says who may come. A form of its own stands with POST before it."""

CALLS: Mapping[str, frozenset[Role]] = {
    "/query": EVERYBODY, "/search": EVERYBODY, "/results": COUNTING, "/today": COUNTING,
    "/brands": EVERYBODY, "POST /brands": ADMIN, "PATCH /brands": ADMIN, "/brands/{brand}/plan": ADMIN,
    "/brands/{brand}/audience": COUNTING,
    "/people": CARING, "/profiles": CARING, "/messages": CARING, "/consents": CARING, "/suppressions": CARING,
    "/changes": CARING, "/webhook-followers": ADMIN, "/matches": CARING,
    "/erasures": CARING,
    "/segments": WRITING, "/segment-library": WRITING, "/computed-traits": WRITING,
    "/candidates": WRITING, "/scenarios": WRITING, "/library": WRITING, "/templates": WRITING, "/dry-runs": WRITING,
    "/pressure": WRITING, "/outbox": WRITING, "/step-kinds": WRITING, "/template-drafts": WRITING,
    "/senders": WRITING, "/inbox": WRITING, "/mails": WRITING, "/placements": WRITING, "/sending": WRITING,
    "PATCH /sending": ADMIN, "/carts": CARING, "/carts.csv": CARING, "/arrivals": CARING, "/refusals": CARING,
    "/mail-servers": ADMIN, "/webhooks": ADMIN, "/sources": ADMIN, "/imports": ADMIN, "/pulls": ADMIN,
    "/pull-places": ADMIN, "/refused": ADMIN,
    "/users": ADMIN, "/audit": ADMIN, "/state": ADMIN, "/doctor": ADMIN, "/settings": ADMIN, "/backups": ADMIN,
    "/health": ADMIN, "/quality": ADMIN, "/scores": CARING, "POST /scores": WRITING,
}  # fmt: skip

ROUTES = [pytest.param(one, id=f"{_} {one.path}") for one in routes() for _ in sorted(one.methods or ()) if _ != "HEAD"]
ENDPOINTS = [pytest.param(one, id=f"{one.method} {one.path}") for one in catalogue.DESCRIBED]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """Lend the house of two brands."""
    made = open_house()
    yield made
    made.close()


@pytest.fixture(scope="module")
def keys(house: House) -> Mapping[Role, str]:
    """A key of every role, for every brand."""
    return {role: house.key(role) for role in Role}


def allowed(table: Mapping[str, frozenset[Role]], method: str, path: str) -> frozenset[Role]:
    """Say who may come to an address: by the longest beginning that is in the table."""
    fits = [one for one in table if _fits(one, method, path)]
    assert fits, f"say in the table who may {method} {path}"
    return table[max(fits, key=lambda one: (len(one.rpartition(" ")[2]), " " in one))]


def _fits(one: str, method: str, path: str) -> bool:
    of, _, begins = one.rpartition(" ")
    return of in {"", method} and (path == begins or begins == "/" == path or path.startswith(f"{begins.rstrip('/')}/"))


def is_refused(status: int, text: str) -> bool:
    return status == 403 and "not_allowed" in text


@pytest.mark.parametrize("route", ROUTES)
def test_a_page_and_a_form_let_in_the_roles_of_the_table_and_no_other(
    route: PageRoute, house: House, keys: Mapping[Role, str]
) -> None:
    method = "POST" if "POST" in (route.methods or ()) else "GET"
    may = allowed(PAGES, method, route.path)
    target = filled(route.path, house.ids[OURS])
    for role, key in keys.items():
        # without its token a form is refused as stale, which is behind the right and changes nothing
        said = house.get(target, key) if method == "GET" else house.post(target, key, {"token": "0"})
        assert is_refused(said.status, said.text) == (role not in may), (role, target, said.status)
        assert said.status < 500, (role, target)


@pytest.mark.parametrize("one", ENDPOINTS)
def test_the_api_lets_in_the_roles_of_the_table_and_no_other(
    one: Endpoint, house: House, keys: Mapping[Role, str]
) -> None:
    may = allowed(CALLS, one.method, one.path)
    for role, key in keys.items():
        said = house.call(one.method, re.sub(r"\{[^}]*\}", "nowhere", one.path), key)
        code = (
            json.loads(said.body).get("code") if said.headers.get("content-type", "").endswith("problem+json") else ""
        )
        assert (code == "not_allowed") == (role not in may), (role, one.path, said.text[:200])


def test_a_key_that_is_narrowed_to_a_right_has_no_other(house: House) -> None:
    from comptoir.access.roles import Right

    narrow = house.key(Role.ADMIN, rights=[Right.SEE_RESULTS])

    open_to = [one.path for one in routes() if "GET" in (one.methods or ()) and house.get(
        filled(one.path, house.ids[OURS]), narrow).status != 403]  # fmt: skip
    assert set(open_to) == {"/audience", "/results", "/results/how", "/results/of/{scenario:path}"}


def test_every_route_of_the_desk_is_walked_here_or_is_open_to_all_on_purpose() -> None:
    found: list[BaseRoute] = pages.routes()

    free = {one.path for one in found if isinstance(one, Route) and not isinstance(one, PageRoute)}
    assert free == {"/login", "/static/{name:path}"}
