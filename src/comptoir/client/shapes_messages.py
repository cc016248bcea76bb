"""
What the API takes and answers about messages, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

DomainsKind = Literal["dkim", "dmarc", "spf"]
"""What is looked at. Order: as they are set up."""


OutboxShelfShown = Literal["deferred", "failed", "sent", "stopped", "unknown", "waiting"]
"""Where a message stands, as a person asks. Order: as messages go."""


Verdict = Literal["away", "fine", "missing", "twice", "unsigned", "weak", "wrong"]
"""What was found."""


class AddServer(TypedDict):
    """A new mail server; what is left out is usual: port 587 with STARTTLS, no signature."""

    brand: NotRequired[str]
    host: str
    port: NotRequired[int]
    security: NotRequired[Literal["none", "starttls", "tls"]]
    user: NotRequired[str]
    password: NotRequired[str]
    sender: str
    bounce_domain: NotRequired[str]
    dkim: NotRequired[Literal["make", "none"]]
    dkim_key: NotRequired[str]
    dkim_domain: NotRequired[str]
    dkim_selector: NotRequired[str]
    priority: NotRequired[int]
    weight: NotRequired[int]
    rate_per_minute: NotRequired[int]
    connections: NotRequired[int]
    is_enabled: NotRequired[bool]
    name: str


class Believed(TypedDict):
    """Whether our mail is believed."""

    senders: list[OverviewChecked]
    returns: list[Returns]


class ChangeServer(TypedDict):
    """What changes of a mail server; what is left out stays."""

    brand: NotRequired[str]
    host: NotRequired[str]
    port: NotRequired[int]
    security: NotRequired[Literal["none", "starttls", "tls"]]
    user: NotRequired[str]
    password: NotRequired[str]
    sender: NotRequired[str]
    bounce_domain: NotRequired[str]
    dkim: NotRequired[Literal["make", "none"]]
    dkim_key: NotRequired[str]
    dkim_domain: NotRequired[str]
    dkim_selector: NotRequired[str]
    priority: NotRequired[int]
    weight: NotRequired[int]
    rate_per_minute: NotRequired[int]
    connections: NotRequired[int]
    is_enabled: NotRequired[bool]


class Check(TypedDict):
    """One record of DNS: what stands there, and what should."""

    kind: DomainsKind
    verdict: Verdict
    name: str
    found: str
    publish: str


class FiguresMail(TypedDict):
    """A mail that is sent or being written: a template, or the words of a scenario; and what came of it."""

    name: str
    brand: str
    languages: str
    version: int
    state: str
    alert: str
    is_changed: bool
    scenarios: list[str]
    sent_count: int
    clicked_count: int


class Opened(TypedDict):
    """A mail of the inbox, opened."""

    id: str
    received_at: str
    to: str
    subject: str
    message_id: str
    text: str
    html: str
    headers: dict[str, str]


class OutboxShelfSending(TypedDict):
    """A message of the outbox."""

    message_id: str
    shown: OutboxShelfShown
    scenario: str
    step: str
    brand: str
    channel: str
    contact: str
    language: str
    reason: str
    detail: str
    attempts: int
    queued_at: str
    not_before: str
    expires_at: str
    handed_at: str | None
    settled_at: str | None


class OverviewChecked(TypedDict):
    """A domain that mail is sent from, with what DNS says where it was asked."""

    sender: Sender
    checks: list[Check]


class OverviewMail(TypedDict):
    """A mail of the inbox for trials."""

    id: str
    received_at: str
    to: str
    subject: str
    message_id: str


class PageOfSending(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[OutboxShelfSending]
    next: str | None


class Returns(TypedDict):
    """How the mail of a brand was received in the last 30 days."""

    brand: str
    sent_count: int
    bounced_count: int
    soft_bounced_count: int
    complained_count: int
    unsubscribed_count: int


class Send(TypedDict):
    """Whether anything is to be sent."""

    is_sending: bool


class Sender(TypedDict):
    """A domain that mail is sent from, by one server."""

    server: str
    host: str
    domain: str
    envelope: str
    dkim_domain: str
    selector: str
    key_record: str
    is_local: bool


class Server(TypedDict):
    """A mail server, without its secrets."""

    name: str
    brand: str
    host: str
    port: int
    security: Literal["none", "starttls", "tls"]
    user: str
    has_password: bool
    sender: str
    bounce_domain: str
    dkim_domain: str
    dkim_selector: str
    dkim_record: str
    priority: int
    weight: int
    rate_per_minute: int
    connections: int
    is_enabled: bool


class Settle(TypedDict):
    """What somebody found out of a message of unknown fate."""

    was_sent: bool


class SetupSending(TypedDict):
    """Whether anything is sent."""

    is_sending: bool


class To(TypedDict):
    """Where a test mail goes."""

    to: str
