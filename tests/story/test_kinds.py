"""Every kind of rows comes in, is answered for, and survives being brought twice, in halves, shuffled, and rebuilt."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comptoir import rebuild
from comptoir.clock import micros
from comptoir.model.consent import EMAIL, MARKETING, ConsentKey
from comptoir.model.tick import SpoolName
from comptoir.privacy.consent import ConsentLedger
from comptoir.sources import intake, propose
from comptoir.sources.intake import TakenIn
from comptoir.sources.kinds import KINDS
from comptoir.sources.mapping import Mapping, parse
from comptoir.sources.shape import Run
from tests.shop import Shop

FILES: dict[str, str] = {
    "contacts": "email,prenom,magasin d'origine,date\nzoe@example.fr,Zoé,Lille,2026-01-02\n",
    "accounts": "id client;email;nom;date\n7;zoe@example.fr;Martin;2026-01-05\n",
    "consents": "contact_kind,email,purpose,channel,state,date\n"
    "email,zoe@example.fr,marketing,email,granted,2026-01-03\n",
    "products": "sku,title,prix,devise,stock,date\nlamp,Lampe,20.00,EUR,9,2026-01-01\n",
    "categories": "id catégorie,nom,parent,date\n"
    "10,Salon,,2026-01-01\n11,Lampes,10,2026-01-01\n10,Le salon,,2026-02-01\n",
    "prices": "sku,prix,prix barré,devise,date\nlamp,18.00,20.00,EUR,2026-03-01\nlamp,20.00,,EUR,2026-04-01\n",
    "stock": "sku,magasin,quantité,date\nlamp,Lille,4,2026-02-01\nlamp,Lille,1,2026-02-15\n",
    "orders": "commande,sku,quantité,prix unitaire,devise,date,id client\nA1,lamp,2,20.00,EUR,2026-02-10,7\n",
    "returns": "commande,sku,quantité,montant,devise,date,id client\nA1,lamp,1,20.00,EUR,2026-02-20,7\n",
    "receipts": "ticket,magasin,sku,quantité,montant,devise,date,carte\nL-1,Lille,vase,3,10.00,EUR,2026-02-11,C9\n",
    "pickups": "commande,magasin,statut,date,id client\nA1,Lille,ready,2026-02-12,7\nA1,Lille,collected,2026-02-13,7\n",
    "loyalty": "carte,type,points,date\nC9,earned,10,2026-02-12\n",
    "subscriptions": "abonnement,statut,sku,prix,devise,période,date,id client\n"
    "S1,started,tea,9.90,EUR,30,2026-01-10,7\nS1,renewed,tea,9.90,EUR,30,2026-02-10,7\nS1,cancelled,tea,,,,2026-03-01,7\n",
    "campaign_returns": "campaign_id,event,email,date\nspring,sent,zoe@example.fr,2026-03-02 10:00:00\n"
    "spring,unsubscribed,zoe@example.fr,2026-03-02 11:00:00\n",
    "claims": "dossier,statut,objet,commande,message,date,id client\nR1,opened,casse,A1,Elle est cassée,2026-02-14,7\n"
    "R1,closed,,,,2026-02-16,7\n",
    "spend": "canal,campagne,budget,devise,clics,date\nsearch,spring,120.50,EUR,300,2026-03-01\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("kinds")
    shop = Shop(folder / "home")
    for kind, text in FILES.items():
        bring(shop, folder / f"{kind}.csv", kind, text)
    yield shop
    shop.close()


def bring(shop: Shop, path: Path, kind: str, text: str, how: Mapping | None = None) -> TakenIn:
    """Import a text as a file, with the mapping its header makes obvious, and work it."""
    path.write_text(text, encoding="utf-8")
    run = Run(import_id="i1", source=kind, brand="main", now_micros=micros(shop.clock.now()))
    taken = intake.take_in([path], how or propose.obvious(path, kind), shop.app.spools[SpoolName.BACK], run)
    while shop.tick():
        pass
    return taken


def test_every_kind_but_behaviors_is_brought_here() -> None:
    assert KINDS.keys() - FILES.keys() == {"events"}


def test_no_row_is_refused(shop: Shop) -> None:
    assert shop.raw("SELECT reason, detail FROM fact.failed") == []


@pytest.mark.parametrize(
    ("day", "price"), [("2026-02-28", 20), ("2026-03-01", 18), ("2026-03-31", 18), ("2026-04-01", 20)]
)
def test_what_a_product_cost_on_a_day_is_known(shop: Shop, day: str, price: int) -> None:
    sql = "SELECT price FROM prices WHERE product_id = 'lamp' AND valid_from <= $1 AND coalesce($1 < valid_to, TRUE)"

    assert [row["price"] for row in shop.ask(sql.replace("$1", f"TIMESTAMP '{day}'"))] == [price]


def test_the_catalogue_shows_the_newest_price_and_the_count_of_all_shops(shop: Shop) -> None:
    found = shop.ask("SELECT name, price, stock FROM products WHERE product_id = 'lamp'")

    assert [(row["name"], row["price"], row["stock"]) for row in found] == [("Lampe", 20, 9)]
    assert shop.raw("SELECT message_id = (SELECT max_by(message_id, occurred_at) FROM fact.price_records) "
                    "FROM fact.products WHERE product_id = 'lamp'") == [(True,)]  # fmt: skip


def test_how_many_there_were_in_a_shop_on_a_day_is_known(shop: Shop) -> None:
    sql = "SELECT shop, stock::INTEGER AS stock, valid_to IS NULL AS is_now FROM stock_levels ORDER BY shop, valid_from"

    assert [tuple(row.values()) for row in shop.ask(sql)] == [
        ("Lille", 4, False), ("Lille", 1, True), (None, 9, True),
    ]  # fmt: skip


def test_the_latest_statement_of_a_category_holds(shop: Shop) -> None:
    found = shop.ask("SELECT category_id, name, parent_id FROM categories ORDER BY category_id")

    assert [tuple(row.values()) for row in found] == [("10", "Le salon", None), ("11", "Lampes", "10")]


def test_a_return_takes_its_money_back_and_a_ticket_counts_what_its_line_comes_to(shop: Shop) -> None:
    sql = "SELECT order_id, status, amount_minor, channel FROM orders ORDER BY order_id"

    assert [tuple(row.values()) for row in shop.ask(sql)] == [
        ("A1", "returned", 2000, None), ("L-1", "completed", 1000, "shop"),
    ]  # fmt: skip
    assert shop.ask("SELECT shop, amount_minor FROM receipts") == [{"shop": "Lille", "amount_minor": 1000}]


def test_pickups_subscriptions_claims_and_spend_are_answered_for(shop: Shop) -> None:
    assert shop.one("SELECT max(state) FILTER (state = 'collected') FROM pickups") == "collected"
    assert shop.one("SELECT count(*) FROM pickups JOIN orders USING (order_key)") == 2
    assert shop.ask("SELECT state, ended_at IS NOT NULL AS is_over FROM subscriptions") == [
        {"state": "cancelled", "is_over": True}
    ]
    assert shop.ask("SELECT state, subject, words, closed_at - opened_at AS took FROM claims") == [
        {"state": "closed", "subject": "casse", "words": "Elle est cassée", "took": shop.one("SELECT INTERVAL 2 DAY")}
    ]
    assert shop.one("SELECT sum(amount_minor) FROM marketing_spend") == 12050


def test_who_unsubscribes_in_another_tool_is_not_written_to_by_us(shop: Shop) -> None:
    found = shop.ask("SELECT state, contact FROM consents ORDER BY occurred_at")

    assert [tuple(row.values()) for row in found] == [("granted", "zoe@example.fr"), ("withdrawn", "zoe@example.fr")]
    key = ConsentKey("zoe@example.fr", "main", MARKETING, EMAIL)
    with shop.app.state.read() as connection:
        assert not ConsentLedger().granted(connection, [key])


def test_card_address_and_account_lead_to_the_people_they_name(shop: Shop) -> None:
    assert (
        shop.one(
            "SELECT count(DISTINCT profile_id) FROM (FROM orders UNION ALL BY NAME FROM claims) WHERE node_id <> 0"
        )
        == 2
    )
    assert shop.one("SELECT count(DISTINCT profile_id) FROM campaign_returns") == 1


def test_a_rebuild_gives_every_table_again(shop: Shop, tmp_path: Path) -> None:
    del tmp_path
    before = shop.fingerprints()
    shop.warehouse.close()
    found = rebuild.rebuild(shop.app, keep=False)
    shop.reopen()

    assert found.differing == []
    assert before["price_records"] == found.after["price_records"]


# ── laws ──

ORDERS = parse(
    "kind: orders\ncurrency: EUR\n"
    "fields: {order_id: o, product_id: p, quantity: q, unit_price: u, occurred_at: d, email: e}\n"
)
HEAD = "o,p,q,u,d,e\n"


def _facts(folder: Path, *texts: str) -> dict[str, str]:
    shop = Shop(folder)
    try:
        for text in texts:
            taken = bring(shop, folder / "rows.csv", "orders", text, ORDERS)
            assert taken.read == taken.accepted + taken.refused + taken.skipped
        received, sorted_out = shop.equation()
        assert received == sorted_out
        return {
            name: said
            for name, said in shop.fingerprints().items()
            if name in {"commerce", "orders", "order_lines", "revenue_ledger", "profile_of", "profile_partition"}
        }
    finally:
        shop.close()


ROW = st.tuples(
    st.sampled_from(["A1", "A2", "A3"]), st.sampled_from(["lamp", "va\0se"]), st.sampled_from(["1", "-1", "2"]),
    st.sampled_from(["9.99", "5"]), st.sampled_from(["2026-01-01", "2026-01-02 10:00:00"]),
    st.sampled_from(["", "Zo\u00e9@example.fr", "zoe\u0301@example.fr", "\u202eb@example.fr", "🙂@example.fr"]),
).map(",".join)  # fmt: skip


@pytest.mark.slow
@settings(deadline=None, max_examples=6, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(ROW, min_size=1, max_size=8), cut=st.integers(0, 8), seed=st.integers(0, 99))
def test_twice_in_halves_or_shuffled_is_once(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str], cut: int, seed: int
) -> None:
    whole = HEAD + "\n".join(rows) + "\n"
    shuffled = rows.copy()
    random.Random(seed).shuffle(shuffled)

    once = _facts(tmp_path_factory.mktemp("once"), whole)

    assert _facts(tmp_path_factory.mktemp("twice"), whole, whole) == once
    assert _facts(tmp_path_factory.mktemp("half"), HEAD + "".join(f"{one}\n" for one in rows[:cut]), whole) == once
    assert _facts(tmp_path_factory.mktemp("mixed"), HEAD + "".join(f"{one}\n" for one in shuffled)) == once
