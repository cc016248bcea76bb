"""Messages: a candidate for contact, what became of it and why, and what a channel answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec


class MessageClass(StrEnum):
    """How much a message must go. Order: first wins; only scenarios and campaigns need consent and know caps."""

    SERVICE = "service"
    TRANSACTIONAL = "transactional"
    SCENARIO = "scenario"
    CAMPAIGN = "campaign"

    @property
    def rank(self) -> int:
        """Give its place in the order; 0 is strongest."""
        return _RANKS[self]

    @property
    def is_marketing(self) -> bool:
        """Say whether it needs consent and counts against caps."""
        return self in {MessageClass.SCENARIO, MessageClass.CAMPAIGN}


_RANKS = {one: place for place, one in enumerate(MessageClass)}


class Discretion(StrEnum):
    """How much a message reveals of what we saw. Order: least first."""

    GENERIC = "generic"
    CATEGORY = "category"
    EXACT = "exact"


class Arm(StrEnum):
    """On which side of a hold-out a person stands."""

    TREATED = "treated"
    CONTROL = "control"


class Outcome(StrEnum):
    """What became of a candidate; `queued` and `deferred` still go on, the others are final."""

    QUEUED = "queued"
    DEFERRED = "deferred"
    SENT = "sent"
    """Handed over and accepted, or of unknown fate."""
    FAILED = "failed"
    """Handed over and refused for good."""
    REPLACED = "replaced"
    DROPPED = "dropped"
    HELD_OUT = "held_out"


class Reason(StrEnum):
    """Why a candidate did not go, in one word."""

    NO_CONTACT = "no_contact"
    """The person has no address on this channel."""
    NO_CONSENT = "no_consent"
    """No consent for this brand, purpose and channel was ever given to a confirmed source, or it was withdrawn."""
    SUPPRESSED = "suppressed"
    """The address is on the suppression list."""
    NOTHING_TO_SHOW = "nothing_to_show"
    """Nothing of what the message would speak of is in the catalogue and for sale."""
    CONTROL = "control"
    """The person is in the control group."""
    TOO_LATE = "too_late"
    """The moment had passed before it could be handed over."""
    CAPPED = "capped"
    """The person or the address has had as many messages as the policy allows, until after the message expires."""
    GAP = "gap"
    """The last message is too recent, until after this one expires."""
    BETTER = "better"
    """A message with a better claim took its place."""
    SAID_ALREADY = "said_already"
    """The same message for the same occasion was reserved before."""
    ORDERED = "ordered"
    """The cart was ordered meanwhile."""
    CART_CLOSED = "cart_closed"
    """The cart is no longer open."""
    NOT_FOR_SALE = "not_for_sale"
    """A product the message speaks of is no longer for sale."""
    PRICE_CHANGED = "price_changed"
    """A price the message promises is no longer the catalogue's."""
    CONSENT_WITHDRAWN = "consent_withdrawn"
    """The consent was withdrawn between queueing and sending."""
    SUPPRESSED_SINCE = "suppressed_since"
    """The address was suppressed between queueing and sending."""
    SCENARIO_STOPPED = "scenario_stopped"
    """The scenario was paused or taken away between queueing and sending."""
    EXITED = "exited"
    """The enrollment ended before the message left."""
    QUIET_HOURS = "quiet_hours"
    """It is night, Sunday or a public holiday where the person lives, until after the message expires."""
    DISCREET = "discreet"
    """The person was told "we saw you" often enough lately, until after the message expires."""
    BETTER_SOON = "better_soon"
    """A message with a better claim is due within the coming days, and there is room for one only."""
    UNIVERSAL_CONTROL = "universal_control"
    """The person is in the universal control group, which gets no marketing at all."""
    PAUSED = "paused"
    """The person asked for a pause, until after the message expires."""
    NO_LONGER_A_PROSPECT = "no_longer_a_prospect"
    """The person has not been in touch for three years, nor bought in that time."""
    THEME_REFUSED = "theme_refused"
    """The person wants nothing more on this theme."""
    RENDER_FAILED = "render_failed"
    """The words could not be made; a value they need is missing."""
    NOT_SENT = "not_sent"
    """The tool that asked was told to send it, and said that it did not."""
    NOT_SETTLED = "not_settled"
    """The tool that asked was told to send it, and never said what came of it."""

    @property
    def is_before_eligibility(self) -> bool:
        """Say whether it takes a person out before control and treated part: such candidates count in no arm."""
        return self in _BEFORE_ELIGIBILITY


_BEFORE_ELIGIBILITY = frozenset(
    {
        Reason.NO_CONTACT, Reason.NO_CONSENT, Reason.SUPPRESSED, Reason.NOTHING_TO_SHOW, Reason.THEME_REFUSED,
        Reason.NO_LONGER_A_PROSPECT,
    }
)  # fmt: skip

IN_FRENCH: dict[Reason, str] = {
    Reason.NO_CONTACT: "La personne n’a pas d’adresse sur ce canal.",
    Reason.NO_CONSENT: "Aucun consentement pour cette marque, cette finalité et ce canal n’a été donné à une source"
    " confirmée, ou il a été retiré.",
    Reason.SUPPRESSED: "L’adresse est sur la liste des exclusions.",
    Reason.NOTHING_TO_SHOW: "Rien de ce dont parlerait le message n’est au catalogue et en vente.",
    Reason.CONTROL: "La personne est dans le groupe témoin.",
    Reason.TOO_LATE: "Le moment était passé avant qu’il puisse partir.",
    Reason.CAPPED: "La personne ou l’adresse a reçu autant de messages que la règle en permet, jusqu’après"
    " l’échéance du message.",
    Reason.GAP: "Le dernier message est trop récent, jusqu’après l’échéance de celui-ci.",
    Reason.BETTER: "Un message plus important a pris sa place.",
    Reason.SAID_ALREADY: "Le même message pour la même occasion avait déjà été réservé.",
    Reason.ORDERED: "Le panier a été commandé entre-temps.",
    Reason.CART_CLOSED: "Le panier n’est plus ouvert.",
    Reason.NOT_FOR_SALE: "Un produit dont parle le message n’est plus en vente.",
    Reason.PRICE_CHANGED: "Un prix promis par le message n’est plus celui du catalogue.",
    Reason.CONSENT_WITHDRAWN: "Le consentement a été retiré entre la mise en file et l’envoi.",
    Reason.SUPPRESSED_SINCE: "L’adresse a été exclue entre la mise en file et l’envoi.",
    Reason.SCENARIO_STOPPED: "Le scénario a été suspendu ou retiré entre la mise en file et l’envoi.",
    Reason.EXITED: "Le parcours a pris fin avant le départ du message.",
    Reason.QUIET_HOURS: "Il fait nuit, c’est dimanche ou jour férié là où vit la personne, jusqu’après l’échéance"
    " du message.",
    Reason.DISCREET: "On a dit assez souvent à la personne « nous vous avons vue » ces derniers temps, jusqu’après"
    " l’échéance du message.",
    Reason.BETTER_SOON: "Un message plus important est attendu ces prochains jours, et il n’y a place que pour un.",
    Reason.UNIVERSAL_CONTROL: "La personne est dans le groupe témoin universel, qui ne reçoit aucun message"
    " commercial.",
    Reason.PAUSED: "La personne a demandé une pause, jusqu’après l’échéance du message.",
    Reason.NO_LONGER_A_PROSPECT: "La personne ne s’est pas manifestée depuis trois ans, et n’a rien acheté non plus.",
    Reason.THEME_REFUSED: "La personne ne veut plus rien recevoir sur ce thème.",
    Reason.RENDER_FAILED: "Les mots n’ont pas pu être composés : il manque une valeur.",
    Reason.NOT_SENT: "L’outil qui avait demandé pouvait l’envoyer, et a dit ne pas l’avoir fait.",
    Reason.NOT_SETTLED: "L’outil qui avait demandé pouvait l’envoyer, et n’a jamais dit ce qu’il en a fait.",
}
"""Each reason's sentence in French; the English one stands below the reason."""


class DeliveryKind(StrEnum):
    """What the channel says became of a message it was handed."""

    ACCEPTED = "accepted"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Nobody can tell: it counts, it is listed, and marketing is never sent again."""
    DEFERRED = "deferred"
    """Surely not accepted, and worth another try: a 4xx answer, or no connection."""
    STOPPED = "stopped"
    """The last look forbade it, before anything was accepted."""
    BOUNCED = "bounced"
    """The other side said later that it can never be delivered."""
    SOFT_BOUNCED = "soft_bounced"
    """The other side said later that it was not delivered this time."""
    COMPLAINED = "complained"
    """The person told their mail provider that it is unwanted."""
    SHOWN = "shown"
    """A page of the site showed it."""
    CLICKED = "clicked"
    """The person followed a link of it."""
    DISMISSED = "dismissed"
    """The person closed it on the site."""
    WITHDRAWN = "withdrawn"
    """It was taken from the site again; the detail says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A channel's answer."""

    kind: DeliveryKind
    detail: str = ""
    is_busy: bool = False
    """The other side asks for fewer messages: a 421, a greylist, too many connections."""
    no_server: bool = False
    """No conversation was possible at all: another server may take it at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedLine:
    """A product a message speaks of, as the catalogue had it when the message was decided."""

    product_id: str
    variant_id: str | None = None
    name: str
    category: str | None = None
    url: str | None = None
    image_url: str | None = None
    price: str | None = None
    """Exact decimal text."""
    currency: str | None = None
    quantity: str = "1"


class Candidate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A wish to contact a person. Nothing sends by itself: arbitration decides, and its word is kept."""

    message_id: str
    message_class: MessageClass
    scenario: str
    scenario_version: int
    step: str
    enrollment_id: int
    brand: str
    channel: str
    purpose: str
    template: str
    discretion: Discretion
    language: str
    node_id: int
    profile_id: str
    contact: str
    occasion: str
    priority: int
    expected_value: float = 0.0
    wished_at: datetime
    expires_at: datetime
    cart_key: str | None = None
    cart_id: str | None = None
    promise: tuple[PromisedLine, ...] = ()
    words: str = "{}"
    """JSON: the words of the template in the message's language, as they were published."""
    traits: str = "{}"
    """JSON: what the words may say of the person (first_name …), as it was known when the message was decided."""
    tags: tuple[str, ...] = ()
    """What the message is about, for caps per tag."""
    country: str | None = None
    """ISO 3166 alpha-2 code of where the person lives: whose holidays count."""
    time_zone: str | None = None
    """IANA name of the person's zone (profile before country before brand): whose night counts."""
    is_outside: bool = False
    """Another tool sends it, once we have said that it may: it counts as any other, and never lies in our outbox."""

    @property
    def order(self) -> tuple[int, int, float, datetime, datetime, str]:
        """Give its place among candidates; smaller goes first, and no two are equal."""
        return (
            self.message_class.rank,
            -self.priority,
            -self.expected_value,
            self.expires_at,
            self.wished_at,
            self.message_id,
        )

    @property
    def reveals(self) -> bool:
        """Say whether it tells the person "we saw you": it follows behavior, and names a category or a product."""
        return self.message_class == MessageClass.SCENARIO and self.discretion != Discretion.GENERIC

    @property
    def key(self) -> str:
        """Name the message apart from its occasion."""
        return f"{self.scenario}/{self.step}"


ONSITE = "onsite"
"""The channel of messages that a page of the shop's site shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeItem:
    """A product that a message on the site shows."""

    name: str
    price: str = ""
    url: str = ""
    image_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a page of the site shows. Every text is plain: the page makes elements of it, never markup."""

    slot: str
    """Where: `corner`, `top`, the name of a slot, or a CSS selector."""
    times: int
    """How often it is shown at most; 0 for as often as there are pages."""
    title: str = ""
    text: str = ""
    button: str = ""
    url: str = ""
    close: str = ""
    """What the button that closes it is called."""
    items: tuple[NoticeItem, ...] = ()
    sells: bool = False
    """It speaks of products somebody may buy: an order on the site takes it away at once."""
    language: str = "fr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """An e-mail ready to be handed over. Units: `at` stands in Date."""

    message_id: str
    sender: str
    to: str
    subject: str
    text: str
    html: str
    at: datetime
    language: str = "fr"
    headers: tuple[tuple[str, str], ...] = field(default=())
    brand: str = ""
    envelope: str = ""
    """Where bounces go, if not to the sender."""
    notice: Notice | None = None
    """What a page shows, of a message on the site."""
    source: str = ""
    """The source of the browser that a message on the site is for."""
