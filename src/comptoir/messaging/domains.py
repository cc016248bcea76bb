"""Whether mail of a sender domain is believed: SPF, DKIM and DMARC as DNS has them, and what to publish instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from comptoir.config import MailSettings
from comptoir.messaging import dkim, servers
from comptoir.messaging.compose import address
from comptoir.messaging.servers import MailServer
from comptoir.state.sealing import MasterKey

Texts = Callable[[str], Sequence[str]]
"""Give the TXT records at a name, each put together; none where there are none. Raises: DnsAway."""

SECONDS = 3.0
_LOCAL = re.compile(r"(localhost|[\d.]+|.*\.(local|test|example|invalid|localhost)|(.*\.)?example\.(com|org|net))")


class DnsAway(Exception):
    """DNS did not answer."""


class Kind(StrEnum):
    """What is looked at. Order: as they are set up."""

    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"


class Verdict(StrEnum):
    """What was found."""

    FINE = "fine"
    WEAK = "weak"
    MISSING = "missing"
    WRONG = "wrong"
    TWICE = "twice"
    UNSIGNED = "unsigned"
    """The server has no key to sign with."""
    AWAY = "away"
    """DNS did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One record: where it stands, what stands there, and what should."""

    kind: Kind
    verdict: Verdict
    name: str
    found: str = ""
    publish: str = ""
    """The exact text to put there; empty where nothing has to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A domain that mail is sent from, by one server."""

    server: str
    host: str
    domain: str
    """Of From."""
    envelope: str
    """Domain that SPF is asked of: that of bounces, else of From."""
    dkim_domain: str
    selector: str
    key_record: str
    """What DNS should say of our key; empty where the server does not sign."""
    is_local: bool
    """A domain of trials: it stands in no public DNS."""


def senders(connection: Connection, settings: MailSettings, key: Callable[[], MasterKey]) -> list[Sender]:
    """List the domains that mail is sent from. Order: by server."""
    names = [row["name"] for row in servers.listing(connection)]
    if not names:
        return [sender_of(servers.fallback_server(settings), settings.sender)]
    opened = key()
    return [sender_of(servers.find(connection, name, opened), settings.sender) for name in names]


def sender_of(server: MailServer, default: str) -> Sender:
    """Say whose name a server's mail goes out in."""
    try:
        domain = address(server.sender or default).rpartition("@")[2].lower()
    except ValueError:
        domain = ""
    record = dkim.record(dkim.read_key(server.dkim_key.encode())) if server.dkim_key else ""
    return Sender(
        server=server.name,
        host=server.host,
        domain=domain,
        envelope=(server.bounce_domain or domain).lower(),
        dkim_domain=(server.dkim_domain or domain).lower(),
        selector=server.dkim_selector,
        key_record=record,
        is_local=not domain or _LOCAL.fullmatch(domain) is not None,
    )


def look(sender: Sender, texts: Texts) -> list[Check]:
    """Look a sender's records up. Order: SPF, DKIM, DMARC."""
    return [_spf(sender, texts), _dkim(sender, texts), _dmarc(sender, texts)]


def _spf(sender: Sender, texts: Texts) -> Check:
    publish = f"v=spf1 a:{sender.host} ~all"

    def said(verdict: Verdict, found: str = "", better: str = "") -> Check:
        return Check(kind=Kind.SPF, verdict=verdict, name=sender.envelope, found=found, publish=better)

    try:
        records = _beginning(texts(sender.envelope), "v=spf1")
    except DnsAway:
        return said(Verdict.AWAY)
    if len(records) != 1:
        return said(Verdict.TWICE if records else Verdict.MISSING, " · ".join(records), publish)
    (record,) = records
    terms = record.lower().split()[1:]
    if not any(one.lstrip("+").startswith(("a", "mx", "ip4:", "ip6:", "include:", "redirect=")) for one in terms
               if not one.endswith("all")):  # fmt: skip
        return said(Verdict.WRONG, record, publish)
    ends = next((one for one in terms if one.endswith("all")), "")
    if ends in {"-all", "~all"} or any(one.startswith("redirect=") for one in terms):
        return said(Verdict.FINE, record)
    kept = " ".join(one for one in record.split() if not one.lower().endswith("all"))
    return said(Verdict.WEAK, record, f"{kept} ~all")


def _dkim(sender: Sender, texts: Texts) -> Check:
    name = f"{sender.selector or 'comptoir'}._domainkey.{sender.dkim_domain}"
    if not sender.key_record:
        return Check(kind=Kind.DKIM, verdict=Verdict.UNSIGNED, name=name)
    try:
        records = [one for one in texts(name) if "p=" in one]
    except DnsAway:
        return Check(kind=Kind.DKIM, verdict=Verdict.AWAY, name=name)
    found = " · ".join(records)
    if not records:
        return Check(kind=Kind.DKIM, verdict=Verdict.MISSING, name=name, publish=sender.key_record)
    is_ours = len(records) == 1 and _tags(records[0]).get("p") == _tags(sender.key_record)["p"]
    return Check(
        kind=Kind.DKIM, verdict=Verdict.FINE if is_ours else Verdict.WRONG, name=name, found=found,
        publish="" if is_ours else sender.key_record,
    )  # fmt: skip


def _dmarc(sender: Sender, texts: Texts) -> Check:
    name = f"_dmarc.{sender.domain}"
    publish = f"v=DMARC1; p=none; rua=mailto:postmaster@{sender.domain}"

    def said(verdict: Verdict, found: str = "", better: str = "") -> Check:
        return Check(kind=Kind.DMARC, verdict=verdict, name=name, found=found, publish=better)

    try:
        records = _beginning(texts(name), "v=dmarc1")
    except DnsAway:
        return said(Verdict.AWAY)
    if len(records) != 1:
        return said(Verdict.TWICE if records else Verdict.MISSING, " · ".join(records), publish)
    policy = _tags(records[0]).get("p", "").lower()
    if policy not in {"none", "quarantine", "reject"}:
        return said(Verdict.WRONG, records[0], publish)
    if policy != "none":
        return said(Verdict.FINE, records[0])
    return said(Verdict.WEAK, records[0], re.sub(r"p\s*=\s*none", "p=quarantine", records[0], flags=re.IGNORECASE))


def _beginning(records: Sequence[str], version: str) -> list[str]:
    return [one for one in records if one.lower().replace(" ", "").startswith(version)]


def _tags(record: str) -> Mapping[str, str]:
    parts = (one.partition("=") for one in record.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, _, value in parts if name.strip()}


def over_dns(name: str) -> list[str]:
    """Give the TXT records at a name from the resolvers of this machine. Raises: DnsAway."""
    import dns.exception  # noqa: PLC0415 (a fifth of a second, and only this question needs it)
    import dns.resolver  # noqa: PLC0415

    try:
        answer: Any = dns.resolver.resolve(name, "TXT", lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise DnsAway(type(error).__name__) from error
    return [b"".join(one.strings).decode("utf-8", "replace") for one in answer]
