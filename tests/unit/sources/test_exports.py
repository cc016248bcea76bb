from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from comptoir.sources import draft as drafts
from comptoir.sources import mapping, propose
from comptoir.sources.base import MappingBroken
from comptoir.sources.intake import shape_file
from comptoir.sources.mapping import Mapping
from comptoir.sources.shape import Run


class Export(msgspec.Struct, frozen=True):
    """What a merchant would say of an export, made up after its tool's documentation: `=EUR` is a constant."""

    kind: str
    columns: dict[str, list[str | None]]
    """Which columns may fill a field: any of them is right."""
    lacking: tuple[str, ...]
    """What the file does not say."""


FOLDER = Path(__file__).parent / "exports"
EXPORTS = msgspec.json.decode((FOLDER / "truth.json").read_bytes(), type=dict[str, Export])
RUN = Run(import_id="i", source="s", brand="main", now_micros=1_790_000_000_000_000)


def proposed(tmp_path: Path, text: str, kind: str) -> propose.Proposal:
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return propose.propose(path, kind)


def lines(tmp_path: Path, how: Mapping) -> tuple[list[dict[str, object]], int]:
    rows: list[dict[str, object]] = []
    refused = 0
    for _, shaped in shape_file(tmp_path / "rows.csv", how, RUN):
        rows += [msgspec.json.decode(one) for one in shaped.lines]
        refused += shaped.refused
    return rows, refused


def said(how: Mapping) -> dict[str, str | None]:
    """Say which column, or which constant after `=`, fills each field."""
    return {
        one.name: one.text.columns[0] if one.text.columns else f"={one.text.constant}"
        for one in how.targets
        if (one.name, one.text.constant) not in how.kind.fixed
    }


@pytest.mark.parametrize("name", EXPORTS)
def test_the_columns_of_an_export_are_told_at_the_first_look(name: str) -> None:
    export = EXPORTS[name]
    proposal = propose.propose(FOLDER / f"{name}.csv", export.kind)

    assert proposal.lacking == export.lacking
    if not export.lacking:
        found = said(proposal.mapping())
        wrong = {
            field: found.get(field) for field, columns in export.columns.items() if found.get(field) not in columns
        }
        assert wrong == {}
        assert found.keys() - export.columns.keys() == set()


@pytest.mark.parametrize("name", [name for name, one in EXPORTS.items() if not one.lacking])
def test_no_row_of_an_export_is_refused_by_the_mapping_that_is_proposed(name: str) -> None:
    path = FOLDER / f"{name}.csv"

    shaped = [one for _, one in shape_file(path, propose.propose(path, EXPORTS[name].kind).mapping(), RUN)]

    assert sum(one.refused for one in shaped) == 0
    assert sum(len(one.lines) for one in shaped) >= 3


def test_what_an_export_says_on_the_first_line_of_an_order_holds_for_its_other_lines(tmp_path: Path) -> None:
    text = (
        "Name,Email,Currency,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku\n"
        "#1,ann@example.org,EUR,2026-03-14 10:22:30 +0100,2,Lamp,29.90,L\n"
        "#1,,,2026-03-14 10:22:30 +0100,1,Bulb,4.90,B\n"
        "#2,,GBP,2026-03-15 10:22:30 +0100,1,Bulb,4.90,B\n"
    )

    rows, refused = lines(tmp_path, proposed(tmp_path, text, "orders").mapping())

    assert refused == 0
    told = [one["properties"] for one in rows]
    assert [(one["currency"], one.get("email")) for one in told] == [  # type: ignore[index, attr-defined]
        ("EUR", "ann@example.org"), ("EUR", "ann@example.org"), ("GBP", None)
    ]  # fmt: skip


def test_what_is_carried_is_carried_over_the_end_of_a_sheet(tmp_path: Path) -> None:
    head = "order_id;quantity;unit_price;currency;occurred_at\n"
    text = head + "A;1;1;EUR;2026-03-14\n" + "A;1;1;;2026-03-14\n" * 9_000 + "B;1;1;;2026-03-14\n"
    (tmp_path / "rows.csv").write_text(text)
    how = mapping.parse(
        "kind: orders\nfile: {carry: [currency], within: order_id}\n"
        "fields: {order_id: order_id, quantity: quantity, unit_price: unit_price, currency: currency, "
        "occurred_at: occurred_at}\n"
    )

    rows, refused = lines(tmp_path, how)

    assert refused == 1  # order B names no currency of its own, and A's is not B's
    assert rows[-1]["reason"] == "bad_currency"


@pytest.mark.parametrize("said", ["carry: [a]", "within: a"])
def test_what_is_carried_needs_to_be_told_within_what(said: str) -> None:
    with pytest.raises(MappingBroken, match="carry"):
        mapping.parse(f"kind: contacts\nfile: {{{said}}}\nfields: {{email: e}}\n")


def test_each_column_of_dates_is_read_in_its_own_way_and_one_that_cannot_be_is_left_out(tmp_path: Path) -> None:
    text = (
        "email;anniversaire;date_naissance;date_creation;derniere_modif\n"
        "a@ex.fr;02/03;14/03/1980;2026-01-02;2026-01-02 10:00\n"
        "b@ex.fr;05/03;01/02/1980;2026-01-03;2026-01-02 10:00\n"
    )
    proposal = proposed(tmp_path, text.replace("anniversaire", "birthday").replace("date_naissance", "d"), "contacts")
    both = proposed(tmp_path, text, "contacts")

    assert "birth_on" not in said(proposal.mapping())
    rows, refused = lines(tmp_path, both.mapping())
    assert refused == 0
    traits = [one["traits"] for one in rows]
    assert [(one["birth_on"], one["created_on"]) for one in traits] == [  # type: ignore[index]
        ("1980-03-14", "2026-01-02"), ("1980-02-01", "2026-01-03")
    ]  # fmt: skip


def test_a_day_that_two_columns_leave_open_is_asked_for(tmp_path: Path) -> None:
    text = "email;date_naissance\na@ex.fr;02/03/1980\nb@ex.fr;05/03/1980\n"

    assert proposed(tmp_path, text, "contacts").lacking == ("dates.format",)


def test_an_odd_address_or_day_of_birth_costs_nobody_the_row(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(
        "card;mail;born\n1;néant;14/03/1980\n;pas d'email;\n;ann @gmail.com;\n2;;32/13/1980\n", encoding="utf-8"
    )
    how = mapping.parse(
        'kind: contacts\ndates: {format: "%d/%m/%Y"}\nfields: {loyalty_card: card, email: mail, birth_on: born}\n'
    )

    rows, refused = lines(tmp_path, how)

    assert refused == 1
    assert rows[1]["reason"] == "bad_row"  # nobody is named there
    told = [one["traits"] for place, one in enumerate(rows) if place != 1]
    assert [(one.get("email"), one.get("birth_on")) for one in told] == [  # type: ignore[attr-defined]
        ("néant", "1980-03-14"), ("ann @gmail.com", None), (None, "32/13/1980")
    ]  # fmt: skip


def test_a_name_is_no_number_of_an_account(tmp_path: Path) -> None:
    text = "N° commande;Client;Article;Qté;Prix;Devise;Date\n" + "".join(
        f"C{one};Jean Dupont;A;1;2,50;EUR;{one}4/03/2026\n" for one in (0, 1, 2)
    )

    assert "user_id" not in said(proposed(tmp_path, text, "orders").mapping())


def test_times_are_in_the_zone_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("order_id,quantity,unit_price,currency,occurred_at\nA,1,1,EUR,2026-07-14 23:30:00\n")

    proposal = propose.propose(path, "orders", zone="Europe/Paris")

    assert "  zone: Europe/Paris   # in which zone are these times?" in proposal.text
    assert proposal.mapping().targets[0].writing.zone == "Europe/Paris"


@pytest.mark.parametrize("name", [name for name, one in EXPORTS.items() if not one.lacking])
def test_the_form_says_all_of_a_proposal_that_it_shows(name: str) -> None:
    proposal = propose.propose(FOLDER / f"{name}.csv", EXPORTS[name].kind)
    shown = drafts.read(proposal.text)

    if shown is None:
        assert "values:" in proposal.text  # only words that are translated are left to the text
        return
    ours, theirs = proposal.mapping(), mapping.parse(shown.text())
    assert theirs.layout == ours.layout
    assert {(one.name, one.text, one.writing) for one in theirs.targets} == {
        (one.name, one.text, one.writing) for one in ours.targets
    }


def test_what_the_form_does_not_show_of_a_column_goes_with_the_column() -> None:
    shown = drafts.read(
        'kind: contacts\nfile: {thousands: "."}\nfields: {email: e, birth_on: {column: b, format: "%d/%m/%Y"}}\n'
    )
    assert shown is not None

    moved = drafts.Draft(kind=shown.kind, columns={"email": "e", "birth_on": "c"}, more=shown.more)
    broken = drafts.Draft(kind=shown.kind, columns={"email": "e"}, more="no JSON")

    assert "%d/%m/%Y" in shown.text()
    assert "%d/%m/%Y" not in moved.text()
    assert mapping.parse(moved.text()).layout.thousands == "."
    assert mapping.parse(broken.text()).layout.thousands == ""
