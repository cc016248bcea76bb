"""
What the API takes and answers about computed traits, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class ComputedTrait(TypedDict):
    """A computed trait: its rule in words, and how many people have it; none until it was computed."""

    key: str
    name: dict[str, str]
    state: str
    version: int
    brand: str | None
    words: dict[str, str]
    definition: str
    people: int | None
    as_of: str | None
    base: str


class OwnTrait(TypedDict):
    """A computed trait of a person. `value` is one text, or several."""

    trait: str
    name: dict[str, str]
    words: dict[str, str]
    value: str | list[str]
    as_of: str


class TraitOf(TypedDict):
    """What a computed trait comes to for somebody: its texts, and what it is as a number or a day."""

    profile_id: str
    said: list[str]
    number: str | None
    day: str | None


class TraitText(TypedDict):
    """The definition of a computed trait: YAML, or JSON, which is YAML."""

    definition: str


class TriedTrait(TypedDict):
    """A definition to be tried, for how many people, and how long that may take. Units: seconds."""

    definition: str
    most: NotRequired[int]
    seconds: NotRequired[float]
