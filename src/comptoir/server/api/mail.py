"""Mail servers, webhooks and the outbox over the API."""

from __future__ import annotations

from typing import Any

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.messaging import servers, webhooks
from comptoir.messaging.outbox import unknowns
from comptoir.messaging.servers import MailServerNotFound
from comptoir.messaging.webhooks import BadWebhookSecret, EndpointNotFound
from comptoir.server.api.endpoints import Call, Endpoint
from comptoir.state.sealing import master_key


class AddWebhook(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An endpoint of another system."""

    name: str
    url: str
    secret: str = ""
    """`whsec_…`; one is made where it is left out."""


class Secret(msgspec.Struct, kw_only=True):
    """An endpoint's secret, shown this once."""

    name: str
    secret: str


class Switch(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Called or not."""

    is_enabled: bool


def mail_servers(call: Call) -> list[dict[str, Any]]:
    """List the mail servers, without their secrets."""
    with call.desk.state.read() as connection:
        found = servers.listing(connection)
    return [one for one in found if call.may_see(str(one["brand"]))]


def remove_server(call: Call) -> None:
    """Forget a mail server."""
    with call.desk.state.write() as connection:
        brand = next((one["brand"] for one in servers.listing(connection) if one["name"] == call.path["name"]), None)
        if brand is None or not call.may_see(str(brand)):
            raise MailServerNotFound(name=call.path["name"][:100])
        call.tell(brand=str(brand))
        servers.remove(connection, call.path["name"])


def unknown(call: Call) -> list[dict[str, Any]]:
    """List the messages nobody knows the fate of."""
    with call.desk.state.read() as connection:
        return [one for one in unknowns(connection) if call.may_see(str(one["brand"]))]


def hooks(call: Call) -> list[dict[str, Any]]:
    """List the endpoints, and how many calls wait, are done, or failed."""
    with call.desk.state.read() as connection:
        return webhooks.listing(connection)


def add_hook(call: Call) -> Secret:
    """Store an endpoint over one of the same name."""
    said: AddWebhook = call.body
    settings = call.desk.settings
    with call.desk.state.write() as connection:
        shown = webhooks.add(
            connection,
            name=said.name,
            url=said.url,
            key=master_key(settings.home),
            now=call.desk.clock.now(),
            secret=said.secret,
            private_hosts=settings.webhooks.private_hosts,
        )
    return Secret(name=said.name, secret=shown)


def switch_hook(call: Call) -> None:
    """Call an endpoint again, or no more."""
    with call.desk.state.write() as connection:
        webhooks.enable(connection, call.path["name"], is_enabled=call.body.is_enabled)


def remove_hook(call: Call) -> None:
    """Forget an endpoint; what waits for it fails."""
    with call.desk.state.write() as connection:
        webhooks.remove(connection, call.path["name"], call.desk.clock.now())


def calls(call: Call) -> list[dict[str, Any]]:
    """List the latest calls of an endpoint."""
    with call.desk.state.read() as connection:
        return webhooks.calls(connection, call.path["name"])


ENDPOINTS = (
    Endpoint(
        method="GET", path="/outbox/unknown", tag="Messages", right=Right.CAMPAIGN, answer=list[dict[str, Any]],
        act=unknown, summary="Messages nobody knows the fate of; they are never sent again by themselves.",
    ),
    Endpoint(
        method="GET", path="/mail-servers", tag="Messages", right=Right.RUN, answer=list[dict[str, Any]],
        act=mail_servers, summary="The servers that mails are handed to, without their secrets.",
    ),
    Endpoint(
        method="DELETE", path="/mail-servers/{name}", deed=Deed.SENDER_REMOVED,
        tag="Messages", right=Right.RUN, answer=None, act=remove_server,
        summary="Forget a mail server.", errors=(MailServerNotFound,),
    ),
    Endpoint(
        method="GET", path="/webhooks", whole=True,
        tag="Webhooks", right=Right.RUN, answer=list[dict[str, Any]], act=hooks,
        summary="The endpoints that are called, and how many calls wait, are done, or failed.",
    ),
    Endpoint(
        method="POST", path="/webhooks", whole=True, deed=Deed.WEBHOOK_ADDED,
        tag="Webhooks", right=Right.RUN, body=AddWebhook, answer=Secret,
        act=add_hook, status=201, summary="Store an endpoint; its secret is shown this once.",
        errors=(BadWebhookSecret,), example={"name": "crm", "url": "https://crm.example/hooks/comptoir"},
    ),
    Endpoint(
        method="PATCH", path="/webhooks/{name}", whole=True, deed=Deed.WEBHOOK_SWITCHED,
        tag="Webhooks", right=Right.RUN, body=Switch, answer=None,
        act=switch_hook, summary="Call an endpoint again, or no more.", errors=(EndpointNotFound,),
        example={"is_enabled": False},
    ),
    Endpoint(
        method="DELETE", path="/webhooks/{name}", whole=True, deed=Deed.WEBHOOK_REMOVED,
        tag="Webhooks", right=Right.RUN, answer=None, act=remove_hook,
        summary="Forget an endpoint; what waits for it fails.", errors=(EndpointNotFound,),
    ),
    Endpoint(
        method="GET", path="/webhooks/{name}/calls", whole=True,
        tag="Webhooks", right=Right.RUN, answer=list[dict[str, Any]],
        act=calls, summary="The latest calls of an endpoint.", errors=(EndpointNotFound,),
    ),
)  # fmt: skip
"""What the API says of mail servers, webhooks and the outbox."""
