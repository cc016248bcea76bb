"""`Consent Given` and `Consent Withdrawn` as sites say them: they become a record, or a control that acts at once."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import structs

from comptoir.collect.parse import Fault
from comptoir.model.consent import BROWSER, EMAIL, MARKETING, OPEN_TRACKING, SITE, TRACKING, ConsentState, contact_of
from comptoir.model.event import Control, Line, Record, RefusalReason, Trust, Type

GIVEN = "Consent Given"
WITHDRAWN = Control.CONSENT_WITHDRAWN.value
NAMES = frozenset({GIVEN, WITHDRAWN})
"""Track events that are read here."""
_PHONE = "phone"


def line_of(event: Line) -> Line | Fault:
    """
    Turn an event of consent into the line that acts, or say why it may not.

    A public key may change the tracking consent of its own browser, and claim a consent to be written to, which its
    owner is then asked to confirm; nothing else.
    """
    said = msgspec.json.decode(event.properties)
    is_given = event.name == GIVEN
    kind, contact = _contact(said)
    purpose = _text(said, "purpose") or (MARKETING if contact else TRACKING)
    if purpose == TRACKING:
        if contact is not None and event.trust != Trust.CONFIRMED and (kind, contact) != (BROWSER, event.anonymous_id):
            return Fault(RefusalReason.NOT_ALLOWED, "a public key speaks of the tracking of its own browser only")
        kind, contact = BROWSER, contact if kind == BROWSER and contact else event.anonymous_id
    elif event.trust != Trust.CONFIRMED and not is_given:
        return Fault(RefusalReason.NOT_ALLOWED, "a public key takes back no consent but its own browser's tracking")
    if not kind or not contact:
        return Fault(RefusalReason.MISSING_IDENTIFIER, "a consent needs `email` or `phone`, of tracking an anonymousId")
    if event.trust != Trust.CONFIRMED and purpose not in {TRACKING, MARKETING, OPEN_TRACKING}:
        return Fault(RefusalReason.NOT_ALLOWED, "a public key claims marketing, open_tracking or tracking only")
    properties: dict[str, object] = {
        "contact_kind": kind,
        "contact": contact_of(kind, contact),
        "purpose": purpose,
        "channel": SITE if purpose == TRACKING else _text(said, "channel") or (EMAIL if kind == EMAIL else "sms"),
        "state": (ConsentState.GRANTED if is_given else ConsentState.WITHDRAWN).value,
        "text_version": _text(said, "text_version"),
        "proof": _text(said, "proof"),
        "language": _text(said, "language"),
    }
    return structs.replace(
        event,
        type=(Type.RECORD if is_given else Type.CONTROL).value,
        name=(Record.CONSENT if is_given else Control.CONSENT_WITHDRAWN).value,
        properties=msgspec.Raw(msgspec.json.encode({key: one for key, one in properties.items() if one is not None})),
    )


def _contact(said: Mapping[str, object]) -> tuple[str, str | None]:
    for key, kind in (("email", EMAIL), (_PHONE, _PHONE)):
        value = _text(said, key)
        if value:
            return kind, value
    value = _text(said, "contact")
    if value is None:
        return "", None
    return _text(said, "contact_kind") or (EMAIL if "@" in value else _PHONE), value


def _text(said: Mapping[str, object], key: str) -> str | None:
    value = said.get(key)
    return str(value).strip() or None if isinstance(value, (str, int)) and not isinstance(value, bool) else None
