"""Sources and keys: made once, hashed, published, and seen by a running door."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from comptoir.access import keys, public
from comptoir.access.keys import BadName, Brand, NoSuchSource, SourceExists
from comptoir.access.public import LOOK_AGAIN_SECONDS, PublicBook
from comptoir.access.rows import brands, sources
from comptoir.access.rows import keys as key_rows
from comptoir.errors import StoreUnavailable
from comptoir.model.event import Trust
from comptoir.state.base import State, metadata, open_state

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = open_state(tmp_path / "state.db")
    metadata.create_all(opened.engine, tables=[brands, sources, key_rows])
    yield opened
    opened.close()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[PublicBook]:
    opened = PublicBook(tmp_path / "public.db")
    yield opened
    opened.close()


def test_a_source_is_made_with_a_public_and_a_secret_key(state: State, tmp_path: Path) -> None:
    new = keys.add_source(state, name="site", brand="petit", now=NOW)

    assert new.write_key.startswith("wk_")
    assert new.secret_key.startswith("sk_")
    assert (new.name, new.brand) == ("site", "petit")
    (listed,) = keys.list_sources(state)
    assert (listed.name, listed.brand, listed.write_key, listed.is_enabled) == ("site", "petit", new.write_key, True)
    state.close()
    everything = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert new.secret_key.encode() not in everything
    assert new.write_key.encode() in everything


def test_the_brand_of_a_first_source_is_made_and_an_old_one_stays(state: State) -> None:
    keys.add_brand(state, Brand(name="petit", currency="GBP", language="en"))

    keys.add_source(state, name="site", brand="petit", now=NOW)
    keys.add_source(state, name="other", now=NOW)

    assert [(one.name, one.currency) for one in keys.list_brands(state)] == [("main", "EUR"), ("petit", "GBP")]


def test_a_name_is_taken_once_and_the_keys_stay(state: State) -> None:
    new = keys.add_source(state, name="site", now=NOW)

    with pytest.raises(SourceExists):
        keys.add_source(state, name="site", brand="other", now=NOW)

    assert keys.list_sources(state)[0].write_key == new.write_key
    assert [brand.name for brand in keys.list_brands(state)] == ["main"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb", "comptoir"])
def test_a_name_that_cannot_be_shown_or_is_ours_is_refused(state: State, name: str) -> None:
    with pytest.raises(BadName):
        keys.add_source(state, name=name, now=NOW)


def test_what_is_published_is_what_the_door_believes(state: State, tmp_path: Path, book: PublicBook) -> None:
    new = keys.add_source(
        state, name="site", now=NOW, origins=["https://shop.fr", "https://www.shop.fr"], rate_per_second=50
    )
    keys.publish(state, tmp_path / "public.db", link_keys=[b"new", b"old"])

    assert book.refresh()
    write, secret = book.find(new.write_key), book.find(new.secret_key)

    assert write is not None
    assert (write.source, write.brand, write.trust) == ("site", "main", Trust.CLAIMED)
    assert write.origins == {"https://shop.fr", "https://www.shop.fr"}
    assert (write.rate_per_second, write.rate_burst) == (50, 100)
    assert secret is not None
    assert secret.trust is Trust.CONFIRMED
    assert book.link_keys == (b"new", b"old")
    assert book.find("wk_unknown") is None
    for key in (new.write_key, new.secret_key):
        assert key.encode() not in (tmp_path / "public.db").read_bytes()


def test_publishing_without_link_keys_leaves_those_there_are(state: State, tmp_path: Path, book: PublicBook) -> None:
    keys.publish(state, tmp_path / "public.db", link_keys=[b"one"])
    keys.publish(state, tmp_path / "public.db")

    book.refresh()

    assert book.link_keys == (b"one",)


def test_a_running_door_sees_a_new_source_and_a_closed_one(state: State, tmp_path: Path, book: PublicBook) -> None:
    keys.publish(state, tmp_path / "public.db", link_keys=[])
    book.refresh()
    new = keys.add_source(state, name="site", now=NOW)
    keys.publish(state, tmp_path / "public.db")

    book.refresh()
    seen = book.find(new.write_key)
    keys.enable_source(state, "site", is_enabled=False)
    keys.publish(state, tmp_path / "public.db")
    book.refresh()
    closed = book.find(new.write_key)

    assert seen is not None
    assert seen.is_enabled
    assert closed is not None
    assert not closed.is_enabled


def test_an_unknown_key_makes_the_door_look_again_at_once(
    state: State, tmp_path: Path, book: PublicBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.publish(state, tmp_path / "public.db", link_keys=[])
    book.refresh()
    new = keys.add_source(state, name="site", now=NOW)
    keys.publish(state, tmp_path / "public.db")

    now = book._looked_at
    monkeypatch.setattr(public, "monotonic", lambda: now + LOOK_AGAIN_SECONDS / 2)
    too_soon = book.find(new.write_key)
    monkeypatch.setattr(public, "monotonic", lambda: now + LOOK_AGAIN_SECONDS * 1.01)
    soon = book.find(new.write_key)

    assert too_soon is None
    assert soon is not None


def test_while_the_file_is_missing_the_door_is_not_ready_and_finds_it_when_it_comes(
    state: State, tmp_path: Path, book: PublicBook
) -> None:
    new = keys.add_source(state, name="site", now=NOW)

    assert not book.refresh()
    keys.publish(state, tmp_path / "public.db", link_keys=[])

    assert book.refresh()
    assert book.find(new.write_key) is not None


def test_a_file_that_becomes_unreadable_leaves_what_was_known(state: State, tmp_path: Path, book: PublicBook) -> None:
    new = keys.add_source(state, name="site", now=NOW)
    keys.publish(state, tmp_path / "public.db", link_keys=[b"k"])
    book.refresh()
    book.close()
    (tmp_path / "public.db").write_bytes(b"x" * 5_000)

    assert not book.refresh()
    assert book.find(new.write_key) is not None
    assert book.link_keys == (b"k",)


def test_closing_a_source_nobody_knows_is_an_error(state: State) -> None:
    with pytest.raises(NoSuchSource):
        keys.enable_source(state, "nobody", is_enabled=False)


def test_publishing_where_nothing_can_be_written_is_an_error(state: State, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        keys.publish(state, tmp_path / "no" / "folder" / "public.db")


def test_the_door_cannot_write_what_it_reads(state: State, tmp_path: Path, book: PublicBook) -> None:
    keys.publish(state, tmp_path / "public.db", link_keys=[])
    book.refresh()

    assert book._connection is not None
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        book._connection.execute("DELETE FROM grants")
