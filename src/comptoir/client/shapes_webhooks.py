"""
What the API takes and answers about webhooks, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class AddWebhook(TypedDict):
    """An endpoint of another system."""

    name: str
    url: str
    secret: NotRequired[str]


class MailSwitch(TypedDict):
    """Called or not."""

    is_enabled: bool


class Secret(TypedDict):
    """An endpoint's secret, shown this once."""

    name: str
    secret: str
