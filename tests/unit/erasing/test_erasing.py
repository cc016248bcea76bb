"""Erasing a person: nothing of her is left in any byte of the home, the books stay, and a rebuild gives the same."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from comptoir import backup, rebuild
from comptoir.access import users
from comptoir.access.roles import Role
from comptoir.config import Settings
from comptoir.engine import start
from comptoir.erasing import work
from comptoir.identity import profile
from comptoir.messaging import suppression
from comptoir.model.consent import ConsentState, ConsentStatement
from comptoir.model.event import Line
from comptoir.model.tick import SpoolName
from comptoir.privacy import tombstones
from comptoir.privacy.consent import ConsentLedger
from comptoir.spool import archive
from comptoir.state import rows
from comptoir.state.base import State
from tests.shop import START, Shop

EMAIL, PHONE, NAME, CARD = "claire.dupont@example.org", "+33612345678", "Claire Dupont", "CARD-77-88-99"
GIFT = '{"to":"erased","n":12345678901234567890}'
NUMBER = "CRM-445566"
SECRETS = (EMAIL, PHONE, NAME, "Dupont", CARD, "12 rue des Lilas", NUMBER)


BROWSER, TABLET = "browser-of-claire-0123456789", "tablet-of-both-0123456789"
WHO = {"email": EMAIL, "phone": PHONE, "name": NAME, "loyalty_card": CARD, "street": "12 rue des Lilas",
       "external_id_crm": NUMBER}  # fmt: skip


def live(shop: Shop) -> None:
    """Let somebody visit, say who she is, order and be written about; and others beside her."""
    sure: dict[str, Any] = {"trust": "confirmed"}
    basket = {"product_id": "P1", "quantity": 2, "price": 24.95}
    order = {
        "order_id": "O-1", "cart_id": "C-1", "total": 49.90, "currency": "EUR", "coupon": "CLAIRE10", "email": EMAIL,
        "note": f"for {NAME}", "products": [basket | {"engraving": NAME}],
    }  # fmt: skip
    other = {"order_id": "O-2", "total": 5, "currency": "EUR", "products": [{"product_id": "P2", "price": 5}]}
    raw = base64.b64encode(msgspec.json.encode({"email": EMAIL})).decode()
    agent = "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"
    shop.say(
        shop.line(anonymous_id=BROWSER, user_agent=agent),
        shop.line("Product Added", anonymous_id=BROWSER, after=5, properties=basket | {"cart_id": "C-1"}),
        shop.line("", type="identify", user_id="u-claire", anonymous_id=BROWSER, after=10, traits=WHO, **sure),
        shop.line("Order Completed", user_id="u-claire", after=20, properties=order, **sure),
        shop.line(user_id="u-bob", anonymous_id=TABLET, after=30, **sure),
        shop.line(user_id="u-claire", anonymous_id=TABLET, after=40, **sure),
        shop.line("Gift Sent", user_id="u-bob", after=50, properties={"to": EMAIL, "n": 12345678901234567890}, **sure),
        shop.line("Order Completed", user_id="u-bob", after=60, properties=other, **sure),
        Line(v=1, type="refused", source="web", brand="main", received_at=1, reason="bad_json", raw=raw),
    )
    shop.tick()
    again = shop.line("", type="identify", user_id="u-claire", after=10, traits=WHO, **sure)
    nameless = shop.line("Order Completed", user_id="u-claire", after=70, properties={"email": EMAIL}, **sure)
    shop.say(again, again, nameless)
    imported = Line(
        v=1, type="record", name="Contact", source="import", brand="main", received_at=2, trust="confirmed",
        message_id="i1", historical=True, import_id="imp", row=2, traits=msgspec.Raw(msgspec.json.encode(WHO)),
    )  # fmt: skip
    shop.say(imported, spool=SpoolName.BACK)
    shop.tick()
    said = ConsentStatement(
        statement_id="s1", contact_kind="email", contact=EMAIL, brand="main", state=ConsentState.GRANTED, source="web",
        stated_at=START,
    )  # fmt: skip
    with shop.app.state.write() as connection:
        ConsentLedger().apply(connection, [said])


def file_away(shop: Shop) -> None:
    """Archive the front spool's first tick, and leave the others in the spool."""
    with shop.app.state.read() as connection:
        (first, *_) = rows.ticks_from(connection, SpoolName.FRONT, 0, upto=99)
    after = archive.write(shop.home / "archive", SpoolName.FRONT, shop.app.spools[SpoolName.FRONT], [first])
    with shop.app.state.write() as connection:
        rows.mark_archived(connection, SpoolName.FRONT, after)


def ask(shop: Shop, whom: str = EMAIL) -> str:
    with shop.app.state.write() as connection:
        person = profile.read_node(connection, profile.find(connection, whom))
        assert person is not None
        return tombstones.ask(connection, person, shop.clock.now(), by="test")


def erase(shop: Shop, whom: str = EMAIL) -> dict[str, Any]:
    """Ask for it, and carry it out as an engine does that starts."""
    ask(shop, whom)
    shop.warehouse.close()
    (done,) = work.finish(shop.app)
    shop.front.close()
    shop.app.close()
    shop.open()
    assert done.state == tombstones.DONE
    return dict(done.receipt)


def everywhere(home: Path, *words: str) -> list[tuple[str, str]]:
    """Search for words in every byte of a home, as grep does."""
    files = [one for one in sorted(home.rglob("*")) if one.is_file() and "backups" not in one.parts]
    return [
        (str(file.relative_to(home)), word)
        for file in files
        for word in words
        if word.lower().encode() in file.read_bytes().lower()
    ]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "home")
    live(made)
    file_away(made)
    yield made
    made.close()


def test_nothing_of_her_is_left_in_any_file(shop: Shop) -> None:
    imported = shop.home / "imports" / "a"
    imported.mkdir(parents=True)
    (imported / "customers.csv").write_text(f"email\n{EMAIL}\n")
    (imported / "others.csv").write_text("email\nbob@example.org\n")
    assert {word for _, word in everywhere(shop.home, *SECRETS)} >= {EMAIL}

    receipt = erase(shop)

    assert everywhere(shop.home, *SECRETS) == []
    assert receipt["found_again"] == []
    assert shop.raw("SELECT raw, line LIKE '%erased%' FROM fact.failed WHERE reason = 'bad_json'") == [(None, True)]
    assert (imported / "others.csv").exists()
    assert "imports/a/customers.csv" in receipt["files"]


def test_what_killed_processes_left_half_written_goes_too(shop: Shop) -> None:
    written, *_ = sorted((shop.home / "archive").rglob("*.parquet"))
    left = {
        "archive": written.with_name("front-00000000000000-00000000000402.part"),  # as if killed before it was renamed
        "spilled": shop.home / "warehouse.duckdb.tmp" / "duckdb_temp_storage.tmp",
        "aside": shop.home / "erasing" / "warehouse.duckdb",
        "rebuilt": shop.home / "rebuild" / "state.db",
        "sent": shop.home / "imports" / ".customers.zip.part",
    }
    for file in left.values():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(written.read_bytes() + EMAIL.encode())
    os.utime(left["sent"], (0, 0))
    growing = shop.home / "imports" / ".others.zip.part"
    growing.write_bytes(b"PK")

    receipt = erase(shop)

    assert [name for name, file in left.items() if file.exists()] == []
    assert growing.exists(), "somebody sends it now"
    assert everywhere(shop.home, *SECRETS) == []
    assert receipt["found_again"] == []


def test_what_others_stated_keeps_nothing_that_names_her(shop: Shop) -> None:
    others = {"external_id_crm": NUMBER, "external_id_erp": "E-9", "email": EMAIL, "note": f"asked for {EMAIL}"}
    shop.say(shop.line("", type="identify", user_id="u-bob", after=80, traits=others, trust="confirmed"))
    shop.tick()

    receipt = erase(shop)

    assert everywhere(shop.home, NUMBER, EMAIL) == []
    assert receipt["others_cleaned"] == 2
    with shop.app.state.read() as connection:
        bob = profile.read(connection, "account", "u-bob")
        assert bob is not None
        record = shop.app.keeper().read(connection, bob)
    assert {one.name: bytes(one.value) for one in record} == {
        "external_id_erp": b'"E-9"',
        "note": b'"asked for erased"',
    }
    assert shop.raw("SELECT name, said FROM fact.traits ORDER BY name") == [
        ("external_id_erp", ["E-9"]), ("note", ["asked for erased"]),
    ]  # fmt: skip
    assert shop.raw("SELECT value FROM fact.profile_of WHERE kind = 'external'") == [("erp:E-9",)]


def test_her_order_stays_without_a_name_and_others_keep_theirs(shop: Shop) -> None:
    before = shop.one("SELECT sum(amount_minor) FROM revenue_ledger")

    receipt = erase(shop)

    assert shop.one("SELECT sum(amount_minor) FROM revenue_ledger") == before
    found = shop.ask("SELECT order_id, amount_minor, profile_id IS NULL AS is_nobodys FROM orders ORDER BY order_id")
    assert [(row["order_id"], row["is_nobodys"]) for row in found] == [("O-1", True), ("O-2", False)]
    assert shop.one("SELECT count(*) FROM events WHERE name = 'Gift Sent'") == 1
    assert shop.raw("SELECT properties FROM fact.events WHERE name = 'Gift Sent'") == [(GIFT,)]
    assert (receipt["orders_kept"], receipt["others_cleaned"]) == (1, 1)


def test_what_came_in_is_still_counted_exactly(shop: Shop) -> None:
    received, counted = shop.equation()
    assert received == counted

    erase(shop)

    assert shop.equation() == (received, counted)


def test_a_rebuild_gives_the_same_facts(shop: Shop) -> None:
    erase(shop)
    shop.tick()
    shop.warehouse.close()

    done = rebuild.rebuild(shop.app)

    assert done.differing == []
    shop.reopen()
    assert everywhere(shop.home, *SECRETS) == []


def test_what_comes_later_is_somebody_new_who_is_written_to_no_more(shop: Shop) -> None:
    erase(shop)

    later = shop.line("", type="identify", user_id="u-claire", after=90_000, traits={"email": EMAIL}, trust="confirmed")
    shop.say(later)
    shop.tick()

    with shop.app.state.read() as connection:
        person = profile.read_node(connection, profile.find(connection, EMAIL))
        assert person is not None
        assert {one.kind for one in person.identifiers} == {"account", "email"}
        assert suppression.suppressed(connection, contacts=[EMAIL], channel="email", brand="main") == {EMAIL}
        nodes = ", ".join(str(one) for one in person.node_ids)
    assert shop.raw(f"SELECT count(*) FROM fact.events WHERE node_id IN ({nodes})") == [(1,)]
    assert shop.raw(f"SELECT count(*) FROM fact.orders WHERE node_id IN ({nodes})") == [(0,)]


def test_the_same_event_sent_again_is_still_known(shop: Shop) -> None:
    erase(shop)
    before = shop.one("SELECT count(*) FROM events_all")
    shop.said = 2
    again = shop.line(
        "", type="identify", user_id="u-claire", anonymous_id=BROWSER, after=10, traits=WHO, trust="confirmed"
    )

    shop.say(again)
    shop.tick()

    assert shop.one("SELECT count(*) FROM events_all") == before
    with shop.app.state.read() as connection, pytest.raises(profile.PersonNotFound):
        profile.find(connection, EMAIL)


def test_what_colleagues_wrote_stays_and_the_receipt_says_where_she_still_stands(shop: Shop) -> None:
    users.add_user(shop.app.state, name=EMAIL, role=Role.SUPPORT, now=shop.clock.now())

    receipt = erase(shop)

    assert [one.name for one in users.list_users(shop.app.state, now=shop.clock.now())] == [EMAIL]
    assert receipt["found_again"] == ["state.db"]


def test_asked_twice_it_is_one_erasure(shop: Shop) -> None:
    assert ask(shop) == ask(shop)


def test_the_proof_of_her_consent_stays_under_a_hash(shop: Shop) -> None:
    erase(shop)

    with shop.app.state.read() as connection:
        assert ConsentLedger().history(connection, EMAIL) == []
        kept = ConsentLedger().history(connection, f"erased:{suppression.hash_of(EMAIL)}")
    assert [one["state"] for one in kept] == ["granted"]


def test_a_backup_from_before_forgets_her_too_when_it_is_restored(shop: Shop, tmp_path: Path) -> None:
    shop.warehouse.checkpoint()
    backup.copy(shop.app, shop.home / "backups" / "old")
    erase(shop)

    settings = Settings(home=tmp_path / "restored")
    backup.restore(shop.home / "backups" / "old", settings)
    assert {word for _, word in everywhere(settings.home, EMAIL)} == {EMAIL}
    copy = Shop(settings.home)
    copy.warehouse.close()
    work.finish(copy.app)
    copy.warehouse = start(copy.app).warehouse

    assert everywhere(settings.home, *SECRETS) == []
    copy.close()


class Stopped(BaseException):
    """The process died here."""


@contextmanager
def dying_after(count: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Die after so many commits of the state store, or writes of files."""
    made = [0]
    real = State.write
    replace = Path.replace
    rename = Path.rename

    def step() -> None:
        made[0] += 1
        if made[0] == count:
            raise Stopped

    @contextmanager
    def write(self: State) -> Iterator[Any]:
        with real(self) as lent:
            yield lent
        step()

    def replaced(self: Path, target: Path) -> Path:
        done = replace(self, target)
        step()
        return done

    def renamed(self: Path, target: Path) -> Path:
        done = rename(self, target)
        step()
        return done

    with monkeypatch.context() as patch:
        patch.setattr(State, "write", write)
        patch.setattr(Path, "replace", replaced)
        patch.setattr(Path, "rename", renamed)
        yield made


@pytest.mark.slow
def test_broken_off_anywhere_it_is_taken_up_and_ends_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Shop(tmp_path / "whole")
    live(whole)
    file_away(whole)
    erase(whole)
    wanted = whole.fingerprints() | {"failed": ""}  # a refused line bears the erasure's own id
    whole.close()

    for count in range(1, 12):
        shop = Shop(tmp_path / f"home{count}")
        live(shop)
        file_away(shop)
        ask(shop)
        shop.warehouse.close()
        died = False
        with dying_after(count, monkeypatch):
            try:
                work.finish(shop.app)
            except Stopped:
                died = True
        work.finish(shop.app)
        shop.front.close()
        shop.app.close()
        shop.open()

        assert everywhere(shop.home, *SECRETS) == [], count
        assert shop.fingerprints() | {"failed": ""} == wanted, count
        shop.close()
        if not died:
            break
    else:
        raise AssertionError("it never ran through")
