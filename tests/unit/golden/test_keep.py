"""The golden record kept: incrementally as from scratch, with a feed that a mirror can follow."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from comptoir.golden import feed, keep, rows
from comptoir.golden.choose import PlainGrader, policy_of
from comptoir.golden.feed import FeedForgotten, Reader
from comptoir.golden.keep import IDENTIFIERS, Keeper
from comptoir.identity import by_hand, profile, store
from comptoir.identity import rows as identity
from comptoir.model.identifier import NodeId, profile_named_after
from comptoir.model.sighting import LinkClaim, NodeSeen, TraitSeen
from comptoir.state import migrate
from comptoir.state.base import metadata, open_state
from tests.unit.identity.world import NODES, TIGHT, claim, claims, lend, node

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEEPER = Keeper(policy=policy_of(["crm", "other=till"], PlainGrader()))
PLAIN = Keeper(policy=policy_of(["crm"], PlainGrader()))


@contextmanager
def lent(place: str = "golden") -> Iterator[Connection]:
    with lend(place) as connection:
        metadata.create_all(connection, tables=rows.TABLES)
        for table in rows.TABLES:
            connection.execute(table.delete())
        yield connection


def stated(who: str, value: object, source: str = "crm", at: int = 1, name: str = "city") -> TraitSeen:
    return TraitSeen(node(who), name, json.dumps(value), at, f"m-{source}-{at}", "confirmed", source, "main")


class Shop:
    """A counter that works a tick for all that is said at once."""

    def __init__(self, connection: Connection, keeper: Keeper = KEEPER) -> None:
        self.connection = connection
        self.keeper = keeper
        self.ticks = 0

    def hear(self, *said: TraitSeen | LinkClaim, source: str = "web", at: int | None = None) -> None:
        self.ticks += 1
        at = self.ticks if at is None else at
        links = [one for one in said if isinstance(one, LinkClaim)]
        traits = [one for one in said if isinstance(one, TraitSeen)]
        nodes = [end for link in links for end in (link.a, link.b)] + [one.node_id for one in traits]
        done = store.apply(
            self.connection, tick_id=self.ticks, spool="front", offset_after=self.ticks, links=links, traits=traits,
            nodes=[NodeSeen(one, *NODES[one], at, source) for one in nodes], rules=TIGHT,
        )  # fmt: skip
        self.follow(traits, done.dated_back)

    def follow(self, traits: Sequence[TraitSeen] = (), dated_back: Collection[int] = ()) -> int:
        return self.keeper.follow(self.connection, NOW, {*(one.node_id for one in traits), *dated_back})

    def news(self, reader: str = "", after: int = 0) -> list[tuple[str, str, str | None, tuple[str, ...]]]:
        found = feed.look(self.connection, after, 100, Reader(reader)).changes
        return [(one.kind, one.profile_id, one.other, one.fields) for one in found]

    def record(self, who: str, brand: str = "") -> dict[str, object]:
        person = profile.read_node(self.connection, node(who))
        assert person is not None
        found = self.keeper.read(self.connection, person, brand)
        return {one.name: json.loads(bytes(one.value)) for one in found}


def name(who: str) -> str:
    return profile_named_after(node(who))


def test_what_two_files_say_of_one_person_is_one_record_with_the_loser_shown() -> None:
    with lent() as connection:
        shop = Shop(connection)
        shop.hear(stated("email:ann@shop.example", "Lyon", "mailing", 9))
        shop.hear(stated("account:ann", "Paris", "crm", 1))
        shop.hear(claim("account:ann", "email:ann@shop.example", 3, trust="confirmed"))

        person = profile.read_node(connection, node("account:ann"))
        assert person is not None
        (city,) = KEEPER.read(connection, person)
        assert (bytes(city.value), city.source, city.why) == (b'"Paris"', "crm", "source")
        assert [(bytes(one.value), one.source, one.at, one.why) for one in city.others] == [
            (b'"Lyon"', "mailing", 9, "source")
        ]


def test_what_a_site_and_a_file_spell_differently_is_one_field() -> None:
    with lent() as connection:
        shop = Shop(connection)
        shop.hear(stated("account:ann", "1980-05-17", "crm", 1, name="birth_on"))
        shop.hear(stated("account:ann", "1980-05-18", "web", 9, name="birthday"))
        shop.hear(stated("account:ann", "0612345678", "web", 9, name="mobile"))

        person = profile.read_node(connection, node("account:ann"))
        assert person is not None
        born, mobile = KEEPER.read(connection, person)
        assert (born.name, bytes(born.value), born.source) == ("birth_on", b'"1980-05-17"', "crm")
        assert [bytes(one.value) for one in born.others] == [b'"1980-05-18"']
        assert mobile.name == "mobile", "a second number is no other spelling of the first"


def test_an_address_in_one_piece_is_of_the_fields_that_a_file_has_in_columns() -> None:
    with lent() as connection:
        shop = Shop(connection)
        whole = {"city": "Lyon", "postalCode": "69003", "name": "Home", "country": "FR"}
        shop.hear(stated("account:ann", whole, "web", 9, name="address"))
        shop.hear(stated("account:ann", "Paris", "crm", 1, name="city"))
        shop.hear(stated("email:ann@shop.example", "1, rue Neuve, Lyon", "web", 1, name="address"))

        ann, other = (profile.read_node(connection, node(who)) for who in ("account:ann", "email:ann@shop.example"))
        assert ann is not None
        assert other is not None
        assert {one.name: (bytes(one.value), one.source) for one in KEEPER.read(connection, ann)} == {
            "city": (b'"Paris"', "crm"), "country": (b'"FR"', "web"), "postal_code": (b'"69003"', "web"),
        }  # fmt: skip
        assert [one.name for one in KEEPER.read(connection, other)] == ["address"]


def test_an_older_sighting_that_arrives_later_leaves_the_record_a_rebuild_makes() -> None:
    with lent() as connection:
        shop = Shop(connection)
        shop.hear(claim("account:ann", "email:ann@shop.example", 5, trust="confirmed"), source="web", at=5)
        shop.hear(claim("account:ann", "email:ann@shop.example", 2, trust="confirmed"), source="crm", at=2)

        assert KEEPER.rebuild(connection, NOW) == 0


def test_a_brand_reads_the_record_by_its_own_order_of_sources() -> None:
    with lent() as connection:
        shop = Shop(connection)
        shop.hear(stated("account:ann", "Paris", "crm", 9), stated("account:ann", "Lyon", "till", 1))

        assert shop.record("account:ann") == {"city": "Paris"}
        assert shop.record("account:ann", "other") == {"city": "Lyon"}


def test_a_merge_is_told_before_what_it_changed_and_the_gone_record_is_no_more() -> None:
    with lent() as connection:
        shop = Shop(connection, PLAIN)
        shop.hear(stated("account:ann", "Paris"))
        shop.hear(stated("email:ann@shop.example", "Lyon", "till"))
        start = feed.head(connection)

        shop.hear(claim("account:ann", "email:ann@shop.example", 3, trust="confirmed"))

        assert shop.news(after=start) == [
            ("merged", name("email:ann@shop.example"), name("account:ann"), ()),
            ("changed", name("account:ann"), None, ("identifiers",)),
        ]
        assert [one.founder for one in connection.execute(rows.records.select())] == [node("account:ann")]


def test_a_cut_by_hand_is_followed_and_told_and_both_records_are_what_they_were() -> None:
    with lent() as connection:
        shop = Shop(connection)
        shop.hear(stated("account:ann", "Paris"))
        shop.hear(stated("account:ben", "Lyon"))
        before = keep.fingerprint(connection)
        by_hand.merge(connection, "account:ann", "account:ben", at=1, by="Zoé")
        assert shop.follow() > 0
        start = feed.head(connection)

        by_hand.cut(connection, "account:ann", "account:ben", at=2, by="Zoé")
        assert shop.record("account:ben") == {"city": "Lyon"}, "a read right after the cut is fresh"
        shop.follow()

        assert keep.fingerprint(connection) == before
        assert ("cut", name("account:ann"), name("account:ben"), ()) in shop.news(after=start)
        assert shop.follow() == 0, "all is followed"


def test_a_merge_that_is_cut_before_anybody_followed_tells_nothing() -> None:
    with lent() as connection:
        shop = Shop(connection)
        shop.hear(stated("account:ann", "Paris"), stated("account:ben", "Lyon"))
        start = feed.head(connection)
        by_hand.merge(connection, "account:ann", "account:ben", at=1, by="Zoé")
        by_hand.cut(connection, "account:ann", "account:ben", at=2, by="Zoé")

        shop.follow()

        assert shop.news(after=start) == []


def test_what_a_subscriber_said_itself_is_not_told_to_it_but_to_the_others() -> None:
    with lent() as connection:
        shop = Shop(connection)
        shop.hear(stated("account:ann", "Paris", "crm", 1), source="crm")
        start = feed.head(connection)
        shop.hear(stated("account:ann", "Nice", "crm", 2), source="crm")

        assert shop.news("crm", start) == []
        assert shop.news("till", start) == [("changed", name("account:ann"), None, ("city",))]


def test_a_change_on_more_than_ones_own_word_is_told() -> None:
    with lent() as connection:
        shop = Shop(connection)
        shop.hear(stated("account:ann", "Paris", "crm", 1), source="crm")
        start = feed.head(connection)
        shop.hear(stated("account:ann", "Nice", "crm", 2), stated("account:ann", 3, "till", 2, "floor"), source="crm")

        assert shop.news("crm", start) == [("changed", name("account:ann"), None, ("city", "floor"))]


def test_a_restatement_that_changes_nothing_is_not_told() -> None:
    with lent() as connection:
        shop = Shop(connection, PLAIN)
        shop.hear(stated("account:ann", "Paris", "crm", 1))
        start = feed.head(connection)

        shop.hear(stated("account:ann", "Paris", "crm", 5), stated("account:ann", "Lyon", "till", 9))

        assert shop.news(after=start) == []


def test_a_browser_alone_has_no_record_and_its_joining_is_news_of_the_person_only() -> None:
    with lent() as connection:
        shop = Shop(connection)
        shop.hear(claim("anonymous:b1", "device:d1", 1))
        assert connection.execute(rows.records.select()).all() == []

        shop.hear(claim("account:ann", "anonymous:b1", 2))

        assert shop.news() == [("changed", name("anonymous:b1"), None, (IDENTIFIERS,))]


def test_a_brand_is_told_of_its_own_people_only() -> None:
    with lent() as connection:
        shop = Shop(connection)
        shop.hear(stated("account:ann", "Paris"), stated("account:ben", "Lyon")._replace(brand="other"))

        found = feed.look(connection, 0, 10, Reader(brands=frozenset({"other"}))).changes
        assert [one.profile_id for one in found] == [name("account:ben")]
        listed = feed.everybody(connection, feed.LEAST, 10, Reader(brands=frozenset({"other"})))
        assert [one.profile_id for one in listed] == [name("account:ben")]


def test_old_changes_are_forgotten_and_a_cursor_from_before_is_told_to_begin_again() -> None:
    with lent() as connection:
        shop = Shop(connection)
        shop.hear(stated("account:ann", "Paris"))
        assert feed.prune(connection, NOW + timedelta(days=91), days=90) == 1

        with pytest.raises(FeedForgotten):
            feed.look(connection, 0, 10)
        assert feed.look(connection, feed.head(connection), 10).changes == []


def test_an_erasure_forgets_the_record_and_is_told() -> None:
    with lent() as connection:
        shop = Shop(connection)
        shop.hear(stated("account:ann", "Paris"))
        start = feed.head(connection)

        assert keep.forget(connection, [node("account:ann")], NOW) == 1

        assert shop.news(after=start) == [("erased", name("account:ann"), None, ())]
        assert connection.execute(rows.records.select()).all() == []


def test_the_first_time_a_record_is_made_of_everything_that_was_ever_said() -> None:
    with lent() as connection:
        shop = Shop(connection)
        shop.hear(stated("account:ann", "Paris"))
        kept = keep.fingerprint(connection)
        for table in rows.TABLES:
            connection.execute(table.delete())

        assert shop.follow() == 2

        assert keep.fingerprint(connection) == kept


traits = st.builds(
    stated,
    st.sampled_from([f"{kind}:{value}" for kind, value in NODES.values()]),
    st.sampled_from(["Paris", "Lyon", "P", ""]),
    st.sampled_from(["crm", "till"]),
    st.integers(0, 4),
)
pairs = st.tuples(st.sampled_from(sorted(NODES)), st.sampled_from(sorted(NODES))).filter(lambda two: two[0] != two[1])
Act = TraitSeen | LinkClaim | tuple[int, int] | int
"""A statement, a link, a cut of two nodes, or a person, by a node of hers, who is erased."""
acts = st.lists(st.one_of(traits, claims(by_hand=True), pairs, st.sampled_from(sorted(NODES))), max_size=20)


def erase(shop: Shop, who: int) -> None:
    """Forget a person as `erasing.work` does: followers are told before identity forgets."""
    person = profile.read_node(shop.connection, NodeId(who))
    if person is not None:
        shop.follow()
        keep.forget(shop.connection, person.node_ids, NOW)
        store.erase(shop.connection, person.node_ids, TIGHT)


def play(shop: Shop, some: Sequence[Act], *, follows: bool = True) -> None:
    for act in some:
        if isinstance(act, (TraitSeen, LinkClaim)):
            shop.hear(act)
            continue
        if isinstance(act, int):
            erase(shop, act)
            continue
        known = {row.node_id for row in shop.connection.execute(identity.nodes.select())}
        if set(act) <= known:
            store.cut(shop.connection, [act], at=shop.ticks, by="test", rules=TIGHT)
        if follows:
            shop.follow()
    shop.follow()


@given(some=acts)
def test_records_kept_from_tick_to_tick_are_those_that_are_made_from_scratch(
    some: list[Act],
) -> None:
    with lent() as connection:
        shop = Shop(connection)
        play(shop, some)

        kept = keep.fingerprint(connection)
        assert KEEPER.rebuild(connection, NOW) == 0
        assert keep.fingerprint(connection) == kept


@given(some=acts, breaks=st.lists(st.integers(0, 20), max_size=4))
def test_a_mirror_that_follows_the_feed_ends_with_every_profile_and_no_other(
    some: list[Act], breaks: list[int]
) -> None:
    """It reads each profile it is told of again, and drops those it is told have gone into another."""
    with lent() as connection:
        shop = Shop(connection)
        mirror: dict[str, dict[str, object]] = {}
        cursor = 0
        for start in range(len(some) + 1):
            play(shop, some[start : start + 1], follows=False)
            if start in breaks or start == len(some):
                found = feed.look(connection, cursor, 1_000)
                for one in found.changes:
                    mirror.pop(one.profile_id, None)
                    if (told := standing(connection, one.profile_id)) is not None:
                        mirror[one.profile_id] = told
                    if one.other and (told := standing(connection, one.other)) is not None:
                        mirror[one.other] = told
                cursor = found.upto

        assert mirror == {
            one.profile_id: standing(connection, one.profile_id)
            for one in feed.everybody(connection, feed.LEAST, 1_000)
        }


def standing(connection: Connection, profile_id: str) -> dict[str, object] | None:
    """Read a profile as a subscriber does: None where it has gone into another, or says nothing."""
    person = profile.read_by_id(connection, profile_id)
    if person is None or person.profile_id != profile_id:
        return None
    record = KEEPER.read(connection, person)
    known = sorted(f"{one.kind}:{one.value}" for one in person.identifiers if one.kind not in {"anonymous", "device"})
    if not record and not known:
        return None
    return {one.name: bytes(one.value) for one in record} | {"known": known}


def test_names_of_profiles_are_those_of_their_founders() -> None:
    assert name("account:ann") == profile_named_after(NodeId(node("account:ann")))


def test_a_home_from_before_keeps_what_was_stated_and_gets_its_records(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state.db")
    config = Config()
    config.set_main_option("script_location", "comptoir:state/migrations")
    with state.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0012")
        ann = {"ann": node("account:ann")}
        connection.execute(text("INSERT INTO identity_nodes VALUES (:ann, 1, 'account', 'ann', 1, 1, :ann, 1, 1)"), ann)
        connection.execute(
            text("""INSERT INTO identity_traits VALUES (:ann, 'city', '"Lyon"', 5, 'm1', 'confirmed')"""), ann
        )

    migrate.migrate(state)

    with state.write() as connection:
        assert KEEPER.follow(connection, NOW) == 2
        person = profile.read(connection, "account", "ann")
        assert person is not None
        (city,) = KEEPER.read(connection, person)
        assert (bytes(city.value), city.source, city.at) == (b'"Lyon"', "", 5)
        assert [one.kind for one in feed.look(connection, 0, 10).changes] == ["changed"]
    state.close()
