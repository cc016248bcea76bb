"""Envelope senders that say which message they belong to, so that a bounce is believed only where we sent it."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence

_MAC_DIGITS = 16
_PLAIN = re.compile(r"[a-z0-9-]{1,44}")
_OURS = re.compile(r"b-([a-z0-9-]{1,44})-([0-9a-f]{16})", re.IGNORECASE)


def envelope(key: bytes, message_id: str, domain: str) -> str | None:
    """
    Give the envelope sender of a message; None where its id does not fit into an address.

    Source: VERP (Bernstein); HMAC-SHA256 cut to 64 bits, in letters that servers may change the case of.
    """
    if not domain or not _PLAIN.fullmatch(message_id):
        return None
    return f"b-{message_id}-{_mac(key, message_id)}@{domain}"


def message_of(keys: Sequence[bytes], address: str) -> str | None:
    """Read which message an envelope sender belongs to; None where we never made it."""
    found = _OURS.fullmatch(address.strip().strip("<>").rpartition("@")[0])
    if found is None:
        return None
    message_id, said = found[1].lower(), found[2].lower()
    return message_id if any(hmac.compare_digest(_mac(key, message_id), said) for key in keys) else None


def _mac(key: bytes, message_id: str) -> str:
    return hmac.new(key, b"verp:" + message_id.encode("ascii"), "sha256").hexdigest()[:_MAC_DIGITS]
