"""The canonical line: how one event lies in the spool and in the archive, after the one strict parse at the door."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

ENVELOPE_VERSION = 1

EMPTY_BYTES = 2
"""Length of the compact `{}`: properties, traits or context that say nothing."""


class Type(StrEnum):
    """What a line is. The first six are the Segment spec's; the rest are ours."""

    TRACK = "track"
    PAGE = "page"
    SCREEN = "screen"
    IDENTIFY = "identify"
    GROUP = "group"
    ALIAS = "alias"
    RECORD = "record"
    """An imported row that is no behaviour: an order line, a product, a contact, a consent, points."""
    CONTROL = "control"
    """Something that must act before anything else: an unsubscribe, a consent withdrawn, an erasure."""
    REFUSED = "refused"
    """What the door could not take; `reason`, `detail` and `raw` say why and what."""
    DISCARDED = "discarded"
    """A tracking consent was refused: only the fact is counted, the body is gone."""
    ERASED = "erased"
    """Its person was erased: `erased` says what had become of it, the body is gone."""


class Trust(StrEnum):
    """How far a line is believed: a public key only claims; secret keys, imports and signed links confirm."""

    CLAIMED = "claimed"
    """A public write key said it: whoever reads the site's source can say it too."""
    CONFIRMED = "confirmed"
    """A secret key, an import or a signed link said it."""


class Lane(StrEnum):
    """What a line may be used for."""

    CRM = "crm"
    """Consented and nominative: joined to a person, may start a scenario."""
    AUDIENCE = "audience"
    """Statistics that need no consent: nothing of it is ever joined to a person."""


class Record(StrEnum):
    """The names of imported rows and of what Comptoir itself reports; never mixed with shop events."""

    ORDER_LINE = "Order Line"
    PRODUCT = "Product"
    CONTACT = "Contact"
    CONSENT = "Consent"
    LOYALTY_MOVEMENT = "Loyalty Movement"
    PRICE = "Price"
    STOCK = "Stock"
    CATEGORY = "Category"
    PICKUP = "Pickup"
    SUBSCRIPTION = "Subscription"
    CAMPAIGN_RETURN = "Campaign Return"
    """What became of a message that an outside tool sent."""
    CLAIM = "Claim"
    SPEND = "Spend"
    MESSAGE = "Message"
    DELIVERY = "Delivery"


class Control(StrEnum):
    """The names of control lines."""

    UNSUBSCRIBED = "Unsubscribed"
    CONSENT_WITHDRAWN = "Consent Withdrawn"
    MESSAGE_CLICKED = "Message Clicked"
    MESSAGE_OPENED = "Message Opened"
    """A pixel that was allowed when its mail was made; it counts only where that consent still holds."""
    CONSENT_CONFIRMED = "Consent Confirmed"
    """The button behind the link of a double opt-in."""
    PREFERENCES_CHANGED = "Preferences Changed"
    """What somebody chose on a preference page."""
    CORRECTION_ANSWERED = "Correction Answered"
    """What somebody answered to "is this still right?"."""
    PAUSED = "Messages Paused"
    """Somebody asked for a pause, or ended it."""


MESSAGE_ANSWERED = "Message Answered"
"""The track event of a one-click answer; only a signed link makes one."""


class OnSite(StrEnum):
    """
    The track events by which the site's script says what became of a message on the site.

    `message_id` names a scenario's message, `placement` one that everybody sees; a click says its `url` too. Of a
    scenario's message they become deliveries, where the browser that it was for says them.
    """

    SHOWN = "Placement Shown"
    CLICKED = "Placement Clicked"
    DISMISSED = "Placement Dismissed"


class RefusalReason(StrEnum):
    """Why an event was kept aside. Every reason is a counter and a line in docs/reference/refusals.md."""

    BAD_JSON = "bad_json"
    """The text is no JSON: it is cut, has a byte-order mark, invalid UTF-8, or a number such as NaN."""
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    """A number has more digits or a larger exponent than any store can keep exactly."""
    DUPLICATE_KEY = "duplicate_key"
    """An object names the same key twice, so two readers could disagree."""
    LONE_SURROGATE = "lone_surrogate"
    """A text holds half of a UTF-16 pair, which is no character."""
    TOO_DEEP = "too_deep"
    """Objects or lists are nested deeper than 64 levels."""
    TOO_MANY_KEYS = "too_many_keys"
    """The event has more than 2,000 keys."""
    EVENT_TOO_LARGE = "event_too_large"
    """The event is larger than the door takes (32 KB unless configured)."""
    BAD_ENVELOPE = "bad_envelope"
    """A field of the event has the wrong type, or the event has no known type."""
    MISSING_NAME = "missing_name"
    """A track event has no `event` name."""
    MISSING_IDENTIFIER = "missing_identifier"
    """Neither `userId` nor `anonymousId` is there, and the client cannot be given a cookie."""
    MISSING_GROUP = "missing_group"
    """A group event has no `groupId`."""
    MISSING_PREVIOUS = "missing_previous"
    """An alias event lacks `previousId` or `userId`."""
    MESSAGE_ID_REUSED = "message_id_reused"
    """The message id was used before for another event; the first one stands."""
    NOT_ALLOWED = "not_allowed"
    """The key may not say this: a public key cannot confirm orders, consents or points."""
    MISSING_ORDER_ID = "missing_order_id"
    """An order, or an order's line, has no order id."""
    BAD_AMOUNT = "bad_amount"
    """An amount or a quantity is no decimal number."""
    BAD_CURRENCY = "bad_currency"
    """The currency is no ISO 4217 code."""
    BAD_DATE = "bad_date"
    """A date of an imported row cannot be read."""
    BAD_ROW = "bad_row"
    """An imported row lacks a column it needs, or has a value that does not fit."""
    OFF_PLAN = "off_plan"
    """The event breaks the brand's tracking plan, which says that such events are kept aside."""
    POISON = "poison"
    """The event made a stage fail; its neighbours went on without it."""


class Line(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """
    One canonical line.

    `properties`, `traits` and `context` stay exact JSON text (white space outside strings removed), so integers beyond
    2^63 and long decimals survive. A line leads to no other object that could lead back, so no cycle is looked for.

    Units: every instant is whole microseconds since 1970, UTC.
    """

    v: int
    """Version of this envelope; lines of older versions stay readable for ever."""
    type: str
    source: str
    """Name of the source whose key brought the line."""
    brand: str
    received_at: int
    """When the door took it, by the server's clock."""
    trust: str = Trust.CLAIMED.value
    dialect: str = "segment"
    """The plug-in that read it."""
    lane: str = Lane.CRM.value
    historical: bool = False
    """It comes from an import of the past, and starts no scenario."""
    message_id: str = ""
    """The client's id, or one derived from the content where the client has none."""
    name: str = ""
    """What happened, such as `Product Viewed`; of a page or screen its name."""
    user_id: str | None = None
    anonymous_id: str | None = None
    group_id: str | None = None
    previous_id: str | None = None
    """The id an alias replaces."""
    timestamp: int | None = None
    """When the client says it happened, by the client's clock."""
    sent_at: int | None = None
    """When the client says it sent it, by the client's clock."""
    original_timestamp: str | None = None
    """The client's own text, kept where it could not be read as an instant."""
    ip: str | None = None
    """Truncated: /24 for IPv4, /48 for IPv6."""
    user_agent: str | None = None
    properties: msgspec.Raw = msgspec.Raw(b"{}")
    traits: msgspec.Raw = msgspec.Raw(b"{}")
    context: msgspec.Raw = msgspec.Raw(b"{}")
    import_id: str | None = None
    """The run of an import that brought the row."""
    row: int | None = None
    """The row's line in the imported file."""
    reason: str | None = None
    """Why it was refused: a `RefusalReason`."""
    detail: str | None = None
    """Where and what, in words."""
    route: str | None = None
    """By which of its dialect's routes a refused event came: its own text may not say what it is."""
    raw: str | None = None
    """Base64 of the bytes as they came, for a refused event only."""
    erased: str | None = None
    """What an erasure left of it (`model.erasure.Left`); nobody but an erasure writes it."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Line)


def encode(line: Line) -> bytes:
    """Write a line as one line of JSON, without the newline."""
    return _encoder.encode(line)


def encode_all(lines: Sequence[Line]) -> bytes:
    """Write lines one below the other, without a newline after the last: `encode` of each, in one go."""
    return _encoder.encode_lines(lines)[:-1]


def decode(text: bytes) -> Line:
    """Read a line that `encode` wrote. Raises: msgspec.MsgspecError if it did not."""
    return _decoder.decode(text)
