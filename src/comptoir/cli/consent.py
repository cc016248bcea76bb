"""`comptoir consent`: what somebody agreed to, at any instant, in which words; and how the public pages look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of

if TYPE_CHECKING:
    from comptoir.app import App

Contact = Annotated[str, typer.Argument(help="An e-mail, a phone number, or a browser's anonymous id.")]
Brand = Annotated[str, typer.Option(help="The brand.")]
Purpose = Annotated[str, typer.Option(help="marketing, open_tracking or tracking.")]
Channel = Annotated[str, typer.Option(help="email, sms; site for tracking.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    consent = typer.Typer(name="consent", help="Consent: its proof, its texts, its pages.", no_args_is_help=True)
    consent.command("history")(_history)
    consent.command("at")(_at)
    consent.command("lapsed")(_lapsed)
    consent.command("page")(_page)
    consent.command("theme")(_theme)
    text = typer.Typer(name="text", help="The words that people agree to, by version.", no_args_is_help=True)
    text.command("add")(_text_add)
    text.command("list")(_text_list)
    consent.add_typer(text)
    app.add_typer(consent)
    links = typer.Typer(name="links", help="The links that stand in messages.", no_args_is_help=True)
    links.callback()(_links)
    links.command("rotate")(_rotate)
    app.add_typer(links)


def _links() -> None:
    """Say nothing: a lone command of a group would lose its name."""


def _history(contact: Contact, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List everything a contact point ever said of consent, as it took effect, with its proof."""
    from comptoir.model.consent import contact_of
    from comptoir.privacy.consent import ConsentLedger

    with _opened(home) as app, app.state.read() as connection:
        found = ConsentLedger().history(connection, contact_of("email" if "@" in contact else "", contact))
    _told(found, f"What {contact} said of consent", "Nothing was ever said of this contact.", as_json=as_json)


def _at(
    contact: Contact,
    instant: Annotated[str, typer.Argument(help="ISO 8601, such as 2026-03-01T12:00; no zone means UTC.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Replay an instant: what held for a contact point, in which words, with which proof."""
    from comptoir.model.consent import contact_of
    from comptoir.privacy import texts
    from comptoir.privacy.consent import ConsentLedger

    at = _instant(instant)
    with _opened(home) as app, app.state.read() as connection:
        found = ConsentLedger().at(connection, contact_of("email" if "@" in contact else "", contact), at)
        for row in found:
            named = {key: str(row[key]) for key in ("brand", "purpose", "channel")}
            words = texts.find(connection, **named, version=str(row["text_version"]))
            row["text"] = {one.language: one.text for one in words}
    _told(found, f"What held for {contact} at {at.isoformat()}", "Nothing had been said by then.", as_json=as_json)


def _lapsed(
    on: Annotated[str, typer.Option(help="ISO 8601 instant to look from; now if left out.")] = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List the people who have kept silent too long to be written to (three years), prospects and customers."""
    from comptoir.app import answer

    settings = settings_of(home)
    now = _instant(on) if on else settings.make_clock().now()
    found = answer(settings, {"kind": "lapsed", "now": now.isoformat()}).to_pylist()
    _told(found, f"Silent too long at {now.isoformat()}", "Nobody has been silent for so long.", as_json=as_json)


def _text_add(
    text: Annotated[str, typer.Argument(help="The words, or @FILE to read them from.")],
    version: Annotated[str, typer.Option(help="Name of this version, such as 2026-11.")],
    brand: Brand = "main",
    purpose: Purpose = "marketing",
    channel: Channel = "email",
    language: Annotated[str, typer.Option(help="fr or en.")] = "fr",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Add a version of the words people agree to; the former ones stay, as the proof of who agreed to them."""
    from comptoir.privacy import texts

    words = Path(text[1:]).read_text(encoding="utf-8").strip() if text.startswith("@") else text
    new = texts.ConsentText(
        brand=brand, purpose=purpose, channel=channel, language=language, version=version, text=words
    )
    with _opened(home) as app:
        with app.state.write() as connection:
            texts.add(connection, new, app.clock.now())
        app.publish()
    _done({"brand": brand, "purpose": purpose, "version": version, "language": language}, "added", as_json=as_json)


def _text_list(
    brand: Annotated[str | None, typer.Option(help="Only this brand's.")] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List the versions of the words people agree to."""
    from comptoir.privacy import texts

    with _opened(home) as app, app.state.read() as connection:
        found = texts.listing(connection, brand)
    _told(found, "Texts of consent", f"Only the built-in texts ({texts.BUILT_IN}) are in use.", as_json=as_json)


def _page(
    brand: Brand = "main",
    name: Annotated[str | None, typer.Option(help="The brand's name as people know it.")] = None,
    color: Annotated[str | None, typer.Option(help="The brand's color, #rrggbb.")] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Dress a brand's public pages: unsubscribe, preferences, confirmation, thanks."""
    from comptoir.privacy import pages

    with _opened(home) as app:
        with app.state.write() as connection:
            pages.dress(connection, brand, shown_name=name, color=color)
        app.publish()
    _done({"brand": brand, "name": name, "color": color}, "dressed", as_json=as_json)


def _theme(
    tag: Annotated[str, typer.Argument(help="A tag of messages, such as new-arrivals.")],
    brand: Brand = "main",
    fr: Annotated[str | None, typer.Option(help="What people read, in French.")] = None,
    en: Annotated[str | None, typer.Option(help="What people read, in English.")] = None,
    drop: Annotated[bool, typer.Option(help="Offer it no longer.")] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Offer a theme on a brand's preference page: people may refuse messages with that tag."""
    from comptoir.privacy import pages

    labels = [(language, label) for language, label in (("fr", fr), ("en", en)) if label]
    if not labels and not drop:
        raise typer.BadParameter("say its label with --fr or --en")
    with _opened(home) as app:
        with app.state.write() as connection:
            if drop:
                pages.drop_theme(connection, brand, tag)
            else:
                pages.name_theme(connection, brand, tag, labels)
        app.publish()
    _done({"brand": brand, "tag": tag, "labels": dict(labels)}, "dropped" if drop else "offered", as_json=as_json)


def _rotate(
    home: Home = DEFAULT_HOME,
    revoke: Annotated[
        bool, typer.Option(help="The old key leaked: links of all mails sent so far stop working at once.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a new key that signs links; links signed by the older ones go on working until they expire."""
    with _opened(home) as app:
        count = app.rotate_links(revoke=revoke)
    _done({"keys": count}, "rotated", as_json=as_json)


@contextmanager
def _opened(home: Path) -> Iterator[App]:
    from comptoir.app import open_app

    app = open_app(settings_of(home))
    try:
        yield app
    finally:
        app.close()


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} is no ISO 8601 instant") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _told(found: list[dict[str, object]], title: str, empty: str, *, as_json: bool) -> None:
    if as_json:
        say_json(found)
    else:
        say_table(title, found, empty=empty)


def _done(what: dict[str, object], done: str, *, as_json: bool) -> None:
    if as_json:
        say_json({**what, "done": done})
    else:
        say(f"{', '.join(f'{name} {value}' for name, value in what.items() if value)}: {done}")
