"""
What the API takes and answers about templates, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, TypedDict


class TemplatesMade(TypedDict):
    """A template in one language."""

    template: str
    version: int
    language: str
    brand: str


class TemplatesShown(TypedDict):
    """A version of a template."""

    template: str
    version: int
    definitions: dict[str, str]
    uses: list[str]
    health: dict[str, Any]


class TemplatesWritten(TypedDict):
    """A template as YAML: every language of one version."""

    definition: str


class Use(TypedDict):
    """A step of a scenario that sends a template or words of its own."""

    scenario: str
    version: int
    step: str
    is_live: bool
    template: str
    words: str
