"""SMTP servers: what is stored of them, and the e-mail channel that shares mails out among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import Any, Literal

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir.clock import micros, monotonic
from comptoir.config import MailSettings
from comptoir.errors import ComptoirError
from comptoir.ids import uuid7
from comptoir.messaging import dkim, verp
from comptoir.messaging.base import LastLook, Making
from comptoir.messaging.email import Email
from comptoir.messaging.rows import mail_servers
from comptoir.model.message import DeliveryKind, Mail, Receipt
from comptoir.state.base import State
from comptoir.state.sealing import MasterKey

_REFRESH_SECONDS = 1.0
_REST_SECONDS = 30.0
"""A server that could not be reached is left alone so long where another one stands in."""
_SECRETS = ("password", "dkim_key")


class MailServerNotFound(ComptoirError, LookupError):
    """No mail server has this name."""

    code, status = "mail_server_not_found", 404
    hint = "List the servers with `comptoir mail server list`."


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """One SMTP server. Secrets are plain here and sealed in state. Units: `rate_per_minute` 0 is no limit."""

    name: str
    brand: str = ""
    """Empty for every brand."""
    host: str
    port: int = 587
    security: Literal["none", "starttls", "tls"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    bounce_domain: str = ""
    dkim_domain: str = ""
    dkim_selector: str = ""
    dkim_key: str = field(default="", repr=False)
    """PEM."""
    priority: int = 1
    weight: int = 1
    rate_per_minute: int = 0
    connections: int = 8
    is_enabled: bool = True


def save(connection: Connection, server: MailServer, key: MasterKey) -> None:
    """
    Store a server over one of the same name.

    Raises: BadDkimKey where its key cannot sign.
    """
    if server.dkim_key:
        dkim.read_key(server.dkim_key.encode())
    row: dict[str, Any] = {name: getattr(server, name) for name in mail_servers.c.keys()}  # noqa: SIM118 (columns)
    for name in _SECRETS:
        plain = getattr(server, name)
        row[name] = key.seal(plain.encode(), _place(server.name, name)) if plain else None
    put = upsert(mail_servers).values(row)
    connection.execute(put.on_conflict_do_update(index_elements=["name"], set_=row))


def remove(connection: Connection, name: str) -> None:
    """Forget a server. Raises: MailServerNotFound."""
    if connection.execute(delete(mail_servers).where(mail_servers.c.name == name)).rowcount == 0:
        raise MailServerNotFound(name=name)


def find(connection: Connection, name: str, key: MasterKey) -> MailServer:
    """Give one server. Raises: MailServerNotFound; SecretUnreadable."""
    row = connection.execute(select(mail_servers).where(mail_servers.c.name == name)).mappings().one_or_none()
    if row is None:
        raise MailServerNotFound(name=name)
    return _opened(dict(row), key)


def listing(connection: Connection) -> list[dict[str, Any]]:
    """List the servers without their secrets. Order: by brand, priority, name."""
    c = mail_servers.c
    rows = connection.execute(select(mail_servers).order_by(c.brand, c.priority, c.name)).mappings()
    return [dict(row) | {name: "…" if row[name] else None for name in _SECRETS} for row in rows]


def sender_of(connection: Connection, brand: str, default: str) -> str:
    """Give the From address of a brand: of its first server that has one, else `default`."""
    c = mail_servers.c
    asked = (
        select(c.sender)
        .where(c.brand.in_(["", brand]), c.sender != "", c.is_enabled)
        .order_by(c.brand.desc(), c.priority, c.name)
        .limit(1)
    )
    return str(connection.scalar(asked) or default)


def channel_of(server: MailServer, timeout_seconds: float) -> Email:
    """Make the channel to one server. Raises: BadDkimKey."""
    settings = MailSettings(
        host=server.host,
        port=server.port,
        security=server.security,
        user=server.user,
        password=server.password,
        sender=server.sender,
        timeout_seconds=timeout_seconds,
    )
    signer = None
    if server.dkim_key:
        key = dkim.read_key(server.dkim_key.encode())
        signer = dkim.Dkim(domain=server.dkim_domain, selector=server.dkim_selector, key=key)
    return Email(settings, signer=signer, connections=server.connections)


def try_out(server: MailServer, to: str, *, now: datetime, timeout_seconds: float) -> Receipt:
    """Send one test mail over a server and give what it answered. Raises: BadDkimKey."""
    said = "This mail shows that Comptoir reaches this server. / Ce message montre que Comptoir joint ce serveur."
    mail = Mail(
        message_id=str(uuid7(micros(now))), sender=server.sender, to=to, subject="Comptoir: test", text=said,
        html=f"<p>{said}</p>", at=now, language="en",
    )  # fmt: skip
    channel = channel_of(server, timeout_seconds)
    try:
        return channel.send(mail, may_still=lambda: True)
    finally:
        channel.close()


@dataclass(slots=True)
class _Post:
    """One server at work."""

    server: MailServer
    channel: Email
    under_way: int = 0
    served: float = 0.0
    tokens: float = 1.0
    filled_at: float = 0.0
    resting_until: float = 0.0

    def room(self, now: float) -> int:
        if now < self.resting_until:
            return 0
        free = self.server.connections - self.under_way
        if self.server.rate_per_minute <= 0:
            return max(0, free)
        self._fill(now)
        return max(0, min(free, int(self.tokens)))

    def take(self, now: float) -> None:
        self.under_way += 1
        self.served += 1.0 / max(1, self.server.weight)
        if self.server.rate_per_minute > 0:
            self._fill(now)
            self.tokens -= 1.0

    def _fill(self, now: float) -> None:
        # what was not used in a second is not saved up: the rate holds in every minute
        most = max(1.0, self.server.rate_per_minute / 60)
        self.tokens = min(most, self.tokens + (now - self.filled_at) * self.server.rate_per_minute / 60)
        self.filled_at = now


@dataclass(slots=True, kw_only=True)
class Servers:
    """
    The e-mail channel over all servers: a brand's own first, by priority, then by weight; each within its rate.

    Stored servers are read again every second; where there is none, the settings `[mail]` are one. A server that
    cannot be reached rests, and the mail goes to another at once, as surely nothing was accepted.
    """

    state: State
    key: Callable[[], MasterKey]
    fallback: MailSettings
    verp_key: bytes
    now: Callable[[], float] = monotonic
    name: str = "email"
    _posts: list[_Post] = field(default_factory=list)
    _read_at: float = -_REFRESH_SECONDS
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def made(cls, making: Making) -> Servers:
        """Make it from what is stored, and the settings `[mail]`."""
        return cls(state=making.state, key=making.key, fallback=making.settings.mail, verp_key=making.link_key)

    @property
    def connections(self) -> int:
        """Say how many messages may be under way at once over all servers."""
        with self._lock:
            self._refresh()
            return max(1, sum(post.server.connections for post in self._posts))

    def room(self, brand: str) -> int:
        """Say how many messages of a brand may begin now."""
        with self._lock:
            self._refresh()
            posts = self._posts_of(brand)
            if not posts:
                return 1  # it is deferred, and says why
            now = self.now()
            return sum(post.room(now) for post in posts) or int(all(now < post.resting_until for post in posts))

    def send(self, mail: Mail, *, may_still: LastLook) -> Receipt:
        """Hand one mail over by the server whose turn it is, or by another where that one cannot be reached."""
        tried: list[_Post] = []
        receipt = Receipt(kind=DeliveryKind.DEFERRED, detail="no mail server for this brand")
        while (post := self._next(mail.brand, tried)) is not None:
            tried.append(post)
            try:
                receipt = post.channel.send(self._addressed(mail, post.server), may_still=may_still)
            finally:
                self._back(post)
            if not (receipt.kind == DeliveryKind.DEFERRED and receipt.no_server):
                return receipt
            post.resting_until = self.now() + _REST_SECONDS
        return receipt

    def close(self) -> None:
        """Let go of all connections."""
        with self._lock:
            for post in self._posts:
                post.channel.close()

    def _addressed(self, mail: Mail, server: MailServer) -> Mail:
        envelope = verp.envelope(self.verp_key, mail.message_id, server.bounce_domain)
        return replace(mail, envelope=envelope) if envelope else mail

    def _next(self, brand: str, tried: Sequence[_Post]) -> _Post | None:
        with self._lock:
            self._refresh()
            now = self.now()
            left = [post for post in self._posts_of(brand) if post not in tried]
            if not left:
                return None
            # where all rest or are full, the mail was handed already: one of them takes it all the same
            chosen = min(left, key=lambda post: (post.room(now) == 0, post.server.priority, post.served))
            chosen.take(now)
            return chosen

    def _back(self, post: _Post) -> None:
        with self._lock:
            post.under_way -= 1

    def _posts_of(self, brand: str) -> list[_Post]:
        own = [post for post in self._posts if post.server.brand == brand]
        return own or [post for post in self._posts if not post.server.brand]

    def _refresh(self) -> None:
        now = self.now()
        if now - self._read_at < _REFRESH_SECONDS:
            return
        self._read_at = now
        wanted = self._wanted()
        if [post.server for post in self._posts] == wanted:
            return
        former = {post.server.name: post for post in self._posts}
        self._posts = [self._post(server, former.pop(server.name, None)) for server in wanted]
        for post in former.values():
            post.channel.close()

    def _post(self, server: MailServer, former: _Post | None) -> _Post:
        if former is None:
            return _Post(server, channel_of(server, self.fallback.timeout_seconds), filled_at=self.now())
        if replace(former.server, rate_per_minute=0, weight=1, priority=1) == replace(
            server, rate_per_minute=0, weight=1, priority=1
        ):
            former.server = server  # an edited rate holds at once, and connections are kept
            return former
        former.channel.close()
        return replace(former, server=server, channel=channel_of(server, self.fallback.timeout_seconds))

    def _wanted(self) -> list[MailServer]:
        with self.state.read() as connection:
            rows = connection.execute(select(mail_servers).order_by(mail_servers.c.name)).mappings().all()
        if not rows:
            return [fallback_server(self.fallback)]
        key = self.key()
        return [_opened(dict(row), key) for row in rows if row["is_enabled"]]


def fallback_server(settings: MailSettings) -> MailServer:
    """Give the server that the settings `[mail]` describe."""
    return MailServer(
        name="[mail]",
        host=settings.host,
        port=settings.port,
        security=settings.security,
        user=settings.user,
        password=settings.password,
        sender=settings.sender,
        connections=settings.connections,
    )


def _opened(row: dict[str, Any], key: MasterKey) -> MailServer:
    for name in _SECRETS:
        sealed = row[name]
        row[name] = key.open(bytes(sealed), _place(row["name"], name)).decode() if sealed else ""
    return MailServer(**row)


def _place(name: str, column: str) -> str:
    return f"mail_servers/{name}/{column}"
