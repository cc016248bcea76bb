from __future__ import annotations

import base64
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from comptoir.clock import micros
from comptoir.model import money
from comptoir.model.event import Line, decode, encode
from comptoir.sources import mapping
from comptoir.sources.base import ColumnMissing, MappingBroken
from comptoir.sources.intake import TakenIn, take_in
from comptoir.sources.mapping import Mapping
from comptoir.sources.shape import Run
from comptoir.spool.base import Parcel, Stretch

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "real"
NOW = micros(datetime(2026, 11, 21, tzinfo=UTC))
RUN = Run(import_id="import-1", source="shop", brand="main", now_micros=NOW)

ORDERS = mapping.parse("""\
kind: orders
currency: EUR
fields:
  order_id: order
  product_id: sku
  quantity: qty
  unit_price: price
  occurred_at: at
  user_id: customer
""")
HEAD = "order,sku,qty,price,at,customer\n"
GOOD = "A1,P1,2,9.99,2026-11-01 10:00:00,7\n"


@dataclass
class FakeSpool:
    """Keeps what it was given."""

    parcels: list[Parcel] = field(default_factory=list)

    def append(self, parcels: Sequence[Parcel]) -> int:
        self.parcels += parcels
        return self.head()

    def head(self) -> int:
        return sum(parcel.count for parcel in self.parcels)

    def read(self, after: int, most: int) -> Stretch:
        lines = [line for parcel in self.parcels for line in parcel.lines.split(b"\n")][after : after + most]
        return Stretch(first=after, end=after + len(lines), lines=lines)

    def urgent_after(self, after: int) -> list[bytes]:
        return [line for parcel in self.parcels if parcel.urgent for line in parcel.lines.split(b"\n")]

    def forget(self, before: int) -> None:
        """Nothing is kept on a disk."""

    def close(self) -> None:
        """Nothing is open."""

    @property
    def lines(self) -> list[Line]:
        return [decode(line) for parcel in self.parcels for line in parcel.lines.split(b"\n")]


def bring(path: Path, how: Mapping, run: Run = RUN) -> tuple[TakenIn, FakeSpool]:
    spool = FakeSpool()
    return take_in([path], how, spool, run), spool


def brought(tmp_path: Path, text: str | bytes, how: Mapping = ORDERS, run: Run = RUN) -> tuple[TakenIn, FakeSpool]:
    path = tmp_path / "rows.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return bring(path, how, run)


def properties(line: Line) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.json.decode(line.properties)
    return said


def ids(lines: Iterable[Line]) -> list[str]:
    return [line.message_id for line in lines]


def test_a_row_becomes_one_canonical_line(tmp_path: Path) -> None:
    _, spool = brought(tmp_path, HEAD + GOOD)

    (line,) = spool.lines

    assert (line.type, line.name, line.user_id, line.trust, line.historical) == (
        "record",
        "Order Line",
        "7",
        "confirmed",
        True,
    )
    assert (line.dialect, line.source, line.brand, line.import_id, line.row) == (
        "import",
        "shop",
        "main",
        "import-1",
        2,
    )
    assert line.timestamp == micros(datetime(2026, 11, 1, 10, tzinfo=UTC))
    assert properties(line) == {
        "order_id": "A1", "product_id": "P1", "quantity": "2", "unit_price": "9.99", "currency": "EUR",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["rees46_excerpt.csv.gz rees46.yaml", "contacts.csv contacts.yaml", "consents.csv consents.yaml"]
)
def test_lines_lie_in_the_spool_as_the_one_encoder_writes_them(name: str) -> None:
    file, how = name.split()
    _, spool = bring(EXAMPLES / file, mapping.load(EXAMPLES / how))

    texts = [text for parcel in spool.parcels for text in parcel.lines.split(b"\n")]
    assert [encode(decode(text)) for text in texts] == texts


def test_an_id_with_odd_characters_is_kept_exactly(tmp_path: Path) -> None:
    how = mapping.parse("kind: events\nid: id\nfields: {name: what, user_id: who, occurred_at: at}\n")

    _, spool = brought(tmp_path, 'id,what,who,at\n"é""\\\t}",X,7,2026-11-01\n', how)

    assert ids(spool.lines) == ['é"\\\t}']


def test_broken_rows_are_kept_aside_with_their_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    rows = [
        GOOD,
        "A2,P1,2,9.99,yesterday,7\n",
        "A3,P1,2,nine,2026-11-01,7\n",
        ",P1,2,9.99,2026-11-01,7\n",
        "A5,P1,,9.99,2026-11-01,7\n",
        "A6,P1\n",
        'A7,"P1,2,9.99,2026-11-01,7\n',
        "A8,Café crème brûlée,2,9.99,2026-11-01,7\n",
    ]
    text = (HEAD + "".join(rows)).encode() + "A9,Été,2,9.99,2026-11-01,7\n".encode("cp1252") + GOOD.encode()

    taken, spool = brought(tmp_path, text)

    refused = {line.row: line for line in spool.lines if line.type == "refused"}
    assert {row: line.reason for row, line in refused.items()} == {
        3: "bad_date",
        4: "bad_amount",
        5: "missing_order_id",
        6: "bad_amount",
        7: "bad_row",
        8: "bad_row",
        10: "bad_row",
    }
    assert refused[4].detail == "line 4: unit_price: 'nine' is no decimal number (column price)"
    assert base64.b64decode(str(refused[10].raw)) == "A9,Été,2,9.99,2026-11-01,7".encode("cp1252")
    assert base64.b64decode(str(refused[8].raw)) == b'A7,"P1,2,9.99,2026-11-01,7'
    assert [line.row for line in spool.lines] == list(range(2, 12))
    assert taken == TakenIn(read=10, accepted=3, refused=7, skipped=0, head=10)


def test_identical_rows_are_distinct_and_a_second_import_names_them_the_same(tmp_path: Path) -> None:
    text = HEAD + GOOD * 3

    first = ids(brought(tmp_path, text)[1].lines)
    second = ids(
        brought(tmp_path, text, run=Run(import_id="2", source="shop", brand="main", now_micros=NOW + 5))[1].lines
    )

    assert len(set(first)) == 3
    assert first == second


def test_a_longer_export_of_the_same_file_adds_only_what_is_new(tmp_path: Path, rng: random.Random) -> None:
    rows = [f"A{rng.randrange(40)},P{rng.randrange(9)},1,2.50,2026-11-01,7\n" for _ in range(9_000)]

    before = ids(brought(tmp_path, HEAD + "".join(rows[:6_000]))[1].lines)
    after = ids(brought(tmp_path, HEAD + "".join(rows))[1].lines)

    assert len(set(after)) == 9_000
    assert set(before) <= set(after)
    assert Counter(after) - Counter(before) == Counter(after[6_000:])


def test_kind_source_and_brand_tell_the_same_words_apart(tmp_path: Path) -> None:
    runs = [
        RUN,
        Run(import_id="1", source="till", brand="main", now_micros=NOW),
        Run(import_id="1", source="shop", brand="b", now_micros=NOW),
    ]

    assert len({brought(tmp_path, HEAD + GOOD, run=run)[1].lines[0].message_id for run in runs}) == 3


def test_the_order_of_the_mapping_changes_no_name(tmp_path: Path) -> None:
    turned = Mapping(kind=ORDERS.kind, targets=tuple(reversed(ORDERS.targets)))

    assert ids(brought(tmp_path, HEAD + GOOD)[1].lines) == ids(brought(tmp_path, HEAD + GOOD, turned)[1].lines)


def test_a_row_with_an_id_of_its_own_keeps_it(tmp_path: Path) -> None:
    how = mapping.parse('kind: events\nid: "{id}"\nfields: {name: what, user_id: who, occurred_at: at}\n')

    taken, spool = brought(
        tmp_path, "id,what,who,at\nm-1,Product Viewed,7,2026-11-01\n,Product Viewed,7,2026-11-01\n", how
    )

    assert spool.lines[0].message_id == "m-1"
    assert (taken.accepted, taken.refused) == (1, 1)


def test_a_column_that_is_not_there_is_an_error_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ColumnMissing) as caught:
        brought(tmp_path, HEAD.replace("customer", "Customers") + GOOD)

    assert caught.value.facts["nearest"] == "Customers"
    assert caught.value.facts["line"] == 9


def test_values_defaults_patterns_conditions_and_filters(tmp_path: Path) -> None:
    how = mapping.parse("""\
kind: events
where: {shop: [fr, be]}
fields:
  name: {column: what, values: {v: Product Viewed, o: Order Completed}}
  user_id: {column: who, pattern: '(\\d+)(?:\\.0)?'}
  anonymous_id: {column: browser, default: "b-{who}"}
  occurred_at: {column: at, format: "%d/%m/%Y", zone: Europe/Paris}
  order_id: {template: "{who}/{at}", as: key, when: {what: o}}
  products[].price: {column: price, when: {what: o}}
  price: {column: price, when: {what: v}}
  properties.colour.main: colour
  context.page.url: "https://shop.example.org/{colour}"
""")
    text = (
        "shop,what,who,browser,at,price,colour\n"
        "fr,v,7.0,x,01/11/2026,1.50,red\nbe,o,8,,01/11/2026,2.00,\nuk,v,9,,01/11/2026,3,\nfr,z,9,,01/11/2026,3,\nfr,v,A,,01/11/2026,3,\n"
    )

    taken, spool = brought(tmp_path, text, how)

    viewed, ordered, unknown, odd = spool.lines
    assert (taken.read, taken.accepted, taken.refused, taken.skipped) == (5, 2, 2, 1)
    assert (viewed.user_id, viewed.anonymous_id, viewed.name) == ("7", "x", "Product Viewed")
    assert viewed.timestamp == micros(datetime(2026, 10, 31, 23, tzinfo=UTC))
    assert bytes(viewed.properties) == b'{"colour":{"main":"red"},"price":1.50}'
    assert bytes(viewed.context) == b'{"page":{"url":"https://shop.example.org/red"}}'
    assert ordered.anonymous_id == "b-8"
    assert properties(ordered)["products"] == [{"price": 2.0}]
    assert len(properties(ordered)["order_id"]) == 16
    assert "is none of o, v" in str(unknown.detail)
    assert "does not match" in str(odd.detail)


SEEN = "kind: events\nfields: {name: n, user_id: u, occurred_at: a}"
TYPED = "kind: events\nfields: {type: n, user_id: u, occurred_at: a}"
PERSON = "kind: contacts\nfields: {email: e, first_name: f}"
POINTS = "kind: loyalty\nfields: {kind: k, points: p, user_id: u, occurred_at: a}"


@pytest.mark.parametrize(
    ("how", "text", "reason"),
    [
        (SEEN, "n,u,a\nX,,2026-01-01\n", "missing_identifier"),
        (SEEN, "n,u,a\n,7,2026-01-01\n", "missing_name"),
        (TYPED, "n,u,a\ngroup,7,2026-01-01\n", "missing_group"),
        (TYPED, "n,u,a\nalias,7,2026-01-01\n", "missing_previous"),
        (TYPED, "n,u,a\nfly,7,2026-01-01\n", "bad_row"),
        (PERSON, "e,f\n,Ann\n", "bad_row"),
        (PERSON, "e,f\nann,Ann\n", "bad_row"),
        (POINTS, "k,p,u,a\nearned,1.5,7,2026-01-01\n", "bad_amount"),
        (POINTS, "k,p,u,a\nearned,1,,2026-01-01\n", "bad_row"),
        ("kind: products\nfields: {product_id: p, currency: c}", "p,c\n1,EURO\n", "bad_currency"),
    ],
)
def test_what_a_row_lacks_is_said(tmp_path: Path, how: str, text: str, reason: str) -> None:
    _, spool = brought(tmp_path, text, mapping.parse(how))

    assert [line.reason for line in spool.lines] == [reason]


def test_page_events_need_no_name(tmp_path: Path) -> None:
    how = mapping.parse("kind: events\nfields: {type: t, user_id: u, occurred_at: a}")

    _, spool = brought(tmp_path, "t,u,a\npage,7,2026-01-01\n,7,2026-01-01\n", how)

    assert [(line.type, line.reason) for line in spool.lines] == [("page", None), ("refused", "missing_name")]


def test_contacts_lie_in_traits_and_consents_are_urgent(tmp_path: Path) -> None:
    _, contacts = bring(EXAMPLES / "contacts.csv", mapping.load(EXAMPLES / "contacts.yaml"))
    _, consents = bring(EXAMPLES / "consents.csv", mapping.load(EXAMPLES / "consents.yaml"))

    assert {"email", "first_name", "last_name", "language"} == set(msgspec.json.decode(contacts.lines[0].traits))
    assert contacts.lines[0].user_id
    assert {"contact_kind", "contact", "purpose", "channel", "state", "text_version", "proof"} == set(
        properties(consents.lines[0])
    )
    assert all(parcel.urgent for parcel in consents.parcels)
    assert not any(parcel.urgent for parcel in contacts.parcels)


def test_only_orders_of_late_are_urgent(tmp_path: Path) -> None:
    assert brought(tmp_path, HEAD + GOOD)[1].parcels[0].urgent
    assert not brought(tmp_path, HEAD + GOOD.replace("2026", "2020"))[1].parcels[0].urgent


def test_json_lines_may_lack_a_field_that_the_first_rows_had(tmp_path: Path) -> None:
    how = mapping.parse("kind: contacts\nfields: {email: mail, first_name: who.first}")
    rows = [b'{"mail":"ann@example.org","who":{"first":"Ann"}}'] + [b'{"mail":"bob@example.org"}'] * 5_000

    taken, spool = brought(tmp_path, b"\n".join(rows), how)

    assert (taken.accepted, taken.refused) == (5_001, 0)
    assert bytes(spool.lines[0].traits) == b'{"email":"ann@example.org","first_name":"Ann"}'


def test_parcels_hold_about_a_thousand_lines(tmp_path: Path) -> None:
    _, spool = brought(tmp_path, HEAD + "".join(f"A{n},P,1,1,2026-01-01,7\n" for n in range(5_000)))

    assert max(parcel.count for parcel in spool.parcels) <= 1_024
    assert all(parcel.count == parcel.lines.count(b"\n") + 1 for parcel in spool.parcels)


def test_the_rees46_sample_says_what_it_is_known_to_say(shared_data: Path) -> None:
    taken, spool = bring(shared_data / "rees46_sample" / "2019-Oct.csv", mapping.load(EXAMPLES / "rees46.yaml"))

    lines = spool.lines
    assert (taken.read, taken.accepted, taken.refused) == (17_435, 17_435, 0)
    assert Counter(line.name for line in lines) == {
        "Product Viewed": 17_056,
        "Product Added": 165,
        "Order Completed": 214,
    }
    orders = [properties(line) for line in lines if line.name == "Order Completed"]
    assert len({order["order_id"] for order in orders}) == 214
    assert all(order["cart_id"] and order["products"][0]["product_id"] for order in orders)
    assert len({line.message_id for line in lines}) == 17_435


def test_the_excerpt_holds_every_cart_of_the_sample() -> None:
    taken, spool = bring(EXAMPLES / "rees46_excerpt.csv.gz", mapping.load(EXAMPLES / "rees46.yaml"))

    assert taken.refused == 0
    assert Counter(line.name for line in spool.lines)["Product Added"] == 165
    assert (EXAMPLES / "rees46_excerpt.csv.gz").stat().st_size < 200_000


@pytest.mark.slow
def test_the_lines_of_online_retail_add_up_to_the_penny(shared_data: Path) -> None:
    path = shared_data / "online_retail" / "online_retail.csv.gz"

    taken, spool = bring(path, mapping.load(EXAMPLES / "online_retail.yaml"))

    lines = [properties(line) for line in spool.lines]
    pence = sum(
        money.line_minor(Decimal(one["quantity"]), Decimal(one["unit_price"]), one["currency"]) for one in lines
    )
    assert (taken.read, taken.accepted, taken.refused) == (541_909, 541_909, 0)
    assert pence == 974_774_793
    assert len({line.message_id for line in spool.lines}) == 541_909
    assert sum(line.user_id is None for line in spool.lines) == 135_080


def test_rows_outside_the_selection_are_left_out_and_counted_and_none_of_them_is_refused(tmp_path: Path) -> None:
    how = mapping.parse(
        "kind: contacts\nselect: {since: 2026-01-01, until: 2026-02-01, country: [FR, BE], language: fr}\n"
        "fields: {email: e, country: c, language: l, occurred_at: d}\n"
    )
    path = tmp_path / "a.csv"
    path.write_text(
        "e,c,l,d\n"
        "a@x.fr,FR,fr,2026-01-01\nb@x.fr,fr,fr-FR,2026-01-31\n"  # wanted
        "c@x.fr,FR,fr,2025-12-31\nd@x.fr,FR,fr,2026-02-01\ne@x.fr,DE,fr,2026-01-02\nf@x.fr,,fr,2026-01-02\n"
        "g@x.fr,BE,nl,2026-01-02\nno address,DE,fr,2026-01-02\n"  # left out
        "no address,FR,fr,2026-01-02\nh@x.fr,FR,fr,never\n"  # wanted, and refused
    )

    taken = take_in([path], how, FakeSpool(), RUN)

    assert (taken.read, taken.accepted, taken.skipped, taken.refused) == (10, 2, 6, 2)


@pytest.mark.parametrize("said", ["{since: soon}", "{country: FR}", "{from: 2026-01-01}"])
def test_a_selection_that_cannot_be_followed_is_refused(said: str) -> None:
    with pytest.raises(MappingBroken):
        mapping.parse(f"kind: contacts\nselect: {said}\nfields: {{email: e, occurred_at: d}}\n")


def test_a_person_may_be_named_by_the_number_of_another_system_alone(tmp_path: Path) -> None:
    how = mapping.parse("kind: contacts\nfields:\n  first_name: first\n  traits.external_id_crm: customer_no\n")
    path = tmp_path / "crm.csv"
    path.write_text("customer_no,first\n42,Ann\n,Ben\n", encoding="utf-8")

    done, spool = bring(path, how)

    assert (done.accepted, done.refused) == (1, 1)
    assert msgspec.json.decode(spool.lines[0].traits) == {"first_name": "Ann", "external_id_crm": "42"}
    with pytest.raises(MappingBroken):
        mapping.parse("kind: contacts\nfields:\n  first_name: first\n  traits.external: customer_no\n")
