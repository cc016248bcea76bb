"""The world as the warehouse has it: one set-based answer about carts, people and products for many subjects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

from comptoir.model.message import PromisedLine
from comptoir.model.scenario import CartFacts, OfferedLine, Subject, WorldFacts

Ask = Callable[[str, Mapping[str, Any]], Sequence[tuple[Any, ...]]]
"""Run one statement with named parameters and give its rows."""


@dataclass(frozen=True, slots=True)
class WarehouseWorld:
    """Reads the documented views; give each thread its own (a DuckDB cursor is one thread's)."""

    ask: Ask

    def facts_of(self, subjects: Sequence[Subject]) -> Mapping[int, WorldFacts]:
        """Give the facts of each subject by its `subject_id` (`model.scenario.World`)."""
        if not subjects:
            return {}
        carts = sorted({one.cart_key for one in subjects if one.cart_key})
        people = self._people(subjects)
        standing = self._carts(carts)
        lines = self._lines(carts)
        return {
            one.subject_id: WorldFacts(
                profile_id=people.get(one.subject_id, _NOBODY)[0],
                emails=tuple(people.get(one.subject_id, _NOBODY)[1]),
                language=people.get(one.subject_id, _NOBODY)[2],
                cart=standing.get(one.cart_key or ""),
                lines=tuple(lines.get(one.cart_key or "", ())),
            )
            for one in subjects
        }

    def _people(self, subjects: Sequence[Subject]) -> dict[int, tuple[str | None, list[str], str | None]]:
        rows = self.ask(
            _sql("subject_people"),
            {"subject_ids": [one.subject_id for one in subjects], "node_ids": [one.node_id for one in subjects]},
        )
        found: dict[int, tuple[str | None, list[str], str | None]] = {}
        for subject_id, profile_id, email, language in rows:
            _, emails, _ = found.setdefault(subject_id, (profile_id, [], language))
            if email is not None:
                emails.append(email)
        return found

    def _carts(self, carts: list[str]) -> dict[str, CartFacts]:
        if not carts:
            return {}
        rows = self.ask(_sql("subject_carts"), {"cart_keys": carts})
        return {
            key: CartFacts(
                state=state, amount_minor=int(amount), currency=currency, item_count=int(items), order_key=order
            )
            for key, state, amount, currency, items, order in rows
        }

    def _lines(self, carts: list[str]) -> dict[str, list[OfferedLine]]:
        found: dict[str, list[OfferedLine]] = defaultdict(list)
        if not carts:
            return found
        for key, *said in self.ask(_sql("subject_lines"), {"cart_keys": carts}):
            found[key].append(_line(said))
        return found


_NOBODY: tuple[None, list[str], None] = (None, [], None)


def over(cursor: Any) -> WarehouseWorld:
    """Make the world of a DuckDB cursor."""
    return WarehouseWorld(lambda sql, params: cursor.execute(sql, dict(params)).fetchall())


def _line(said: Sequence[Any]) -> OfferedLine:
    product_id, variant_id, name, category, url, image_url, price, currency, quantity, is_for_sale = said
    return OfferedLine(
        product=PromisedLine(
            product_id=product_id,
            variant_id=variant_id,
            name=name or product_id,
            category=category,
            url=url,
            image_url=image_url,
            price=None if price is None else plain(price),
            currency=currency,
            quantity=plain(quantity),
        ),
        is_for_sale=is_for_sale,
    )


def plain(number: Decimal) -> str:
    """Write a decimal without trailing zeros or exponent."""
    return f"{number.normalize():f}"


@lru_cache(maxsize=8)
def _sql(name: str) -> str:
    return (files("comptoir.scenarios") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
