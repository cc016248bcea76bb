"""Previews: the letter that a person would get, made by the function that makes what is sent: the same bytes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, or_, select

from comptoir.messaging import render
from comptoir.messaging.render import Letter, Links
from comptoir.messaging.rows import outbox
from comptoir.messaging.template import Ref, Template, Templates
from comptoir.messaging.template_shelf import Trial
from comptoir.model.message import Discretion, Mail, MessageClass, PromisedLine

SAMPLE = (
    PromisedLine(
        product_id="sample-1", name="Lampe de chevet", category="Luminaires", url="https://shop.example/lampe",
        image_url="https://shop.example/lampe.jpg", price="49.90", currency="EUR",
    ),
    PromisedLine(
        product_id="sample-2", name="Fauteuil en osier", category="Assises", url="https://shop.example/fauteuil",
        image_url="https://shop.example/fauteuil.jpg", price="129", currency="EUR", quantity="2",
    ),
)  # fmt: skip
"""Products of a preview for a person to whom no message ever promised any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """As whom a preview is made."""

    nodes: Collection[int] = ()
    contact: str = "somebody@example.org"
    traits: Mapping[str, object]


def preview(
    ref: Ref | Sequence[Template] | Mapping[str, str],
    person: Person,
    *,
    links: Links,
    templates: Templates,
    brand: str,
    language: str,
    sender: str,
    at: datetime,
    promise: Sequence[PromisedLine] = SAMPLE,
    may_track_opens: bool = False,
) -> Mail:
    """
    Give the mail that a person would get now: of a stored template, of one not yet published, or of a scenario's words.

    Raises: RenderFailed, as sending would.
    """
    words: Mapping[str, str] = {}
    trial, chosen = None, None
    if isinstance(ref, Ref):
        chosen = ref
    elif isinstance(ref, Mapping):
        words = ref
    else:
        trial, chosen = Trial(ref), Ref(ref[0].name, ref[0].version)
    letter = Letter(
        message_id="preview",
        scenario="preview",
        brand=brand,
        language=language,
        words=words,
        discretion=Discretion.EXACT,
        promise=tuple(promise),
        to=person.contact,
        sender=sender,
        at=at,
        traits=person.traits,
        may_track_opens=may_track_opens,
        template=chosen,
        message_class=MessageClass.SCENARIO,
    )
    return render.mail(letter, replace(links, templates=trial or templates))


def latest_promise(connection: Connection, person: Person, *, brands: Collection[str] = ()) -> tuple[PromisedLine, ...]:
    """Give the products that the last message to a person, of one of these brands if any, spoke of; else none."""
    o = outbox.c
    theirs = or_(o.contact == person.contact, o.node_id.in_(list(person.nodes)[:500]))
    asked = select(o.promise).where(theirs).order_by(o.queued_at.desc()).limit(1)
    row = connection.execute(asked.where(o.brand.in_(sorted(brands))) if brands else asked).mappings().first()
    return () if row is None else render.promise_of(dict(row))
