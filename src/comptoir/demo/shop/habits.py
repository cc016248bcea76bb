"""How people behave on the site: the same habits make the recorded visits and the live ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from comptoir.demo.shop.plan import Part, Whole

VISITS_AN_ORDER = 4.2
"""Visits of a customer for each of their orders, that one included."""
STRANGERS = 0.42
"""How many visits are of people who never say who they are."""
WANTS_NO_COOKIE = 0.3
"""How many of these say no to the banner."""
LEAVES_A_BASKET = 0.24
"""In how many visits without an order a basket is begun."""
STRANGER_LEAVES_A_BASKET = 0.10
SIGNS_IN = 0.45
"""In how many visits without an order a customer with an account signs in."""
COMPANY_PAGES = 0.35
"""In how many of their visits people of companies look at the pages for companies."""
MORE_VIEWS = 2.1
"""Products looked at in a visit beyond the first, on average."""
MOST_VIEWS = 9
VIEW_SECONDS = 20, 95
BASKET_SECONDS = 8, 30
SIGN_IN_SECONDS = 6
CHECKOUT_SECONDS = 25, 120


class Channel(NamedTuple):
    """A way that leads to the site."""

    share: float
    """How many visits come by it."""
    bounces: float
    """How many of those that end without an order see one page, and no more."""
    referrer: str = ""
    query: str = ""
    """What is added to the address."""


CHANNELS = (
    Channel(0.34, 0.24),
    Channel(0.27, 0.31, "https://www.google.com/"),
    Channel(0.14, 0.38, "https://www.google.com/", "?utm_source=google&utm_medium=cpc&utm_campaign=brand"),
    Channel(0.06, 0.47, "https://www.instagram.com/", "?utm_source=instagram&utm_medium=social&utm_campaign=autumn"),
    Channel(0.03, 0.72, "https://www.tiktok.com/", "?utm_source=tiktok&utm_medium=social&utm_campaign=autumn"),
    Channel(0.02, 0.29, "https://www.pinterest.com/"),
    Channel(0.10, 0.18, "", "?utm_source=newsletter&utm_medium=email&utm_campaign=weekly"),
    Channel(0.04, 0.22, "https://deco.example/"),
)
"""Where visits come from."""

AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1 Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/604.1",
)
"""What browsers call themselves; a person's first browser, which a household may share, is often a tablet."""


def channel_shares() -> Part:
    """Give how often each of `CHANNELS` brings somebody."""
    return np.array([one.share for one in CHANNELS])


def bounces(channel: Whole) -> Part:
    """Give how likely a visit by each of some channels is to end with its first page."""
    return np.array([one.bounces for one in CHANNELS])[channel]


def agent(owner: int, which: int) -> str:
    """Give the name of one of a person's browsers."""
    return AGENTS[(owner * 3 + which * 2) % len(AGENTS)]
