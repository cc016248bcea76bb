"""A trial: the mail that a person would get, sent to one's own address by the real way out, and in no ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from comptoir.clock import micros
from comptoir.errors import ComptoirError
from comptoir.ids import uuid7
from comptoir.messaging import suppression
from comptoir.messaging.base import Channel, Making
from comptoir.messaging.compose import address
from comptoir.messaging.outward import EMAIL
from comptoir.model.message import DeliveryKind, Mail, Receipt
from comptoir.plugins import Kind, load

HEADER = "X-Comptoir-Trial"
_MARKS = {"fr": "[Essai]", "en": "[Trial]"}


class NoAddress(ComptoirError, ValueError):
    """This is no e-mail address."""

    code, status = "no_address", 422
    hint = "Write it as name@shop.example."


class TrialRefused(ComptoirError):
    """This address must not be written to."""

    code, status = "trial_refused", 409
    hint = "It is on the suppression list; use another address of yours."


class TrialFenced(ComptoirError):
    """This copy of an installation sends nothing."""

    code, status = "trial_fenced", 409
    hint = "`comptoir unfence` lets it send, once the installation that it was copied from is gone."


class TrialFailed(ComptoirError):
    """The mail server did not take the trial."""

    code, status = "trial_failed", 502
    hint = "`comptoir mail server test NAME --to YOU` says what the server answers."


def send(mail: Mail, to: str, making: Making, *, channel_of: Callable[[Making], Channel] | None = None) -> Receipt:
    """
    Send a mail to one's own address now, marked as a trial in its subject and by a header.

    No cap counts it, nobody's story shows it, and nothing unsubscribes by it.

    Raises: NoAddress; TrialRefused; TrialFailed.
    """
    try:
        whom = address(to.strip())
    except ValueError as error:
        raise NoAddress(address=to[:100]) from error
    with making.state.read() as connection:
        if suppression.suppressed(connection, contacts=[whom], channel=EMAIL, brand=mail.brand):
            raise TrialRefused
    channel = (channel_of or _email)(making)
    try:
        receipt = channel.send(marked(mail, whom, str(uuid7(micros(making.clock.now())))), may_still=lambda: True)
    finally:
        channel.close()
    if receipt.kind is not DeliveryKind.ACCEPTED:
        raise TrialFailed(kind=receipt.kind.value, answer=receipt.detail[:300])
    return receipt


def marked(mail: Mail, to: str, message_id: str) -> Mail:
    """Mark a mail as a trial for an address."""
    return replace(
        mail,
        message_id=message_id,
        to=to,
        subject=f"{_MARKS.get(mail.language[:2], _MARKS['en'])} {mail.subject}",
        headers=((HEADER, "yes"),),
    )


def _email(making: Making) -> Channel:
    maker: Any = load(Kind.CHANNEL, EMAIL)
    made: Channel = maker.made(making)
    return made
