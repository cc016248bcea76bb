"""Templates of mails over the API."""

from __future__ import annotations

from typing import Any

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.messaging import template, template_files, template_shelf
from comptoir.messaging.template import BadTemplate, TemplateNotFound
from comptoir.server.api import cursors
from comptoir.server.api.endpoints import Call, Endpoint, Page, Paged


class Written(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A template as YAML: every language of one version."""

    definition: str


class Made(msgspec.Struct, kw_only=True):
    """A template in one language."""

    template: str
    version: int
    language: str
    brand: str


class OfVersion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which version: the newest where it is 0."""

    version: int = 0


class Shown(msgspec.Struct, kw_only=True):
    """A version of a template."""

    template: str
    version: int
    definitions: dict[str, str]
    """By brand (`*` for every brand), as YAML."""
    uses: list[str]
    """The names its words use."""
    health: dict[str, Any]
    """How making its mails went, and whether it is paused for that."""


def listed(call: Call) -> Page[dict[str, Any]]:
    """List the templates."""
    with call.desk.state.read() as connection:
        found = [one for one in template_shelf.listing(connection) if _may_see(call, str(one["brand"]))]
    return cursors.sliced(found, call.query, lambda one: f"{one['template']}")


def show(call: Call) -> Shown:
    """Show one version of a template."""
    name = call.path["name"]
    with call.desk.state.read() as connection:
        every = template_shelf.find(connection, name, call.query.version)
        found = [one for one in every if _may_see(call, one.brand)]
        if not found:
            raise TemplateNotFound(template=name[:100])
        health = template_shelf.health(connection, name, found[0].version)
    ready = template.read(found[0], template.check(found[0]))
    uses = ready.html.names | ready.text.names | ready.subject.names | ready.preheader.names
    by_brand = {
        brand: template_files.dump([one for one in found if one.brand == brand])
        for brand in dict.fromkeys(one.brand for one in found)
    }
    return Shown(template=name, version=found[0].version, definitions=by_brand, uses=sorted(uses), health=health)


def check(call: Call) -> list[Made]:
    """Check a template without publishing it."""
    found = template_files.parse(call.body.definition)
    for one in found:
        template.check(one)
    return [_made(one) for one in found]


def publish(call: Call) -> list[Made]:
    """Publish a template."""
    found = template_files.parse(call.body.definition)
    for one in found:
        call.check_brand(None if one.brand == template.EVERY_BRAND else one.brand)
    brand = found[0].brand
    call.tell(about=f"{found[0].name} {found[0].version}", brand="" if brand == template.EVERY_BRAND else brand)
    with call.desk.state.write() as connection:
        template_shelf.publish(connection, found, call.desk.clock.now())
    return [_made(one) for one in found]


def resume(call: Call) -> Shown:
    """Let a paused version be used again: by every brand that has it, so the key must be for all of them."""
    show(call)
    with call.desk.state.write() as connection:
        for one in template_shelf.find(connection, call.path["name"], call.query.version):
            call.check_brand(None if one.brand == template.EVERY_BRAND else one.brand)
        template_shelf.resume(connection, call.path["name"], call.query.version)
    return show(call)


def _may_see(call: Call, brand: str) -> bool:
    return brand == template.EVERY_BRAND or call.may_see(brand)


def _made(one: template.Template) -> Made:
    return Made(template=one.name, version=one.version, language=one.language, brand=one.brand)


_EXAMPLE = {"definition": "template: hello\nversion: 1\n…"}

ENDPOINTS = (
    Endpoint(
        method="GET", path="/templates", tag="Templates", right=Right.CAMPAIGN, query=Paged,
        answer=Page[dict[str, Any]], act=listed,
        summary="The templates: newest version, languages, and how making their mails went.",
    ),
    Endpoint(
        method="POST", path="/templates/check", deed=None, tag="Templates", right=Right.CAMPAIGN, body=Written,
        answer=list[Made], act=check, errors=(BadTemplate,), example=_EXAMPLE,
        summary="Check a template: MJML, Liquid, names, missing values, and that people can unsubscribe.",
    ),
    Endpoint(
        method="POST", path="/templates/publish", deed=Deed.TEMPLATE_PUBLISHED,
        tag="Templates", right=Right.CAMPAIGN, body=Written,
        answer=list[Made], act=publish, status=201, errors=(BadTemplate,), example=_EXAMPLE,
        summary="Publish a template, every language or none; what is queued keeps its version.",
    ),
    Endpoint(
        method="GET", path="/templates/{name}", tag="Templates", right=Right.CAMPAIGN, query=OfVersion, answer=Shown,
        act=show, summary="One version of a template; version 0 is the newest.", errors=(TemplateNotFound,),
    ),
    Endpoint(
        method="POST", path="/templates/{name}/resume", deed=Deed.TEMPLATE_RESUMED,
        tag="Templates", right=Right.CAMPAIGN, query=OfVersion,
        answer=Shown, act=resume, summary="Let a paused version be used again.", errors=(TemplateNotFound,),
    ),
)  # fmt: skip
"""What the API says of templates."""
