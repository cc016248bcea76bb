from __future__ import annotations

from pathlib import Path

import pytest

from comptoir.sources import propose
from comptoir.sources.base import MappingNeeded
from comptoir.sources.mapping import Mapping


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return path


def columns(how: Mapping) -> dict[str, str | None]:
    return {one.name: one.text.columns[0] if one.text.columns else None for one in how.targets}


def test_a_plain_header_needs_no_mapping(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "order_id,product_id,quantity,unit_price,currency,occurred_at,customer_id\nA1,P,1,2.50,EUR,2026-11-01,7\n",
    )

    assert columns(propose.obvious(path, "orders")) == {
        "order_id": "order_id", "product_id": "product_id", "quantity": "quantity", "unit_price": "unit_price",
        "currency": "currency", "occurred_at": "occurred_at", "user_id": "customer_id",
    }  # fmt: skip


def test_a_french_export_is_understood(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Numéro commande;Référence;Qté;Prix unitaire;Devise;Date commande\nA1;P;1;2,50;EUR;24/11/2026\n",
    )

    how = propose.obvious(path, "orders")

    assert columns(how)["unit_price"] == "Prix unitaire"
    assert how.layout.decimal == ","
    assert how.targets[0].writing.date_format == "%d/%m/%Y"


def test_what_is_lacking_is_named_and_a_start_is_proposed(tmp_path: Path) -> None:
    path = written(tmp_path, "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice\n1,2,3,2010-12-01 08:26:00,2.55\n")

    with pytest.raises(MappingNeeded) as caught:
        propose.obvious(path, "orders")

    assert caught.value.facts["lacking"] == ["currency"]
    assert "order_id: InvoiceNo" in caught.value.proposal
    assert "# currency:" in caught.value.proposal
    assert caught.value.proposal not in str(caught.value)


def test_a_day_that_could_be_a_month_is_not_guessed(tmp_path: Path) -> None:
    head = "order_id,quantity,unit_price,currency,occurred_at\n"

    with pytest.raises(MappingNeeded) as caught:
        propose.obvious(written(tmp_path, head + "A,1,1,EUR,01/02/2026\n"), "orders")

    assert caught.value.facts["lacking"] == ["dates.format"]
    sure = propose.obvious(written(tmp_path, head + "A,1,1,EUR,01/02/2026\nB,1,1,EUR,13/02/2026\n"), "orders")
    assert sure.targets[0].writing.date_format == "%d/%m/%Y"


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        ("contacts", "prenom,nom,courriel,telephone"),
        ("products", "sku,title,marque,prix"),
        ("consents", "contact_kind,email,purpose,channel,state,date"),
        ("loyalty", "user_id,type,points,date"),
        ("events", "event,userId,timestamp"),
    ],
)
def test_every_kind_has_obvious_headers(tmp_path: Path, kind: str, head: str) -> None:
    assert propose.obvious(written(tmp_path, f"{head}\n"), kind).kind.name == kind


def test_values_tell_what_a_header_does_not(tmp_path: Path) -> None:
    row = "X{0};3017620422003;2;{0}2/05/2026;1.234,56;zoe@example.fr;06 12 34 56 78;EUR\n"
    path = written(tmp_path, "Nº commande;a;Qté;b;PU;d;e;f\n" + "".join(row.format(one) for one in (0, 1, 2)))

    proposal = propose.propose(path, "orders")

    assert proposal.lacking == ()
    for line in ("product_id: a", "occurred_at: b", "email: d", "phone: e", "currency: f"):
        assert f"  {line}   # told by its values\n" in proposal.text
    assert 'thousands: "."' in proposal.text
    assert "'22/05/2026' can be read in no other way" in proposal.text


def test_the_whole_column_tells_whether_the_day_comes_first(tmp_path: Path) -> None:
    head = "order_id,quantity,unit_price,currency,occurred_at\n"
    rows = "".join(f"A{number},1,1,EUR,01/02/2026\n" for number in range(9_000))

    last = propose.propose(written(tmp_path, head + rows + "B,1,1,EUR,02/28/2026\n"), "orders")

    assert "format: \"%m/%d/%Y\"   # '02/28/2026' can be read in no other way" in last.text
    assert last.lacking == ()


def test_bare_numbers_are_dates_only_where_that_is_plausible(tmp_path: Path) -> None:
    head = "order_id,quantity,unit_price,currency,date\n"

    serial = propose.propose(written(tmp_path, head + "A,1,1,EUR,46115\nB,1,1,EUR,46116.5\n"), "orders")
    odd = propose.propose(written(tmp_path, head + "A,1,1,EUR,12\nB,1,1,EUR,13\n"), "orders")

    assert 'format: "excel"' in serial.text
    assert odd.lacking == ("dates.format",)


def test_words_of_another_tool_are_translated_and_those_nobody_knows_are_asked_for(tmp_path: Path) -> None:
    head = "campaign_id;event;email;date\n"
    rows = "C1;Ouverture;a@ex.fr;2026-01-01\nC1;Désinscription;a@ex.fr;2026-01-02\n"

    known = propose.propose(written(tmp_path, head + rows), "campaign_returns")
    odd = propose.propose(written(tmp_path, head + rows + "C1;Frobbed;a@ex.fr;2026-01-02\n"), "campaign_returns")

    assert known.lacking == ()
    (kind,) = [one for one in known.mapping().targets if one.name == "kind"]
    assert dict(kind.values) == {"Ouverture": "opened", "Désinscription": "unsubscribed"}
    assert odd.lacking == ("kind",)
    assert '# "Frobbed":   # which of' in odd.text


@pytest.mark.parametrize(
    "name", ['quo"te', "back\\slash", "new\u2028line", ": colon", "# hash", "é à", " lead", "1st", "{x}"]
)
def test_a_proposal_is_a_mapping_whatever_the_columns_are_called(tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    path = written(tmp_path, f"{quoted},price,product_id,currency\na@ex.fr,1,p,EUR\nb@ex.fr,1,p,EUR\nc@ex.fr,1,q,EUR\n")

    how = propose.propose(path, "contacts").mapping()

    assert [one.text.columns for one in how.targets if one.name == "email"] == [(name.strip("\ufeff\t "),)]
