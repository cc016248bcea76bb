"""Which values identify nobody, and what the guard rails let pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.identity.links import WEAKNESS, gather
from comptoir.identity.resolve import partition
from comptoir.identity.rules import ONE, RULES, Demotion, Guard, Rules, counts_of, tally
from comptoir.model.identifier import IdentifierKind
from comptoir.model.sighting import LinkClaim
from tests.unit.identity.world import claim, node

TALLIES = st.dictionaries(st.sampled_from(sorted(ONE)), st.integers(1, 8), min_size=1).map(tally)


@pytest.mark.parametrize(
    "value",
    [
        "null", "NULL", " null ", '"null"', "'undefined'", "“guest”", "None", "NaN", "anonymous", "unknown", "true",
        "False", "0", "-1", "[object Object]", "", "   ", "00000000-0000-0000-0000-000000000000", "---", '""',
        "Néant", "AUCUN", "inconnue", "N/C", "non renseigné", "?", "...", "/", "xxx",
    ],
)  # fmt: skip
def test_what_broken_code_writes_identifies_nobody(value: str) -> None:
    assert RULES.is_blocked("account", value)
    assert RULES.is_blocked("external", f"erp:{value}")


@pytest.mark.parametrize(
    "value",
    [
        "1", "10", "nullsoft@shop.example", "anonymous-7", "guest42", "0a0", "true-north", "nc-7", "+33612345678",
        "sanson", "李",
    ],
)  # fmt: skip
def test_a_real_value_that_looks_like_one_is_kept(value: str) -> None:
    assert not RULES.is_blocked("account", value)


def test_the_shops_own_email_is_nobodys() -> None:
    rules = Rules(own_contacts=frozenset({"boutique@shop.example"}))

    assert rules.is_blocked("email", "Boutique@Shop.example")
    assert not RULES.is_blocked("email", "boutique@shop.example")


@given(TALLIES)
def test_a_tally_counts_by_kind(packed: int) -> None:
    assert tally(counts_of(packed)) == packed


@given(
    tallies=st.tuples(TALLIES, TALLIES, TALLIES),
    weakness=st.integers(0, len(IdentifierKind) - 1),
    reason=st.sampled_from(["event", "alias", "manual"]),
    trust=st.sampled_from(["claimed", "confirmed"]),
)
def test_a_refusal_once_due_stays_due_however_the_groups_grow(
    tallies: tuple[int, int, int], weakness: int, reason: str, trust: str
) -> None:
    guard = Guard()
    ours, theirs, more = tallies

    if guard.refusal(weakness, reason, trust, ours, theirs) is not None:
        assert guard.refusal(weakness, reason, trust, ours + more, theirs) is not None
        assert guard.refusal(weakness, reason, trust, ours, theirs + more) is not None


@pytest.mark.parametrize(
    ("a", "b", "ours", "theirs", "why"),
    [
        ("account", "account", {"account": 1}, {"account": 1}, Demotion.TWO_ACCOUNTS),
        ("account", "email", {"account": 1}, {"account": 1, "email": 1}, Demotion.SHARED_CONTACT),
        ("account", "anonymous", {"account": 1}, {"account": 1, "anonymous": 1}, Demotion.SHARED_BROWSER),
        ("email", "device", {"email": 1}, {"email": 1, "device": 1}, Demotion.SHARED_BROWSER),
        ("account", "email", {"account": 1, "email": 5}, {"email": 1}, Demotion.TOO_MANY),
        ("account", "anonymous", {"account": 1, "anonymous": 1_000}, {"anonymous": 1}, Demotion.TOO_MANY),
        ("account", "email", {"account": 1, "email": 4}, {"email": 1}, None),
        ("account", "anonymous", {"account": 1, "anonymous": 999}, {"anonymous": 1}, None),
    ],
)
def test_a_demoted_link_says_why(
    a: str, b: str, ours: dict[str, int], theirs: dict[str, int], why: Demotion | None
) -> None:
    refusal = Guard().refusal(max(WEAKNESS[a], WEAKNESS[b]), "event", "confirmed", tally(ours), tally(theirs))

    assert (refusal and refusal[0]) == why


@pytest.mark.parametrize(
    ("reason", "trust", "joins"),
    [
        ("alias", "confirmed", True),
        ("alias", "claimed", False),
        ("event", "confirmed", False),
        ("manual", "claimed", True),
    ],
)
def test_a_confirmed_alias_or_a_hand_joins_two_accounts_and_nothing_else_does(
    reason: str, trust: str, joins: bool
) -> None:
    ann, ben = node("account:ann"), node("account:ben")
    kinds: dict[int, str] = {ann: "account", ben: "account"}

    parted = partition(gather([LinkClaim(ann, ben, reason, trust, 1, "m")], kinds), kinds=kinds)

    assert (len(parted) == 1) is joins


def test_within_one_message_an_account_takes_its_email_before_the_shared_browser_can() -> None:
    """Ben logs in on Ann's tablet: his e-mail is his, whatever the hash order of the nodes."""
    names = ["account:ann", "account:ben", "email:ben@shop.example", "anonymous:tablet"]
    kinds: dict[int, str] = {node(text): text.partition(":")[0] for text in names}
    ann, ben, mail, tablet = (node(text) for text in names)
    claims = [
        claim("account:ann", "anonymous:tablet", 1),
        claim("email:ben@shop.example", "anonymous:tablet", 2),
        claim("account:ben", "anonymous:tablet", 2),
        claim("account:ben", "email:ben@shop.example", 2),
    ]

    assert set(partition(gather(claims, kinds), kinds=kinds)) == {frozenset({ann, tablet}), frozenset({ben, mail})}
