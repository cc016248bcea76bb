from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from msgspec import structs
from sqlalchemy import update

from comptoir.config import MailSettings
from comptoir.messaging import outbox as sending
from comptoir.messaging import outward, suppression
from comptoir.messaging.email import Email
from comptoir.messaging.rows import outbox
from comptoir.model.consent import ContactPoint
from comptoir.model.scenario import CartFacts
from comptoir.pressure.rows import candidates, reservations
from comptoir.privacy import care
from comptoir.scenarios import definitions
from comptoir.scenarios.rows import enrollments, timers
from comptoir.spool.base import Parcel
from tests.acting_house import (
    BRAND,
    NOON,
    House,
    Recording,
    act,
    build,
    order_line,
    parcel,
    unsubscribe_line,
    withdrawal_line,
)
from tests.faulty_smtp import POINTS, FaultySmtp

BEFORE_DOT = ("connect", "ehlo", "mail", "rcpt", "data", "body")


class Crash(BaseException):
    """The process dies here."""


def queued(house: House, people: int = 1) -> list[str]:
    """Bring people to where their reminder lies in the outbox."""
    names = [f"p{number}" for number in range(people)]
    carts = {name: house.shopper(name) for name in names}
    house.tick(*(act("Product Added", name, cart, house.clock.now()) for name, cart in carts.items()))
    house.after(minutes=25)
    house.tick()
    assert sum(row["state"] == "queued" for row in house.rows(outbox)) == people
    return names


def mailer(server: FaultySmtp) -> Email:
    return Email(MailSettings(port=server.port, sender="boutique@shop.example", timeout_seconds=5))


# ---- S1: crashes and faults at each step of the conversation


def test_a_crash_at_a_random_step_sends_nothing_twice_and_lists_the_unknown(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    house = build(tmp_path)
    people = chance.randint(1, 5)
    queued(house, people)
    steps = ["connect", "data", "dot", "after"]
    left = chance.randint(1, 2 * people)

    def maybe_crash(point: str) -> None:
        nonlocal left
        if point == steps[seed % len(steps)]:
            left -= 1
            if left == 0:
                raise Crash

    house.channel.hook = maybe_crash
    for _ in range(4):  # each round is a new process over the same files
        house.sender._is_recovered = False
        try:
            house.send()
        except Crash:
            assert sum(row["state"] == "handed" for row in house.rows(outbox)) == 1
        house.after(seconds=40)

    ids = [mail.message_id for mail in house.channel.sent]
    states = [row["state"] for row in house.rows(outbox)]
    with house.state.read() as connection:
        unknown = sending.unknowns(connection)
    house.close()
    assert len(ids) == len(set(ids))
    assert len(unknown) == states.count("unknown") <= 1
    assert len(ids) + len(unknown) >= people
    assert states.count("queued") + states.count("handed") == 0


@pytest.mark.parametrize("point", POINTS)
def test_a_server_that_dies_at_a_step_never_makes_two_of_one(tmp_path: Path, point: str) -> None:
    with FaultySmtp(dies_at=point) as server:
        house = build(tmp_path, channel=mailer(server))
        queued(house)
        first = house.send()
        server.dies_at = None
        house.after(seconds=40)
        again = house.send()
        house.channel.close()

    (row,) = house.rows(outbox)
    house.close()
    if point in ("connect", "ehlo", "mail", "rcpt"):
        assert [one.outcome for one in first + again] == ["deferred", "accepted"]
        assert len(server.accepted) == 1
    else:  # the answer to DATA or to the dot did not come: what was written may have been taken
        assert first[0].outcome in {"deferred", "unknown"}
        assert len(server.accepted) <= 1
        assert row["state"] in {"accepted", "unknown"}
        if point in ("dot", "after"):
            assert row["state"] == "unknown"
            assert again == []


@pytest.mark.parametrize("point", ["mail", "rcpt", "data", "dot"])
def test_a_4xx_is_tried_again_until_the_moment_has_passed(tmp_path: Path, point: str) -> None:
    with FaultySmtp(answers={point: "451 greylisted"}) as server:
        house = build(tmp_path, channel=mailer(server))
        queued(house)
        done = house.send()
        for _ in range(12):
            house.after(seconds=30)
            done += house.send()
        house.channel.close()

    (row,) = house.rows(outbox)
    (reserved,) = house.rows(reservations)
    house.close()
    assert server.accepted == []
    assert done[0].outcome == "deferred"
    assert row["state"] in {"failed", "dropped"}
    assert 2 <= row["attempts"] <= 5
    assert reserved["state"] in {"failed", "released"}


@pytest.mark.parametrize("point", ["mail", "rcpt", "data", "dot"])
def test_a_5xx_is_final_and_releases_the_reservation(tmp_path: Path, point: str) -> None:
    with FaultySmtp(answers={point: "550 no such user"}) as server:
        house = build(tmp_path, channel=mailer(server))
        queued(house)
        done = house.send()
        house.after(seconds=40)
        done += house.send()
        house.channel.close()

    (reserved,) = house.rows(reservations)
    (candidate,) = house.rows(candidates)
    house.close()
    assert [one.outcome for one in done] == ["failed"]
    assert reserved["state"] == "failed"
    assert candidate["outcome"] == "failed"


def test_one_connection_serves_many_mails_and_survives_a_refusal(tmp_path: Path) -> None:
    points: list[str] = []
    with FaultySmtp(on=points.append) as server:
        house = build(tmp_path, channel=mailer(server))
        queued(house, 5)
        house.send()
        house.channel.close()
    house.close()

    assert len(server.accepted) == 5
    assert points.count("connect") == 1


def test_a_tls_policy_is_kept_when_the_server_offers_none(tmp_path: Path) -> None:
    with FaultySmtp() as server:
        channel = Email(MailSettings(port=server.port, security="starttls", timeout_seconds=5))
        house = build(tmp_path, channel=channel)
        queued(house)
        done = house.send()
        channel.close()
    house.close()

    assert done[0].outcome == "deferred"
    assert "STARTTLS" in done[0].detail
    assert server.accepted == []


CLIENT = dedent("""
    import sys
    from pathlib import Path
    from datetime import datetime
    from comptoir.config import MailSettings
    from comptoir.messaging.email import Email
    from tests.acting_house import build
    folder, port, people = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    at = datetime.fromisoformat(sys.argv[4])
    mail = MailSettings(port=port, sender="boutique@shop.example", timeout_seconds=5)
    house = build(folder, channel=Email(mail), at=at)
    for number in range(people):
        house.shopper(f"p{number}", consented=False)
    house.send()
""")


def _run_client(folder: Path, port: int, people: int, house: House) -> subprocess.Popen[bytes]:
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(folder), str(port), str(people), house.clock.now().isoformat()],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
    )


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_kill_9_of_the_sender_at_each_step_sends_nothing_twice(tmp_path: Path, point: str) -> None:
    people = 4
    house = build(tmp_path)
    queued(house, people)
    house.front.close()
    house.back.close()
    victim: list[subprocess.Popen[bytes]] = []
    seen = 0

    def kill(at: str) -> None:
        nonlocal seen
        seen += at == point
        if at == point and (seen == 2 or (seen == 1 and point in ("connect", "ehlo"))) and victim:
            victim[0].send_signal(signal.SIGKILL)
            victim[0].wait(timeout=10)

    with FaultySmtp(on=kill) as server:
        victim.append(_run_client(tmp_path, server.port, people, house))
        assert victim[0].wait(timeout=60) == -signal.SIGKILL
        victim.clear()
        house.after(seconds=5)
        for _ in range(2):
            assert _run_client(tmp_path, server.port, people, house).wait(timeout=60) == 0
            house.after(seconds=40)

    rows = house.rows(outbox)
    house.state.close()
    ids = server.message_ids
    assert len(ids) == len(set(ids))
    assert sorted(row["state"] for row in rows) == ["accepted"] * (people - 1) + ["unknown"]
    assert len(ids) in {people - 1, people}


# ---- S8: withdrawal and unsubscribe race the sender


def _no(house: House, chance: random.Random, name: str) -> None:
    """Say no, one of the ways, and have it acknowledged."""
    (row,) = house.rows(outbox)
    line = (
        withdrawal_line(f"{name}@example.org", house.clock)
        if chance.random() < 0.5
        else unsubscribe_line(row["message_id"], house.clock)
    )
    house.front.append([parcel(line)])


@pytest.mark.parametrize("point", ["tick-before", "before", "connect", "data"])
def test_nothing_is_sent_once_a_withdrawal_is_acknowledged(tmp_path: Path, point: str, seed: int) -> None:
    chance = random.Random(f"{seed}-{point}")
    house = build(tmp_path)
    (name,) = queued(house)
    if point in ("tick-before", "before"):
        _no(house, chance, name)
        if point == "tick-before":
            house.tick()
    else:
        house.channel.hook = lambda at: _no(house, chance, name) if at == point else None

    house.send()
    house.channel.hook = lambda _: None
    house.tick()
    house.send()

    (row,) = house.rows(outbox)
    (reserved,) = house.rows(reservations)
    house.close()
    assert house.channel.sent == []
    assert (row["state"], row["reason"]) == ("dropped", "consent_withdrawn")
    assert reserved["state"] == "released"


def _race(house: House, delay: float, name: str, line: Parcel) -> bool | None:
    """
    Let a no and the sender run at once.

    None: nothing was sent; else whether its last look began after the no was acknowledged, which must never be.
    """
    acknowledged: list[float] = []
    looked: list[float] = []
    at_dot: list[float] = []
    real = house.front.head

    def watched() -> int:
        looked.append(time.perf_counter())
        return real()

    class Watched:
        def __getattr__(self, called: str) -> object:
            return watched if called == "head" else getattr(house.front, called)

    def say_no() -> None:
        time.sleep(delay)
        house.front.append([line])
        acknowledged.append(time.perf_counter())

    house.sender.spools = {"front": Watched(), "back": house.back}  # type: ignore[dict-item]
    house.channel.hook = lambda point: at_dot.append(looked[-1]) if point == "dot" else None
    before = len(house.channel.sent)
    other = threading.Thread(target=say_no)
    other.start()
    house.send()
    other.join()
    house.sender.spools = {"front": house.front, "back": house.back}
    mine = [place for place, mail in enumerate(house.channel.sent[before:]) if mail.to == f"{name}@example.org"]
    return at_dot[mine[0]] > acknowledged[0] if mine else None


RACES = 1_000
"""Of each kind, over all seeds of a run."""


def _run_races(folder: Path, seed: int, count: int, *, order: bool) -> tuple[int, int]:
    chance = random.Random(seed)
    house = build(folder)
    results: list[bool | None] = []
    usual = 0.005
    for number in range(count):
        name = f"r{number}"
        cart = house.shopper(name)
        house.tick(act("Product Added", name, cart, house.clock.now()))
        house.after(minutes=25)
        house.tick()
        line = (
            order_line(name, house.clock, cart_id=f"cart-{name}" if chance.random() < 0.5 else None)
            if order
            else withdrawal_line(f"{name}@example.org", house.clock)
        )
        began = time.perf_counter()
        results.append(_race(house, chance.uniform(0, 1.5 * usual), name, parcel(line)))
        usual = 0.9 * usual + 0.1 * (time.perf_counter() - began)
        if order:  # what the next tick would find
            house.world.facts[cart] = replace(house.world.facts[cart], cart=CartFacts(state="ordered"))
    house.close()
    return results.count(True), sum(one is not None for one in results)


@pytest.mark.slow
@pytest.mark.parametrize("order", [False, True], ids=["withdrawals", "orders"])
def test_racing_words_never_lose_to_a_later_last_look(
    tmp_path: Path, seed: int, order: bool, request: pytest.FixtureRequest
) -> None:
    races = max(50, RACES // int(request.config.getoption("--seeds")))

    violations, sent = _run_races(tmp_path, seed, races, order=order)

    print(f"{races} races, {sent} mails left before the word came, {violations} after")
    assert violations == 0
    assert 0 < sent < races


@pytest.mark.parametrize("kind", ["scenario", "transactional"])
@pytest.mark.parametrize("point", ["before", "connect", "data"])
def test_nothing_of_any_class_is_sent_once_an_erasure_is_acknowledged(tmp_path: Path, point: str, kind: str) -> None:
    house = build(tmp_path)
    (name,) = queued(house)
    with house.state.write() as connection:
        connection.execute(update(outbox).values(message_class=kind))

    def erased() -> None:
        """Do what `tombstones.ask` does in the transaction that acknowledges it."""
        with house.state.write() as connection:
            suppression.suppress(
                connection, contact=f"{name}@example.org", channel="email", reason=suppression.ERASURE, now=NOON
            )

    if point == "before":
        erased()
    else:
        house.channel.hook = lambda at: erased() if at == point else None
    house.send()

    (row,) = house.rows(outbox)
    house.close()
    assert house.channel.sent == []
    assert (row["state"], row["reason"]) == ("dropped", "suppressed_since")


# ---- what is said at the desk while a mail is in its conversation


def _scenario_paused(house: House) -> None:
    with house.state.write() as connection:
        definitions.pause(connection, "abandoned-basket", house.clock.now())


def _run_ended(house: House) -> None:
    with house.state.write() as connection:
        connection.execute(update(enrollments).values(status="exited"))


def _sending_paused(house: House) -> None:
    with house.state.write() as connection:
        outward.pause(connection, is_paused=True)


def _person_paused(house: House, *, days: int) -> None:
    point = ContactPoint("p0@example.org", BRAND, "email")
    until = house.clock.now() + timedelta(days=days)
    with house.state.write() as connection:
        care.pause(connection, [point], until, house.clock.now(), by="ann")


DESK: dict[str, tuple[Callable[[House], None], tuple[str, str | None]]] = {
    "the scenario is paused": (_scenario_paused, ("dropped", "scenario_stopped")),
    "the run is ended": (_run_ended, ("dropped", "exited")),
    "the person is left alone for thirty days": (lambda house: _person_paused(house, days=30), ("dropped", "paused")),
    "all sending is paused": (_sending_paused, ("queued", None)),
}


@pytest.mark.parametrize("said", DESK)
@pytest.mark.parametrize("point", ["connect", "data"])
def test_what_the_desk_says_during_a_conversation_stops_the_mail_before_its_dot(
    tmp_path: Path, point: str, said: str
) -> None:
    house = build(tmp_path)
    queued(house)
    say, expected = DESK[said]
    house.channel.hook = lambda at: say(house) if at == point else None

    house.send()

    (row,) = house.rows(outbox)
    (reserved,) = house.rows(reservations)
    (candidate,) = house.rows(candidates)
    house.close()
    assert house.channel.sent == []
    assert (row["state"], row["reason"]) == expected
    assert reserved["state"] == ("reserved" if expected[0] == "queued" else "released")
    assert (candidate["outcome"], candidate["reason"]) == expected


def test_a_mail_that_all_sending_was_paused_under_goes_once_it_goes_on(tmp_path: Path) -> None:
    house = build(tmp_path)
    house.sender.may_send = outward.is_sending
    queued(house)
    house.channel.hook = lambda at: _sending_paused(house) if at == "data" else None
    house.send()
    house.channel.hook = lambda _: None
    held = house.send()
    with house.state.write() as connection:
        outward.pause(connection, is_paused=False)
    freed = house.send()

    house.close()
    assert held == []
    assert [one.outcome for one in freed] == ["accepted"]
    assert len(house.channel.sent) == 1


# ---- S12: an order during the wait


@pytest.mark.parametrize("cart_id", ["cart-p0", None, "another"])
@pytest.mark.parametrize("point", ["before", "connect", "data"])
def test_nothing_is_sent_once_an_order_is_acknowledged(tmp_path: Path, cart_id: str | None, point: str) -> None:
    house = build(tmp_path)
    (name,) = queued(house)

    def order() -> None:
        house.front.append([parcel(order_line(name, house.clock, cart_id=cart_id))])

    if point == "before":
        order()
    else:
        house.channel.hook = lambda at: order() if at == point else None
    house.send()
    house.channel.hook = lambda _: None

    (row,) = house.rows(outbox)
    assert house.channel.sent == []
    if cart_id == "cart-p0":
        assert (row["state"], row["reason"]) == ("dropped", "ordered")
    else:  # whose cart it was, the tick will say; until then the message waits
        assert row["state"] == "queued"
    house.close()


def test_another_persons_order_holds_nobody_back(tmp_path: Path) -> None:
    house = build(tmp_path)
    queued(house)
    house.front.append([parcel(order_line("somebody-else", house.clock, cart_id="other"))])

    house.send()

    house.close()
    assert len(house.channel.sent) == 1


def test_an_unknown_control_holds_all_marketing_until_it_is_applied(tmp_path: Path) -> None:
    house = build(tmp_path)
    queued(house)
    line = withdrawal_line("nobody@example.org", house.clock)

    house.front.append([parcel(structs.replace(line, name="Erasure Asked"))])
    held = house.send()
    house.tick()
    free = house.send()

    house.close()
    assert held == []
    assert [one.outcome for one in free] == ["accepted"]


def test_nothing_marketing_leaves_while_the_front_spool_is_two_seconds_behind(tmp_path: Path) -> None:
    house = build(tmp_path)
    queued(house)
    harmless = order_line("x", house.clock, cart_id=None)

    house.front.append([parcel(structs.replace(harmless, name="Product Viewed", type="track"), urgent=False)])
    house.after(seconds=2)
    behind = house.send()
    house.tick()
    caught_up = house.send()

    house.close()
    assert behind == []
    assert [one.outcome for one in caught_up] == ["accepted"]


# ---- R14: the server's clock steps


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(days=2)])
@pytest.mark.parametrize("moment", ["waiting", "queued", "sent"])
def test_a_stepping_clock_sends_nothing_twice_and_makes_no_negative_wait(
    tmp_path: Path, step: timedelta, moment: str
) -> None:
    house = build(tmp_path)
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(minutes=10 if moment == "waiting" else 25)
    house.tick()
    if moment == "sent":
        house.send()

    house.clock.advance(step)
    for _ in range(150):
        house.tick()
        house.send()
        for row in house.rows(timers):
            assert row["due_at"] > int(house.clock.now().timestamp() * 1e6)
        house.after(minutes=1)

    ids = [mail.message_id for mail in house.channel.sent]
    reasons = [row["reason"] for row in house.rows(outbox)]
    house.close()
    assert len(ids) == len(set(ids)) <= 1
    if step < timedelta():
        assert len(ids) == 1
    elif moment != "sent":
        assert ids == []
        assert reasons in ([], ["too_late"])


def test_a_tick_applied_twice_changes_nothing(tmp_path: Path) -> None:
    house = build(tmp_path)
    cart = house.shopper("ann")
    added = act("Product Added", "ann", cart, NOON)
    house.tick(added)
    before = house.rows(timers)
    house.ticks -= 1

    replay = house.tick(added)

    assert replay.is_replay
    assert house.rows(timers) == before
    house.close()


def test_a_crash_between_effects_and_commit_leaves_nothing_half_done(tmp_path: Path) -> None:
    house = build(tmp_path)
    cart = house.shopper("ann")

    def crash(_subjects: object) -> dict[int, object]:
        raise Crash

    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(minutes=25)
    real, house.world.facts_of = house.world.facts_of, crash  # type: ignore[method-assign,assignment]
    with pytest.raises(Crash):
        house.tick()
    house.world.facts_of = real  # type: ignore[method-assign]
    house.ticks -= 1

    house.tick()
    house.send()

    assert len(house.channel.sent) == 1
    house.close()


def test_the_fake_channel_can_send(tmp_path: Path) -> None:
    house = build(tmp_path)
    queued(house, 3)

    done = house.send()

    assert isinstance(house.channel, Recording)
    assert [one.outcome for one in done] == ["accepted"] * 3
    house.close()
