"""The anonymous id's cookie: given once, for thirteen months at most."""

from __future__ import annotations

import random
import uuid

import pytest

from comptoir.ids import uuid7
from comptoir.server.cookie import Cookie, mint

NOW = 1_795_290_409_000_000
DAY = 86_400_000_000


def test_an_id_that_was_given_is_read_back() -> None:
    cookie = Cookie("comptoir_id")
    given = mint(NOW)

    assert cookie.read(f"a=b; comptoir_id={given}; c=d".encode(), NOW) == given
    assert cookie.read(f"comptoir_id={given}".encode(), NOW + 394 * DAY) == given


def test_an_id_older_than_thirteen_months_is_not_believed_whatever_is_configured() -> None:
    given = mint(NOW)

    assert Cookie("c", days=9_999).read(f"c={given}".encode(), NOW + 396 * DAY) is None
    assert Cookie("c", days=10).read(f"c={given}".encode(), NOW + 11 * DAY) is None
    assert b"Max-Age=34128000;" in Cookie("c", days=9_999).write(given)


@pytest.mark.parametrize(
    "value",
    [
        "", "x", str(uuid.UUID(int=5)), "a" * 5_000, "é", str(uuid7(NOW + 3 * DAY)), "null",
        str(uuid.UUID(int=random.Random(4).getrandbits(128), version=4)),
    ],
    ids=["empty", "short", "nil", "long", "accent", "future", "null", "version 4"],
)  # fmt: skip
def test_a_value_we_did_not_make_is_not_believed(value: str) -> None:
    assert Cookie("c").read(f"c={value}".encode(), NOW) is None


def test_the_cookie_is_hidden_from_scripts_and_other_sites() -> None:
    said = Cookie("comptoir_id", "shop.fr", 395).write("the-id").decode()

    assert said == "comptoir_id=the-id; Max-Age=34128000; Path=/; Domain=shop.fr; HttpOnly; Secure; SameSite=Lax"
    assert "Domain" not in Cookie("c").write("x").decode()
