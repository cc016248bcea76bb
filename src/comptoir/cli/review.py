"""`comptoir identity suggest` and `comptoir identity review`: who may be one person, and saying so or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, opened, say, say_json, say_table

if TYPE_CHECKING:
    from comptoir.matching.queue import Suggestion

Pair = Annotated[str, typer.Argument(help="The pair, as `comptoir identity review list` names it.", metavar="PAIR")]
BY = "command line"


def register(identity: typer.Typer) -> None:
    """Add the commands to those of `identity`."""
    identity.command()(suggest)
    review = typer.Typer(name="review", help="Pairs that may be one person: list them, accept, reject, undo.")
    identity.add_typer(review)
    review.command("list")(show)
    review.command()(accept)
    review.command()(reject)
    review.command()(undo)


def suggest(
    only_new: Annotated[
        bool, typer.Option("--only-new", help="Compare who is new or changed with everybody, as every night.")
    ] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Compare all customers and suggest who may be one person."""
    from comptoir.clock import micros
    from comptoir.matching import suggest as suggesting

    with opened(home) as app:
        done = suggesting.suggest(app.state, at=micros(app.clock.now()), is_whole=not only_new)
    if as_json:
        say_json(done)
        return
    whom = "" if not only_new else f", {done.fresh:,} of them new or changed,"
    say(f"{done.people:,} people{whom} compared: {done.found:,} pairs wait for your answer, {done.new:,} of them new.")
    if done.less_likely:
        say(f"{done.less_likely:,} less likely pairs are not put before you; your answers move that bar.")
    if done.joined:
        say(f"{done.joined:,} joined without review, above the weight your decisions have proved.")


def show(
    most: Annotated[int, typer.Option("--limit", min=1, help="How many pairs.")] = 20,
    decided: Annotated[bool, typer.Option("--decided", help="Those that were decided, the latest first.")] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List the pairs that wait for review, the likeliest first."""
    from comptoir.matching import queue

    with opened(home) as app, app.state.read() as connection:
        found = (queue.decided if decided else queue.waiting)(connection, most)
        tally = queue.tally(connection)
    if as_json:
        counts = {standing.value: count for standing, count in tally.counts.items()}
        say_json({"counts": counts, "joins_from": tally.joins_from, "pairs": [_told(one) for one in found]})
        return
    say_table(
        "Pairs", [_line(one) for one in found], empty="Nothing waits. `comptoir identity suggest` looks for pairs."
    )


def accept(pair: Pair, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Say that two are one person: they are joined, as by hand."""
    from comptoir.matching import queue

    _decide(pair, queue.accept, home, as_json=as_json)


def reject(pair: Pair, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Say that two are not one person: nothing joins them any more but a hand."""
    from comptoir.matching import queue

    _decide(pair, queue.reject, home, as_json=as_json)


def undo(pair: Pair, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Take a decision back: the pair waits again."""
    from comptoir.matching import queue

    _decide(pair, queue.undo, home, as_json=as_json)


def _decide(pair: str, how: Callable[..., Suggestion], home: Home, *, as_json: bool) -> None:
    from comptoir.clock import micros
    from comptoir.matching import queue

    with opened(home) as app, app.state.write() as connection:
        a, b = queue.parse(pair)
        done = how(connection, a, b, at=micros(app.clock.now()), by=BY)
    if as_json:
        say_json(_told(done))
    else:
        say(f"{done.key} is [bold]{done.standing.value}[/bold].")


def _told(one: Suggestion) -> dict[str, object]:
    return {
        "pair": one.key,
        "a": one.a_profile,
        "b": one.b_profile,
        "probability": round(one.probability, 4),
        "standing": one.standing.value,
        "evidence": one.evidence,
        "suggested_at": one.suggested_at,
        "by": one.by,
    }


def _line(one: Suggestion) -> dict[str, object]:
    strongest = sorted((part for part in one.evidence if part.field), key=lambda part: -part.weight_milli)[:3]
    why = ", ".join(f"{part.field} {part.level}".replace("_", " ") for part in strongest if part.weight_milli > 0)
    return {"pair": one.key, "likely": f"{one.probability:.1%}", "because": why, "standing": one.standing.value}
