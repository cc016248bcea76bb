from __future__ import annotations

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec
import pytest

from comptoir.clock import ManualClock
from comptoir.demo.shop import catalogue, people
from comptoir.demo.shop.plan import HOUSES, Plan
from comptoir.demo.storefront import basket as baskets
from comptoir.demo.storefront import server
from comptoir.demo.storefront.counter import Counter, accounts_of
from comptoir.demo.storefront.site import Asked, Storefront, priced
from comptoir.demo.storefront.words import WORDS
from comptoir.sources.replay import Answer
from comptoir.sources.segment import Speaker

PLAN = Plan(customers=50, months=3)
CATALOGUE = catalogue.make(PLAN)
PEOPLE = people.make(PLAN)
SOLD = next(one for one in CATALOGUE.products if one.is_for_sale)
ENDED = next(one for one in CATALOGUE.products if not one.is_for_sale)


class Posts:
    """Keeps what the storefront's server tells the door."""

    def __init__(self) -> None:
        self.said: list[dict[str, object]] = []

    def __call__(self, path: str, body: bytes, speaker: Speaker) -> Answer:
        assert speaker is Speaker.SERVER, "with the secret key"
        self.said += msgspec.json.decode(body)["batch"]
        return Answer(200)


@pytest.fixture
def posts() -> Posts:
    return Posts()


@pytest.fixture
def shop(posts: Posts) -> Storefront:
    counter = Counter(
        posts={one.key: posts for one in HOUSES},
        clock=ManualClock(datetime(2026, 11, 24, 9, tzinfo=UTC)),
        accounts=accounts_of(PEOPLE),
    )
    keys = {one.key: f"wk_{one.key}" for one in HOUSES}
    return Storefront(catalogue=CATALOGUE, counter=counter, door="http://127.0.0.1:8140", write_keys=keys)


def cookies(*headers: tuple[str, str]) -> dict[str, str]:
    return dict(value.partition(";")[0].split("=", 1) for name, value in headers if name == "Set-Cookie")


@pytest.mark.parametrize("house", HOUSES, ids=lambda one: one.key)
@pytest.mark.parametrize("path", ["/{}/", "/{}/d/garden", "/{}/basket", "/{}/account", "/entreprise/{}"])
def test_every_page_is_there_in_both_houses_with_the_script_and_nothing_inline(
    shop: Storefront, house: object, path: str
) -> None:
    which = HOUSES[0] if house is HOUSES[0] else HOUSES[1]

    answer = shop.answer(Asked(method="GET", path=path.format(which.path)))

    page = answer.body.decode()
    assert answer.status == 200
    assert f'<html lang="{which.language}">' in page
    assert f'src="http://127.0.0.1:8140/comptoir.js" data-key="wk_{which.key}"' in page
    assert "<script>" not in page
    assert " style=" not in page
    assert "script-src 'self' http://127.0.0.1:8140;" in dict(answer.headers)["Content-Security-Policy"]


def test_every_product_has_a_page_and_a_picture(shop: Storefront) -> None:
    for one in CATALOGUE.products[::17]:
        page = shop.answer(Asked(method="GET", path=f"/{one.house.path}/p/{one.product_id}"))
        assert page.status == 200
        assert f'data-product="{one.product_id}"' in page.body.decode()
        assert shop.answer(Asked(method="GET", path=f"/picture/{one.product_id}.svg")).kind == "image/svg+xml"


def test_a_basket_is_filled_emptied_and_named_the_same_throughout(shop: Storefront) -> None:
    path = SOLD.house.path
    first = shop.answer(Asked(method="GET", path=f"/{path}/p/{SOLD.product_id}"))
    kept = cookies(*first.headers)
    ((name, before),) = kept.items()

    added = shop.answer(Asked(method="POST", path=f"/{path}/add/{SOLD.product_id}", cookies=kept))
    kept = cookies(*added.headers)
    page = shop.answer(Asked(method="GET", path=f"/{path}/basket", cookies=kept)).body.decode()
    removed = shop.answer(Asked(method="POST", path=f"/{path}/remove/{SOLD.product_id}", cookies=kept))

    assert kept[name] == f"{before}.{SOLD.product_id}_1"
    assert f'data-cart="{before}"' in page
    assert priced(SOLD.house, SOLD.price_minor) in page
    assert cookies(*removed.headers)[name] == before


def test_an_order_is_told_by_the_server_with_its_basket_and_the_customers_account(
    shop: Storefront, posts: Posts
) -> None:
    person = next(one for one in range(len(PEOPLE)) if PEOPLE.has_account[one])
    path, cookie = SOLD.house.path, f"shop_basket_{SOLD.house.path}"
    basket = f"k-0123456789abcdef.{SOLD.product_id}_2"
    form = {"email": str(PEOPLE.email(person)).upper(), "offers": "yes"}

    answer = shop.answer(Asked(method="POST", path=f"/{path}/checkout", cookies={cookie: basket}, form=form))

    consent, order = posts.said
    assert answer.status == 303
    assert dict(answer.headers)["Location"].startswith(f"/{path}/thanks/")
    assert (consent["event"], consent["userId"]) == ("Consent Given", PEOPLE.account(person))
    assert order["userId"] == PEOPLE.account(person)
    properties = order["properties"]
    assert isinstance(properties, dict)
    assert properties["cart_id"] == "k-0123456789abcdef"
    assert properties["total"] == pytest.approx(2 * SOLD.price_minor / 100)
    emptied = cookies(*answer.headers)[cookie]
    assert emptied != basket
    assert "_" not in emptied


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a@b.example\r\nX: y", "<script>@x", "a b@c.example"])
def test_an_address_that_is_none_is_said_beside_its_field_and_orders_nothing(
    shop: Storefront, posts: Posts, email: str
) -> None:
    cookie = {f"shop_basket_{SOLD.house.path}": f"k-0123456789abcdef.{SOLD.product_id}_1"}

    answer = shop.answer(
        Asked(method="POST", path=f"/{SOLD.house.path}/checkout", cookies=cookie, form={"email": email})
    )

    assert answer.status == 422
    assert WORDS[SOLD.house.language]["bad_email"].split()[0] in answer.body.decode()
    assert posts.said == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"), ("GET", "/xx/"), ("GET", "/fr/p/nothing"), ("GET", "/fr/d/nothing"), ("GET", "/fr/a/b/c"),
        ("POST", "/fr/"), ("POST", f"/fr/add/{ENDED.product_id}"), ("GET", "/picture/nothing.svg"),
        ("GET", "/fr/p/<script>alert(1)</script>"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_so(shop: Storefront, method: str, path: str) -> None:
    answer = shop.answer(Asked(method=method, path=path))

    assert answer.status == (303 if path == "/" else 404)
    assert b"<script>alert" not in answer.body


@pytest.mark.parametrize(
    "cookie", ["", "x", "k-1", "k-0123456789abcdef.MA-0000_x", "k-0123456789abcdef.nothing_1", "....", "k-<b>.a_1"]
)
def test_a_basket_somebody_made_up_is_empty_and_has_a_name_of_ours(cookie: str) -> None:
    read = baskets.read(cookie, CATALOGUE, HOUSES[0])

    assert read.lines == {}
    assert read.cart_id.startswith("k-")
    assert len(read.cart_id) == 18


def test_both_tongues_say_the_same_things() -> None:
    assert WORDS["fr"].keys() == WORDS["en"].keys()


@pytest.fixture
def port(shop: Storefront) -> Iterator[int]:
    with server.running(shop, 0) as found:
        yield found


def test_the_server_answers_and_takes_forms_from_its_own_pages_only(port: int) -> None:
    body = urlencode({"email": "ann@shop.example"})
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    seen = []
    for method, path, headers in (
        ("GET", "/fr/", {}),
        ("HEAD", "/fr/", {}),
        ("POST", "/fr/sign-in", {"Origin": f"http://127.0.0.1:{port}"}),
        ("POST", "/fr/sign-in", {"Origin": "http://evil.example"}),
    ):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request(method, path, body if method == "POST" else None, kind | headers)
        answer = connection.getresponse()
        seen.append((answer.status, bool(answer.read())))
        connection.close()

    assert seen == [(200, True), (200, False), (303, False), (403, False)]


def test_a_port_that_is_taken_is_said_so(shop: Storefront, port: int) -> None:
    with pytest.raises(server.PortTaken), server.running(shop, port):
        pass
