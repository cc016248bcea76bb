"""What the shop platforms share: the fields of their rows, sums, instants, paging through what changes meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from comptoir.sources.pulls.base import Making, Option, PlaceNeeds, PlaceStrange, Stream, text
from comptoir.sources.pulls.tables import Row

Thing = Mapping[str, Any]
"""What a platform says of an order, a customer or a product."""

ADDRESS = Option(name="url", says="Address of the shop, https.", is_needed=True)
OVERLAP = Option(name="overlap_minutes", says="Minutes that are fetched again, for what was saved late.", default="10")

SINCE = Option(name="since", says="Day before which no order is wanted, with its returns; empty: all.")
COUNTRIES = Option(name="countries", says="Countries whose orders and customers are wanted, as FR, BE; empty: all.")

ORDERS: Final = Stream(
    name="orders",
    kind="orders",
    columns=(
        "order_id", "line_id", "product_id", "variant_id", "product_name", "category", "quantity", "unit_price",
        "currency", "total", "shipping", "tax", "channel", "country", "coupon", "cart_id", "line_kind", "occurred_at",
        "user_id", "email", "phone",
    ),
    row_id="{order_id} {line_id}",
)  # fmt: skip
"""Lines are with taxes and after discounts, and what was paid for beside the products is a line: they add up to what
the customer paid, as what is paid back does."""
RETURNS: Final = Stream(
    name="returns",
    kind="orders",
    columns=(
        "order_id", "line_id", "product_id", "variant_id", "product_name", "quantity", "unit_price", "currency",
        "occurred_at", "user_id", "email",
    ),
    row_id="{order_id} {line_id}",
)  # fmt: skip
CUSTOMERS: Final = Stream(
    name="customers",
    kind="contacts",
    columns=(
        "user_id", "email", "phone", "first_name", "last_name", "birth_on", "language", "street", "postal_code", "city",
        "country", "company", "created_on", "occurred_at",
    ),
)  # fmt: skip
PRODUCTS: Final = Stream(
    name="products",
    kind="products",
    columns=(
        "product_id", "variant_id", "name", "category", "maker", "url", "image_url", "price", "currency", "is_for_sale",
        "stock", "occurred_at",
    ),
)  # fmt: skip

CATEGORIES: Final = Stream(
    name="categories", kind="categories", columns=("category_id", "name", "parent_id", "is_active")
)

EVERYTHING: Final = "1970-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders, with their returns, and which customers are wanted. Who says no country is not, where one is."""

    since: datetime | None = None
    countries: frozenset[str] = frozenset()

    @classmethod
    def of(cls, making: Making) -> Wanted:
        """Read what was entered. Raises: PlaceNeeds."""
        said = making.options.get("since", "").strip()
        countries = making.options.get("countries", "").replace(",", " ").upper().split()
        try:
            since = datetime.combine(date.fromisoformat(said), time(), ZoneInfo(making.zone)) if said else None
        except ValueError as error:
            raise PlaceNeeds(option="since", takes="2025-01-01") from error
        if not all(len(one) == len("FR") and one.isalpha() for one in countries):
            raise PlaceNeeds(option="countries", takes="FR, BE")
        return cls(since, frozenset(countries))

    def holds(self, *, ordered_at: str | None = None, country: object = None) -> bool:
        """Say whether an order of this moment, or a customer, of this country is wanted."""
        is_early = self.since is not None and ordered_at is not None and datetime.fromisoformat(ordered_at) < self.since
        return not is_early and (not self.countries or str(country or "").upper() in self.countries)


def address(making: Making) -> str:
    """Give the address of a shop. Raises: PlaceNeeds."""
    said = text(making, "url").rstrip("/")
    if not said.startswith(("http://", "https://")):
        raise PlaceNeeds(option="url", takes="https://…")
    return said


def amount(said: object) -> Decimal:
    """Read an amount; nothing counts zero. Raises: PlaceStrange."""
    if said is None or said == "":
        return Decimal(0)
    try:
        return Decimal(str(said))
    except InvalidOperation as error:
        raise PlaceStrange(amount=str(said)[:40]) from error


def each(total: Decimal, quantity: object) -> Decimal:
    """Give the price of one, of what several cost together, to six decimals: the warehouse rounds the line once."""
    count = amount(quantity)
    return (total / count).quantize(Decimal("0.000001")) if count else total


def beside(kind: str, total: Decimal, *, name: str = "") -> list[Row]:
    """Give the line of what an order holds beside its products, such as its shipping; none of nothing."""
    if not total:
        return []
    line_id = f"{kind} {name}".strip()
    return [{"line_id": line_id, "product_name": kind, "quantity": 1, "unit_price": total, "line_kind": kind}]


def named(said: object) -> str | None:
    """Give an id or a text; zero and the empty one stand for none."""
    return None if said in {None, "", 0, "0"} else str(said)


def instant(said: object, zone: str = "UTC") -> str | None:
    """Write an instant with its offset; one without is of the zone. Raises: PlaceStrange."""
    if not said or str(said).startswith("0000"):
        return None
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError as error:
        raise PlaceStrange(date=str(said)[:40]) from error
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC).isoformat()


def day(said: object) -> str | None:
    """Give the day of a date or instant, if there is one."""
    found = str(said or "")[:10]
    return None if not found or found.startswith("0000") else found


def begin(since: str, overlap_minutes: int) -> datetime:
    """Say from when on to ask: a little before where the last run ended."""
    at = datetime.fromisoformat(since or EVERYTHING)
    return at - timedelta(minutes=overlap_minutes) if since else at


def changed(
    since: str,
    overlap_minutes: int,
    ask: Callable[[datetime, int], Sequence[Thing]],
    when: Callable[[Thing], str | None],
) -> Iterator[tuple[Sequence[Thing], str]]:
    """
    Page through what has changed since, oldest change first, though things change, and so move, meanwhile.

    Each page is asked for from the last instant that was seen, not by its number: what moves goes to the end, and is
    met there. Only within one instant pages are counted. Gives each page and the cursor after it.
    """
    at, number, mark = begin(since, overlap_minutes), 1, since
    met: set[tuple[object, str | None]] = set()
    while things := ask(at, number):
        seen = [((one.get("id") or one.get("entity_id"), when(one)), one) for one in things]
        fresh = [one for key, one in seen if key not in met]
        newest = max((one for (_, one), _ in seen if one), default="")
        reached = max(at, datetime.fromisoformat(newest)) if newest else at
        mark = max(mark, newest)
        if fresh:
            yield fresh, mark
        if reached > at:
            met = {key for key, _ in seen if key[1] == newest}  # these will be given again, as they are of that instant
            at, number = reached, 1
        else:
            met |= {key for key, _ in seen}
            number += 1


def numbered(ask: Callable[[int], Sequence[Thing]]) -> Iterator[Sequence[Thing]]:
    """Page through a list by the numbers of its pages, until one is empty."""
    number = 1
    while things := ask(number):
        yield things
        number += 1


def rows_of(
    pages: Iterable[tuple[Sequence[Thing], str]], rows: Callable[[Thing], Iterable[Row]]
) -> Iterator[tuple[list[Row], str]]:
    """Make rows of things."""
    for things, cursor in pages:
        yield [row for one in things for row in rows(one)], cursor


def listed(body: object, name: str = "") -> list[Thing]:
    """Give the list an answer is, or holds under a name. Raises: PlaceStrange."""
    found = body.get(name) if name and isinstance(body, dict) else body
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise PlaceStrange(why=f"a list of {name or 'things'} is expected")
    return found
