"""How the shop is set up, over the API: brands, what a source may do and its keys, mail servers, sending, webhooks."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from comptoir import safe_http
from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.keys import BadBrand, BadName, BadOrigin, Brand, NoSuchSource, Source
from comptoir.access.roles import Right
from comptoir.access.users import NoSuchBrand
from comptoir.errors import ComptoirError
from comptoir.messaging import dkim, outward, servers, webhooks
from comptoir.messaging.compose import address
from comptoir.messaging.dkim import BadDkimKey
from comptoir.messaging.servers import MailServer, MailServerNotFound
from comptoir.messaging.webhooks import EndpointNotFound
from comptoir.model.message import DeliveryKind
from comptoir.server.api.endpoints import BadRequest, Call, Endpoint
from comptoir.server.api.sources import find_source
from comptoir.state.sealing import master_key

Text = Annotated[str, msgspec.Meta(max_length=500)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class MailServerExists(ComptoirError):
    """A mail server of this name exists already."""

    code, status = "mail_server_exists", 409
    hint = "Change that one, or take another name."


class ChangeBrand(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What changes of a brand."""

    time_zone: str | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    country: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    url: str | UnsetType = UNSET


class Rules(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What changes of what a source may do. Units: events; 0 for no limit."""

    origins: list[str] | UnsetType = UNSET
    accepts_claimed_orders: bool | UnsetType = UNSET
    rate_per_second: Count | UnsetType = UNSET
    rate_burst: Count | UnsetType = UNSET


class Renew(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which key."""

    kind: Literal["write", "secret"]


class NewKey(msgspec.Struct, kw_only=True):
    """A key, shown this once where it is a secret one; the one that was there ends after the overlap."""

    source: str
    kind: Literal["write", "secret"]
    key: str
    overlap_days: int


class Server(msgspec.Struct, kw_only=True):
    """A mail server, without its secrets."""

    name: str
    brand: str
    """Empty for every brand."""
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
    """What DNS should say of its signature; empty where it does not sign."""
    priority: int
    weight: int
    rate_per_minute: int
    connections: int
    is_enabled: bool


class ChangeServer(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What changes of a mail server; what is left out stays."""

    brand: Text | UnsetType = UNSET
    host: Text | UnsetType = UNSET
    port: Port | UnsetType = UNSET
    security: Literal["none", "starttls", "tls"] | UnsetType = UNSET
    user: Text | UnsetType = UNSET
    password: Text | UnsetType = UNSET
    sender: Text | UnsetType = UNSET
    bounce_domain: Text | UnsetType = UNSET
    dkim: Literal["make", "none"] | UnsetType = UNSET
    """`make` draws a new key to sign with, `none` takes it away."""
    dkim_key: Annotated[str, msgspec.Meta(max_length=20_000)] | UnsetType = UNSET
    """A key of your own, as PEM."""
    dkim_domain: Text | UnsetType = UNSET
    dkim_selector: Text | UnsetType = UNSET
    priority: Annotated[int, msgspec.Meta(ge=1, le=99)] | UnsetType = UNSET
    weight: Annotated[int, msgspec.Meta(ge=1, le=1_000)] | UnsetType = UNSET
    rate_per_minute: Count | UnsetType = UNSET
    connections: Annotated[int, msgspec.Meta(ge=1, le=200)] | UnsetType = UNSET
    is_enabled: bool | UnsetType = UNSET


class AddServer(ChangeServer, kw_only=True, forbid_unknown_fields=True):
    """A new mail server; what is left out is usual: port 587 with STARTTLS, no signature."""

    name: Text
    host: Text
    sender: Text


class To(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Where a test mail goes."""

    to: str


class Tried(msgspec.Struct, kw_only=True):
    """What was answered to a test."""

    is_fine: bool
    detail: str


class Sending(msgspec.Struct, kw_only=True):
    """Whether anything is sent."""

    is_sending: bool


class Send(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whether anything is to be sent."""

    is_sending: bool


# ── brands and sources ──


def change_brand(call: Call) -> Brand:
    """Change what is said of a brand."""
    name = call.path["name"]
    call.check_brand(name)
    former = next((one for one in keys.list_brands(call.desk.state) if one.name == name), None)
    if former is None:
        raise NoSuchBrand(brands=[name[:100]])
    made = replace(former, **_given(call.body))
    keys.save_brand(call.desk.state, made)
    call.desk.app().publish()
    return made


def change_rules(call: Call) -> Source:
    """Change what a source may do."""
    one = find_source(call)
    said = {
        "origins": list(one.origins), "accepts_claimed_orders": one.accepts_claimed_orders,
        "rate_per_second": one.rate_per_second, "rate_burst": one.rate_burst, **_given(call.body),
    }  # fmt: skip
    keys.change_source(call.desk.state, one.name, **said)
    call.desk.app().publish()
    return find_source(call)


def renew_key(call: Call) -> NewKey:
    """Make another key for a source."""
    one, kind = find_source(call), call.body.kind
    made = keys.renew_key(call.desk.state, one.name, kind, now=call.desk.clock.now())
    call.desk.app().publish()
    return NewKey(source=one.name, kind=kind, key=made, overlap_days=keys.OVERLAP.days)


# ── mail servers ──


def server(call: Call) -> Server:
    """Show a mail server."""
    return _told(_server(call))


def add_server(call: Call) -> Server:
    """Store a mail server."""
    said: AddServer = call.body
    keys.check_name(said.name)
    brand = "" if said.brand is UNSET else said.brand
    call.check_brand(brand or None)
    with call.desk.state.read() as connection:
        if said.name in {one["name"] for one in servers.listing(connection)}:
            raise MailServerExists(name=said.name)
    return _keep(call, MailServer(name=said.name, host=said.host, sender=said.sender), said)


def change_server(call: Call) -> Server:
    """Change a mail server."""
    return _keep(call, _server(call), call.body)


def try_server(call: Call) -> Tried:
    """Send one test mail over a server."""
    one, to = _server(call), call.body.to.strip()
    _check_address("to", to)
    try:
        receipt = servers.try_out(
            one, to, now=call.desk.clock.now(), timeout_seconds=call.desk.settings.mail.timeout_seconds
        )
    except (ComptoirError, OSError) as error:
        return Tried(is_fine=False, detail=str(error))
    return Tried(is_fine=receipt.kind == DeliveryKind.ACCEPTED, detail=receipt.detail or "")


def sending(call: Call) -> Sending:
    """Say whether anything is sent."""
    with call.desk.state.read() as connection:
        return Sending(is_sending=outward.is_sending(connection))


def switch_sending(call: Call) -> Sending:
    """Pause all sending, or go on."""
    call.check_brand(None)
    with call.desk.state.write() as connection:
        outward.pause(connection, is_paused=not call.body.is_sending)
    return sending(call)


def try_hook(call: Call) -> Tried:
    """Call an endpoint once."""
    call.check_brand(None)
    hooks = call.desk.settings.webhooks
    with call.desk.state.read() as connection:
        url, secret = webhooks.opened(connection, call.path["name"], master_key(call.desk.settings.home))
    is_fine, detail = webhooks.try_out(
        url, secret, now=call.desk.clock.now(), private_hosts=hooks.private_hosts, seconds=hooks.seconds
    )
    return Tried(is_fine=is_fine, detail=detail)


def _server(call: Call) -> MailServer:
    """Give a server that the asker may change. Raises: MailServerNotFound, NotAllowed."""
    with call.desk.state.read() as connection:
        found = servers.find(connection, call.path["name"], master_key(call.desk.settings.home))
    if found.brand and not call.may_see(found.brand):
        raise MailServerNotFound(name=call.path["name"][:100])
    call.check_brand(found.brand or None)
    return found


def _keep(call: Call, former: MailServer, said: ChangeServer) -> Server:
    given = {name: value for name, value in _given(said).items() if name != "dkim"}
    made = replace(former, **given)
    if said.dkim == "make":
        made = replace(made, dkim_key=dkim.new_key())
    elif said.dkim == "none":
        made = replace(made, dkim_key="")
    call.check_brand(made.brand or None)
    known = {one.name for one in keys.list_brands(call.desk.state)}
    if made.brand and made.brand not in known:
        raise NoSuchBrand(brands=[made.brand[:100]])
    if not made.host or set(made.host) & set(" /\r\n"):
        raise BadRequest(host=made.host[:100], problem="it is no name of a host")
    if call.who.brands and said.host is not UNSET and not safe_http.is_outside(made.host, made.port):
        # what stands in the own network is the whole installation's
        raise BadRequest(host=made.host[:100], problem="it is not on the internet: only a key for every brand names it")
    sender = _check_address("sender", made.sender)
    made = replace(
        made,
        dkim_domain=(made.dkim_domain or sender.rpartition("@")[2]) if made.dkim_key else "",
        dkim_selector=(made.dkim_selector or "comptoir") if made.dkim_key else "",
    )
    with call.desk.state.write() as connection:
        servers.save(connection, made, master_key(call.desk.settings.home))
    call.tell(about=made.name, brand=made.brand)
    return _told(made)


def _told(one: MailServer) -> Server:
    record = dkim.record(dkim.read_key(one.dkim_key.encode())) if one.dkim_key else ""
    return Server(
        name=one.name, brand=one.brand, host=one.host, port=one.port, security=one.security, user=one.user,
        has_password=bool(one.password), sender=one.sender, bounce_domain=one.bounce_domain,
        dkim_domain=one.dkim_domain, dkim_selector=one.dkim_selector, dkim_record=record, priority=one.priority,
        weight=one.weight, rate_per_minute=one.rate_per_minute, connections=one.connections,
        is_enabled=one.is_enabled,
    )  # fmt: skip


def _check_address(name: str, said: str) -> str:
    try:
        return address(said)
    except ValueError as error:
        raise BadRequest(field=name, said=said[:100], problem="it is no e-mail address") from error


def _given(said: msgspec.Struct) -> dict[str, Any]:
    values = msgspec.structs.asdict(said)
    return {name: value for name, value in values.items() if value is not UNSET}


ENDPOINTS = (
    Endpoint(
        method="PATCH", path="/brands/{name}", deed=Deed.BRAND_SAVED,
        tag="Sources", right=Right.RUN, body=ChangeBrand, answer=Brand,
        act=change_brand, summary="Change a brand's country, currency, language, time zone or address.",
        errors=(NoSuchBrand, BadName, BadBrand), example={"currency": "EUR", "language": "fr"},
    ),
    Endpoint(
        method="PATCH", path="/sources/{name}/rules", deed=Deed.SOURCE_CHANGED,
        tag="Sources", right=Right.RUN, body=Rules, answer=Source,
        act=change_rules, summary="Change from which origins and how fast a source may send.",
        errors=(NoSuchSource, BadOrigin), example={"origins": ["https://www.maison.example"]},
    ),
    Endpoint(
        method="POST", path="/sources/{name}/keys", deed=Deed.SOURCE_KEY,
        tag="Sources", right=Right.RUN, body=Renew, answer=NewKey,
        act=renew_key, status=201, errors=(NoSuchSource,), example={"kind": "secret"},
        summary="Make another key for a source; the one it has ends in a week.",
    ),
    Endpoint(
        method="GET", path="/mail-servers/{name}", tag="Messages", right=Right.RUN, answer=Server, act=server,
        summary="One mail server, without its secrets, and what DNS should say of its signature.",
        errors=(MailServerNotFound,),
    ),
    Endpoint(
        method="POST", path="/mail-servers", deed=Deed.SENDER_SAVED,
        tag="Messages", right=Right.RUN, body=AddServer, answer=Server,
        act=add_server, status=201, summary="Store a mail server; its secrets are sealed.",
        errors=(MailServerExists, BadName, BadDkimKey, NoSuchBrand),
        example={"name": "main", "host": "smtp.maison.example", "sender": "Maison <bonjour@maison.example>"},
    ),
    Endpoint(
        method="PATCH", path="/mail-servers/{name}", deed=Deed.SENDER_SAVED,
        tag="Messages", right=Right.RUN, body=ChangeServer,
        answer=Server, act=change_server, summary="Change a mail server; what is left out stays.",
        errors=(MailServerNotFound, BadDkimKey, NoSuchBrand), example={"rate_per_minute": 600},
    ),
    Endpoint(
        method="POST", path="/mail-servers/{name}/test", deed=None,
        tag="Messages", right=Right.RUN, body=To, answer=Tried,
        act=try_server, summary="Send one test mail over a server, and say what it answered.",
        errors=(MailServerNotFound,), example={"to": "you@example.org"},
    ),
    Endpoint(
        method="GET", path="/sending", tag="Messages", right=Right.CAMPAIGN, answer=Sending, act=sending,
        summary="Whether anything is sent.",
    ),
    Endpoint(
        method="PATCH", path="/sending", whole=True, deed=Deed.SENDING_SWITCHED,
        tag="Messages", right=Right.RUN, body=Send, answer=Sending,
        act=switch_sending, summary="Pause all sending within a second, or go on.", example={"is_sending": False},
    ),
    Endpoint(
        method="POST", path="/webhooks/{name}/test", whole=True, deed=None,
        tag="Webhooks", right=Right.RUN, answer=Tried, act=try_hook,
        summary="Call an endpoint once, and say what it answered.", errors=(EndpointNotFound,),
    ),
)  # fmt: skip
"""What the API says of how the shop is set up."""
