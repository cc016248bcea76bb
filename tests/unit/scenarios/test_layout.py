from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comptoir.scenarios import definitions, edit, layout
from comptoir.scenarios.layout import Card, Picture, Sign
from comptoir.scenarios.parse import parse
from tests.unit.scenarios.test_edit import TEXTS

SPLITS: dict[str, dict[str, object]] = {
    "wait": {"for": "1 day"},
    "condition": {"if": "person_has_email"},
    "random_split": {"ways": [{"name": one, "weight": 1} for one in "abc"]},
    "exit": {"reason": "gone"},
}


def check(picture: Picture) -> None:
    boxes: list[Card | Sign] = [picture.start, *picture.cards, *picture.signs]
    for one in boxes:
        assert one.x >= 0
        assert one.x + one.width <= picture.width
        assert one.y + one.height <= picture.height
    for one, other in combinations(boxes, 2):
        apart = (
            one.x + one.width <= other.x or other.x + other.width <= one.x
            or one.y + one.height <= other.y or other.y + other.height <= one.y
        )  # fmt: skip
        assert apart, (one, other)
    for line in picture.lines:
        for (x1, y1), (x2, y2) in pairwise(line):
            assert x1 == x2 or y1 == y2, "lines run straight down or across"
            assert y2 >= y1, "and never up"


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_cards_never_overlap_and_every_step_has_one(data: st.DataObject) -> None:
    document = edit.read(data.draw(st.sampled_from(TEXTS)))
    for _ in range(data.draw(st.integers(0, 8))):
        slot = data.draw(st.sampled_from(list(edit.slots(document))))
        kind = data.draw(st.sampled_from(sorted(SPLITS)))
        document, _ = edit.insert(document, slot, kind, SPLITS[kind])
    definition = parse(edit.write(edit.read(edit.write(document))))

    picture = layout.place(definition)

    check(picture)
    assert sorted(one.key for one in picture.cards) == sorted(definition.program)
    assert {one.slot for one in picture.gaps} <= set(edit.slots(edit.read(edit.write(document))))


def test_nobody_comes_out_below_where_every_way_ends() -> None:
    picture = layout.place(parse(definitions.shipped()["birthday"]))

    assert picture.end is None
    assert len(picture.gaps) == len(picture.cards)


@pytest.mark.parametrize("text", TEXTS)
def test_who_comes_to_a_step_has_gone_through_those_before_it_on_every_way(text: str) -> None:
    definition = parse(text)
    before = layout.surely_before(definition)

    def walk(key: str, seen: frozenset[str], depth: int) -> None:
        assert before[key] <= seen
        step = definition.program[key]
        if layout.ends(step.step) or depth > 30:
            return
        for target in step.into.values() if step.into else (step.after,):
            if target is not None:
                walk(target, seen | {key}, depth + 1)

    walk(definition.first, frozenset(), 0)
    assert before[definition.first] == frozenset()
