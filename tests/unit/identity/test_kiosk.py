"""A kiosk: one browser that ten thousand people log in on. The first keeps it, and no tick pays for the crowd."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from comptoir.identity import store
from comptoir.identity.rules import RULES
from comptoir.model.sighting import LinkClaim, NodeSeen
from tests.unit.identity.world import node, open_in_memory, persons, persons_from_scratch

PEOPLE = 10_000
KIOSK = "anonymous:kiosk"


def visit(number: int, at: int) -> Iterator[tuple[list[NodeSeen], list[LinkClaim]]]:
    """Yield what two events tell: somebody logs in on the kiosk, and her phone number arrives late."""
    account, email, phone = f"account:p{number}", f"email:p{number}@shop.example", f"phone:+336{number:08d}"
    seen = [NodeSeen(node(text), *text.partition(":")[::2], at) for text in (account, email, KIOSK)]
    yield seen, [LinkClaim(node(account), node(one), "identify", "claimed", at, f"m{at}") for one in (email, KIOSK)]
    late = NodeSeen(node(phone), "phone", phone.partition(":")[2], at - 5)
    yield [seen[0], late], [LinkClaim(node(account), node(phone), "event", "claimed", at - 5, f"late{at}")]


@pytest.mark.slow
@pytest.mark.parametrize("size", [500, 25])
def test_ten_thousand_people_on_one_kiosk_stay_apart_and_each_tick_costs_the_same(size: int) -> None:
    events = [event for number in range(PEOPLE) for event in visit(number, at=1_000 + 10 * number)]
    rng = random.Random(7)
    events.sort(key=lambda event: event[1][0].occurred_at + rng.random() * 300)  # a little out of order, as live
    state = open_in_memory()
    took: list[float] = []
    with state.write() as connection:
        for number, start in enumerate(range(0, len(events), size), start=1):
            batch = events[start : start + size]
            began = time.perf_counter()
            store.apply(
                connection,
                tick_id=number,
                spool="front",
                offset_after=start + len(batch),
                nodes=[one for nodes, _ in batch for one in nodes],
                links=[one for _, links in batch for one in links],
                traits=[],
            )
            took.append(time.perf_counter() - began)

        assert sum(took) < 30
        tenth = max(len(took) // 10, 1)
        assert sum(took[-tenth:]) < 8 * sum(took[:tenth])  # weighing the whole kiosk each time: 19 times
        assert persons(connection) == persons_from_scratch(connection, RULES)
        assert store.rebuild(connection) == 0
        sizes = sorted(len(person) for person in persons(connection))
        assert sizes == [3] * (PEOPLE - 1) + [4]
    state.close()
    print(f"{len(took)} ticks of {size} events: {sum(took):.2f} s, slowest {max(took) * 1000:.0f} ms")
