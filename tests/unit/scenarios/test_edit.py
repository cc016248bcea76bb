from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comptoir.grammar.fields import BadDefinition, Map
from comptoir.scenarios import definitions, edit
from comptoir.scenarios.edit import Document, EditRefused, Refusal, Slot
from comptoir.scenarios.parse import parse

SHIPPED = definitions.shipped()
WAYS = """
format: 2
scenario: ways
version: 1
title: {fr: Chemins, en: Ways}
trigger: {manual: true}
steps:
  - split:
      key: who
      cases:
        - {name: regular, if: {order_count_at_least: 3}, then: [{goal: {key: good, name: kept}}]}
        - {if: person_has_email, then: [{wait: {for: 1 day}}, {exit: gone}]}
      otherwise: {goto: last}
  - random_split:
      key: luck
      ways: [{name: a, weight: 1, then: [{wait: {key: a-day, for: 1 day}}]}, {name: b, weight: 1}]
  - wait: {key: last, for: 1 day}
"""
TEXTS = [*SHIPPED.values(), WAYS]


def keys(document: Document) -> list[str]:
    return [one.key for one in edit.each(document)]


def inside(document: Document, key: str) -> set[str]:
    """Give a step and all that its ways hold, by following who stands under whom."""
    found = {key}
    for one in edit.each(document):  # a step comes before what its ways hold
        found |= {one.key} if one.slot.parent in found else set()
    return found


@pytest.mark.parametrize("text", TEXTS)
def test_reading_and_writing_keep_the_definition_and_the_name_of_every_step(text: str) -> None:
    before, after = parse(text), parse(edit.write(edit.read(text)))

    assert list(before.program) == list(after.program)
    assert set(before.program) == set(keys(edit.read(text)))
    assert before.program == after.program
    assert edit.write(edit.read(edit.write(edit.read(text)))) == edit.write(edit.read(text))


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_what_is_put_in_and_taken_away_again_leaves_nothing(data: st.DataObject) -> None:
    document = edit.read(data.draw(st.sampled_from(TEXTS)))
    slot = data.draw(st.sampled_from(list(edit.slots(document))))

    made, key = edit.insert(document, slot, "wait", {"for": "2 days"})

    assert edit.find(made, key).slot == slot
    assert edit.write(edit.remove(made, key)) == edit.write(document)


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_moving_loses_no_step_and_moving_back_undoes_it(data: st.DataObject) -> None:
    document = edit.read(data.draw(st.sampled_from(TEXTS)))
    key = data.draw(st.sampled_from(keys(document)))
    slot = data.draw(st.sampled_from(list(edit.slots(document))))
    if slot.parent in inside(document, key):
        with pytest.raises(EditRefused) as refused:
            edit.move(document, key, slot)
        assert refused.value.reason is Refusal.INTO_ITSELF
        return
    made = edit.move(document, key, slot)

    assert sorted(keys(made)) == sorted(keys(document))
    here, there = edit.find(document, key).slot, edit.find(made, key).slot
    is_same_block = (here.parent, here.way) == (there.parent, there.way)
    back = Slot(parent=here.parent, way=here.way, place=here.place + (is_same_block and there.place < here.place))
    assert edit.write(edit.move(made, key, back)) == edit.write(document)


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_whatever_is_done_in_a_row_parses_or_says_why(data: st.DataObject) -> None:
    document = edit.read(data.draw(st.sampled_from(TEXTS)))
    for _ in range(6):
        does = data.draw(st.sampled_from(["insert", "remove", "up", "down"]))
        try:
            if does == "insert":
                slot = data.draw(st.sampled_from(list(edit.slots(document))))
                document, _ = edit.insert(document, slot, "exit", {"reason": "gone"})
            else:
                change = {"remove": edit.remove, "up": edit.up, "down": edit.down}[does]
                document = change(document, data.draw(st.sampled_from(keys(document))))
        except EditRefused:
            pass  # said why: the document is as it was
        edit.write(document)


def test_up_and_down_go_out_of_a_way_at_its_edges() -> None:
    document = edit.read(SHIPPED["abandoned-basket"])

    out = edit.up(document, "worth-it.otherwise.exit1")

    assert edit.find(out, "worth-it.otherwise.exit1").slot == Slot(place=1)
    below = edit.down(document, "worth-it.otherwise.exit1")
    assert edit.find(below, "worth-it.otherwise.exit1").slot == Slot(place=2)
    with pytest.raises(EditRefused):
        edit.up(document, "pause")


def test_a_step_that_another_way_leads_to_stays() -> None:
    document = edit.read(WAYS)

    with pytest.raises(EditRefused) as refused:
        edit.remove(document, "last")
    assert refused.value.reason is Refusal.LED_TO
    free = edit.lead(document, Slot(parent="who", way="otherwise"), "")
    assert "last" not in keys(edit.remove(free, "last"))
    assert next(edit.gotos(edit.lead(free, Slot(parent="who", way="otherwise"), "luck")))[1] == "luck"


def test_changing_the_rows_of_a_split_keeps_what_they_hold() -> None:
    document = edit.read(WAYS)
    rows = [(1, {"name": "second", "if": "person_has_email"}), (0, {"name": "regular", "if": "person_has_phone"})]

    made = edit.change(document, "who", {}, rows={"cases": rows})

    assert edit.find(made, "good").slot == Slot(parent="who", way="regular")
    assert parse(edit.write(made)).program["who"].into["second"] == "who.cases2.then.wait1"
    with pytest.raises(EditRefused) as refused:
        edit.change(document, "who", {}, rows={"cases": rows[:1]})
    assert refused.value.reason is Refusal.WAY_HOLDS_STEPS


def test_the_last_step_is_not_taken_away_and_a_missing_one_is_said() -> None:
    document = edit.read(SHIPPED["birthday"])

    with pytest.raises(EditRefused, match="break"):
        edit.find(document, "nowhere")
    alone = edit.remove(document, keys(document)[0])
    with pytest.raises(EditRefused):
        edit.remove(alone, keys(alone)[0])
    with pytest.raises(BadDefinition):
        edit.write(edit.insert(document, Slot(), "send", {})[0])


def test_differences_are_told_by_step() -> None:
    before = edit.read(SHIPPED["abandoned-basket"])
    after = edit.insert(before, Slot(place=1), "wait", {"for": "1 hour"})[0]
    after = edit.change(after, "pause", {"for": "30 minutes", "since": "last_action"})
    after = edit.with_parts(edit.remove(after, "end"), {"priority": 10, "tags": ["x"]})
    moved = edit.move(before, "worth-it.otherwise.exit1", Slot(parent="worth-it", way="then"))

    told = edit.differences(parse(edit.write(before)), parse(edit.write(after)))

    assert sorted(told) == [
        ("added", "wait"), ("changed", "pause"), ("part", "priority"), ("part", "tags"), ("removed", "end"),
    ]  # fmt: skip
    assert edit.differences(parse(edit.write(before)), parse(edit.write(before))) == []
    assert ("moved", "worth-it.otherwise.exit1") in edit.differences(
        parse(edit.write(before)), parse(edit.write(moved))
    )
    words = Map({"reminder": Map({"fr": Map({**before["words"]["reminder"]["fr"], "title": "Autre"})})})  # type: ignore[index]
    other = edit.with_parts(before, {"words": words})
    assert edit.differences(parse(edit.write(before)), parse(edit.write(other))) == [("words", "reminder")]
