"""The world as the warehouse has it: one set-based answer about carts, people and products for many subjects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from comptoir.model.message import PromisedLine
from comptoir.model.scenario import (
    BrowserFacts,
    CartFacts,
    OfferedLine,
    OrderFacts,
    PersonFacts,
    Subject,
    ViewFacts,
    WorldFacts,
)
from comptoir.model.service import SERVICE_LEVEL, level_of
from comptoir.quality import fields
from comptoir.quality.fields import Field

Ask = Callable[[str, Mapping[str, Any]], Sequence[tuple[Any, ...]]]
"""Run one statement with named parameters and give its rows."""

_SHOWN = 4
"""Products on a shelf that a message may speak of."""
_SHELF = "shelf:"


@dataclass(slots=True)
class _Answers:
    """What the dearer questions answered, by subject."""

    persons: dict[int, PersonFacts] = field(default_factory=dict)
    orders: dict[int, list[OrderFacts]] = field(default_factory=lambda: defaultdict(list))
    order_counts: dict[int, int] = field(default_factory=dict)
    views: dict[int, list[ViewFacts]] = field(default_factory=lambda: defaultdict(list))
    shelves: dict[int, dict[str, tuple[OfferedLine, ...]]] = field(default_factory=lambda: defaultdict(dict))
    browsers: dict[int, BrowserFacts] = field(default_factory=dict)
    best_hours: dict[int, int] = field(default_factory=dict)


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
        more = self._more(subjects)
        return {
            one.subject_id: WorldFacts(
                profile_id=people.get(one.subject_id, _NOBODY)[0],
                emails=tuple(people.get(one.subject_id, _NOBODY)[1]),
                language=people.get(one.subject_id, _NOBODY)[2],
                cart=standing.get(one.cart_key or ""),
                lines=tuple(lines.get(one.cart_key or "", ())),
                person=more.persons.get(one.subject_id, _NO_PERSON),
                order_count=more.order_counts.get(one.subject_id, 0),
                orders=tuple(more.orders.get(one.subject_id, ())),
                views=tuple(more.views.get(one.subject_id, ())),
                shelves=more.shelves.get(one.subject_id, {}),
                browser=more.browsers.get(one.subject_id),
                best_hour=more.best_hours.get(one.subject_id),
            )
            for one in subjects
        }

    # ---- what everybody asks

    def _people(self, subjects: Sequence[Subject]) -> dict[int, tuple[str | None, list[str], str | None]]:
        rows = self.ask(statement("subject_people"), _ids(subjects))
        found: dict[int, tuple[str | None, list[str], str | None]] = {}
        for subject_id, profile_id, email, language in rows:
            _, emails, _ = found.setdefault(subject_id, (profile_id, [], language))
            if email is not None:
                emails.append(email)
        return found

    def _carts(self, carts: list[str]) -> dict[str, CartFacts]:
        if not carts:
            return {}
        rows = self.ask(statement("subject_carts"), {"cart_keys": carts})
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
        for key, *said in self.ask(statement("subject_lines"), {"cart_keys": carts}):
            found[key].append(_line(said))
        return found

    # ---- what some ask

    def _more(self, subjects: Sequence[Subject]) -> _Answers:
        answers = _Answers()
        asked = {
            "person": self._persons, "best_hour": self._best_hours, "orders": self._orders, "views": self._views,
            "browser": self._browsers,
        }  # fmt: skip
        for need, answer in asked.items():
            wanting = [one for one in subjects if need in one.needs]
            if wanting:
                answer(wanting, answers)
        shelved = [one for one in subjects if any(need.startswith(_SHELF) for need in one.needs)]
        if shelved:
            self._shelves(shelved, answers)
        return answers

    def _persons(self, subjects: Sequence[Subject], answers: _Answers) -> None:
        traits: dict[int, dict[str, Any]] = defaultdict(dict)
        phones: dict[int, list[str]] = defaultdict(list)
        for subject_id, trait, value in self.ask(statement("subject_computed"), _ids(subjects)):
            traits[subject_id][trait] = value[0] if len(value) == 1 else value  # what the person states says more
        for subject_id, said, phone, _, _ in self.ask(statement("subject_persons"), _ids(subjects)):
            if phone is not None:
                phones[subject_id].append(phone)
            else:
                stated = {name: one for name, one in _object(said).items() if one is not None}
                traits[subject_id] |= stated | fields.named(stated)
        told = _ids(subjects) | {"brands": [one.brand for one in subjects]}
        labels: dict[int, str] = dict(self.ask(statement("subject_service"), told))
        for one in subjects:  # how somebody is served is for the shop to say, whatever was stated under that name
            stated = traits[one.subject_id] | {SERVICE_LEVEL: level_of(labels.get(one.subject_id))}
            answers.persons[one.subject_id] = _person(stated, tuple(phones.get(one.subject_id, ())))

    def _orders(self, subjects: Sequence[Subject], answers: _Answers) -> None:
        rows = self.ask(statement("subject_orders"), _ids(subjects) | {"brands": [one.brand for one in subjects]})
        for subject_id, key, at, amount, currency, count, products, categories in rows:
            answers.order_counts[subject_id] = count
            answers.orders[subject_id].append(
                OrderFacts(
                    order_key=key,
                    ordered_at=_aware(at),
                    amount_minor=int(amount),
                    currency=currency,
                    product_ids=frozenset(products or ()),
                    categories=frozenset(categories or ()),
                )
            )

    def _views(self, subjects: Sequence[Subject], answers: _Answers) -> None:
        rows = self.ask(statement("subject_views"), _ids(subjects) | {"brands": [one.brand for one in subjects]})
        for subject_id, product_id, category, at in rows:
            answers.views[subject_id].append(ViewFacts(product_id=product_id, category=category, viewed_at=_aware(at)))

    def _best_hours(self, subjects: Sequence[Subject], answers: _Answers) -> None:
        rows = self.ask(statement("subject_best_hour"), _ids(subjects) | {"brands": [one.brand for one in subjects]})
        answers.best_hours |= {subject_id: int(value) for subject_id, value in rows}

    def _browsers(self, subjects: Sequence[Subject], answers: _Answers) -> None:
        told = {"brands": [one.brand for one in subjects], "acted_at": [one.acted_at for one in subjects]}
        rows = self.ask(statement("subject_browsers"), _ids(subjects) | told)
        for subject_id, anonymous_id, source, products in rows:
            answers.browsers[subject_id] = BrowserFacts(
                anonymous_id=anonymous_id, source=source, product_ids=frozenset(products or ())
            )

    # ---- shelves

    def _shelves(self, subjects: Sequence[Subject], answers: _Answers) -> None:
        wanted: dict[tuple[int, str], list[str]] = {}
        self._wish_for_products(subjects, wanted)
        self._wish_for_views(subjects, answers, wanted)
        self._wish_for_orders(subjects, "order", "order_products", wanted)
        self._wish_for_orders(subjects, "complements", "order_complements", wanted)
        brands = {one.subject_id: one.brand for one in subjects}
        asked = sorted({(brands[subject], product) for (subject, _), some in wanted.items() for product in some})
        offered = self._offered(asked)
        for (subject, shelf), some in wanted.items():
            lines = [offered.get((brands[subject], product)) for product in some]
            answers.shelves[subject][shelf] = tuple(line for line in lines if line is not None)[:_SHOWN]

    def _wish_for_products(self, subjects: Sequence[Subject], wanted: dict[tuple[int, str], list[str]]) -> None:
        for one in subjects:
            if "shelf:product" in one.needs:
                wanted[one.subject_id, "product"] = list(one.product_ids)

    def _wish_for_views(
        self, subjects: Sequence[Subject], answers: _Answers, wanted: dict[tuple[int, str], list[str]]
    ) -> None:
        wishing = [one for one in subjects if "shelf:viewed" in one.needs]
        if wishing:
            seen = answers if any("views" in one.needs for one in wishing) else _Answers()
            missing = [one for one in wishing if one.subject_id not in seen.views]
            if missing:
                self._views(missing, seen)
            for one in wishing:
                wanted[one.subject_id, "viewed"] = [view.product_id for view in seen.views.get(one.subject_id, ())]

    def _wish_for_orders(
        self, subjects: Sequence[Subject], shelf: str, question: str, wanted: dict[tuple[int, str], list[str]]
    ) -> None:
        keys = {one.subject_id: one.order_key for one in subjects if f"shelf:{shelf}" in one.needs and one.order_key}
        if not keys:
            return
        found: dict[str, list[str]] = defaultdict(list)
        for order_key, product in self.ask(statement(question), {"order_keys": sorted(set(keys.values()))}):
            found[order_key].append(product)
        for subject, order_key in keys.items():
            wanted[subject, shelf] = found[order_key]

    def _offered(self, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], OfferedLine]:
        if not asked:
            return {}
        rows = self.ask(
            statement("offered_products"),
            {"brands": [brand for brand, _ in asked], "product_ids": [product for _, product in asked]},
        )
        return {(brand, product): _line([product, *said[:-1], Decimal(1), said[-1]]) for brand, product, *said in rows}


_NOBODY: tuple[None, list[str], None] = (None, [], None)
_NO_PERSON = PersonFacts()


def over(cursor: Any) -> WarehouseWorld:
    """Make the world of a DuckDB cursor."""
    return WarehouseWorld(asking(cursor))


def asking(cursor: Any) -> Ask:
    """Ask by a DuckDB cursor."""
    return lambda sql, params: cursor.execute(sql, dict(params)).fetchall()


def _ids(subjects: Sequence[Subject]) -> dict[str, Any]:
    return {"subject_ids": [one.subject_id for one in subjects], "node_ids": [one.node_id for one in subjects]}


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


def retold(one: WorldFacts, golden: Mapping[str, object]) -> WorldFacts:
    """Let the golden record say who a person is: its fields stand in the place of what was stated last."""
    kept = {name: value for name, value in one.person.traits.items() if name == SERVICE_LEVEL}
    told = {name: golden.get(fields.name_of(name), value) for name, value in one.person.traits.items()}
    stated = {**told, **golden, **kept}
    said = {name: value for name, value in stated.items() if value is not None}
    spoken = _first(golden, "language", "locale")
    return replace(
        one, person=_person(said, one.person.phones), language=spoken[:2].lower() if spoken else one.language
    )


def _person(stated: Mapping[str, Any], phones: tuple[str, ...]) -> PersonFacts:
    address = stated.get("address")
    country = _first(stated, "country", "country_code") or _first(
        address if isinstance(address, dict) else {}, "country"
    )
    return PersonFacts(
        first_name=_first(stated, *fields.spellings(Field.FIRST_NAME)),
        last_name=_first(stated, *fields.spellings(Field.LAST_NAME)),
        country=country.upper() if country and len(country) == 2 else None,
        time_zone=_first(stated, "time_zone", "timezone"),
        birthday=_date(_first(stated, *fields.spellings(Field.BIRTH))),
        phones=phones,
        traits=stated,
    )


def _first(stated: Mapping[str, Any], *names: str) -> str | None:
    found: Iterable[object] = (stated.get(name) for name in names)
    return next((one.strip() for one in found if isinstance(one, str) and one.strip()), None)


def _date(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text[:10])
    except ValueError:
        return None


def _object(text: str) -> Mapping[str, Any]:
    said = msgspec.json.decode(text)
    return said if isinstance(said, dict) else {}


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def plain(number: Decimal) -> str:
    """Write a decimal without trailing zeros or exponent."""
    return f"{number.normalize():f}"


@lru_cache(maxsize=32)
def statement(name: str) -> str:
    """Give the text of one of our statements."""
    return (files("comptoir.scenarios") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
