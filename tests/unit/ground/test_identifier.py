from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.model.identifier import (
    STRENGTH,
    Identifier,
    IdentifierKind,
    NodeId,
    founder_of,
    node_of,
    profile_named_after,
)

nodes = st.integers(-(1 << 63), (1 << 63) - 1).map(NodeId)


@given(nodes)
def test_a_profile_tells_who_founded_it(founder: NodeId) -> None:
    assert founder_of(profile_named_after(founder)) == founder


@given(nodes, nodes)
def test_two_founders_give_two_names(one: NodeId, other: NodeId) -> None:
    assert (profile_named_after(one) == profile_named_after(other)) == (one == other)


@pytest.mark.parametrize(
    "text", ["", "p", "x0000000000000000", "p00000000000000001", "p+00000000000001f", "pzzzzzzzzzzzzzzzz"]
)
def test_what_is_no_name_of_a_profile_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        founder_of(text)


def test_the_same_value_of_two_kinds_is_two_nodes() -> None:
    assert node_of("email", "a") != node_of("account", "a")
    assert Identifier(IdentifierKind.EMAIL, "a").node_id == node_of("email", "a")


def test_an_account_is_the_strongest_and_a_browser_the_weakest() -> None:
    ranked = sorted(IdentifierKind, key=lambda kind: STRENGTH[kind])

    assert (ranked[-1], ranked[0]) == (IdentifierKind.ACCOUNT, IdentifierKind.ANONYMOUS)
    assert len(set(STRENGTH.values())) == len(IdentifierKind)
