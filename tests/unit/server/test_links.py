"""Signed links: read back whole, and never forged."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.messaging.links import Link, sign, verify

KEY, OTHER = b"k" * 32, b"o" * 32
NOW = 1_795_290_409_000_000
LINK = Link(
    kind="click",
    message_id="m1",
    target="https://shop.fr/p?a=1&b=é#x",
    brand="petit",
    language="fr",
    expires_at=NOW + 1,
)

_TEXT = st.text(st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs"]), max_size=60)


@given(
    target=_TEXT,
    message_id=_TEXT,
    brand=_TEXT,
    expires_at=st.integers(NOW + 1, 2**60),
    kind=st.sampled_from(["click", "unsubscribe"]),
)
def test_a_link_is_read_back_byte_for_byte(
    target: str, message_id: str, brand: str, expires_at: int, kind: str
) -> None:
    link = Link(
        kind=kind,  # type: ignore[arg-type]
        message_id=message_id,
        target=target,
        brand=brand,
        language="en",
        expires_at=expires_at,
    )

    token = sign(KEY, link)

    assert verify([OTHER, KEY], token, NOW) == link
    assert token.replace("-", "").replace("_", "").isalnum()


def test_no_changed_character_goes_unnoticed() -> None:
    token = sign(KEY, LINK)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    for at in range(len(token)):
        for letter in alphabet:
            if letter != token[at]:
                assert verify([KEY], token[:at] + letter + token[at + 1 :], NOW) is None


@given(text=st.text(max_size=80) | st.binary(max_size=80).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_no_other_text_is_a_link(text: str) -> None:
    assert verify([KEY], text, NOW) is None


def test_a_link_of_another_key_or_too_old_is_none() -> None:
    token = sign(KEY, LINK)

    assert verify([OTHER], token, NOW) is None
    assert verify([], token, NOW) is None
    assert verify([KEY], token, NOW + 1) is None
    assert verify([KEY], token + "=", NOW) is None
    assert verify([KEY], token[:-1], NOW) is None


@pytest.mark.parametrize("target", ["https://a\r\nSet-Cookie: x", "https://a\x00", "https://a\x7f"])
def test_a_target_no_header_can_carry_is_not_signed(target: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the target itself)
        sign(KEY, Link(kind="click", message_id="m", target=target, brand="b", language="fr", expires_at=NOW))
