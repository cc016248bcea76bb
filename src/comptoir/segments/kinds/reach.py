"""How a person can be reached: consents given, and what was sent, clicked or never sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlglot import exp

from comptoir.grammar import forms
from comptoir.grammar.fields import Fields
from comptoir.model.scenario import FieldKind, FormField
from comptoir.segments import relations, window
from comptoir.segments.asked import Around, Asked, Question
from comptoir.segments.kinds import limits
from comptoir.segments.kinds.limits import Limits
from comptoir.segments.kinds.spans import between, edges_of
from comptoir.segments.window import Window

MARKETING = "marketing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One of the person's contact points has consent for a purpose and channel, as stated last."""

    purpose: str = MARKETING
    channel: str = "email"
    state: str = "granted"
    kind: ClassVar[str] = "consent"
    group: ClassVar[str] = "reach"
    label: ClassVar[Mapping[str, str]] = {"fr": "Consentement", "en": "Consent"}
    short: ClassVar[str] = "channel"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{purpose: marketing, channel: email}`; `state: withdrawn` asks for those who said no."""
        return cls(
            purpose=fields.text("purpose", MARKETING),
            channel=fields.text("channel", "email"),
            state=fields.choice("state", ("granted", "withdrawn"), "granted"),
        )

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("purpose", FieldKind.TEXT, "Finalité", "Purpose", default=MARKETING),
            forms.one("channel", FieldKind.TEXT, "Canal", "Channel", default="email"),
            forms.one("state", FieldKind.CHOICE, "État", "State", default="granted", options=("granted", "withdrawn")),
        )

    def words(self, language: str) -> str:
        """Say it in words."""
        said = {
            "fr": {"granted": "a donné son accord", "withdrawn": "a retiré son accord"},
            "en": {"granted": "gave consent", "withdrawn": "withdrew consent"},
        }[language][self.state]
        return f"{said} ({self.purpose}, {self.channel})"

    def asked(self, around: Around) -> Question:
        """Compile: the latest statement about one of the person's contact points says so."""
        wanted = {"purpose": self.purpose, "channel": self.channel, "state": self.state}
        where = [exp.column(name).eq(value) for name, value in wanted.items()]
        if around.brand is not None:
            where.append(exp.column("brand").eq(around.brand))
        return Asked(relation=relations.CONSENTS, where=tuple(where))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachable:
    """The person may be written to on a channel: a contact point is known, and its consent to marketing stands."""

    channel: str
    kind: ClassVar[str] = "reachable"
    group: ClassVar[str] = "reach"
    label: ClassVar[Mapping[str, str]] = {"fr": "Joignable par", "en": "Reachable by"}
    short: ClassVar[str] = "channel"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{channel: email}`. Raises: BadDefinition."""
        return cls(channel=fields.text("channel"))

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("channel", FieldKind.TEXT, "Canal", "Channel",
                      "Une adresse connue, et l’accord pour le marketing. Les rebonds se voient à l’envoi.",
                      "A known address, and consent to marketing. Bounces are seen when sending.", is_required=True),
        )  # fmt: skip

    def words(self, language: str) -> str:
        """Say it in words."""
        return {"fr": "est joignable par {0}", "en": "can be reached by {0}"}[language].format(self.channel)

    def asked(self, around: Around) -> Question:
        """Compile: as a consent to marketing."""
        return Consent(channel=self.channel).asked(around)


_SENT: Mapping[str, Mapping[str, str]] = {
    "sent": {"fr": "a reçu un message", "en": "was sent a message"},
    "clicked": {"fr": "a cliqué dans un message", "en": "clicked in a message"},
    "opened": {"fr": "a ouvert un message", "en": "opened a message"},
    "held_out": {"fr": "était dans le groupe témoin", "en": "was in the control group"},
    "failed": {"fr": "n’a pas pu être joint", "en": "could not be delivered to"},
}
_OF_OUTCOMES = frozenset({"sent", "held_out", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of ours was sent to the person, or clicked, so often; `not` of it: not contacted for so long."""

    was: str = "sent"
    channel: str | None = None
    scenario: str | None = None
    limits: Limits = limits.ONCE
    window: Window = window.EVER
    kind: ClassVar[str] = "message"
    group: ClassVar[str] = "reach"
    label: ClassVar[Mapping[str, str]] = {"fr": "Messages", "en": "Messages"}
    short: ClassVar[str] = "was"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{was: sent, channel: email, scenario: abandoned-cart, within: 30 days}`. Raises: BadDefinition."""
        return cls(
            was=fields.choice("was", tuple(_SENT), "sent"),
            channel=fields.text("channel") if fields.has("channel") else None,
            scenario=fields.text("scenario") if fields.has("scenario") else None,
            limits=limits.read(fields),
            window=window.read(fields),
        )

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("was", FieldKind.CHOICE, "Ce qui s’est passé", "What happened", default="sent",
                      options=tuple(_SENT)),
            forms.one("channel", FieldKind.TEXT, "Canal", "Channel"),
            forms.one("scenario", FieldKind.TEXT, "Scénario", "Scenario"),
            *limits.form(),
            *window.form(),
        )  # fmt: skip

    def words(self, language: str) -> str:
        """Say it in words."""
        said = [_SENT[self.was][language]]
        if self.channel is not None:
            said.append({"fr": "par {0}", "en": "by {0}"}[language].format(self.channel))
        if self.scenario is not None:
            said.append({"fr": "du scénario « {0} »", "en": "of the scenario “{0}”"}[language].format(self.scenario))
        if not self.limits.is_once:
            said.append(self.limits.times(language))
        return " ".join(said) + self.window.words(language)

    def asked(self, around: Around) -> Question:
        """Compile: from what the sender reported, or from what came back."""
        narrowed: list[exp.Expr] = []
        for name, value in (("brand", around.brand), ("channel", self.channel), ("scenario", self.scenario)):
            if value is not None:
                narrowed.append(exp.column(name).eq(value))
        if self.was in _OF_OUTCOMES:
            relation = relations.MESSAGES
            where = [exp.column("outcome").eq(self.was), *narrowed]
        else:
            relation = relations.DELIVERIES
            where = [exp.column("kind").eq(self.was)]
            if narrowed:
                sent = exp.select("message_id").from_(exp.table_("message_records", db="fact")).where(*narrowed)
                where.append(exp.column("message_id").isin(query=sent))
        where += between(self.window, around, "occurred_at")
        edges = edges_of(self.window, around, "occurred_at")
        return self.limits.compiled(Asked(relation=relation, where=tuple(where), edges=edges))
