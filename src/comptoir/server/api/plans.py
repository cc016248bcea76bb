"""Tracking plans over the API: the plan of a brand, its versions, what breaks it, and what arrives."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.clock import micros
from comptoir.collect.plan import declared, infer, store
from comptoir.collect.plan.declared import BadPlan
from comptoir.collect.plan.store import Finding, Name, NoSuchPlan, Version
from comptoir.server.api import cursors
from comptoir.server.api.endpoints import Call, Endpoint, Page, Paged

MOST_DAYS = 90


class Lately(Paged, kw_only=True, forbid_unknown_fields=True):
    """Of how many days."""

    days: int = 14

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.days <= MOST_DAYS:
            raise ValueError(f"days is from 1 to {MOST_DAYS}")


class Publish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A plan, as YAML; empty ends the plan."""

    text: str
    note: str = ""


class Inferred(msgspec.Struct, kw_only=True):
    """A plan made of what arrived, as YAML."""

    text: str


def current(call: Call) -> Version:
    """Give the plan that stands."""
    brand = _brand(call)
    with call.desk.state.read() as connection:
        found = store.current(connection, brand)
    if found is None:
        raise NoSuchPlan(brand=brand)
    return found


def publish(call: Call) -> Version:
    """Publish a plan as the next version."""
    brand = _brand(call)
    said: Publish = call.body
    with call.desk.state.write() as connection:
        number = store.publish(
            connection, brand, said.text, now=call.desk.clock.now(), by=call.who.name, note=said.note
        )
        return store.version(connection, brand, number)


def versions(call: Call) -> Page[Version]:
    """List the versions."""
    with call.desk.state.read() as connection:
        found = store.versions(connection, _brand(call), most=10_000)
    return cursors.sliced(sorted(found, key=_number), call.query, lambda one: f"{one.version:09d}")


def inferred(call: Call) -> Inferred:
    """Make a plan of what arrived in thirty days; nothing is published."""
    since = micros(call.desk.clock.now() - timedelta(days=30))
    request = {"kind": "report", "name": "plan_shapes", "parameters": infer.asking(brand=_brand(call), since=since)}
    return Inferred(text=declared.render(infer.infer(call.desk.ask(request).to_pylist())))


def findings(call: Call) -> Page[Finding]:
    """List what breaks the plan."""
    asked: Lately = call.query
    with call.desk.state.read() as connection:
        found = store.list_findings(connection, _brand(call), now=call.desk.clock.now(), days=asked.days)
    found.sort(key=_place)
    return cursors.sliced(found, asked, lambda one: "\t".join(_place(one)))


def look(call: Call) -> None:
    """Write down that what was found up to now was seen."""
    with call.desk.state.write() as connection:
        store.look(connection, _brand(call), now=call.desk.clock.now(), by=call.who.name)


def names(call: Call) -> Page[Name]:
    """List what ever arrived."""
    with call.desk.state.read() as connection:
        found = store.catalogue(connection, _brand(call))
    found.sort(key=lambda one: (one.source, one.event, one.property))
    return cursors.sliced(found, call.query, lambda one: f"{one.source}\t{one.event}\t{one.property}")


def _number(one: Version) -> int:
    return one.version


def _place(one: Finding) -> tuple[str, ...]:
    return one.source, one.event, one.property, one.reason


def _brand(call: Call) -> str:
    call.check_brand(call.path["brand"])
    return call.path["brand"]


_AT = "/brands/{brand}/plan"
_TAG = "Tracking plan"

ENDPOINTS = (
    Endpoint(
        method="GET", path=_AT, tag=_TAG, right=Right.RUN, answer=Version, act=current, called="plan",
        summary="The tracking plan that stands for a brand.", errors=(NoSuchPlan,),
    ),
    Endpoint(
        method="PUT", path=_AT, deed=Deed.PLAN_PUBLISHED,
        tag=_TAG, right=Right.RUN, body=Publish, answer=Version, act=publish,
        called="plan_publish", summary="Publish a tracking plan as the next version; an empty text ends it.",
        errors=(BadPlan,), example={"text": "events: {Product Viewed: {properties: {product_id: {type: text}}}}"},
    ),
    Endpoint(
        method="GET", path=f"{_AT}/versions", tag=_TAG, right=Right.RUN, query=Paged, answer=Page[Version],
        act=versions, called="plan_versions", summary="The versions of a tracking plan, with who published each when.",
    ),
    Endpoint(
        method="GET", path=f"{_AT}/inferred", tag=_TAG, right=Right.RUN, answer=Inferred, act=inferred,
        called="plan_inferred", summary="A plan made of what arrived in thirty days; nothing is published.",
    ),
    Endpoint(
        method="GET", path=f"{_AT}/findings", tag=_TAG, right=Right.RUN, query=Lately, answer=Page[Finding],
        act=findings, called="plan_findings", summary="What breaks the plan: where, how, how often, since when.",
    ),
    Endpoint(
        method="POST", path=f"{_AT}/findings/seen", deed=None,
        tag=_TAG, right=Right.RUN, answer=None, act=look, status=204,
        called="plan_seen", summary="Say that what breaks the plan was seen: from now on it is no news.",
    ),
    Endpoint(
        method="GET", path=f"{_AT}/names", tag=_TAG, right=Right.RUN, query=Paged, answer=Page[Name], act=names,
        called="plan_names", summary="Every event and property that ever arrived, with types, first and last.",
    ),
)  # fmt: skip
"""What the API says of tracking plans."""
