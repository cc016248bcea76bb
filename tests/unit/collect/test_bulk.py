"""Order lines of imports, collected together: the same facts, people and counts as one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comptoir.collect import bulk, pipeline
from comptoir.collect.pipeline import Collected
from comptoir.collect.seen import Seen
from comptoir.collect.stages import World
from comptoir.identity.rules import RULES
from comptoir.model.event import Line, encode

NOW = 1_795_290_409_850_000
DAY = 86_400_000_000


def order_line(number: int, **said: Any) -> bytes:
    """Write one imported order line as the shaper writes it."""
    properties = {"order_id": f"o{number // 3}", "product_id": "p1", "quantity": "2", "unit_price": "1.005",
                  "currency": "EUR"} | said.pop("properties", {})  # fmt: skip
    whole: dict[str, Any] = {
        "v": 1, "type": "record", "source": "till", "brand": "main", "received_at": NOW, "trust": "confirmed",
        "dialect": "import", "historical": True, "message_id": f"m{number}", "name": "Order Line",
        "timestamp": NOW - DAY + number, "import_id": "i1", "row": number + 2,
    } | said  # fmt: skip
    kept = {name: value for name, value in properties.items() if value is not None}
    return encode(Line(**whole, properties=msgspec.Raw(msgspec.json.encode(kept))))


def collected(lines: list[bytes], *, one_by_one: bool, seen: Seen | None = None) -> Collected:
    """Collect lines into an empty shop, or one that has seen some."""
    world = World(seen=seen or Seen(), currencies={"main": "EUR", "yen": "JPY"}, is_blocked=RULES.is_blocked)
    return pipeline.collect(lines, first_offset=0, tick_id=1, world=world, one_by_one=one_by_one)


def facts(found: Collected) -> dict[str, list[dict[str, Any]]]:
    """Give the rows of every table, in one order."""
    return {name: sorted(table.to_pylist(), key=str) for name, table in found.tables.items()}


def spans(found: Collected) -> dict[tuple[int, str, str], tuple[int, str, int]]:
    """Give when and where each node was seen first, and when last."""
    times: dict[tuple[int, str, str], list[tuple[int, str]]] = {}
    for node in found.nodes:
        times.setdefault((node.node_id, node.kind, node.value), []).append((node.occurred_at, node.source))
    return {node: (*min(some), max(some)[0]) for node, some in times.items()}


def same(lines: list[bytes]) -> Collected:
    """Assert that both ways of collecting say the same, and give what the quick one says."""
    slow, quick = collected(lines, one_by_one=True), collected(lines, one_by_one=False)

    assert facts(quick) == facts(slow)
    assert quick.counts == slow.counts
    assert quick.imports == slow.imports
    assert spans(quick) == spans(slow)
    assert sorted(quick.links) == sorted(slow.links)
    return quick


TEXTS = st.sampled_from([None, "a", " b ", "é\u0301", "null", "🙂", "\u202ex", '"quoted"', "anonymous"])
AMOUNTS = st.sampled_from([None, "0", "1", "-3", "2.5", "0.005", "0.015", "19.99", "12345.678901", "-0.335"])
WHEN = st.sampled_from([NOW - DAY, NOW, NOW - 40 * DAY, None])
PROPERTIES = st.fixed_dictionaries(
    {"order_id": st.sampled_from(["1", "2", " 2", "x/é"])},
    optional={
        "product_id": TEXTS, "variant_id": TEXTS, "line_id": TEXTS, "email": st.sampled_from(["A@b.fr", "c@d.fr "]),
        "phone": st.sampled_from(["+33 6 12", "06.12"]), "loyalty_card": TEXTS, "quantity": AMOUNTS, "amount": AMOUNTS,
        "unit_price": AMOUNTS, "cost": AMOUNTS, "total": AMOUNTS, "tax": AMOUNTS, "cart_id": TEXTS, "shop": TEXTS,
        "currency": st.sampled_from(["EUR", "JPY", "KWD", "eur", None]), "line_kind": st.sampled_from(["return", None]),
    },
)  # fmt: skip
LINES = st.fixed_dictionaries(
    {
        "properties": PROPERTIES,
        "brand": st.sampled_from(["main", "yen"]),
        "timestamp": WHEN,
        "source": st.sampled_from(["till", "shop"]),
    },
    optional={"user_id": TEXTS, "anonymous_id": TEXTS},
)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "LEAST", 1)


@settings(deadline=None, max_examples=60)
@given(st.lists(LINES, min_size=1, max_size=12), st.data())
def test_together_says_the_same_as_one_by_one(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    names = data.draw(st.lists(st.integers(0, 8), min_size=len(rows), max_size=len(rows)))
    lines = [order_line(number, message_id=f"m{name}", **row) for number, (row, name) in
             enumerate(zip(rows, names, strict=True))]  # fmt: skip

    same(lines)


def test_ordinary_lines_are_collected_together() -> None:
    found = same([order_line(number, user_id="ana") for number in range(9)])

    assert len(found.together.hashes) == 9
    assert found.kept == []


@pytest.mark.parametrize(
    ("odd", "refused"),
    [({"order_id": ""}, 1), ({"currency": "XXX"}, 1), ({"unit_price": "999999999999.5", "quantity": "99999"}, 1),
     ({"quantity": "1e3"}, 0), ({"surprise": "x"}, 0), ({"quantity": 3}, 0)],
)  # fmt: skip
def test_an_odd_line_is_judged_by_itself_and_its_neighbors_are_stored(odd: dict[str, Any], refused: int) -> None:
    found = same([order_line(1), order_line(2, properties=odd), order_line(3)])

    assert (found.counts.stored, found.counts.refused) == (3 - refused, refused)


def test_lines_of_other_kinds_take_the_long_way_beside_them() -> None:
    contact = encode(
        Line(v=1, type="record", source="crm", brand="main", received_at=NOW, trust="confirmed", dialect="import",
             historical=True, message_id="c1", name="Contact", user_id="ana",
             traits=msgspec.Raw(b'{"email":"ana@example.fr"}'))
    )  # fmt: skip

    found = same([order_line(1, user_id="ana"), contact, b"no line", order_line(2, user_id="ana")])

    assert len(found.together.hashes) == 2
    assert found.counts.stored == 3


def test_what_was_seen_before_is_a_duplicate() -> None:
    lines = [order_line(number) for number in range(6)]
    made: Callable[[], Seen] = Seen
    seen = made()
    first = collected(lines[:4], one_by_one=False, seen=seen)
    seen.load(first.together.hashes, first.together.hashes * 0)

    again = collected(lines, one_by_one=False, seen=seen)

    assert (again.counts.stored, again.counts.duplicates) == (2, 4)
    assert again.imports["i1"].duplicates == 4


def test_a_line_with_a_blocked_identifier_names_nobody() -> None:
    table: pa.Table = same([order_line(1, user_id="null"), order_line(2, user_id="ana")]).tables["commerce"]

    assert table["node_id"].to_pylist()[0] == 0


def test_a_field_that_few_lines_fill_is_read_from_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_SAMPLES", 2)
    lines = [order_line(number, properties={"coupon": "MAY" if number == 3 else None}) for number in range(9)]
    lines[5] = order_line(5, user_id="ana")

    found = same(lines)

    assert len(found.together.hashes) == 9
    assert [one["coupon"] for one in facts(found)["commerce"]].count("MAY") == 1


def test_a_line_with_more_than_its_fellows_is_taken_apart_from_them() -> None:
    odd = order_line(4, traits=msgspec.Raw(b'{"city":"Lyon"}'))

    found = same([*(order_line(number) for number in range(4)), odd, order_line(5)])

    assert len(found.together.hashes) == 5
    assert len(found.kept) == 1


def test_a_line_that_breaks_off_is_refused_and_its_fellows_go_on() -> None:
    found = same([*(order_line(number) for number in range(4)), order_line(4)[:-9]])

    assert (found.counts.stored, found.counts.refused) == (4, 1)


def test_lines_of_two_imports_are_collected_together() -> None:
    found = same([order_line(number, import_id=f"i{number % 2}", source=f"s{number % 2}") for number in range(6)])

    assert len(found.together.hashes) == 6
    assert {name: one.stored for name, one in found.imports.items()} == {"i0": 3, "i1": 3}
