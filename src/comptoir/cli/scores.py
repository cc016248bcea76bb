"""`comptoir score list|run|show|moved|due|explain`: the scores of a home, beside those of a file (`cli/score.py`)."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, Lang, opened_desk, say, say_json, say_table

if TYPE_CHECKING:
    from comptoir.identity.profile import Profile
    from comptoir.web.score_answers import Run, Shown
    from comptoir.web.view import Desk

Brand = Annotated[str, typer.Option("--brand", help="Which brand; default: the only one.")]
Most = Annotated[int, typer.Option("--most", help="How many at most.", min=1, max=10_000)]
Name = Annotated[str, typer.Argument(help="A score, such as gold; `comptoir score list` names them.")]
_PAUSE = 0.5
_DAYS = 30


def listing(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the scores of each brand: as of when, for how many people, or what is missing."""
    from dataclasses import asdict

    from comptoir.access.roles import OPERATOR
    from comptoir.web import score_answers

    with opened_desk(home) as desk:
        found = score_answers.shelf(desk, OPERATOR)
        running = score_answers.progress(desk, OPERATOR)
    if as_json:
        say_json([{"name": one.plugin.name, "gives": [given.name for given in one.plugin.gives],
                   "runs": [asdict(run) for run in one.runs]} for one in found])  # fmt: skip
        return
    rows = [_line(one, run) for one in found for run in one.runs or (None,)]
    say_table("Scores", rows, empty="No score is installed.")
    if running:
        say(f"Running: {running['plugin']} of {running['brand']}, {running['done']} of {running['whole']}.")


def _line(shown: Shown, run: Run | None) -> dict[str, object]:
    said: dict[str, object] = {"score": shown.plugin.name, "says": shown.plugin.about.title["en"]}
    if run is None:
        return said | {"brand": "", "as of": "", "people": "", "state": "not counted yet"}
    is_done = run.done_as_of is not None
    return said | {
        "brand": run.brand,
        "as of": f"{run.done_as_of:%Y-%m-%d %H:%M}" if is_done else "",
        "people": f"{run.people_count:,}" if run.state == "done" else "",
        "state": _state(run),
    }


def _state(run: Run) -> str:
    if run.state == "not_enough":
        return f"not enough history: needs {run.needs.get('en', '')}, found {run.found:,}"
    return f"failed: {run.error}" if run.state == "failed" else "done"


def run(
    names: Annotated[list[str] | None, typer.Argument(help="Which; all of them where none is named.")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", help="As it stood then (UTC); earlier than what stands is shown, not kept."),
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Count scores now; a running server does it every night."""
    from comptoir.access.roles import OPERATOR
    from comptoir.cli.progress import bar
    from comptoir.web import score_answers

    with opened_desk(home) as desk:
        told = score_answers.run(
            desk, OPERATOR, names or (), as_of=None if as_of is None else as_of.replace(tzinfo=UTC)
        )
        if not told:
            with bar("Scores") as move:
                while (at := score_answers.progress(desk, OPERATOR)) is not None:
                    move(at["done"], at["whole"])
                    time.sleep(_PAUSE)
    if not told:
        listing(home, as_json)
        return
    if as_json:
        say_json(told)
        return
    rows = [
        {
            "score": one["plugin"], "brand": one["brand"], "state": one["state"].replace("_", " "),
            "people": f"{one['people_count']:,}", "changes": f"{one['change_count']:,}",
            "seconds": f"{one['seconds']:.1f}", "kept": "yes" if one["is_kept"] else "no, shown only",
        }
        for one in told
    ]  # fmt: skip
    say_table("Scores", rows, empty="No brand to count scores for.")


def show(
    name: Name,
    brand: Brand = "",
    days: Annotated[int, typer.Option("--days", help="Compare with so many days before.", min=1)] = _DAYS,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Show how people are spread over a score, and how far that drifted."""
    from dataclasses import asdict

    from comptoir.access.roles import OPERATOR
    from comptoir.web import score_answers

    with opened_desk(home) as desk:
        found = score_answers.spread(desk, OPERATOR, name, _brand(desk, brand), days=days)
        labels = score_answers.given(name).labels
    if as_json:
        say_json(asdict(found))
        return
    rows = [
        {"from": labels[one.bucket]["en"] if one.bucket in labels else one.bucket, f"on {found.now_on}": one.now_count}
        | ({f"on {found.then_on}": one.then_count} if found.then_on else {})
        for one in found.buckets
    ]
    say_table(f"{name} of {found.brand}", rows, empty="Not counted yet: run `comptoir score run`.")
    if found.stability_index is not None:
        say(f"Population stability index {found.stability_index:.3f}: {found.verdict}.")


def moved(
    name: Name,
    brand: Brand = "",
    since: Annotated[datetime | None, typer.Option("--since", help="Default: thirty days ago (UTC).")] = None,
    most: Most = 50,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List who moved to another kind or tenth, the latest first."""
    from comptoir.access.roles import OPERATOR
    from comptoir.web import score_answers

    with opened_desk(home) as desk:
        began = since.replace(tzinfo=UTC) if since else desk.clock.now() - timedelta(days=_DAYS)
        rows = score_answers.moved(desk, OPERATOR, name, _brand(desk, brand), since=began, most=most)
    if as_json:
        say_json(rows)
        return
    shown = ("profile_id", "from_label", "to_label", "from_value", "to_value", "from_tenth", "to_tenth", "as_of")
    say_table(f"Moved: {name}", [{key: row[key] for key in shown} for row in rows], empty="Nobody moved.")


def due(
    category: Annotated[str, typer.Argument(help="A category, as products and orders name it.")],
    brand: Brand = "",
    most: Most = 50,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List who is in the time of buying of a category again, the likeliest first."""
    from comptoir.access.roles import OPERATOR
    from comptoir.web import score_answers

    with opened_desk(home) as desk:
        rows = score_answers.due(desk, OPERATOR, _brand(desk, brand), category, most=most)
    if as_json:
        say_json(rows)
        return
    said = [row | {"chance": f"{row['chance']:.0%}"} for row in rows]
    say_table(f"Due in {category}", said, empty="Nobody; `comptoir score run repurchase` counts it.")


def explain(
    person: Annotated[str, typer.Argument(help="An e-mail, an account id, a profile id, or kind:value.")],
    lang: Lang = "en",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Say which scores a person has, and why; and what she is drawn to."""
    from dataclasses import asdict

    from comptoir.access.roles import OPERATOR
    from comptoir.web import score_answers

    tongue = "fr" if lang == "fr" else "en"
    with opened_desk(home) as desk:
        found = _person(desk, person)
        own = score_answers.of_person(desk, OPERATOR, found.profile_id)
        why = score_answers.reasons(desk, OPERATOR, found.profile_id)
        drawn = score_answers.affinities(desk, OPERATOR, found.profile_id, most=5)
    if as_json:
        said = [{"plugin": one.plugin, "brand": one.brand, **one.words} for one in why]
        say_json({"profile_id": found.profile_id, "scores": [asdict(one) for one in own], "reasons": said,
                  "affinities": drawn})  # fmt: skip
        return
    rows = [
        {"score": one.score, "brand": one.brand, "label": one.label, "value": one.value, "since": one.since}
        for one in own
    ]
    say_table(f"Scores of {found.profile_id}", rows, empty="No score yet: run `comptoir score run`.")
    for one in why:
        say(f"{one.plugin}: {one.words[tongue]}")
    shown = ("brand", "category", "value", "lift")
    say_table("Drawn to", [{key: row[key] for key in shown} for row in drawn], empty="No affinity yet.")


def _brand(desk: Desk, brand: str) -> str:
    """Give the brand that is meant: the one that is named, or the only one. Raises: NoSuchBrand."""
    from comptoir.access.keys import list_brands
    from comptoir.access.users import NoSuchBrand

    names = [one.name for one in list_brands(desk.state)]
    if brand in names:
        return brand
    if brand or len(names) != 1:
        raise NoSuchBrand(name=brand, known=names)
    return names[0]


def _person(desk: Desk, person: str) -> Profile:
    from comptoir.identity import profile

    with desk.state.read() as connection:
        found = profile.read_node(connection, profile.find(connection, person))
    if found is None:
        raise profile.PersonNotFound(person=person[:200])
    return found


def add_to(score: typer.Typer) -> None:
    """Add the commands."""
    score.command("list")(listing)
    score.command("run")(run)
    score.command("show")(show)
    score.command("moved")(moved)
    score.command("due")(due)
    score.command("explain")(explain)
