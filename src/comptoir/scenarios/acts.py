"""The steps that do something: send, call another system, tell a colleague, state a trait, note a goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Self

from comptoir.grammar.fields import Fields, Map
from comptoir.grammar.forms import one
from comptoir.model.consent import EMAIL, MARKETING
from comptoir.model.message import ONSITE, MessageClass
from comptoir.model.scenario import (
    Alert,
    Block,
    Call,
    Claim,
    Facts,
    FieldKind,
    FormField,
    Go,
    Leave,
    Proposal,
    Reached,
    Stay,
)

_SINCE = ("arrival", "last_action", "entry")
_NO_BRANCHES: Mapping[str, Block] = MappingProxyType({})
CORNER = "corner"
"""Where a message on the site is shown that does not say it."""
_TIMES = 3
MOST_SLOT = 200
SHELVES = ("cart", "product", "viewed", "order", "complements", "none")
_CLASSES = tuple(one.value for one in MessageClass)


_IDENTIFIES = frozenset({"email", "phone", "loyalty_card", "user_id", "anonymous_id", "device_id"})
"""Traits that are identifiers, beside those of other systems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Wish to send a message; arbitration decides, and it must be handed over within a span or not at all."""

    kind: ClassVar[str] = "send"
    label: ClassVar[Mapping[str, str]] = {"fr": "Envoyer un message", "en": "Send a message"}
    key: str
    template: str | None = None
    stored: str | None = None
    stored_version: int | None = None
    channel: str = EMAIL
    purpose: str = MARKETING
    within: timedelta
    since: str = "arrival"
    message_class: str | None = None
    tags: tuple[str, ...] = ()
    products: str | None = None
    slot: str = CORNER
    times: int = _TIMES
    waits_for: ClassVar[None] = None
    restarts: ClassVar[bool] = False
    branches: ClassVar[Mapping[str, Block]] = _NO_BRANCHES

    @property
    def needs(self) -> frozenset[str]:
        """Say which of the dearer facts it looks at."""
        shelf = {f"shelf:{self.products}"} if self.products not in {None, "cart", "none"} else set()
        browser = {"browser"} if self.channel == ONSITE else set()
        return frozenset({"person", *shelf, *browser})

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            one("template", FieldKind.TEMPLATE, "Mots du scénario", "Words of the scenario"),
            one("stored", FieldKind.TEMPLATE, "Gabarit enregistré", "Stored template"),
            one("stored_version", FieldKind.WHOLE, "Version du gabarit", "Version of the template"),
            one("channel", FieldKind.TEXT, "Canal", "Channel", default=EMAIL),
            one("purpose", FieldKind.TEXT, "Finalité", "Purpose", default=MARKETING),
            one("within", FieldKind.DURATION, "À remettre en moins de", "To be handed over within", is_required=True),
            one("since", FieldKind.CHOICE, "À compter de", "Since", default="arrival", options=_SINCE),
            one("class", FieldKind.CHOICE, "Classe", "Class", options=_CLASSES),
            one("tags", FieldKind.TAGS, "Étiquettes", "Tags"),
            one("products", FieldKind.CHOICE, "Produits montrés", "Products shown", options=SHELVES),
            one("slot", FieldKind.TEXT, "Place sur le site", "Place on the site",
                "Pour le canal onsite : corner, top, le nom d’une place ou un sélecteur CSS.",
                "For the channel onsite: corner, top, the name of a slot or a CSS selector.", default=CORNER),
            one("times", FieldKind.WHOLE, "Montré au plus (fois)", "Shown at most (times)", default=_TIMES),
        )  # fmt: skip

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `template` (or `stored` and `stored_version`), `within` and what else its form lists."""
        if fields.has("template") == fields.has("stored"):
            raise fields.bad("template", None, "either `template: …`, words of this scenario, or `stored: …`")
        channel = fields.text("channel", default=EMAIL)
        if channel == ONSITE and fields.has("stored"):
            raise fields.bad("stored", None, "`template: …`: a message on the site says words of its scenario")
        slot = fields.text("slot", default=CORNER)
        if len(slot) > MOST_SLOT or not slot.isprintable():
            raise fields.bad("slot", slot, f"the name of a place, or a CSS selector of at most {MOST_SLOT} characters")
        return cls(
            key=fields.key,
            template=fields.text("template") if fields.has("template") else None,
            stored=fields.text("stored") if fields.has("stored") else None,
            stored_version=fields.whole("stored_version", least=1) if fields.has("stored") else None,
            channel=channel,
            purpose=fields.text("purpose", default=MARKETING),
            within=fields.duration("within"),
            since=fields.choice("since", _SINCE, default="arrival"),
            message_class=fields.choice("class", _CLASSES) if fields.has("class") else None,
            tags=fields.texts("tags", default=()),
            products=fields.choice("products", SHELVES) if fields.has("products") else None,
            slot=slot,
            times=fields.whole("times", _TIMES, least=1),
        )

    def decide(self, facts: Facts) -> Go | Stay:
        """Go on, with a wish to contact."""
        wish = Proposal(
            channel=self.channel,
            template=self.template or self.stored or "",
            purpose=self.purpose,
            expires_at=facts.since(self.since) + self.within,
            stored_version=self.stored_version,
            message_class=self.message_class,
            tags=self.tags,
            shelf=self.products,
            slot=self.slot,
            times=self.times,
        )
        return Go(effects=(wish,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Tell another system, by a signed call that is handed over again and again until it is taken."""

    kind: ClassVar[str] = "webhook"
    label: ClassVar[Mapping[str, str]] = {"fr": "Appeler un système", "en": "Call a system"}
    key: str
    endpoint: str
    event: str
    body: Mapping[str, Any]
    waits_for: ClassVar[None] = None
    restarts: ClassVar[bool] = False
    branches: ClassVar[Mapping[str, Block]] = _NO_BRANCHES

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            one("endpoint", FieldKind.TEXT, "Adresse d’appel", "Endpoint", "Nom de l’adresse enregistrée.",
                "Name of a registered endpoint.", is_required=True),
            one("event", FieldKind.TEXT, "Nom de l’appel", "Name of the call", default="scenario.step"),
            one("body", FieldKind.MAPPING, "Champs ajoutés", "Fields added"),
        )  # fmt: skip

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `endpoint`, `event` and `body`."""
        body = fields.raw("body", Map())
        if not isinstance(body, dict):
            raise fields.bad("body", body, "a mapping of names and values")
        return cls(
            key=fields.key,
            endpoint=fields.text("endpoint"),
            event=fields.text("event", default="scenario.step"),
            body=MappingProxyType(dict(body)),
        )

    def decide(self, facts: Facts) -> Go | Stay:
        """Go on, with a call."""
        del facts
        return Go(effects=(Call(endpoint=self.endpoint, kind=self.event, body=self.body),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """
    Tell colleagues of this person: the first time at once, what follows in a digest.

    Quotas: at most so many alerts of one person to one colleague a day, and so many mails to one colleague a day; what
    is beyond waits for the digest of the next day.
    """

    kind: ClassVar[str] = "notify"
    label: ClassVar[Mapping[str, str]] = {"fr": "Prévenir un collègue", "en": "Tell a colleague"}
    key: str
    to: tuple[str, ...]
    template: str
    digest_after: timedelta
    most_a_person: int
    most_a_colleague: int
    waits_for: ClassVar[None] = None
    restarts: ClassVar[bool] = False
    branches: ClassVar[Mapping[str, Block]] = _NO_BRANCHES
    needs: ClassVar[frozenset[str]] = frozenset({"person"})

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            one("to", FieldKind.ADDRESSES, "À qui", "To whom", is_required=True),
            one("template", FieldKind.TEMPLATE, "Mots", "Words", is_required=True),
            one("digest", FieldKind.DURATION, "Puis un résumé toutes les", "Then a digest every", default="4 hours"),
            one("most_a_person", FieldKind.WHOLE, "Alertes par personne et par jour", "Alerts a person and day",
                default=3),
            one("most_a_colleague", FieldKind.WHOLE, "Messages par collègue et par jour", "Mails a colleague and day",
                default=20),
        )  # fmt: skip

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `to`, `template`, `digest` and the quotas."""
        to = fields.texts("to")
        if not all("@" in one for one in to):
            raise fields.bad("to", list(to), "e-mail addresses of colleagues")
        return cls(
            key=fields.key,
            to=tuple(one.strip().lower() for one in to),
            template=fields.text("template"),
            digest_after=fields.duration("digest", timedelta(hours=4)),
            most_a_person=fields.whole("most_a_person", 3, least=1),
            most_a_colleague=fields.whole("most_a_colleague", 20, least=1),
        )

    def decide(self, facts: Facts) -> Go | Stay:
        """Go on, with an alert."""
        del facts
        alert = Alert(
            to=self.to,
            template=self.template,
            digest_after=self.digest_after,
            most_a_person=self.most_a_person,
            most_a_colleague=self.most_a_colleague,
        )
        return Go(effects=(alert,))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTrait:
    """State a trait of the person; it comes back as a fact, so a rebuild gives it again."""

    kind: ClassVar[str] = "set_trait"
    label: ClassVar[Mapping[str, str]] = {"fr": "Noter un trait", "en": "Set a trait"}
    key: str
    trait: str
    value: str | int | bool
    waits_for: ClassVar[None] = None
    restarts: ClassVar[bool] = False
    branches: ClassVar[Mapping[str, Block]] = _NO_BRANCHES

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            one("trait", FieldKind.TEXT, "Trait", "Trait", is_required=True),
            one("value", FieldKind.TEXT, "Valeur", "Value", is_required=True),
        )

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `trait` and `value`. An identifier is no trait: a scenario joins nobody."""
        trait, value = fields.text("trait"), fields.raw("value")
        if trait in _IDENTIFIES or trait.startswith("external_id_"):
            raise fields.bad("trait", trait, "a trait that identifies nobody")
        if not isinstance(value, (str, int)):
            raise fields.bad("value", value, "a text, a whole number, true or false")
        return cls(key=fields.key, trait=trait, value=value)

    def decide(self, facts: Facts) -> Go | Stay:
        """Go on, with a trait stated."""
        del facts
        return Go(effects=(Claim(trait=self.trait, value=self.value),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Note that a goal was reached; then go on, or end here."""

    kind: ClassVar[str] = "goal"
    label: ClassVar[Mapping[str, str]] = {"fr": "But atteint", "en": "Goal reached"}
    key: str
    name: str
    ends: bool = True
    waits_for: ClassVar[None] = None
    restarts: ClassVar[bool] = False
    branches: ClassVar[Mapping[str, Block]] = _NO_BRANCHES

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            one("name", FieldKind.TEXT, "But", "Goal", is_required=True),
            one("ends", FieldKind.FLAG, "Le parcours s’arrête ici", "The run ends here", default=True),
        )

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `name` and `ends`."""
        return cls(key=fields.key, name=fields.text("name"), ends=fields.flag("ends", default=True))

    def decide(self, facts: Facts) -> Go | Stay:
        """Note the goal, and leave if the run ends here."""
        del facts
        reached = Reached(goal=self.name)
        return Go(effects=(reached, Leave(reason="goal")) if self.ends else (reached,))
