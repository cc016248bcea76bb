from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

import pytest
import structlog

from comptoir.segments.asked import Around
from comptoir.segments.follow import Followed
from comptoir.segments.kinds.whereabouts import Place
from comptoir.segments.live import Compiler
from tests.unit.segments.history import definition

AROUND = Around(zones={"m": "Europe/Paris"}, currencies={"m": "EUR"}, below={"Shoes": frozenset({"Shoes", "Boots"})})
TEXTS = {
    "viewed": definition("viewed", "did: {event: Product Viewed, at_least: 2, within: 3 days}"),
    "shoes": definition("shoes", "did: {event: Product Viewed, within: 2 days, category: Shoes}"),
    "bought": definition("bought", "ordered: {within: 3 days}"),
    "spender": definition("spender", "ordered: {measure: revenue, at_least: 50}"),
    "both": definition("both", "all: [{segment: viewed}, {not: {segment: bought}}]"),
}


def compiled(compiler: Compiler, texts: dict[str, str], around: Around = AROUND) -> Followed:
    return compiler.compiled(texts, set(texts), lambda brand: replace(around, brand=brand))


def same(one: Followed, other: Followed) -> set[str]:
    return {key for key, live in one.live.items() if other.live.get(key) is live}


def told(those: Followed) -> tuple[object, ...]:
    """Say what a plan asks, without the identity of its parts."""
    return (
        {key: one.version for key, one in those.live.items()}, those.plan.trees, those.plan.wide, those.plan.rows,
        those.scheduled, {key: [one.edge for one in edges] for key, edges in those.crossings.items()}, those.paused,
    )  # fmt: skip


def test_only_what_has_changed_is_compiled_again_and_who_asks_for_it() -> None:
    compiler = Compiler()
    before = compiled(compiler, TEXTS)

    texts = TEXTS | {"bought": definition("bought", "ordered: {within: 9 days}")}
    after = compiled(compiler, texts)

    assert same(before, after) == {"viewed", "shoes", "spender"}
    assert after.live["both"].version != before.live["both"].version
    assert told(after) == told(compiled(Compiler(), texts))


def test_a_text_that_is_the_same_is_not_compiled_again_and_keeps_its_statements() -> None:
    compiler = Compiler()
    before, after = compiled(compiler, TEXTS), compiled(compiler, TEXTS)

    assert same(before, after) == set(TEXTS)
    assert [one.query for one in after.plan.wide] == [one.query for one in before.plan.wide]
    assert all(one.query is other.query for one, other in zip(before.plan.wide, after.plan.wide, strict=True))


def test_another_tree_of_categories_gives_another_version_to_the_segments_that_look_at_it_alone() -> None:
    compiler = Compiler()
    before = compiled(compiler, TEXTS)

    after = compiled(compiler, TEXTS, replace(AROUND, below={"Shoes": frozenset({"Shoes", "Boots", "Clogs"})}))

    changed = {key for key in TEXTS if before.live[key].version != after.live[key].version}
    assert changed == {"shoes"}


def test_one_that_is_taken_away_or_cannot_be_read_any_more_is_followed_no_longer() -> None:
    compiler = Compiler()
    compiled(compiler, TEXTS)

    rest = {key: text for key, text in TEXTS.items() if key not in {"bought", "spender"}}
    after = compiled(compiler, rest | {"spender": "version: 1\nkey: spender\nname: x\nif: {nobody_knows: 1}\n"})

    assert set(after.live) == {"viewed", "shoes"}  # `both` asks for one that is not there
    assert after.paused == {"both", "spender"}


@pytest.mark.parametrize("part", ["read", "asked"])
def test_a_plug_in_that_raises_anything_stops_its_own_segment_and_no_other(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> NoReturn:
        raise ZeroDivisionError("by a stranger")

    texts = TEXTS | {"lives": definition("lives", f"place: {{city: [{part}]}}")}  # no other test asks for this text
    monkeypatch.setattr(Place, part, fails)
    with structlog.testing.capture_logs() as told:
        after = compiled(Compiler(), texts)

    assert (set(after.live), set(after.paused)) == (set(TEXTS), {"lives"})
    assert [one["segment"] for one in told] == ["lives"]
    assert "`place` failed: ZeroDivisionError" in told[0]["error"]
