"""What a tracking plan costs in the tick: microseconds of one core an event, without a plan, kept, and broken."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

import msgspec

from comptoir.collect.batch import Event
from comptoir.collect.plan import check, declared
from comptoir.collect.plan.check import Checker, Findings
from comptoir.model.event import ENVELOPE_VERSION, Line, encode

COUNT = 20_000
ROUNDS = 15
PLAN = """
events:
  Product Viewed:
    properties:
      product_id: {type: text, required: true}
      name: {type: text}
      price: {type: number, required: true}
      currency: {type: text, one_of: [EUR, GBP, CHF]}
      category: {type: text}
      quantity: {type: integer}
"""
SAID = {
    "product_id": "SKU-1042", "name": "Lampe de bureau", "price": 49.9, "currency": "EUR", "category": "Luminaires",
    "quantity": 1, "cart_id": "0193aaaabbbb7ccc8dddeeeeffff0000", "position": 3,
}  # fmt: skip


def main() -> None:
    """Measure, and print against the time that decoding the same lines takes in the same run."""
    checkers = {"main": Checker.of(declared.parse(PLAN))}
    lines = [line({**SAID, "position": number}) for number in range(COUNT)]
    broken = [line({**SAID, "price": "49,90", "position": number}) for number in range(COUNT)]
    unplanned = [line(SAID, name=f"Invented {number}") for number in range(COUNT)]
    texts = [encode(one) for one in lines]
    decoder = msgspec.json.Decoder(Line)
    reference = best(lambda: [decoder.decode(text) for text in texts])
    print(f"reference: a line decoded            {reference:6.2f} µs")
    for name, plans, some in (
        ("no plan for the brand", {"other": checkers["main"]}, lines), ("events that follow the plan", checkers, lines),
        ("events that break it", checkers, broken), ("20,000 names never planned", checkers, unplanned),
    ):  # fmt: skip
        took = cost(plans, some)
        print(f"{name:36} {took:6.2f} µs   {took / reference:5.2f} × the reference")
    print("no plan at all                         0.00 µs   the stage is left out")


def line(said: Mapping[str, object], name: str = "Product Viewed") -> Line:
    """Make a line as the door writes it."""
    return Line(
        v=ENVELOPE_VERSION, type="track", name=name, source="site", brand="main", received_at=1, message_id="m",
        anonymous_id="b", properties=msgspec.Raw(json.dumps(said, separators=(",", ":")).encode()),
    )  # fmt: skip


def cost(plans: Mapping[str, Checker], lines: list[Line]) -> float:
    """Give the microseconds an event takes."""

    def once() -> None:
        stage = check.stage(plans, Findings())
        for start in range(0, COUNT, 1_000):
            stage(events[start : start + 1_000])

    events = [Event(0, b"", one) for one in lines]
    return best(once)


def best(act: object) -> float:
    """Give the least of some rounds, in microseconds of processor time an event."""
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        act()  # type: ignore[operator]
        spent.append(time.process_time() - began)
    return min(spent) / COUNT * 1e6


if __name__ == "__main__":
    main()
