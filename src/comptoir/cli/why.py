"""`comptoir why`: why a person got a message, or did not; or why one message went as it did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say_json, settings_of

Whom = Annotated[str, typer.Argument(help="A message's id, or a person: e-mail, account, profile id, KIND:VALUE.")]
Lang = Annotated[str, typer.Option("--lang", help="en or fr.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("why")(_why)


def _why(whom: Whom, lang: Lang = "en", home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Tell every message wished for a person, or one message: what became of it, and why."""
    from comptoir.acting import archive_of
    from comptoir.app import ask_warehouse, open_app
    from comptoir.identity import profile
    from comptoir.pressure import explain

    settings = settings_of(home)

    def ask(name: str, parameters: dict[str, object]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ask_warehouse(settings, name, parameters).to_pylist()
        return found

    app = open_app(settings)
    try:
        with app.state.read() as connection:
            archive, now = archive_of(settings, ask), app.clock.now()
            told = explain.tell(connection, archive, now, message_id=whom, lang=lang)
            if not told:
                found = profile.read_node(connection, profile.find(connection, whom))
                nodes = found.node_ids if found is not None else ()
                told = explain.tell(connection, archive, now, nodes=nodes, lang=lang)
    finally:
        app.close()
    if as_json:
        say_json(told)
        return
    if not told:
        typer.echo(_WORDS[lang == "fr"]["nothing"])
    for one in told:
        _say(one, _WORDS[lang == "fr"])


def _say(one: Mapping[str, Any], words: Mapping[str, str]) -> None:
    """Print one message as a paragraph."""
    typer.secho(f"{one['message_id']}  {one['scenario']}/{one['step']}  {one['channel']} → {one['contact'] or '—'}",
                bold=True)  # fmt: skip
    typer.echo(f"  {one['because']}")
    typer.echo(f"  {words['wished']} {one['wished_at']}, {words['decided']} {one['decided_at']}")
    way, then, caps, consent = one["way"], one["caps_then"], one["caps_now"], one["consent"]
    if way:
        steps = ", ".join(f"{step['step']} {step['at']}" for step in way["steps"])
        typer.echo(
            f"  {words['way']} {way['scenario']} v{way['version']}: {way['entered_at']} → {steps} ({way['status']})"
        )
    if then:
        counted = ", ".join(then["counted"]) or words["none"]
        typer.echo(f"  {words['then']} {then['policy']}: {counted}")
    if caps:
        borne = ", ".join(
            f"{max(cap['by_person'], cap['by_address'])}/{cap['at_most']} ({cap['hours']:g} h)" for cap in caps["caps"]
        )
        typer.echo(f"  {words['now']} {caps['policy']}: {borne or words['none']}")
    if consent:
        typer.echo(f"  {words['consent']} {consent['state']}, {consent['stated_at']}, {consent['source']}"
                   f" ({consent['statement_id']})")  # fmt: skip
    for rival in one["competed_with"]:
        typer.echo(f"  {words['rival']} {rival['message_id']} {rival['scenario']}/{rival['step']}: {rival['outcome']}")
    for fact in one["heard"]:
        typer.echo(f"  {fact['occurred_at']} {fact['kind']} {fact['detail'] or fact['link'] or ''}")


_WORDS = (
    {
        "nothing": "No message was ever wished for this person.",
        "wished": "Wished", "decided": "decided", "way": "Way:", "then": "Counted then, by policy",
        "now": "Borne now, by policy", "consent": "Consent:", "rival": "Beside:", "none": "nothing",
    },
    {
        "nothing": "Aucun message n’a jamais été envisagé pour cette personne.",
        "wished": "Envisagé", "decided": "décidé", "way": "Parcours :", "then": "Comptait alors, selon",
        "now": "Compte aujourd’hui, selon", "consent": "Consentement :", "rival": "À côté :", "none": "rien",
    },
)  # fmt: skip
