"""How a mail's text is written for the wire."""

from __future__ import annotations

import quopri

from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import example, given
from hypothesis import strategies as st

from comptoir.messaging.compose import written
from comptoir.messaging.dkim import Dkim, relaxed_body
from comptoir.model.message import Mail
from tests.sending_house import NOON

PIECES = ("a", "=", ".", " ", "  ", "\t", "\n", "\r", "\r\n", "é", "\u202f", "😀", "\x01", "\x7f", "x" * 40)
AWKWARD = st.lists(st.sampled_from(PIECES)).map("".join)


def mail(said: str) -> Mail:
    return Mail(
        message_id="m1", sender="Maison <a@shop.example>", to="ann@example.org", subject="s", text=said, html=said,
        at=NOON, language="fr",
    )  # fmt: skip


def parts(raw: bytes) -> tuple[bytes, list[bytes]]:
    """Give the body, and what stands in its text and HTML parts."""
    head, _, body = raw.partition(b"\r\n\r\n")
    mark = b"--" + head.partition(b'boundary="')[2].partition(b'"')[0]
    inside = body.split(mark)[1:3]
    return body, [one.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for one in inside]


@given(st.one_of(st.text(), AWKWARD, st.text(min_size=60, max_size=400)))
@example("=" * 100)
@example("é" * 100)
@example("x" * 74 + "=y")
def test_what_is_written_reads_as_what_was_said(said: str) -> None:
    body, quoted = parts(written(mail(said)))

    lines = said.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    assert [quopri.decodestring(one).replace(b"\r\n", b"\n") for one in quoted] == [lines.encode() + b"\n"] * 2
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert body.isascii()


@given(st.one_of(st.text(), AWKWARD))
def test_nothing_of_a_body_is_left_for_dkim_to_relax(said: str) -> None:
    signer = Dkim(domain="shop.example", selector="s", key=ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32))
    body, _ = parts(written(mail(said)))

    assert relaxed_body(body) == body
    assert signer.sign([("From", "a")], body, is_relaxed=True) == signer.sign([("From", "a")], body)
