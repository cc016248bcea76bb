"""Signed links: a token that says which message it stands in and where it leads, and that nobody else can make."""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

import msgspec

from comptoir.model.consent import Known

VERSION = b"\x01"
MAC_BYTES = 16
MOST_TOKEN_CHARACTERS = 8_192

Kind = Literal["click", "unsubscribe", "preferences", "confirm", "answer", "open", "correct"]
PATHS: dict[str, Kind] = {
    "/c/": "click",
    "/u/": "unsubscribe",
    "/p/": "preferences",
    "/o/": "confirm",
    "/a/": "answer",
    "/x/": "open",
    "/q/": "correct",
}
"""Where the door answers each kind."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HOME = {kind: path for path, kind in PATHS.items()}
_OTHER = "_other"
_LABEL = "_label"


class Link(NamedTuple):
    """One link of one message. A tuple, as a mail makes a dozen, and as it is packed."""

    kind: Kind
    message_id: str
    target: str
    """
    Where a click leads, byte for byte; `question=value` of an answer (see `answer_target`); what was on when the mail
    was made, for preferences (see `known_target`); `1` of a pixel that may record opens; else empty.
    """
    brand: str
    language: str
    expires_at: int
    """Units: microseconds since 1970, UTC."""


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[Kind, str, str, str, str, int]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A question of a mail, the answer that was clicked, and the others it could have been."""

    question: str
    value: str
    label: str = ""
    """What the person read on the link; empty where the link does not say."""
    others: tuple[tuple[str, str], ...] = ()
    """Value and label of each other answer, in the mail's order."""


def sign(key: bytes, link: Link) -> str:
    """
    Write the token of a link, safe in a URL's path.

    Raises: ValueError where the target holds control characters, which no header may carry.
    Source: HMAC-SHA256 (RFC 2104), cut to 128 bits.
    """
    if not link.target.isprintable() and _CONTROL.search(link.target) is not None:
        raise ValueError(link.target)
    said = _pack(link)
    return urlsafe_b64encode(VERSION + _mac(key, said) + said).rstrip(b"=").decode("ascii")


def verify(keys: Sequence[bytes], token: str, now_micros: int) -> Link | None:
    """Read a token that one of `keys` signed and that has not expired; None for any other text."""
    if len(token) > MOST_TOKEN_CHARACTERS or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (BadBase64, ValueError):
        return None
    # The last character has spare bits: one token is written in one way only.
    if raw[:1] != VERSION or urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != token:
        return None
    mac, said = raw[1 : 1 + MAC_BYTES], raw[1 + MAC_BYTES :]
    if not any([hmac.compare_digest(_mac(key, said), mac) for key in keys]):  # noqa: C419 (every key takes its time)
        return None
    try:
        kind, message_id, target, brand, language, expires_at = _unpack(said)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if expires_at <= now_micros:
        return None
    return Link(kind=kind, message_id=message_id, target=target, brand=brand, language=language, expires_at=expires_at)


def address(public_url: str, token: str, kind: Kind) -> str:
    """Write where the door answers a token."""
    return f"{public_url.rstrip('/')}{_HOME[kind]}{token}"


def answer_target(question: str, value: str, *, label: str = "", others: Sequence[tuple[str, str]] = ()) -> str:
    """Write the target of an answer's link; with `label` and `others` the thank-you page lets people change it."""
    more = [(_LABEL, label)] if label else []
    more += [(_OTHER, f"{quote(other, safe='')} {text}") for other, text in others]
    return urlencode([(question, value), *more])


def read_answer(target: str) -> Answer | None:
    """Read what `answer_target` wrote, or a plain `question=value`; None where there is no question."""
    pairs = parse_qsl(target, keep_blank_values=True)
    if not pairs or not pairs[0][0]:
        return None
    (question, value), rest = pairs[0], pairs[1:]
    label = next((text for name, text in rest if name == _LABEL), "")
    split = [text.partition(" ") for name, text in rest if name == _OTHER]
    others = tuple((dict(parse_qsl(f"v={key}")).get("v", ""), text) for key, _, text in split)
    return Answer(question=question, value=value, label=label, others=others)


def known_target(known: Known) -> str:
    """Write how things stand into a preference link: names of purposes and themes only, no personal data."""
    return urlencode({"at": known.at, "on": " ".join(sorted(known.on)), "paused": known.paused_until})


def read_known(target: str) -> Known:
    """Read what `known_target` wrote; what cannot be read is unknown."""
    said = dict(parse_qsl(target))
    return Known(
        at=_number(said.get("at")), on=frozenset(said.get("on", "").split()), paused_until=_number(said.get("paused"))
    )


def correction_target(field: str, written: str, proposed: str) -> str:
    """Write the target of a correction's link; both values are masked, as whoever holds the link can read it."""
    return urlencode({"field": field, "written": written, "proposed": proposed})


def read_correction(target: str) -> tuple[str, str, str]:
    """Read what `correction_target` wrote: the field, what was written, and what is proposed."""
    said = dict(parse_qsl(target))
    return said.get("field", ""), said.get("written", ""), said.get("proposed", "")


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 18 else 0


def _mac(key: bytes, said: bytes) -> bytes:
    keyed = _keyed(key).copy()
    keyed.update(VERSION + said)
    return keyed.digest()[:MAC_BYTES]


@lru_cache(maxsize=16)
def _keyed(key: bytes) -> hmac.HMAC:
    """Begin a MAC. Unlike `hmac.digest` the rest holds the interpreter's lock, so a mail's links wait for no thread."""
    return hmac.new(key, digestmod="sha256")
