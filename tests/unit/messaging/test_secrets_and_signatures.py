from __future__ import annotations

import stat
from base64 import b64decode
from dataclasses import replace
from email import message_from_bytes
from hashlib import sha256
from pathlib import Path

import dkim as judge  # type: ignore[import-untyped] # it ships none
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from sqlalchemy import select

from comptoir.config import MailSettings
from comptoir.messaging import dkim, servers, suppression, verp
from comptoir.messaging.compose import smtp_bytes, written
from comptoir.messaging.rows import mail_servers
from comptoir.messaging.servers import MailServer, Servers
from comptoir.messaging.throttle import SLOW_SECONDS, Throttle, group_of
from comptoir.model.message import Mail
from comptoir.state.base import State, metadata, open_state
from comptoir.state.sealing import BadMasterKey, MasterKey, SecretUnreadable, master_key
from tests.sending_house import NOON

RSA = rsa.generate_private_key(65_537, 2_048)
MAIL = Mail(
    message_id="m1", sender="Maison d’Été <boutique@shop.example>", to="ann@example.org", subject="Été — 50 €  deux",
    text="Bonjour  \n.point\n\n\n", html="<p>  deux  espaces\t</p>\n", at=NOON,
    headers=(("List-Unsubscribe", "<https://c.shop.example/u/x>"),
             ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")),
)  # fmt: skip


def signed(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, mail: Mail = MAIL) -> bytes:
    return written(mail, dkim.Dkim(domain="shop.example", selector="s1", key=key))


def verified(raw: bytes, key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bool:
    record = dkim.record(key).encode()
    return bool(judge.verify(raw, dnsfunc=lambda _name, **_more: record))


def test_another_library_believes_the_signature_and_both_unsubscribe_headers_are_in_it() -> None:
    for text in ("", "a", "a\n\n", "  \n", MAIL.text * 200):
        assert verified(signed(RSA, replace(MAIL, text=text)), RSA)
    said = str(message_from_bytes(signed(RSA))["DKIM-Signature"])
    assert "list-unsubscribe:list-unsubscribe-post" in said


def test_an_ed25519_signature_fits_the_same_words_as_an_rsa_one() -> None:
    # dkimpy reads Ed25519 only with one more package, so the words of RFC 8463 are written out here
    key = ed25519.Ed25519PrivateKey.generate()

    header, value = dkim.Dkim(domain="shop.example", selector="s1", key=key).sign([("From", "a@b")], b"x\r\n")
    said, _, signature = value.rpartition("b=")
    words = "from:a@b\r\n" + "dkim-signature:" + " ".join((said + "b=").split())

    key.public_key().verify(b64decode("".join(signature.split())), sha256(words.encode()).digest())
    assert header == "DKIM-Signature"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"One-Click", b"Two-Click"),
        (b"Bonjour", b"Bonsoir"),
        (b"To: ann", b"To: bob"),
        (b"From:", b"From: x@y\r\nFrom:"),
    ],
)
def test_a_changed_mail_is_no_longer_believed(old: bytes, new: bytes) -> None:
    assert not verified(signed(RSA).replace(old, new, 1), RSA)


def test_dots_at_line_starts_are_doubled_for_the_wire() -> None:
    assert smtp_bytes(b".a\r\n..b\r\nc.\r\n") == b"..a\r\n...b\r\nc.\r\n"


def test_secrets_open_only_with_their_key_and_at_their_place() -> None:
    key = MasterKey(b"k" * 32)
    sealed = key.seal(b"word", "here")

    assert key.open(sealed, "here") == b"word"
    assert b"word" not in sealed
    for other, place in ((key, "there"), (MasterKey(b"x" * 32), "here")):
        with pytest.raises(SecretUnreadable):
            other.open(sealed, place)


def test_the_master_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first, again = master_key(tmp_path, {}), master_key(tmp_path, {})

    assert first == again
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600
    with pytest.raises(BadMasterKey):
        master_key(tmp_path, {"COMPTOIR_MASTER_KEY": "short"})


@pytest.fixture
def state(tmp_path: Path) -> State:
    made = open_state(tmp_path / "state.db")
    with made.write() as connection:
        metadata.create_all(connection)
    return made


def test_nothing_of_a_server_s_secrets_lies_plain_in_the_state(state: State, tmp_path: Path) -> None:
    key = MasterKey(b"k" * 32)
    pem = RSA.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    server = MailServer(
        name="main", host="h", sender="a@b.example", password="canary-word", dkim_domain="b.example",
        dkim_selector="s", dkim_key=pem,
    )  # fmt: skip
    with state.write() as connection:
        servers.save(connection, server, key)
    with state.read() as connection:
        assert servers.find(connection, "main", key) == server
        assert "canary" not in str(servers.listing(connection))
        assert "canary" not in repr(server)
    state.close()

    raw = b"".join(path.read_bytes() for path in tmp_path.glob("state.db*"))
    assert b"canary-word" not in raw
    assert pem.splitlines()[3].encode() not in raw


def test_a_brand_has_its_own_servers_and_others_the_common_ones(state: State) -> None:
    key = MasterKey(b"k" * 32)
    now = [100.0]
    channel = Servers(
        state=state, key=lambda: key, fallback=MailSettings(connections=3), verp_key=b"v", now=lambda: now[0]
    )
    assert (channel.connections, channel.room("any")) == (3, 3)
    with state.write() as connection:
        servers.save(connection, MailServer(name="own", brand="a", host="h", connections=2, sender="a@a.fr"), key)
        servers.save(
            connection, MailServer(name="all", host="h", connections=5, rate_per_minute=120, sender="b@b.fr"), key
        )
    now[0] += 2
    assert channel.connections == 7
    assert channel.room("a") == 2
    assert channel.room("b") == 1, "a server that just began has its first mail at once"
    now[0] += 5
    assert channel.room("b") == 2, "what was not used is not saved up beyond a second's share"
    with state.read() as connection:
        assert servers.sender_of(connection, "a", "x") == "a@a.fr"
        assert servers.sender_of(connection, "c", "x") == "b@b.fr"
        assert connection.scalar(select(mail_servers.c.name).where(mail_servers.c.brand == "a")) == "own"
    state.close()


def test_an_envelope_sender_leads_back_to_its_message_and_to_no_other() -> None:
    made = verp.envelope(b"k", "0198c0de-0000-7000-8000-000000000001", "r.shop.example")
    assert made is not None
    assert len(made.partition("@")[0]) <= 64
    assert verp.message_of([b"other", b"k"], f"<{made.upper()}>") == "0198c0de-0000-7000-8000-000000000001"
    assert verp.message_of([b"other"], made) is None
    assert verp.envelope(b"k", "with space", "r.shop.example") is None


def test_the_list_takes_addresses_and_hashes_and_gives_them_back(state: State) -> None:
    with state.write() as connection:
        hashed = suppression.hash_of("Bob@Example.org ")
        assert suppression.suppress_all(
            connection, ["ann@example.org", hashed, " "], channel="email", reason="manual", now=NOON
        ) == 2  # fmt: skip
        both = {"ann@example.org", "bob@example.org"}
        assert suppression.suppressed(connection, contacts=both, channel="email", brand="x") == both
        assert suppression.lift(connection, contact="ANN@example.org", channel="email") == 1
        assert suppression.suppressed(connection, contacts=both, channel="email", brand="x") == {"bob@example.org"}
    state.close()


def test_a_provider_earns_its_lanes_and_loses_them() -> None:
    now = [0.0]
    throttle = Throttle(most=6, now=lambda: now[0])
    assert group_of("x@wanadoo.fr") == group_of("y@ORANGE.fr") == "orange"
    assert [throttle.may("a", begun, begun) for begun in range(3)] == [True, True, False]
    for _ in range(2):
        throttle.began("a")
        throttle.ended("a", 0.1, is_accepted=True, is_busy=False)
    assert throttle.may("a", 3, 3)
    throttle.began("a")
    throttle.ended("a", 0.1, is_accepted=False, is_busy=True)
    assert not throttle.may("a")
    assert throttle.may("b")
    now[0] += 31
    assert throttle.may("a")
    assert not throttle.may("a", 1, 1)
    for _ in range(2):
        throttle.began("b")
    throttle.lasts("b")
    throttle.lasts("b")
    assert throttle.free == 6
    assert not throttle.may("b")
    throttle.ended("b", SLOW_SECONDS + 1, is_accepted=True, is_busy=False)
    throttle.ended("b", 0.1, is_accepted=True, is_busy=False)
    assert (throttle.under_way, throttle.stuck) == (0, 0)
