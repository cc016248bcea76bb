"""The dialect of Google Analytics 4 in browsers: what gtag.js sends to `/g/collect`."""

from __future__ import annotations

import pytest

from comptoir.collect.dialects import gtag
from comptoir.collect.dialects.base import Asking
from comptoir.collect.dialects.ga4 import GTAG, Ga4
from comptoir.collect.parse import Stamp
from comptoir.model.event import Line, Trust, encode

from .dialect import context, properties

GA4 = Ga4()
HEAD = b"v=2&tid=wk_1&cid=12.34&ul=fr-fr&_s=1&sid=9&dl=https%3A%2F%2Fshop.fr%2Fp%2F1%3Futm_source%3Dx&dt=Lampe&dr="


def lines(query: bytes, body: bytes = b"") -> list[Line]:
    opened = GA4.open(Asking(GTAG, body, query))
    assert opened.key == "wk_1"
    stamp = Stamp(source="site", brand="main", trust=Trust.CLAIMED, received_at=1, event_bytes=1 << 20)
    parsed = GA4.read(opened, stamp)
    assert not parsed.refusals
    return parsed.lines


def test_a_page_view_is_a_page_of_that_browser() -> None:
    (one,) = lines(HEAD + b"&en=page_view&ep.lang=fr")

    assert (one.type, one.name, one.anonymous_id) == ("page", "Lampe", "12.34")
    assert context(one)["page"]["url"] == "https://shop.fr/p/1?utm_source=x"
    assert properties(one) == {"lang": "fr"}


def test_events_of_one_request_stand_in_lines_and_share_the_query() -> None:
    items = b"pr1=idsku1~nmLampe~~bois~pr12.50~qt2~k0size~v0XL&pr2=idsku2~pr3"
    body = (
        b"en=add_to_cart&epn.value=25&cu=EUR&" + items + b"\r\nen=purchase&ep.transaction_id=O1&epn.value=28.1&cu=EUR"
    )

    added, ordered = lines(HEAD, body)

    assert (added.name, ordered.name) == ("Product Added", "Order Completed")
    first, second = properties(added)["products"]
    assert first == {"product_id": "sku1", "name": "Lampe~bois", "price": 12.5, "quantity": 2, "size": "XL"}
    assert second == {"product_id": "sku2", "price": 3}
    assert (properties(ordered)["order_id"], properties(ordered)["revenue"]) == ("O1", 28.1)


def test_who_is_named_is_told_once_as_traits() -> None:
    person, page = lines(HEAD + b"&en=page_view&uid=C-1&up.club=gold")

    assert (person.type, person.user_id, page.user_id) == ("identify", "C-1", "C-1")


def test_a_visitor_who_refuses_statistics_is_counted_and_no_more() -> None:
    refused, allowed = (lines(HEAD + b"&en=page_view&gcs=" + said)[0] for said in (b"G100", b"G101"))

    assert (refused.type, allowed.type) == ("discarded", "page")
    assert "shop.fr" not in encode(refused).decode()


def test_the_key_may_stand_in_the_address() -> None:
    assert GA4.open(Asking(GTAG, b"", b"tid=G-ABC&en=page_view", part="wk_2")).key == "wk_2"


@pytest.mark.parametrize("body", [b"\xff\xfe", b"en", b"=&=", b"pr1=&en=x", b"en=x&pr1=~~~~k0~v0"])
def test_nonsense_breaks_nothing(body: bytes) -> None:
    assert isinstance(gtag.body_of(HEAD, body), bytes)
