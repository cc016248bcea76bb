from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from comptoir.model.message import DeliveryKind, MessageClass, Outcome, Reason
from comptoir.pressure.caps import Cap, Policy
from comptoir.pressure.rows import candidates, reservations
from tests.pressure_house import NOON, build, wish

NODES = [1, 2, 3, 4]
CONTACTS = ["a@x", "b@x", "c@x"]
CAP, WINDOW, GAP = 2, timedelta(hours=24), timedelta(hours=3)


class Interleavings(RuleBasedStateMachine):
    """Whatever happens in whatever order: no person and no address bears more than the policy says."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.house = build(self.folder, policy=Policy(caps=(Cap(CAP, WINDOW),), gap=GAP))
        self.made: list[str] = []
        self.left: list[str] = []

    def teardown(self) -> None:
        self.house.state.close()
        shutil.rmtree(self.folder)

    @rule(
        said=st.lists(
            st.tuples(
                st.sampled_from(NODES), st.sampled_from(CONTACTS), st.integers(0, 3), st.sampled_from([1, 30, 200]),
                st.sampled_from([MessageClass.SCENARIO, MessageClass.CAMPAIGN]),
            ),
            min_size=1, max_size=4,
        )
    )  # fmt: skip
    def arbitrate(self, said: list[tuple[int, str, int, int, MessageClass]]) -> None:
        wishes = []
        for node, contact, priority, hours, kind in said:
            name = f"m{len(self.made)}"
            self.made.append(name)
            wishes.append(
                wish(name, node=node, contact=contact, priority=priority, hours=hours, kind=kind, at=self.house.now)
            )
        for verdict in self.house.ask(*wishes).values():
            assert verdict.until is None or verdict.until > self.house.now

    @rule()
    def retry(self) -> None:
        self.house.retry()

    @precondition(lambda self: self.made)
    @rule(data=st.data(), kind=st.sampled_from([None, *DeliveryKind]))
    def hand(self, data: st.DataObject, kind: DeliveryKind | None) -> None:
        name = data.draw(st.sampled_from(self.made))
        if kind not in {None, DeliveryKind.ACCEPTED, DeliveryKind.FAILED, DeliveryKind.UNKNOWN}:
            kind = DeliveryKind.ACCEPTED
        now = self.house.now
        if self.house.hand(name, kind) is None:
            assert name not in self.left
            self.left.append(name)
            self._bears_no_more(name, now)

    def _bears_no_more(self, name: str, _now: object) -> None:
        rows = [one for one in self.house.rows(reservations) if one["state"] in {"handed", "accepted", "unknown"}]
        own = next((one for one in rows if one["message_id"] == name), None)
        if own is None:  # it failed, so it was released
            return
        kin = self.house.kin.get(own["node_id"], frozenset({own["node_id"]}))
        for bears in (
            [one["at"] for one in rows if one["node_id"] in kin],
            [one["at"] for one in rows if one["contact"] == own["contact"]],
        ):
            window, gap = WINDOW // timedelta(microseconds=1), GAP // timedelta(microseconds=1)
            inside = [at for at in bears if own["at"] - window < at <= own["at"]]
            assert len(inside) <= CAP
            assert not [at for at in bears if at != own["at"] and abs(at - own["at"]) < gap]

    @rule(node=st.sampled_from(NODES))
    def cancel(self, node: int) -> None:
        with self.house.state.write() as connection:
            self.house.ledger.cancel(connection, enrollments=[node], reason=Reason.EXITED, now=self.house.now)

    @rule(contact=st.sampled_from(CONTACTS))
    def withdraw(self, contact: str) -> None:
        with self.house.state.write() as connection:
            self.house.ledger.cancel_contact(
                connection, contact=contact, brand="maison", channel="email", reason=Reason.CONSENT_WITHDRAWN,
                now=self.house.now,
            )  # fmt: skip

    @rule(nodes=st.lists(st.sampled_from(NODES), min_size=2, max_size=3, unique=True))
    def merge(self, nodes: list[int]) -> None:
        together = set(nodes)
        for one in nodes:
            together |= self.house.kin.get(one, frozenset({one}))
        self.house.join(*together)

    @rule(node=st.sampled_from(NODES))
    def cut(self, node: int) -> None:
        rest = self.house.kin.get(node, frozenset({node})) - {node}
        self.house.part(node)
        if rest:
            self.house.join(*rest)

    @rule(hours=st.sampled_from([-1, 0.01, 1, 3, 5, 24, 48]))
    def clock(self, hours: float) -> None:
        self.house.now += timedelta(hours=hours)

    @invariant()
    def everyone_has_one_outcome(self) -> None:
        rows = self.house.rows(candidates)
        outcomes = Counter(one["outcome"] for one in rows)
        assert len(rows) == len(self.made)
        assert outcomes.total() == sum(outcomes[one] for one in Outcome)
        states = {one["message_id"]: one["state"] for one in self.house.rows(reservations)}
        for one in rows:
            assert one["outcome"] in {Outcome.QUEUED, Outcome.SENT} or one["reason"] or one["outcome"] == Outcome.FAILED
            if one["outcome"] in {Outcome.DEFERRED, Outcome.DROPPED, Outcome.REPLACED}:
                assert states.get(one["message_id"], "released") == "released"


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def test_at_the_end_every_wish_was_sent_skipped_failed_or_held_out(tmp_path: Path) -> None:
    house = build(tmp_path, policy=Policy(caps=(Cap(CAP, WINDOW),), gap=GAP))
    house.publish("caps: [{at_most: 2, hours: 24}]\ngap_hours: 3\nuniversal_control: 0.2")
    names = []
    for day in range(4):
        house.now = NOON + timedelta(days=day)
        wishes = [
            wish(f"d{day}n{node}p{rank}", node=node, priority=rank, hours=12 * (rank + 1), at=house.now)
            for node in range(10) for rank in range(3)
        ]  # fmt: skip
        names += [one.message_id for one in wishes]
        house.ask(*wishes)
        for hour in range(23):
            house.now += timedelta(hours=1)
            house.retry()
            for place, name in enumerate(names):
                house.hand(
                    name, DeliveryKind.FAILED if place % 7 == 0 else DeliveryKind.ACCEPTED
                ) if hour % 4 == 0 else None
    house.now += timedelta(days=10)
    house.retry()

    outcomes = Counter(one["outcome"] for one in house.rows(candidates))
    final = (Outcome.SENT, Outcome.DROPPED, Outcome.REPLACED, Outcome.FAILED, Outcome.HELD_OUT)
    assert sum(outcomes[one] for one in final) == len(names) == 120
    assert all(outcomes[one] for one in (Outcome.SENT, Outcome.FAILED, Outcome.HELD_OUT))
