"""200 payloads in all that segments and scores speak of (faults.md X1): people, categories, products, names, events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from comptoir.scores import plugin
from comptoir.segments.drafts import SEGMENTS
from tests.segment_house import SegmentHouse, open_house
from tests.web import hostile
from tests.web.counter import Answer
from tests.web.test_hostile import PLAIN, elements_of, wrong_with

KEY = "theirs"
EVERYTHING = " ".join(hostile.rounds())
ALONE = [one for one in hostile.rounds() if one.startswith(("java", "=", "//"))]


def rule(said: str) -> str:
    """Write a segment in which every free text is this one."""
    conditions = [
        {"did": {"event": said, "at_least": 1}},
        {"ordered": {"measure": "orders", "at_least": 1}},
        {"trait": {"name": said, "is": said}},
    ]
    return yaml.safe_dump(
        {"version": 1, "key": KEY, "name": {"fr": said, "en": said}, "if": {"any": conditions}}, allow_unicode=True
    )


@contextmanager
def furnished(home: Path, said: str) -> Iterator[SegmentHouse]:
    """Open a shop whose people, products and events are called so, with its scores counted and a segment followed."""
    house = open_house(home)
    shop = house.shop
    who: dict[str, Any] = {"user_id": said, "anonymous_id": f"b{said}"[:200], "trust": "confirmed"}
    thing = {"product_id": said, "name": said, "category": said, "brand": said, "price": 20, "currency": "EUR"}
    order = {"order_id": said, "currency": "EUR", "total": 20, "coupon": said, "products": [{**thing, "quantity": 1}]}
    shop.say(
        shop.line("", type="identify", after=-500, traits={"first_name": said, "last_name": said, said: said}, **who),
        shop.line(said, after=-450, properties={"x": said}, **who),
        shop.line("Product Viewed", after=-400, properties=thing, **who),
        shop.line("Order Completed", after=-300, properties=order, **who),
    )
    shop.tick()
    try:
        yield house
    finally:
        shop.close()


def walk(house: SegmentHouse, said: str) -> dict[str, Answer]:
    """Begin, publish and follow the segment, count every score, and ask for each page of both."""
    with house.shop.app.state.write() as connection:
        draft = SEGMENTS.begin(connection, rule(said), house.shop.clock.now(), by=said)
    home = f"/segments/{KEY}"
    found = {target: house.get(target) for target in (f"{home}/rule", f"{home}/count?sure=yes", f"{home}/publish")}
    assert house.post(f"{home}/publish", {"base": draft.base}).status == 303
    profiles = [row["profile_id"] for row in house.shop.ask("SELECT DISTINCT profile_id FROM orders ORDER BY ALL")]
    house.follow(KEY, *profiles)
    for one in plugin.every():
        assert house.post(f"/scores/{one.gives[0].name}/run", {}).status in {303, 404}
    targets = ["/segments", f"/segments?q={quote(said[:90])}", f"{home}?count=yes", home, f"{home}/rule?at=0"]
    targets += [f"{home}/rule?at={place}" for place in (1, 2)]
    targets += [f"{home}/{end}" for end in ("text", "versions", "delete", "download", "members.csv")]
    targets += ["/segments/library/regulars?count=yes", "/scores", f"/scores?x={quote(said[:90])}"]
    targets += [f"/scores/{given.name}" for one in plugin.every() for given in one.gives]
    targets += [f"/customers/{profile}{end}" for profile in profiles for end in ("", "/worth", "/identity")]
    return found | {target: house.get(target) for target in targets}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Give what the pages are made of where everybody is harmless."""
    with furnished(tmp_path_factory.mktemp("plain") / "home", PLAIN) as house:
        answers = walk(house, PLAIN)
    assert {target: one.status for target, one in answers.items() if one.status not in {200, 404}} == {}
    return elements_of(answers)


@pytest.mark.slow
@pytest.mark.parametrize("said", [pytest.param(EVERYTHING, id="everything"), *ALONE])
def test_what_people_and_products_are_called_makes_nothing_of_a_page_of_segments_or_scores(
    said: str, known: set[tuple[str, str]], tmp_path: Path
) -> None:
    with furnished(tmp_path / "home", said) as house:
        answers = walk(house, said)

    assert sum(one.status == 200 for one in answers.values()) > 20
    assert {target: one.status for target, one in answers.items() if one.status >= 500} == {}
    assert {target: wrong_with(one, known) for target, one in answers.items() if wrong_with(one, known)} == {}
    marks = ("boo()", "evil", "cmd|")
    assert any(mark in one.text for one in answers.values() for mark in marks), "it stands on some page at all"
