"""`comptoir demo`: two brands, their customers and a storefront, live on this machine; told in the terminal."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comptoir.cli.options import say

if TYPE_CHECKING:
    from comptoir.demo.live import Live
    from comptoir.demo.opening import Imported, Opened

REPOSITORY_DATA = Path(__file__).parents[3] / "examples" / "real"
ONCE_SECONDS = 180.0
"""How long `--once` waits for the euro."""
_ASK_SECONDS = 2.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    home: Annotated[Path, typer.Option("--home", help="Folder of the demonstration.")] = Path("comptoir-home/demo"),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Throw a former demonstration away instead of going on with it.")
    ] = False,
    once: Annotated[
        bool, typer.Option("--once", help="End as soon as a mail has brought a euro, or after three minutes.")
    ] = False,
    speed: Annotated[
        float | None, typer.Option("--speed", min=1, help="How many times as fast the clock runs; 60, 120 with --real.")
    ] = None,
    rate: Annotated[
        float, typer.Option("--rate", min=0.1, max=100, help="How many visitors, in times of an ordinary week.")
    ] = 4.0,
    customers: Annotated[int, typer.Option("--customers", min=200, help="How many customers the shop has.")] = 20_000,
    months: Annotated[int, typer.Option("--months", min=2, max=36, help="How many months of orders.")] = 18,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another number, other people.")] = 7,
    real: Annotated[
        bool, typer.Option("--real", help="Play an excerpt of a real shop's stream (REES46) instead, and end.")
    ] = False,
    data: Annotated[Path, typer.Option("--data", help="With --real: folder of the recorded stream.")] = REPOSITORY_DATA,
) -> None:
    """Run a whole shop on this machine: 18 months of history, a storefront, visitors, mails, orders, euros."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # told to stop, we stop our server too
    if real:
        _play_real(home.resolve(), data, speed or 120.0)
        return
    from comptoir.clock import monotonic
    from comptoir.demo import home as homes
    from comptoir.demo import live
    from comptoir.demo.shop.plan import Plan

    plan = Plan(customers=customers, months=months, seed=seed)
    opened, is_new = _open(home.resolve(), plan, speed=speed or 60.0, fresh=fresh)
    once = once or not sys.stdout.isatty()
    with homes.running(opened.settings):
        _tell_addresses(opened)
        if is_new:
            began = monotonic()
            _tell_import(_bring_in(opened), monotonic() - began)
        with live.open_shop(opened, rate=rate, tell=say) as running:
            _tell_shop(opened, running)
            is_done = _until_the_euro(running) if once else _until_stopped(running)
            _tell_end(opened, running)
    if not is_done or running.told.failures:
        raise typer.Exit(1)


def _open(home: Path, plan: Any, *, speed: float, fresh: bool) -> tuple[Opened, bool]:
    from comptoir.demo import opening

    note = None if fresh else opening.found(home)
    if note is not None:
        say(f"[bold]Comptoir[/bold]: the demonstration goes on at {note.stopped_at:%A %d %B, %H:%M} UTC.")
        return opening.go_on(home, note, speed=speed), False
    say(
        f"[bold]Comptoir[/bold]: two brands, {plan.customers:,} customers, {plan.months} months. "
        "All of them are invented, and no mail leaves this machine."
    )
    return opening.begin(home, plan, speed=speed), True


def _bring_in(opened: Opened) -> Imported:
    from comptoir import app as apps
    from comptoir.cli.progress import bar
    from comptoir.demo import opening

    app = apps.open_app(opened.settings)
    try:
        with bar("the shop's history (rows)") as move:
            brought = opening.bring_in(app, opening.write_files(opened), lambda _, done, whole: move(done, whole))
        opened.note.is_imported = True
        opening.note_clock(opened.settings.home, opened.note, app.clock)
        return brought
    finally:
        app.close()


def _tell_addresses(opened: Opened) -> None:
    from comptoir.access.passwords import FIRST_USER
    from comptoir.demo import home as homes

    say(f"  desk        {homes.desk_of(opened.settings)}   user {FIRST_USER}, password {opened.note.password}")
    say(f"  clock       {opened.settings.clock.speed:g} times as fast as yours: an hour is a minute at 60")


def _tell_import(brought: Imported, seconds: float) -> None:
    say(f"{brought.rows:,} rows imported: {brought.accepted:,} accepted, {brought.refused:,} refused; {seconds:.0f} s.")


def _tell_shop(opened: Opened, running: Live) -> None:
    from comptoir.demo.shop.plan import HOUSES

    say("The shop is open. Fill a basket there, sign in and leave: half an hour later by its clock, a mail comes.")
    for house in HOUSES:
        say(f"  storefront  {opened.note.plan().shop_url}/{house.path}/   {house.title}")
    known = running.opened.shop.people
    person = next(one for one in range(len(known)) if known.agrees[one] and not known.withdrew[one])
    say(f"  to sign in  {known.email(person)}   a customer who agreed to mails; or any address of your own")
    say(f"  inbox       comptoir inbox list --home {opened.settings.home}\n")


def _until_the_euro(running: Live) -> bool:
    """Go on until an order after a mail shows in Results, or the time is up; say whether it showed."""
    from comptoir.clock import monotonic
    from comptoir.demo import live

    began = asked = monotonic()
    found: dict[str, Any] = {"orders": 0, "control": 0}

    def is_over() -> bool:
        nonlocal asked, found
        if running.told.orders and monotonic() - asked > _ASK_SECONDS:
            asked = monotonic()
            found = live.brought(running.app)
            if found["orders"]:
                running.reach("euro in Results")
        return bool(found["orders"] and found["control"]) or monotonic() - began > ONCE_SECONDS

    running.run(is_over)
    return bool(found["orders"])


def _until_stopped(running: Live) -> bool:
    say("p and Enter pauses the visitors and lets them go on; a number and Enter is how many come; Ctrl-C ends.\n")
    threading.Thread(target=_listen, args=(running,), name="keyboard", daemon=True).start()
    try:
        running.run(lambda: False)
    except KeyboardInterrupt:
        running.visitors.stop()
        say("")
    return True


def _listen(running: Live) -> None:
    for line in sys.stdin:
        word = line.strip()
        if word == "p":
            running.visitors.is_paused = not running.visitors.is_paused
            say("The visitors pause." if running.visitors.is_paused else "The visitors come again.")
        elif word.replace(".", "", 1).isdecimal() and 0 < float(word) <= 100:
            running.visitors.rate = float(word)
            say(f"Now {word} times as many visitors as in an ordinary week.")


def _tell_end(opened: Opened, running: Live) -> None:
    from comptoir.cli.results import results
    from comptoir.demo.live import MILESTONES

    counts, told = running.visitors.counts, running.told
    say(f"\n{counts.visits:,} visits; {counts.sent:,} events posted to the door, {counts.acked:,} acknowledged.")
    say(f"{counts.baskets} baskets left, {told.mails} mails, {told.clicks} clicks, {told.orders} orders after one.")
    reached = [f"{one} {told.first_after[one]:.0f} s" for one in MILESTONES if one in told.first_after]
    say(f"First of each, after the shop opened: {', '.join(reached) or 'none yet'}.\n")
    results(home=opened.settings.home)
    for failure in told.failures:
        say(f"[red]{failure}[/red]")


def _play_real(home: Path, data: Path, speed: float) -> None:
    from comptoir.cli.results import results
    from comptoir.demo import home as homes
    from comptoir.demo import real

    say("[bold]Comptoir[/bold]: a real shop's stream (REES46 Open CDP), from a visit to a euro.")
    settings, new = real.prepare(home, data, speed=speed, tell=say)
    with homes.running(settings):
        say(f"The clock runs {speed:g} times as fast. Screens: {homes.desk_of(settings)}")
        told = real.play(settings, new, data, tell=say)
        if told.replayed is not None:
            say(f"\n{told.replayed.sent:,} events posted to the door, {told.replayed.acked:,} acknowledged.")
        say(f"{told.mails} mails, {told.clicks} clicks, {told.orders} orders.\n")
        results(home=settings.home)
        for failure in told.failures:
            say(f"[red]{failure}[/red]")
    if told.mails == 0 or told.orders == 0 or told.failures:
        raise typer.Exit(1)
