"""The menu: which pages there are, and what it takes to open each."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.access.roles import Right


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the menu: the stem of its words, its address, and the right it wants."""

    key: str
    path: str
    right: Right


ENTRIES = (
    Entry("today", "/", Right.SEE_RESULTS),
    Entry("live", "/live", Right.SEE_CUSTOMERS),
    Entry("customer", "/customers", Right.SEE_CUSTOMERS),
    Entry("carts", "/carts", Right.SEE_CUSTOMERS),
    Entry("segments", "/segments", Right.CAMPAIGN),
    Entry("scores", "/scores", Right.SEE_CUSTOMERS),
    Entry("scenarios", "/scenarios", Right.CAMPAIGN),
    Entry("messages", "/messages", Right.CAMPAIGN),
    Entry("pressure", "/pressure", Right.CAMPAIGN),
    Entry("results", "/results", Right.SEE_RESULTS),
    Entry("sources", "/sources", Right.RUN),
    Entry("health", "/running", Right.RUN),
    Entry("settings", "/settings", Right.RUN),
)
"""Order: as the shop's day goes."""
