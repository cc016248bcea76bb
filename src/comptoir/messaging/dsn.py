"""Reads what mail servers send back: a bounce, hard or soft, a complaint, a delay, or somebody's absence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from email.utils import parseaddr
from enum import StrEnum

from flufl.bounce import all_failures

from comptoir.messaging import bounce_words

_MOST_TEXT = 20_000
_MOST_HEADER = 1_000
_MOST_READ = 200_000
"""Of one part, markup included. Units: bytes."""


class Severity(StrEnum):
    """What an answer says of an address."""

    HARD = "hard"
    """Nothing will ever arrive there: it does not exist, or is closed for good."""
    SOFT = "soft"
    """It did not arrive this time: full, too large, refused as spam, too busy."""
    DELAYED = "delayed"
    """It is still being tried."""


class Word(StrEnum):
    """What came back."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    NOTHING = "nothing"
    """An autoreply, a delay, or anything else that is no word about delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a mail that came back says."""

    word: Word
    severity: Severity | None = None
    recipients: frozenset[str] = frozenset()
    detail: str = ""


NOTHING = Heard(word=Word.NOTHING)

_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.#])([45]\d\d)(?=[\s\-:,)]|$)")

_HARD_CODES = ("5.1.", "5.2.1", "5.4.4", "5.4.310")
_HARD_STATUS = frozenset({"5.0.0", "5.5.0", "5.3.0", "5.4.0", "5.0.1"})
_SOFT_CODES = (
    "5.2.2",
    "5.2.3",
    "5.3.4",
    "5.7.",
    "5.6.",
    "5.4.7",
    "5.4.1",
    "5.4.6",
    "5.4.14",
    "5.1.8",
    "5.1.9",
    "5.1.7",
)


def hear(message: Message) -> Heard:
    """Say what a mail that came back says. It is not yet believed: see `verp`."""
    if (complaint := _complaint(message)) is not None:
        return complaint
    report = _report(message)
    if report is None and _is_autoreply(message):
        return NOTHING
    text = _text(message)
    if report is not None:
        return _from_report(report, text)
    return _from_text(message, text)


def judged(answer: str) -> Severity | None:
    """Say what one answer of a server (`550 5.1.1 no such user`) says of the address; None where it says nothing."""
    code = _CODE.search(answer)
    status = code[1] if code else ""
    reply = _REPLY.search(answer)
    plain = _unaccented(answer)
    if status.startswith("4.") or (not status and reply is not None and reply[1].startswith("4")):
        return Severity.SOFT
    if status.startswith(_SOFT_CODES):
        return (
            Severity.HARD
            if bounce_words.GONE.search(plain) and not bounce_words.PASSING.search(plain)
            else Severity.SOFT
        )
    if status.startswith(_HARD_CODES):
        is_passing = bounce_words.PASSING.search(plain) and not bounce_words.GONE.search(plain)
        return Severity.SOFT if is_passing else Severity.HARD
    if bounce_words.GONE.search(plain):
        return Severity.HARD
    if bounce_words.PASSING.search(plain):
        return Severity.SOFT
    if status in _HARD_STATUS or status.startswith("5.") or (reply is not None and reply[1].startswith("5")):
        # a 5xx that says no more: the message was refused, which is not yet a word about the address
        return Severity.SOFT
    return None


def recipient_of(message: Message) -> str:
    """Give the address a mail that came back was sent to: the envelope sender of what bounced."""
    for name in ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To"):
        for said in message.get_all(name, []):
            address = parseaddr(str(said))[1]
            if address.lower().startswith("b-"):
                return address
    return parseaddr(str(message.get("To", "")))[1]


def _complaint(message: Message) -> Heard | None:
    """Read a feedback report. Source: RFC 5965."""
    for part in message.walk():
        if part.get_content_type() == "message/feedback-report":
            said = _payload(part)
            kind = re.search(r"^feedback-type:\s*(\S+)", said, re.IGNORECASE | re.MULTILINE)
            if kind is not None and kind[1].lower() in {"not-spam", "auth-failure", "virus"}:
                return NOTHING
            return Heard(word=Word.COMPLAINT, detail=f"feedback report: {kind[1].lower() if kind else 'abuse'}")
    return None


def _report(message: Message) -> list[Message] | None:
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            inside = part.get_payload()
            blocks = [one for one in inside if isinstance(one, Message)] if isinstance(inside, list) else []
            return [block for block in blocks if block.get("Action") or block.get("Final-Recipient")]
    return None


def _from_report(blocks: list[Message], text: str) -> Heard:
    if not blocks:
        return NOTHING
    failed = [one for one in blocks if "fail" in str(one.get("Action", "failed")).lower()]
    if not failed:
        return NOTHING  # delayed, delivered, relayed, expanded
    severities: list[Severity] = []
    for block in failed:
        status = " ".join(str(block.get("Status", "")).split())[:20]
        said = " ".join(str(block.get("Diagnostic-Code", "")).split())
        severities.append(_worst(status, said, text))
    first = failed[0]
    detail = " ".join(f"{first.get('Status', '')} {first.get('Diagnostic-Code', '')}".split())
    severity = Severity.HARD if Severity.HARD in severities else Severity.SOFT
    return Heard(word=Word.BOUNCE, severity=severity, recipients=_recipients(failed), detail=detail[:300])


def _worst(status: str, said: str, text: str) -> Severity:
    """Judge a recipient's block: the server's own words first, then the status, then the text for people."""
    words = _unaccented(said)
    own = _CODE.search(said)
    if own is not None and not (own[1] in _HARD_STATUS and not bounce_words.GONE.search(words)):
        return judged(said) or Severity.SOFT
    if bounce_words.GONE.search(words) or bounce_words.PASSING.search(words):
        return judged(f"{status} {said}" if status.startswith("4.") else said) or Severity.SOFT
    if status and status not in _HARD_STATUS:
        return judged(f"{status} {said}") or Severity.SOFT
    return judged(f"{said} {_unaccented(text)[:_MOST_TEXT]}".strip()) or Severity.SOFT


def _from_text(message: Message, text: str) -> Heard:
    """Read a bounce that is no report: by whom it comes from, its subject and its words."""
    subject, sender = _header(message, "Subject"), _header(message, "From")
    has_empty_path = str(message.get("Return-Path", "")).strip() == "<>"
    looks = (
        bool(bounce_words.BOUNCERS.search(sender))
        + bool(bounce_words.BOUNCE_SUBJECT.search(_unaccented(subject)))
        + has_empty_path
    )
    known = bool(message.get("X-Failed-Recipients"))
    temporary, permanent = _asked(message)
    if not known and looks < (1 if temporary or permanent else 2):
        return NOTHING
    own = _above_original(text)
    severity = judged(own)
    if bounce_words.DELAY.search(f"{subject} {own}") and not bounce_words.GONE.search(_unaccented(own)):
        return NOTHING
    if temporary and not permanent and severity is None:
        return NOTHING
    if severity is None and not permanent and not known:
        return NOTHING
    return Heard(
        word=Word.BOUNCE,
        severity=severity or Severity.SOFT,
        recipients=frozenset(one.decode("utf-8", "replace") for one in permanent | temporary),
        detail=" ".join(own.split())[:300],
    )


def _asked(message: Message) -> tuple[frozenset[bytes], frozenset[bytes]]:
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 (it reads what strangers wrote, and may stumble over anything)
        return frozenset(), frozenset()
    return frozenset(temporary), frozenset(permanent)


def _is_autoreply(message: Message) -> bool:
    said = str(message.get("Auto-Submitted", "")).lower()
    if said.startswith("auto-replied"):
        return not bounce_words.BOUNCERS.search(_header(message, "From"))
    if message.get("X-Autoreply") or message.get("X-Autorespond") or message.get("X-Auto-Response-Suppress") == "All":
        return not bounce_words.BOUNCERS.search(_header(message, "From"))
    if str(message.get("Precedence", "")).lower() == "auto_reply":
        return True
    return bool(bounce_words.AWAY.search(_header(message, "Subject")))


def _fields(block: Message) -> str:
    """Write the headers of a block as they stand: Python's own way folds them, which takes minutes for long ones."""
    return "\n".join(f"{name}: {str(value)[:_MOST_HEADER]}" for name, value in block.items())


def _header(message: Message, name: str) -> str:
    return str(message.get(name, ""))[:_MOST_HEADER]


def _recipients(blocks: list[Message]) -> frozenset[str]:
    found = (str(one.get("Original-Recipient") or one.get("Final-Recipient") or "") for one in blocks)
    return frozenset(said.partition(";")[2].strip().strip("<>").lower() for said in found if ";" in said)


def _above_original(text: str) -> str:
    """Cut off the mail that came back, whose own words say nothing of its fate."""
    marks = (
        # a row of dashes is taken as a whole: tried from each of its dashes, a long one takes minutes
        r"(?<!-)-{3,}+.{0,40}?(original|copy of|returned|message d.origine|headers|transcript of session follows)",
        r"^-{3,} below this line",
        r"^received: ",
        r"^return-path: ",
    )
    ends = [found.start() for mark in marks if (found := re.search(mark, text, re.IGNORECASE | re.MULTILINE))]
    return text[: min(ends)] if ends and min(ends) > 0 else text[:_MOST_TEXT]


def _text(message: Message) -> str:
    for part in message.walk():
        if part.get_content_type() in {"text/plain", "text/html"}:
            return _payload(part)[:_MOST_TEXT]
    return ""


def _payload(part: Message) -> str:
    raw = part.get_payload(decode=True)
    if isinstance(raw, bytes):
        raw = raw[:_MOST_READ]
        charset = part.get_content_charset() or "utf-8"
        try:
            said = raw.decode(charset, "replace")
        except (LookupError, ValueError):  # a charset nobody knows, or one that is no charset, such as `idna`
            said = raw.decode("latin-1")
    else:  # a report is read as headers of its own
        inside = part.get_payload()
        said = "\n".join(map(_fields, inside)) if isinstance(inside, list) else str(inside)
    return re.sub(r"<[a-zA-Z/!][^<>]*>", " ", said) if part.get_content_type() == "text/html" else said


_ACCENTS = str.maketrans("àâäçéèêëîïôöùûüÀÂÇÉÈÊËÎÏÔÙÛ’", "aaaceeeeiioouuuAACEEEEIIOUU'")


def _unaccented(said: str) -> str:
    return said.translate(_ACCENTS)
