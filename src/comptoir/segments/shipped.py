"""Segments that ship with Comptoir, to begin from."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def texts() -> dict[str, str]:
    """Give the texts of the segments that ship with Comptoir, by key. Order: by key."""
    folder = files("comptoir.segments") / "library"
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)
    return {one.name.removesuffix(".yaml"): one.read_text(encoding="utf-8") for one in found}
