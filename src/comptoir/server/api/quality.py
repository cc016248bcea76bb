"""Quality over the API: the scorecard, values to look at, who minds what, corrections put to customers, and origins."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.keys import NoSuchSource
from comptoir.access.roles import Right
from comptoir.clock import micros
from comptoir.quality import address, fields
from comptoir.quality.fields import Field
from comptoir.quality.offers import NothingToOffer
from comptoir.quality.scorecard import BadWatch, Card, Watch
from comptoir.server.api import cursors
from comptoir.server.api.endpoints import Call, Endpoint, Page, Paged
from comptoir.web import customer_head, quality
from comptoir.web.quality import NoSuchValue, Origin


class Scored(msgspec.Struct, kw_only=True):
    """One field of one source: how many values had which grade, and what wants a look. Shares are 0–1."""

    brand: str
    source: str
    field: str
    value_count: int
    valid_count: int
    corrected_count: int
    doubtful_count: int
    refused_count: int
    good_share: float
    """Valid or corrected."""
    fill_share: float
    """Statements about people that fill the field."""
    shared_share: float
    """Distinct values that stand for more than one person; of e-mail and phone."""
    last_at: datetime
    weeks: list[tuple[int, int]]
    """Good values and all values, week by week, the last one the present."""
    owner: str
    alarms: list[str]
    """bad, falling, empty, silent."""


class Looked(Paged, kw_only=True, forbid_unknown_fields=True):
    """Which values: of a brand, a source, a field, a grade (rewritten ones are `valid`)."""

    brand: str = ""
    source: str = ""
    field: Field | None = None
    grade: Literal["", "valid", "corrected", "doubtful", "refused"] = ""


class Value(msgspec.Struct, kw_only=True):
    """A value that was rewritten, corrected, doubted or refused."""

    message_id: str
    name: str
    """The trait's own name."""
    brand: str
    source: str
    field: str
    grade: str
    reasons: list[str]
    original: str
    value: str
    proposal: str
    profile_id: str | None
    import_id: str | None
    row_number: int | None
    received_at: datetime
    place: str


class Minded(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Who minds a field, and from when on an alarm is raised; 0 raises none."""

    field: Field
    owner: str = ""
    least_good_share: float = 0.9
    least_fill_share: float = 0.0
    most_silent_days: int = 0


class Asking(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which value is put to its customer."""

    message_id: str
    name: str
    """The trait's own name, as the list of values gives it."""


class Question(msgspec.Struct, kw_only=True):
    """The signed link to send to the customer; it works for 14 days, and the first answer counts."""

    url: str


class Given(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Fields of one person, and the country they are of."""

    fields: dict[Field, str]
    country: str = "FR"


class Judged(msgspec.Struct, kw_only=True):
    """What became of one field."""

    field: str
    grade: str
    reasons: list[str]
    original: str
    value: str
    proposal: str
    detail: str


class Graded(msgspec.Struct, kw_only=True):
    """What became of the fields, and the lines an envelope bears."""

    fields: list[Judged]
    lines: list[str]


def scored(card: Card) -> Scored:
    """Write a card as the API gives it."""
    return Scored(
        brand=card.brand,
        source=card.source,
        field=card.field,
        value_count=card.value_count,
        valid_count=card.valid_count,
        corrected_count=card.corrected_count,
        doubtful_count=card.doubtful_count,
        refused_count=card.refused_count,
        good_share=round(card.good_share, 6),
        fill_share=round(card.fill_share, 6),
        shared_share=round(card.shared_share, 6),
        last_at=card.last_at,
        weeks=list(card.weeks),
        owner=card.watch.owner,
        alarms=[one.value for one in card.alarms],
    )


def cards(call: Call) -> list[Scored]:
    """Give the scorecard. Order: alarms first."""
    return [scored(one) for one in call.wait(quality.cards, call.desk, call.who)]


def values(call: Call) -> Page[Value]:
    """List values to look at. Order: newest first."""
    asked: Looked = call.query
    rows = call.wait(
        quality.values,
        call.desk,
        call.who,
        brand=asked.brand,
        source=asked.source,
        field=asked.field.value if asked.field else "",
        grade=asked.grade,
        after=cursors.read(asked.cursor, tuple[int, str]),
        most=asked.limit + 1,
    )
    told = [
        msgspec.convert(
            row | {"reasons": row["reasons"].split(), "received_at": row["received_at"].replace(tzinfo=UTC)}, Value
        )
        for row in rows
    ]
    return cursors.page(told, asked, lambda one: (micros(one.received_at), one.place))


def watch(call: Call) -> None:
    """Keep who minds a field of a source."""
    said: Minded = call.body
    watched = Watch(
        source=call.path["source"],
        field=said.field.value,
        owner=said.owner,
        least_good_share=said.least_good_share,
        least_fill_share=said.least_fill_share,
        most_silent_days=said.most_silent_days,
    )
    call.tell(about=f"{watched.source} {watched.field}")
    call.wait(quality.mind, call.desk, call.who, watched)


def ask(call: Call) -> Question:
    """Make the signed link that asks a customer which value is right."""
    said: Asking = call.body
    call.tell(about=said.message_id)
    return Question(url=call.wait(quality.offer, call.desk, call.who, said.message_id, said.name))


def grade(call: Call) -> Graded:
    """Grade fields without keeping anything."""
    said: Given = call.body
    traits = {field.value: text for field, text in said.fields.items()}
    found = fields.grade_person(traits, said.country.upper(), _today(call), call.desk.app().towns())
    kept = {one.field: one.graded.value for one in found}
    return Graded(
        fields=[
            Judged(
                field=one.field.value,
                grade=one.graded.grade.value,
                reasons=[reason.value for reason in one.graded.reasons],
                original=one.graded.original,
                value=one.graded.value,
                proposal=one.graded.proposal,
                detail=one.graded.detail,
            )
            for one in found
        ],
        lines=list(
            address.lines(
                street=kept.get(Field.STREET, ""), code=kept.get(Field.POSTAL_CODE, ""), town=kept.get(Field.TOWN, "")
            )
        ),
    )


def origins(call: Call) -> list[Origin]:
    """Say where a person's addresses and numbers came from, first and latest."""
    person = call.wait(customer_head.find, call.desk, call.who, call.path["profile_id"])
    found: list[Origin] = call.wait(quality.origins, call.desk, call.who, person.node_ids)
    return found


def _today(call: Call) -> date:
    return call.desk.clock.now().date()


ENDPOINTS = (
    Endpoint(
        method="GET", path="/quality", tag="Quality", right=Right.RUN, answer=list[Scored], act=cards,
        summary="How good each field of each source is: volume, fill, validity, duplicates, trend, owner, alarm.",
    ),
    Endpoint(
        method="GET", path="/quality/values", tag="Quality", right=Right.RUN, query=Looked, answer=Page[Value],
        act=values, summary="Values that were rewritten, corrected, doubted or refused, newest first.",
    ),
    Endpoint(
        method="PUT", path="/quality/watches/{source}", tag="Quality", right=Right.RUN, body=Minded,
        answer=None, status=204, act=watch, called="quality_watch", deed=Deed.QUALITY_WATCHED,
        summary="Say who minds a field of a source, and from when on an alarm is raised.",
        errors=(BadWatch, NoSuchSource), example={"field": "email", "owner": "claire", "least_good_share": 0.95},
    ),
    Endpoint(
        method="POST", path="/quality/corrections", tag="Quality", right=Right.RUN, body=Asking, answer=Question,
        status=201, act=ask, called="quality_ask", deed=Deed.CORRECTION_OFFERED,
        summary="Make the signed link that asks a customer which of two values is right.",
        errors=(NoSuchValue, NothingToOffer), example={"message_id": "0193…", "name": "email"},
    ),
    Endpoint(
        method="POST", path="/quality/grade", tag="Quality", right=Right.RUN, body=Given, answer=Graded, act=grade,
        called="quality_grade", deed=None, summary="Grade fields of one person without keeping anything.",
        example={"fields": {"email": "ann@gmial.com", "phone": "06 12 34 56 78"}},
    ),
    Endpoint(
        method="GET", path="/people/{profile_id}/origins", tag="Quality", right=Right.SEE_CUSTOMERS,
        answer=list[Origin], act=origins, called="people_origins", errors=(customer_head.NoSuchCustomer,),
        summary="Where each address and number of a person came from: first and latest source, form, shop and day.",
    ),
)  # fmt: skip
"""What the API says of quality."""
