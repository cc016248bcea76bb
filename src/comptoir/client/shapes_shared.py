"""
What the API takes and answers about more than one subject, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, TypedDict


class PageOfRows(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[dict[str, Any]]
    next: str | None


class Problem(TypedDict):
    """What went wrong, and how to mend it (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str


class TemplateDraftsSeen(TypedDict):
    """A mail as one person would get it, or why it cannot be made."""

    person: str
    profile_id: str
    language: str
    to: str
    subject: str
    text: str
    html: str
    problem: str


class Tried(TypedDict):
    """What was answered to a test."""

    is_fine: bool
    detail: str
