"""`comptoir scenario dry-run`: a scenario on the last days of real history, before it goes live."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of

if TYPE_CHECKING:
    import pyarrow as pa

    from comptoir.acting import Acting
    from comptoir.config import Settings
    from comptoir.scenarios.dryrun_report import Example, Rehearsal
    from comptoir.scenarios.history_more import Ask, Select
    from comptoir.state.base import State
    from comptoir.warehouse.duckdb import Warehouse

Text = Annotated[str, typer.Argument(help="A scenario's name, one that ships with Comptoir, or a YAML file.")]
Days = Annotated[int, typer.Option("--days", help="How many days of history.", min=1, max=3_660)]
BrandName = Annotated[str | None, typer.Option("--brand", help="Only what happened at this brand.")]
Seed = Annotated[int, typer.Option("--seed", help="Draws the examples: the same seed, the same people.")]
Until = Annotated[datetime | None, typer.Option("--until", help="The days before this day or instant (UTC); else now.")]
WithLive = Annotated[
    bool, typer.Option("--with-live/--alone", help="Beside the scenarios that are live, or as if there were no other.")
]
ProgressFile = Annotated[
    Path | None, typer.Option("--progress", help="A file that says how far it is, for whoever waits.")
]
_SHOWN = 3
"""Examples of which the whole message is printed; `--json` has all."""


def register(app: typer.Typer) -> None:
    """Add the command to the group `scenario`, which is registered before."""
    groups = [one.typer_instance for one in app.registered_groups if one.typer_instance is not None]
    group = next(one for one in groups if one.info.name == "scenario")
    group.command("dry-run")(dry_run)


def dry_run(
    scenario: Text,
    days: Days = 30,
    brand: BrandName = None,
    seed: Seed = 1,
    until: Until = None,
    with_live: WithLive = True,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
    progress_file: ProgressFile = None,
) -> None:
    """Rehearse a scenario on the last days: who would have got what, when, and why not. Nothing is written or sent."""
    from comptoir.cli import progress  # start-up time
    from comptoir.scenarios import dryrun, rehearsals  # start-up time
    from comptoir.scenarios.dryrun_play import Wanted  # start-up time

    with _opened(home) as (wired, ask, select):
        if until is None:
            stretch = dryrun.last_days(ask, wired.clock.now(), days, brand)
        else:
            end = until if until.tzinfo else until.replace(tzinfo=UTC)
            stretch = dryrun.days_before(end, days, brand)
        wanted = Wanted(text=_text(wired.state, scenario), stretch=stretch, seed=seed, with_live=with_live)
        noted = rehearsals.noting(progress_file) if progress_file else progress.bar("Rehearsing")
        with noted as move:
            found = dryrun.dry_run(dryrun.house(wired, ask, brand=brand, select=select), wanted, move)
    if as_json:
        say_json(found)
    else:
        _tell(found)


@contextmanager
def _opened(home: Path) -> Iterator[tuple[Acting, Ask, Select]]:
    """Open a home for reading only: the engine's socket where it runs, else its files, none of them written."""
    from comptoir.acting import Acting  # start-up time
    from comptoir.app import LINK_KEY, keeper_of  # start-up time
    from comptoir.errors import NoSuchHome  # start-up time
    from comptoir.state import rows  # start-up time
    from comptoir.state.base import open_state  # start-up time

    settings = settings_of(home)
    if not settings.path("state.db").exists():
        raise NoSuchHome(home=str(settings.home))
    state = open_state(settings.path("state.db"), read_only=True)
    with ExitStack() as stack:
        stack.callback(state.close)
        with state.read() as connection:
            key = rows.read_value(connection, LINK_KEY) or b"no message was ever sent"
        wired = Acting(
            settings=settings,
            state=state,
            warehouse=cast("Warehouse", None),  # a rehearsal has a world of its own
            clock=settings.make_clock(),
            spools={},
            link_key=key,
            golden=keeper_of(settings),
        )
        yield wired, *_askers(settings, stack)


def _askers(settings: Settings, stack: ExitStack) -> tuple[Ask, Select]:
    from comptoir.app import ASK_SECONDS, alone, open_warehouse_of  # start-up time
    from comptoir.reports import ask, service  # start-up time

    opened: list[Warehouse] = []

    def answered(request: Mapping[str, Any]) -> pa.Table:
        if not opened:
            try:
                return service.ask(settings.path(service.FILE_NAME), request, ASK_SECONDS)
            except service.EngineUnreachable:
                stack.enter_context(alone(settings))
                opened.append(open_warehouse_of(settings, read_only=True))
                stack.callback(opened[0].close)
        return ask.answer(opened[0].cursor(), request)

    def asked(name: str, parameters: Mapping[str, object]) -> pa.Table:
        return answered({"kind": "report", "name": name, "parameters": dict(parameters)})

    def selected(sql: str) -> list[str]:
        table = answered({"kind": "query", "sql": sql})
        return [str(one) for one in (table.column(0).to_pylist() if table.num_columns else []) if one is not None]

    return asked, selected


def _text(state: State, scenario: str) -> str:
    """Give the definition: a file's, the published one's, or the shipped one's."""
    from comptoir.scenarios import definitions  # start-up time

    file = Path(scenario)
    if file.suffix in {".yaml", ".yml"} or file.is_file():
        return file.read_text(encoding="utf-8")
    shipped = definitions.shipped()
    try:
        with state.read() as connection:
            return str(definitions.show(connection, scenario)["definition"])
    except definitions.ScenarioNotFound:
        if scenario in shipped:
            return shipped[scenario]
        raise


# ── telling ──


def _tell(found: Rehearsal) -> None:
    beside = ", ".join(found.beside) or "nothing else"
    say(f"{found.scenario} version {found.version}, {found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC,")
    say(f"beside {beside}: {found.events:,} events heard, {found.entered:,} runs began. Nothing was written or sent.")
    for warning in found.warnings:
        say(f"! {warning}")
    say_table("By step", _by_step(found), empty="Nobody came to a step.")
    say_table("By day", _by_day(found), empty="Nothing happened on any day.")
    say_table(
        "What became of the messages",
        [
            {"step": one.step, "outcome": one.outcome, "reason": one.reason, "count": f"{one.count:,}"}
            for one in found.outcomes
        ],
        empty="No message was wished for.",
    )
    say_table(
        "How runs ended",
        [{"status": one.status, "reason": one.reason, "runs": f"{one.count:,}"} for one in found.endings],
        empty="No run began.",
    )
    if found.beside:
        say_table("Beside the live scenarios", _beside(found), empty="None is live.")
    cost = found.cost
    say(f"{cost.messages:,} messages to {cost.people:,} people: {cost.per_day:,.1f} a day"
        + (f", {cost.busiest:,} on {cost.busiest_on}." if cost.busiest_on else "."))  # fmt: skip
    for place, example in enumerate(found.examples):
        _tell_example(example, is_whole=place < _SHOWN)


def _by_step(found: Rehearsal) -> list[dict[str, Any]]:
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    branches: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found.volumes:
        sums[one.step].update(entered=one.entered, woken=one.woken, candidates=one.candidates)
        branches[one.step].update(one.branches)
    return [
        {
            "step": step,
            "entered": f"{count['entered']:,}",
            "woken": f"{count['woken']:,}",
            "branches": ", ".join(f"{name} {taken:,}" for name, taken in sorted(branches[step].items())),
            "candidates": f"{count['candidates']:,}",
        }
        for step, count in sums.items()
    ]


def _by_day(found: Rehearsal) -> list[dict[str, Any]]:
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found.volumes:
        day = sums[one.day.isoformat()]
        day.update(entered=one.entered, woken=one.woken, waiting=one.waiting, candidates=one.candidates)
    return [
        {"day": day} | {name: f"{count[name]:,}" for name in ("entered", "woken", "candidates", "waiting")}
        for day, count in sorted(sums.items())
    ]


def _beside(found: Rehearsal) -> list[dict[str, Any]]:
    return [
        {
            "scenario": one.scenario,
            "people": f"{one.people:,}",
            "in both": f"{one.both:,} ({one.share:.0%} of ours)",
            "ours won": found.conflict_counts.get(one.scenario, {}).get("won", 0),
            "ours lost": found.conflict_counts.get(one.scenario, {}).get("lost", 0),
        }
        for one in found.overlaps
    ]


def _tell_example(example: Example, *, is_whole: bool) -> None:
    who = ", ".join(example.emails) or example.profile_id
    say("")
    say(f"{who}: {example.ending}")
    for one in example.timeline:
        say(f"  {one.at:%Y-%m-%d %H:%M:%S}  {one.kind:<8} {one.what}" + (f": {one.why}" if one.why else ""))
    for message in example.messages:
        say(f"  mail to {message.to}: {message.subject or message.problem}")
        if is_whole and message.text:
            say("\n".join(f"  | {line}" for line in message.text.splitlines()))
