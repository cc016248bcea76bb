"""The people of the shop, with all that is true of them: who they are, what they like, what a mail does to them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np

from comptoir.demo.shop import names
from comptoir.demo.shop.catalogue import DEPARTMENTS
from comptoir.demo.shop.plan import FRENCH_SHARE, HOUSES, Part, Plan, Truth, Whole, pick
from comptoir.ids import hash64, hex64

Texts = list[str | None]

ORDERS_A_MONTH = 0.245
"""Orders of an average person in an ordinary month, while they are a customer."""
_DEVICES = np.array([0.42, 0.36, 0.16, 0.06])
_PHONES = 20_000
"""There are ten thousand numbers for fiction, and every second French person has one."""
_TWICE = 40
"""Of customers who have an account and go to stores, one in so many is in the files twice."""
_LIFE_MONTHS = 16.0
_TASTE = 0.55, 0.25
"""What part of somebody's purchases comes from the department they like best, and from the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Every person, one a place in each array; what is never known to the shop is in here too."""

    house: Whole
    joined: Part
    """Day from which they may buy, counted from the plan's first."""
    left: Part
    """Day after which they buy no more, unless beyond the plan's end."""
    pace: Part
    """Orders in an ordinary month."""
    store_share: Part
    """How much of it they buy in stores."""
    liked: Whole
    liked_second: Whole
    is_giver: Truth
    devices: Whole
    """How many browsers they have; the first of a household is shared."""
    household: Whole
    """The place of the person whose first browser they use: their own, where they share none."""
    has_account: Truth
    has_card: Truth
    has_email: Truth
    has_phone: Truth
    uses_second_email: Truth
    is_twice: Truth
    """Whether a store gave them a card that their account online knows nothing of."""
    agrees: Truth
    """Whether they ever agreed to marketing by e-mail."""
    withdrew: Truth
    is_company: Truth
    returns: Part
    """How likely a basket they leave is bought later all the same, without any mail."""
    clicks: Part
    """How likely they follow a mail about a basket."""
    persuaded: Part
    """How likely they buy after that click, who would not have bought otherwise."""
    first_names: list[str]
    last_names: list[str]
    emails: list[str]
    town: Whole
    born: Whole
    """Year, month and day of birth, as YYYYMMDD."""

    def __len__(self) -> int:
        return len(self.house)

    def taste(self, of: Whole) -> Part:
        """Give how much each of some people likes each department. Shape: person × department, rows add up to 1."""
        liking = np.full((len(of), len(DEPARTMENTS)), (1 - sum(_TASTE)) / len(DEPARTMENTS))
        rows = np.arange(len(of))
        liking[rows, self.liked[of]] += _TASTE[0]
        liking[rows, self.liked_second[of]] += _TASTE[1]
        return liking

    def effect(self) -> Part:
        """Give by how much a mail about a basket makes each more likely to buy it: what *Results* tries to find out."""
        return (1 - self.returns) * self.clicks * self.persuaded

    def account(self, person: int) -> str | None:
        """Give the customer number, where there is an account."""
        return f"C{100_000 + person}" if self.has_account[person] else None

    def email(self, person: int) -> str | None:
        """Give the first e-mail address, where the shop knows it."""
        return self.emails[person] if self.has_email[person] else None

    def second_email(self, person: int) -> str | None:
        """Give the second e-mail address, of those who have one."""
        return f"{self.emails[person].partition('@')[0]}@{names.WORK_HOST}" if self.uses_second_email[person] else None

    def card(self, person: int) -> str | None:
        """Give the number of the loyalty card, where there is one."""
        return f"29{40_000_000 + person * 7:08d}" if self.has_card[person] else None

    def phone(self, person: int) -> str | None:
        """
        Give a telephone number of a French range that is kept for fiction: it reaches nobody, and is written as others.

        Source: ARCEP, plan national de numérotation: 03 53 01 is of fiction, as is 06 39 98, which no plan of numbers
        lists, so that it would be doubted.
        """
        return f"+3335301{person // 2:04d}" if self.has_phone[person] else None

    def browser(self, plan: Plan, person: int, which: int) -> str:
        """Give the id of one of a person's browsers; the first one of a household is the same for both."""
        owner = int(self.household[person]) if which == 0 else person
        return browser(plan, owner, which)


def browser(plan: Plan, owner: int, which: int) -> str:
    """Write the id of a browser: nobody can read from it whose it is."""
    return f"b-{hex64(hash64('browser', str(plan.seed), str(owner), str(which)))}"


def make(plan: Plan) -> People:
    """Make the people of a plan."""
    count = plan.customers
    dice = plan.dice("people")
    house = (dice.random(count) >= FRENCH_SHARE).astype(np.int64)
    joined = np.where(dice.random(count) < 0.4, 0.0, plan.days * dice.beta(1.1, 1.2, count))
    first, last = _names(dice, house)
    store_share = np.array([0.0, 0.5, 1.0])[pick(dice, np.array([0.60, 0.25, 0.15]), count)]
    online = store_share < 1
    has_email = online | (dice.random(count) < 0.6)
    agrees = has_email & (dice.random(count) < 0.66)
    liked = dice.integers(0, len(DEPARTMENTS), count)
    has_account = online & (dice.random(count) < 0.88)
    everyone = np.arange(count)
    return People(
        house=house,
        joined=joined,
        left=joined + dice.exponential(_LIFE_MONTHS * 30.44, count),
        pace=dice.gamma(0.9, ORDERS_A_MONTH / 0.9, count) + 0.03,
        store_share=store_share,
        liked=liked,
        liked_second=(liked + dice.integers(1, len(DEPARTMENTS), count)) % len(DEPARTMENTS),
        is_giver=dice.random(count) < 0.22,
        devices=1 + pick(dice, _DEVICES, count),
        household=_households(dice, house, online),
        has_account=has_account,
        has_card=dice.random(count) < np.where(store_share > 0, 0.8, 0.25),
        has_email=has_email,
        has_phone=(house == 0) & (everyone % 2 == 0) & (everyone < _PHONES),
        uses_second_email=has_account & (dice.random(count) < 0.08),
        is_twice=has_account & (store_share > 0) & (everyone % _TWICE == 0),
        agrees=agrees,
        withdrew=agrees & (dice.random(count) < 0.07),
        is_company=dice.random(count) < 0.03,
        returns=dice.beta(2, 11, count),
        clicks=dice.beta(3, 4, count),
        persuaded=dice.beta(3, 4, count),
        first_names=first,
        last_names=last,
        emails=[_email(*who) for who in zip(range(count), first, last, house.tolist(), strict=True)],
        town=dice.integers(0, 1_000_000, count),
        born=dice.integers(1945, 2007, count) * 10_000
        + dice.integers(1, 13, count) * 100
        + dice.integers(1, 29, count),
    )


def _households(dice: np.random.Generator, house: Whole, online: Truth) -> Whole:
    """Let one pair of neighbors in eight share a browser, where both come to the site of one brand."""
    own = np.arange(len(house))
    second = own[1::2]
    shares = (
        (dice.random(len(second)) < 0.125) & (house[second] == house[second - 1]) & online[second] & online[second - 1]
    )
    own[second[shares]] -= 1
    return own


def _names(dice: np.random.Generator, house: Whole) -> tuple[list[str], list[str]]:
    first, last = dice.integers(0, 1_000_000, (2, len(house))).tolist()
    of = house.tolist()
    return (
        [names.FIRST[place][drawn % len(names.FIRST[place])] for place, drawn in zip(of, first, strict=True)],
        [names.LAST[place][drawn % len(names.LAST[place])] for place, drawn in zip(of, last, strict=True)],
    )


def _email(person: int, first: str, last: str, house: int) -> str:
    hosts = names.MAIL_HOSTS[house]
    return f"{_plain(first)}.{_plain(last)}.{person}@{hosts[person % len(hosts)]}"


def _plain(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(one for one in bare.lower() if one.isalnum())


def towns(people: People) -> list[tuple[str, str]]:
    """Give everybody's town and postal code."""
    lists = [names.TOWNS[place] for place in range(len(HOUSES))]
    return [
        lists[house][town % len(lists[house])]
        for house, town in zip(people.house.tolist(), people.town.tolist(), strict=True)
    ]
