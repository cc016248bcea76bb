"""Who a page of a customer is about: found for whoever may see her, and what may be done for her."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool

from comptoir.access import keys
from comptoir.access.roles import Principal, Right
from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.identity import profile
from comptoir.identity.profile import Profile
from comptoir.messaging import suppression
from comptoir.model.consent import ContactPoint
from comptoir.model.identifier import IdentifierKind
from comptoir.privacy import care
from comptoir.web import called
from comptoir.web.view import Desk


class NoSuchCustomer(ComptoirError, LookupError):
    """Nobody has this customer number."""

    code, status = "no_such_customer", 404
    hint = "Find the person by an e-mail, a phone, an account or an order; a number comes from a link that may be old."


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands above every page of a customer."""

    profile_id: str
    name: str
    is_anonymous: bool
    contacts: Sequence[str]
    """Addresses she can be written to at."""
    paused_until: datetime | None
    """Until when she is written to nowhere; None where no pause stands."""
    is_stopped: bool
    """Whether no address of hers may be written to."""
    is_by_hand: bool
    """Whether that, or part of it, was done at the desk and can be taken back there."""
    may_care: bool

    @property
    def path(self) -> str:
        """The address of her page."""
        return path_of(self.profile_id)


def path_of(profile_id: str) -> str:
    """Give the address of a customer's page."""
    return f"/customers/{quote(profile_id, safe='')}"


async def find(desk: Desk, who: Principal, profile_id: str) -> Profile:
    """
    Find a person by a number she has or had.

    Raises: NoSuchCustomer, also for somebody who has nothing to do with the visitor's brands.
    """
    person = await run_in_threadpool(_read, desk, profile_id)
    if not await run_in_threadpool(may_see, desk, who, person):
        raise NoSuchCustomer(profile_id=profile_id[:50])
    return person


def may_see(desk: Desk, who: Principal, person: Profile) -> bool:
    """
    Say whether a person has to do with a brand that somebody is for. People are shared; strangers to a brand are not.

    Raises: EngineUnreachable, EngineSilent, for somebody who is for some brands only.
    """
    if not who.brands or who.brands.issuperset(one.name for one in keys.list_brands(desk.state)):
        return True
    asked = {"kind": "report", "name": "customer_brands", "parameters": {"nodes": list(person.node_ids)}}
    return any(row["brand"] in who.brands for row in desk.ask(asked).to_pylist())


def head_of(desk: Desk, who: Principal, person: Profile) -> Head:
    """Gather what stands above every page of a customer."""
    points = points_of(desk, who, person)
    with desk.state.read() as connection:
        name = called.name_of(desk, connection, person)
        paused = care.paused_until(connection, points)
        stopped = {
            point
            for point in points
            if suppression.suppressed(connection, contacts=[point.contact], channel=point.channel, brand=point.brand)
        }
        entries = [row for point in points for row in suppression.listing(connection, contact=point.contact)]
    now = micros(desk.clock.now())
    own = who.brands or {""}
    pauses = [paused.get(point, 0) for point in points]
    return Head(
        profile_id=person.profile_id,
        name=name,
        is_anonymous=all(one.kind == IdentifierKind.ANONYMOUS for one in person.identifiers),
        contacts=sorted({point.contact for point in points}),
        paused_until=instant(min(pauses)) if pauses and min(pauses) > now else None,
        is_stopped=bool(points) and len(stopped) == len(points),
        is_by_hand=any(row["reason"] == care.MANUAL and (row["brand"] or "") in own for row in entries),
        may_care=who.may(Right.CARE),
    )


def points_of(desk: Desk, who: Principal, person: Profile) -> list[ContactPoint]:
    """Give the addresses of a person as each brand that the visitor is for writes to them."""
    brands: Collection[str] = who.brands or {one.name for one in keys.list_brands(desk.state)}
    return care.points_of(person, brands)


def _read(desk: Desk, profile_id: str) -> Profile:
    with desk.state.read() as connection:
        found = profile.read_by_id(connection, profile_id)
    if found is None:
        raise NoSuchCustomer(profile_id=profile_id[:50])
    return found
