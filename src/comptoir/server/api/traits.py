"""Computed traits over the API: listed, tried, published, taken away; and those of one person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.clock import instant
from comptoir.reports.ask import QueryTimedOut
from comptoir.reports.service import EngineUnreachable
from comptoir.segments.traits.definition import BadTrait, Trait, read
from comptoir.segments.traits.keep import TRAITS
from comptoir.server.api.endpoints import Call, Endpoint
from comptoir.server.api.scores import found_by
from comptoir.state.drafts import Draft
from comptoir.state.shelf import DefinitionNotFound, DraftMovedOn, NoWayBack
from comptoir.web import trait_reach
from comptoir.web.trait_reach import TraitNotYours

SUFFIXES = ("/computed-traits",)
"""How addresses below `/profiles` end that are answered here."""
_LANGUAGES = ("fr", "en")


class ComputedTrait(msgspec.Struct, kw_only=True):
    """A computed trait: its rule in words, and how many people have it; none until it was computed."""

    key: str
    name: dict[str, str]
    state: str
    version: int
    brand: str | None
    words: dict[str, str]
    definition: str
    people: int | None
    as_of: datetime | None
    base: str = ""
    """What a change of the draft is made from, for `If-Match`; in a list it is left out."""


class TraitText(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The definition of a computed trait: YAML, or JSON, which is YAML."""

    definition: str


class TriedTrait(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A definition to be tried, for how many people, and how long that may take. Units: seconds."""

    definition: str
    most: int = 10
    seconds: float = 10.0


class TraitOf(msgspec.Struct, kw_only=True):
    """What a computed trait comes to for somebody: its texts, and what it is as a number or a day."""

    profile_id: str
    said: list[str]
    number: str | None
    day: date | None


class OwnTrait(msgspec.Struct, kw_only=True):
    """A computed trait of a person. `value` is one text, or several."""

    trait: str
    name: dict[str, str]
    words: dict[str, str]
    value: str | list[str]
    as_of: datetime


def traits(call: Call) -> list[ComputedTrait]:
    """List the computed traits that somebody may see. Order: by key."""
    sizes = {row["trait"]: row for row in _ask(call, "sizes")}
    with call.desk.state.read() as connection:
        listed = TRAITS.listing(connection)
    read_of = [(read(found.text), found) for found in listed]
    return [
        _shown(trait, found.text, found.state, found.live_version, sizes)
        for trait, found in read_of if trait_reach.may_see(trait, call.who)
    ]  # fmt: skip


def one(call: Call) -> ComputedTrait:
    """Give one computed trait. Raises: DefinitionNotFound."""
    found = _seen(call)
    with call.desk.state.read() as connection:
        kept = TRAITS.read(connection, found.key)
    return _of_draft(found, kept, {row["trait"]: row for row in _ask(call, "sizes")})


def publish(call: Call) -> ComputedTrait:
    """Publish a definition. Raises: BadTrait, TraitNotYours."""
    text = call.body.definition
    trait = read(text)
    trait_reach.check(trait, call.who)
    with call.desk.state.write() as connection:
        if trait.key in {found.key for found in TRAITS.listing(connection)}:
            trait_reach.check(read(TRAITS.read(connection, trait.key).text), call.who)
        version = TRAITS.publish_text(connection, text, call.desk.clock.now(), by=call.who.name)
        kept = TRAITS.read(connection, trait.key)
    call.tell(about=trait.key, brand=trait.brand or "")
    return msgspec.structs.replace(_of_draft(trait, kept, {}), definition=text, version=version)


def draft(call: Call) -> ComputedTrait:
    """Keep a definition as a draft: a new one, or the next of its key. Raises: BadTrait, TraitNotYours."""
    text, now = call.body.definition, call.desk.clock.now()
    trait = read(text)
    trait_reach.check(trait, call.who)
    with call.desk.state.write() as connection:
        if trait.key in {found.key for found in TRAITS.listing(connection)}:
            former = TRAITS.read(connection, trait.key)
            trait_reach.check(read(former.text), call.who)
            kept = TRAITS.save(connection, trait.key, text, now, base=former.base, by=call.who.name)
        else:
            kept = TRAITS.begin(connection, text, now, by=call.who.name)
    call.tell(about=trait.key, brand=trait.brand or "")
    return _of_draft(trait, kept, {})


def _back(does: Any) -> Any:
    def act(call: Call) -> ComputedTrait:
        """Go back or forward in the drafts."""
        found = _seen(call)
        trait_reach.check(found, call.who)
        call.tell(about=found.key, brand=found.brand or "")
        with call.desk.state.write() as connection:
            base = TRAITS.read(connection, found.key).base if call.if_match == "*" else call.if_match
            kept = does(connection, found.key, base=base)
        return _of_draft(read(kept.text), kept, {})

    return act


def delete(call: Call) -> None:
    """Take a computed trait away. Raises: DefinitionNotFound, TraitNotYours."""
    found = _seen(call)
    trait_reach.check(found, call.who)
    call.tell(about=found.key, brand=found.brand or "")
    with call.desk.state.write() as connection:
        TRAITS.delete(connection, found.key)


def preview(call: Call) -> list[TraitOf]:
    """Compute a definition for some people, and keep nothing. Raises: BadTrait, TraitNotYours, QueryTimedOut."""
    said: TriedTrait = call.body
    trait_reach.check(read(said.definition), call.who)
    rows = _ask(call, "preview", definition=said.definition, most=said.most, seconds=said.seconds)
    return [TraitOf(**row) for row in rows]


def of_profile(call: Call) -> list[OwnTrait]:
    """Give the computed traits of a person. Raises: NoSuchProfile."""
    found = found_by(call)
    with call.desk.state.read() as connection:
        live = {key: read(text) for key, (_, text) in TRAITS.live(connection).items()}
    return [
        OwnTrait(
            trait=row["trait"], name=dict(live[row["trait"]].name), words=_words(live[row["trait"]]),
            value=row["said"][0] if len(row["said"]) == 1 else row["said"], as_of=instant(row["as_of"]),
        )
        for row in _ask(call, "of_person", profile_id=found.profile_id)
        if row["trait"] in live and trait_reach.may_see(live[row["trait"]], call.who)
    ]  # fmt: skip


def _ask(call: Call, do: str, **asked: object) -> list[dict[str, Any]]:
    request = {"kind": "trait", "do": do, "brands": sorted(call.who.brands), **asked}
    rows: list[dict[str, Any]] = call.desk.ask(request).to_pylist()
    return rows


def _seen(call: Call) -> Trait:
    with call.desk.state.read() as connection:
        found = read(TRAITS.read(connection, call.path["key"]).text)
    trait_reach.check_seen(found, call.who)
    return found


def _words(trait: Trait) -> dict[str, str]:
    return {language: trait.words(language) for language in _LANGUAGES}


def _of_draft(trait: Trait, kept: Draft, sizes: dict[str, dict[str, Any]]) -> ComputedTrait:
    shown = _shown(trait, kept.text, kept.state, kept.live_version, sizes)
    return msgspec.structs.replace(shown, base=kept.base)


def _shown(trait: Trait, text: str, state: str, version: int, sizes: dict[str, dict[str, Any]]) -> ComputedTrait:
    size = sizes.get(trait.key)
    return ComputedTrait(
        key=trait.key, name=dict(trait.name), state=state, version=version, brand=trait.brand, words=_words(trait),
        definition=text, people=None if size is None else size["people"],
        as_of=None if size is None else instant(size["as_of"]),
    )  # fmt: skip


_EXAMPLE = {
    "definition": "version: 1\nkey: views\nname: {fr: Vues, en: Views}\nmake: count\n"
    "from: {did: {event: Product Viewed, within: 90 days}}\n"
}
_TAG = "Computed traits"
_AT = "/computed-traits"

ENDPOINTS = (
    Endpoint(method="GET", path=_AT, tag=_TAG, right=Right.CAMPAIGN, answer=list[ComputedTrait], act=traits,
             called="computed_traits", errors=(EngineUnreachable,),
             summary="The computed traits, with how many people have each."),
    Endpoint(method="GET", path=f"{_AT}/{{key}}", tag=_TAG, right=Right.CAMPAIGN, answer=ComputedTrait, act=one,
             called="computed_traits_get", summary="One computed trait: its definition and its words.",
             errors=(DefinitionNotFound, EngineUnreachable)),
    Endpoint(method="POST", path=f"{_AT}/preview", tag=_TAG, right=Right.CAMPAIGN, body=TriedTrait,
             answer=list[TraitOf], act=preview, called="computed_traits_preview", deed=None, example=_EXAMPLE,
             summary="Compute a definition for some people, and keep nothing.",
             errors=(BadTrait, TraitNotYours, QueryTimedOut, EngineUnreachable)),
    Endpoint(method="POST", path=f"{_AT}/publish", tag=_TAG, right=Right.CAMPAIGN, body=TraitText,
             answer=ComputedTrait, act=publish, called="computed_traits_publish", deed=Deed.TRAIT_PUBLISHED,
             example=_EXAMPLE, summary="Publish a definition: it is computed for everybody, and from then on.",
             errors=(BadTrait, TraitNotYours)),
    Endpoint(method="POST", path=f"{_AT}/draft", tag=_TAG, right=Right.CAMPAIGN, body=TraitText,
             answer=ComputedTrait, act=draft, called="computed_traits_draft", deed=Deed.TRAIT_DRAFTED,
             example=_EXAMPLE, summary="Keep a definition as a draft.", errors=(BadTrait, TraitNotYours)),
    *(
        Endpoint(method="POST", path=f"{_AT}/{{key}}/{name}", tag=_TAG, right=Right.CAMPAIGN, answer=ComputedTrait,
                 act=_back(does), called=f"computed_traits_{name}", deed=Deed.TRAIT_DRAFTED, is_guarded=True,
                 summary=says, errors=(DefinitionNotFound, TraitNotYours, DraftMovedOn, NoWayBack))
        for name, does, says in (
            ("undo", TRAITS.undo, "Go back to the draft before."),
            ("redo", TRAITS.redo, "Go forward again."),
            ("discard", TRAITS.discard, "Let the draft go; what is published stays."),
        )
    ),
    Endpoint(method="DELETE", path=f"{_AT}/{{key}}", tag=_TAG, right=Right.CAMPAIGN, answer=None, act=delete,
             called="computed_traits_delete", status=204, deed=Deed.TRAIT_DELETED,
             summary="Take a computed trait away, with its values.", errors=(DefinitionNotFound, TraitNotYours)),
    Endpoint(method="GET", path="/profiles/{profile_id}/computed-traits", tag=_TAG, right=Right.SEE_CUSTOMERS,
             answer=list[OwnTrait], act=of_profile, called="profile_computed_traits", errors=(EngineUnreachable,),
             summary="The computed traits of a person."),
    Endpoint(method="GET", path="/profiles/{kind}/{value}/computed-traits", tag=_TAG, right=Right.SEE_CUSTOMERS,
             answer=list[OwnTrait], act=of_profile, called="identifier_computed_traits", errors=(EngineUnreachable,),
             summary="The same, by one identifier."),
)  # fmt: skip
"""What the API says of computed traits."""
