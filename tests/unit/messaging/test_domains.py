"""What DNS says of a sender's domain, with a directory of our own, and what to publish instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from comptoir.messaging import domains
from comptoir.messaging.domains import Check, DnsAway, Kind, Sender, Verdict
from comptoir.messaging.servers import MailServer

PEM = (
    ed25519.Ed25519PrivateKey.generate()
    .private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    .decode()
)  # fmt: skip
SERVER = MailServer(
    name="main", host="smtp.maison.fr", sender="Maison <bonjour@maison.fr>", dkim_selector="k1",
    dkim_domain="maison.fr", dkim_key=PEM,
)  # fmt: skip
WATCH = "v=DMARC1; p=none; rua=mailto:postmaster@maison.fr"
SENDER = domains.sender_of(SERVER, "x@y.fr")
GOOD: Mapping[str, Sequence[str]] = {
    "maison.fr": ["google-site-verification=x", "v=spf1 include:_spf.maison.fr -all"],
    "k1._domainkey.maison.fr": [SENDER.key_record],
    "_dmarc.maison.fr": ["v=DMARC1; p=quarantine"],
}


def look(records: Mapping[str, Sequence[str]], sender: Sender = SENDER) -> dict[Kind, Check]:
    return {one.kind: one for one in domains.look(sender, lambda name: records.get(name, []))}


def test_a_domain_that_is_well_declared_needs_nothing() -> None:
    found = look(GOOD)

    assert {one.verdict for one in found.values()} == {Verdict.FINE}
    assert not any(one.publish for one in found.values())


@pytest.mark.parametrize(
    ("name", "records", "kind", "verdict", "publish"),
    [
        ("maison.fr", [], Kind.SPF, Verdict.MISSING, "v=spf1 a:smtp.maison.fr ~all"),
        ("maison.fr", ["v=spf1 -all"], Kind.SPF, Verdict.WRONG, "v=spf1 a:smtp.maison.fr ~all"),
        ("maison.fr", ["v=spf1 mx ?all"], Kind.SPF, Verdict.WEAK, "v=spf1 mx ~all"),
        ("maison.fr", ["v=spf1 mx +all"], Kind.SPF, Verdict.WEAK, "v=spf1 mx ~all"),
        ("maison.fr", ["v=spf1 mx -all", "v=spf1 a -all"], Kind.SPF, Verdict.TWICE, "v=spf1 a:smtp.maison.fr ~all"),
        ("maison.fr", ["v=spf1 redirect=_spf.x.fr"], Kind.SPF, Verdict.FINE, ""),
        ("k1._domainkey.maison.fr", [], Kind.DKIM, Verdict.MISSING, SENDER.key_record),
        ("k1._domainkey.maison.fr", ["v=DKIM1; k=ed25519; p=AAAA"], Kind.DKIM, Verdict.WRONG, SENDER.key_record),
        ("_dmarc.maison.fr", [], Kind.DMARC, Verdict.MISSING, WATCH),
        ("_dmarc.maison.fr", ["v=DMARC1; p=none; pct=50"], Kind.DMARC, Verdict.WEAK, "v=DMARC1; p=quarantine; pct=50"),
        ("_dmarc.maison.fr", ["v=DMARC1"], Kind.DMARC, Verdict.WRONG, WATCH),
    ],
    ids=lambda said: "its-key" if said == SENDER.key_record else None,  # drawn anew each time
)  # fmt: skip
def test_what_is_wrong_is_told_with_the_exact_record(
    name: str, records: list[str], kind: Kind, verdict: Verdict, publish: str
) -> None:
    found = look({**GOOD, name: records})[kind]

    assert (found.verdict, found.publish, found.name) == (verdict, publish, name)


def test_spf_is_asked_of_the_domain_that_bounces_come_to() -> None:
    sender = domains.sender_of(
        MailServer(name="m", host="h.fr", sender="a@maison.fr", bounce_domain="retours.maison.fr"), ""
    )

    assert look({}, sender)[Kind.SPF].name == "retours.maison.fr"
    assert look({}, sender)[Kind.DKIM].verdict is Verdict.UNSIGNED


def test_a_directory_that_does_not_answer_proves_nothing() -> None:
    def away(_name: str) -> list[str]:
        raise DnsAway

    assert {one.verdict for one in domains.look(SENDER, away)} == {Verdict.AWAY}


@pytest.mark.parametrize("domain", ["example.org", "shop.test", "localhost", "127.0.0.1", "boutique.example"])
def test_domains_of_trials_are_not_looked_up(domain: str) -> None:
    assert domains.sender_of(MailServer(name="m", host="h", sender=f"a@{domain}"), "").is_local
    assert not SENDER.is_local
