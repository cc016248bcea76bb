"""The picture of one dot that tells that a mail was opened: only where its person said yes to exactly that."""

from __future__ import annotations

from html import escape

from markupsafe import Markup

from comptoir.model.consent import Standing
from comptoir.model.message import MessageClass


def is_allowed(standing: Standing, message_class: MessageClass, *, asks_consent: bool) -> bool:
    """
    Say whether a mail may carry a personal pixel.

    Only with a consent of its own, only in marketing, and never in a mail that itself asks for a consent.

    Source: CNIL, deliberation 2026-042: a pixel that follows a person needs that person's consent.
    """
    return standing is Standing.GRANTED and message_class.is_marketing and not asks_consent


def image(url: str) -> Markup:
    """Give the picture; the mail without it is the same, byte for byte."""
    return Markup(f'<img src="{escape(url)}" width="1" height="1" alt="" style="display:block;border:0" />')  # noqa: S704
