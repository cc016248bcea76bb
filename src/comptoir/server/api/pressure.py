"""Contact policies over the API."""

from __future__ import annotations

from datetime import datetime

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.pressure import policies
from comptoir.pressure.caps import EVERY_BRAND, policy_of
from comptoir.pressure.policies import BadPolicy, PolicyNotFound
from comptoir.server.api.endpoints import Call, Endpoint


class Policy(msgspec.Struct, kw_only=True):
    """A version of a brand's policy."""

    brand: str
    version: int
    definition: str
    published_at: datetime | None = None


class Written(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A policy as YAML, which names its brand."""

    definition: str


class OfVersion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which version: the one that holds where none is named."""

    version: int | None = None


class Checked(msgspec.Struct, kw_only=True):
    """A policy that can be read."""

    brand: str
    caps: int


def listed(call: Call) -> list[Policy]:
    """List every version of every brand's policy."""
    with call.desk.state.read() as connection:
        found = policies.listing(connection)
    return [told(one) for one in found if one.brand == EVERY_BRAND or call.may_see(one.brand)]


def show(call: Call) -> Policy:
    """Give a brand's policy; `*` is the one of every brand."""
    brand, version = call.path["brand"], call.query.version
    if brand != EVERY_BRAND and not call.may_see(brand):
        raise PolicyNotFound(brand=brand[:60])
    with call.desk.state.read() as connection:
        try:
            return told(policies.show(connection, brand, version))
        except PolicyNotFound:
            if brand != EVERY_BRAND or version is not None:
                raise
    return Policy(
        brand=EVERY_BRAND, version=0, definition=policies.dump(EVERY_BRAND, policy_of(call.desk.settings.pressure))
    )


def check(call: Call) -> Checked:
    """Check a policy without publishing it."""
    brand, policy = policies.parse(call.body.definition)
    return Checked(brand=brand, caps=len(policy.caps))


def publish(call: Call) -> Policy:
    """Publish a policy."""
    brand, _ = policies.parse(call.body.definition)
    call.check_brand(None if brand == EVERY_BRAND else brand)
    call.tell(about=brand, brand="" if brand == EVERY_BRAND else brand)
    with call.desk.state.write() as connection:
        return told(policies.publish(connection, call.body.definition, call.desk.clock.now()))


def told(one: policies.Published) -> Policy:
    """Write a version of a policy for the API."""
    return Policy(brand=one.brand, version=one.version, definition=one.definition, published_at=one.published_at)


_EXAMPLE = {"definition": "brand: maison\ncaps:\n  - {at_most: 2, hours: 24}\n…"}

ENDPOINTS = (
    Endpoint(
        method="GET", path="/pressure/policies", tag="Pressure", right=Right.CAMPAIGN, answer=list[Policy], act=listed,
        summary="Every version of every brand's contact policy.",
    ),
    Endpoint(
        method="GET", path="/pressure/policies/{brand}", tag="Pressure", right=Right.CAMPAIGN, query=OfVersion,
        answer=Policy, act=show, summary="A brand's contact policy; `*` is the one of every brand.",
        errors=(PolicyNotFound,),
    ),
    Endpoint(
        method="POST", path="/pressure/policies/check", deed=None, tag="Pressure", right=Right.CAMPAIGN, body=Written,
        answer=Checked, act=check, summary="Check a contact policy without publishing it.", errors=(BadPolicy,),
        example=_EXAMPLE,
    ),
    Endpoint(
        method="POST", path="/pressure/policies", called="pressure_publish", deed=Deed.POLICY_PUBLISHED, tag="Pressure",
        right=Right.CAMPAIGN, body=Written, answer=Policy,
        act=publish, status=201, summary="Publish a contact policy: it holds from the next decision on.",
        errors=(BadPolicy,), example=_EXAMPLE,
    ),
)  # fmt: skip
"""What the API says of contact policies."""
