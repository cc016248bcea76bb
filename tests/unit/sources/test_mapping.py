from __future__ import annotations

from pathlib import Path

import pytest

from comptoir.sources import mapping
from comptoir.sources.base import MappingBroken
from comptoir.sources.forms import Form
from comptoir.sources.kinds import KINDS, Place

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "real"

ORDERS = """\
version: 1
kind: orders
currency: EUR
fields:
  order_id: Commande
  quantity: Qte
  unit_price: Prix
  occurred_at: Date
"""


def test_a_short_mapping_says_which_column_is_which_field() -> None:
    read = mapping.parse(ORDERS)

    assert read.kind is KINDS["orders"]
    assert {one.name: one.text.columns for one in read.targets} == {
        "order_id": ("Commande",),
        "quantity": ("Qte",),
        "unit_price": ("Prix",),
        "occurred_at": ("Date",),
        "currency": (),
    }
    assert read.targets[0].form is Form.TEXT
    assert read.targets[1].form is Form.AMOUNT


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_every_example_is_understood(path: Path) -> None:
    assert mapping.load(path).targets


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("order_id:", "oder_id:", {"line": 5, "field": "oder_id", "nearest": "order_id"}),
        ("kind: orders", "kind: order", {"line": 2, "value": "order", "nearest": "orders"}),
        ("version: 1", "version: 2", {"line": 1}),
        ("currency: EUR", "curency: EUR", {"line": 3, "key": "curency", "nearest": "currency"}),
        ("currency: EUR", "currency: EURO", {"line": 3, "value": "EURO"}),
        ("  order_id: Commande\n", "", {"line": 5, "field": "order_id"}),
        ("order_id: Commande", "order_id: {colum: Commande}", {"line": 5, "key": "colum", "nearest": "column"}),
        ("order_id: Commande", "order_id: {column: a, constant: b}", {"line": 5, "field": "order_id"}),
        ("order_id: Commande", "order_id: {column: a, pattern: '('}", {"line": 5}),
        ("order_id: Commande", "order_id: {column: a, as: texte}", {"line": 5, "nearest": "text"}),
        ("order_id: Commande", 'order_id: "{a"', {"line": 5}),
        ("order_id: Commande", "order_id: [a, b]", {"line": 5}),
        ("order_id: Commande", "order_id: a\n  order_id: b", {"line": 6, "key": "order_id"}),
        ("currency: EUR", "dates: {zone: Europe/Pariss}", {"line": 3, "value": "Europe/Pariss"}),
        ("currency: EUR", "file: {encoding: utf-9}", {"line": 3, "value": "utf-9"}),
        ("currency: EUR", "file: {delimiter: ';;'}", {"line": 3, "value": ";;"}),
        ("currency: EUR", "file: {decimal: ';'}", {"line": 3, "value": ";"}),
        ("fields:", "fields: [", {}),
    ],
)
def test_a_broken_mapping_is_refused_with_its_line_and_the_nearest_word(
    old: str, new: str, said: dict[str, object]
) -> None:
    assert old in ORDERS

    with pytest.raises(MappingBroken) as caught:
        mapping.parse(ORDERS.replace(old, new))

    assert {name: caught.value.facts.get(name) for name in said} == said


def test_an_empty_mapping_and_one_that_is_no_table_are_refused() -> None:
    for text in ("", "just words", "- a list"):
        with pytest.raises(MappingBroken):
            mapping.parse(text)


def test_words_that_yaml_would_read_as_something_else_stay_text() -> None:
    read = mapping.parse(ORDERS + "  country: {constant: NO}\n  coupon: {column: 007, values: {on: off}}\n")

    country, coupon = read.target("country"), read.target("coupon")
    assert country is not None
    assert coupon is not None
    assert country.text.constant == "NO"
    assert coupon.text.columns == ("007",)
    assert coupon.values == (("on", "off"),)


def test_a_field_may_lie_in_a_list_of_one_object() -> None:
    assert mapping.target_place(KINDS["events"], "products[].price") == (
        Place.PROPERTIES,
        ("products[]", "price"),
        Form.NUMBER,
    )
    assert mapping.target_place(KINDS["events"], "context.page.url") == (Place.CONTEXT, ("page", "url"), Form.TEXT)
    assert mapping.target_place(KINDS["orders"], "properties.colour") is None
    assert mapping.target_place(KINDS["contacts"], "traits.shoe_size") == (Place.TRAITS, ("shoe_size",), Form.TEXT)


def test_a_template_knows_its_columns() -> None:
    read = mapping.Template.parse("{a}-{b c}{{x}}")

    assert read.columns == ("a", "b c")
    assert mapping.Template.parse("only words").constant == "only words"
