"""Brands, sources and their keys over the API."""

from __future__ import annotations

import msgspec

from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.keys import BadName, Brand, NewSource, NoSuchSource, Source, SourceExists
from comptoir.access.roles import Right
from comptoir.server.api import cursors
from comptoir.server.api.endpoints import Call, Endpoint, Page, Paged


class AddSource(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new source of events."""

    name: str
    brand: str = keys.DEFAULT_BRAND
    origins: list[str] = []
    """Origins browsers may send from; none: any."""
    accepts_claimed_orders: bool = False
    rate_per_second: float = 0
    rate_burst: int = 0


class Switch(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Open or closed."""

    is_enabled: bool


def brands(call: Call) -> Page[Brand]:
    """List the brands."""
    found = [one for one in keys.list_brands(call.desk.state) if call.may_see(one.name)]
    return cursors.sliced(found, call.query, lambda one: one.name)


def add_brand(call: Call) -> Brand:
    """Make a brand."""
    call.tell(brand=call.body.name)
    keys.check_name(call.body.name)
    keys.add_brand(call.desk.state, call.body)
    call.desk.app().publish()
    return next(one for one in keys.list_brands(call.desk.state) if one.name == call.body.name)


def sources(call: Call) -> Page[Source]:
    """List the sources."""
    found = [one for one in keys.list_sources(call.desk.state) if call.may_see(one.brand)]
    return cursors.sliced(found, call.query, lambda one: one.name)


def add_source(call: Call) -> NewSource:
    """Make a source; its secret key is shown this once."""
    said: AddSource = call.body
    call.check_brand(said.brand)
    made = keys.add_source(
        call.desk.state,
        name=said.name,
        brand=said.brand,
        now=call.desk.clock.now(),
        accepts_claimed_orders=said.accepts_claimed_orders,
        origins=said.origins,
        rate_per_second=said.rate_per_second,
        rate_burst=said.rate_burst,
    )
    call.desk.app().publish()
    return made


def switch_source(call: Call) -> Source:
    """Open or close a source; the door follows within a second."""
    one = find_source(call)
    keys.enable_source(call.desk.state, one.name, is_enabled=call.body.is_enabled)
    call.desk.app().publish()
    call.tell(brand=one.brand)
    return find_source(call)


def find_source(call: Call) -> Source:
    """Give the source of the address. Raises: NoSuchSource, for one of another brand too."""
    name = call.path["name"]
    found = next((one for one in keys.list_sources(call.desk.state) if one.name == name), None)
    if found is None or not call.may_see(found.brand):
        raise NoSuchSource(name=name)
    return found


ENDPOINTS = (
    Endpoint(
        method="GET", path="/brands", tag="Sources", right=Right.ASK, query=Paged, answer=Page[Brand], act=brands,
        summary="The brands.",
    ),
    Endpoint(
        method="POST", path="/brands", whole=True, deed=Deed.BRAND_SAVED,
        tag="Sources", right=Right.RUN, body=Brand, answer=Brand, act=add_brand,
        status=201, summary="Make a brand; one that is there is left as it is.", errors=(BadName,),
        example={"name": "maison", "country": "FR", "currency": "EUR", "language": "fr"},
    ),
    Endpoint(
        method="GET", path="/sources", tag="Sources", right=Right.RUN, query=Paged, answer=Page[Source], act=sources,
        summary="The sources that may send events, without their secret keys.",
    ),
    Endpoint(
        method="POST", path="/sources", deed=Deed.SOURCE_ADDED,
        tag="Sources", right=Right.RUN, body=AddSource, answer=NewSource,
        act=add_source, status=201, summary="Make a source; its secret key is shown this once.",
        errors=(SourceExists, BadName), example={"name": "site", "brand": "maison"},
    ),
    Endpoint(
        method="PATCH", path="/sources/{name}", deed=Deed.SOURCE_SWITCHED,
        tag="Sources", right=Right.RUN, body=Switch, answer=Source,
        act=switch_source, summary="Open or close a source.", errors=(NoSuchSource,), example={"is_enabled": False},
    ),
)  # fmt: skip
"""What the API says of brands and sources."""
