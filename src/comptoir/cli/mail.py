"""`comptoir mail`: SMTP servers, the suppression list, and a switch that pauses all sending."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, opened, say, say_json, say_table

Name = Annotated[str, typer.Argument(help="Name of the server.")]
Address = Annotated[str, typer.Argument(help="An e-mail address.")]
ForBrand = Annotated[str, typer.Option("--brand", help="One brand; empty for every brand.")]
_SHOWN = (
    "name", "brand", "host", "port", "security", "user", "sender", "bounce_domain", "dkim_domain", "dkim_selector",
    "priority", "weight", "rate_per_minute", "connections", "is_enabled",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands."""
    mail = typer.Typer(name="mail", help="SMTP servers, suppression list, pause.", no_args_is_help=True)
    server = typer.Typer(help="Servers that mails are handed to.", no_args_is_help=True)
    server.command("add")(add)
    server.command("list")(show)
    server.command("test")(try_out)
    server.command("remove")(remove)
    listed = typer.Typer(help="Addresses that must not be written to.", no_args_is_help=True)
    listed.command("list")(suppressed)
    listed.command("add")(suppress)
    listed.command("remove")(lift)
    listed.command("import")(take_in)
    mail.add_typer(server, name="server")
    mail.add_typer(listed, name="suppression")
    mail.command("check")(check)
    mail.command("pause")(pause)
    mail.command("resume")(resume)
    app.add_typer(mail)


def add(
    name: Name,
    host: Annotated[str, typer.Option(help="Host of the SMTP server.")],
    sender: Annotated[str, typer.Option(help="Address in From, such as `Maison <bonjour@maison.fr>`.")],
    home: Home = DEFAULT_HOME,
    brand: ForBrand = "",
    port: Annotated[int, typer.Option(help="Its port.")] = 587,
    security: Annotated[
        str, typer.Option(help="none, starttls or tls; a server that offers less is refused.")
    ] = "starttls",
    user: Annotated[str, typer.Option(help="User name, if it wants one.")] = "",
    password: Annotated[
        str, typer.Option(envvar="COMPTOIR_MAIL_PASSWORD", help="Password; better given by the environment.")
    ] = "",
    bounce_domain: Annotated[str, typer.Option(help="Domain of envelope senders, to which bounces come.")] = "",
    dkim_key: Annotated[Path | None, typer.Option(help="PEM file of the key that signs, RSA or Ed25519.")] = None,
    dkim_domain: Annotated[str, typer.Option(help="Domain in the signature; empty for the sender's.")] = "",
    dkim_selector: Annotated[str, typer.Option(help="Selector of the key in DNS.")] = "comptoir",
    priority: Annotated[int, typer.Option(help="Smallest first; the others stand in.")] = 1,
    weight: Annotated[int, typer.Option(min=1, help="Share among servers of one priority.")] = 1,
    rate: Annotated[int, typer.Option(min=0, help="Mails a minute at most; 0 for no limit.")] = 0,
    connections: Annotated[int, typer.Option(min=1, max=200, help="Mails under way at once.")] = 8,
) -> None:
    """Store a server over one of the same name; its secrets are sealed."""
    from comptoir.messaging import dkim, servers
    from comptoir.messaging.compose import address
    from comptoir.state.sealing import master_key

    if security not in {"none", "starttls", "tls"}:
        raise typer.BadParameter("none, starttls or tls", param_hint="--security")
    domain = dkim_domain or address(sender).rpartition("@")[2]
    pem = dkim_key.read_text(encoding="ascii") if dkim_key else ""
    server = servers.MailServer(
        name=name, brand=brand, host=host, port=port, security=security, user=user,  # type: ignore[arg-type] # checked
        password=password, sender=sender, bounce_domain=bounce_domain, dkim_domain=domain if pem else "",
        dkim_selector=dkim_selector if pem else "", dkim_key=pem, priority=priority, weight=weight,
        rate_per_minute=rate, connections=connections,
    )  # fmt: skip
    with opened(home) as app, app.state.write() as connection:
        servers.save(connection, server, master_key(app.settings.home))
    say(f"{name} is stored; try it with `comptoir mail server test {name} --to you@example.org`.")
    if pem:
        record = dkim.record(dkim.read_key(pem.encode()))
        say(f"DNS, TXT at {dkim_selector}._domainkey.{domain}:")
        typer.echo(record)


def show(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the servers, without their secrets."""
    from comptoir.messaging import servers

    with opened(home) as app, app.state.read() as connection:
        found = servers.listing(connection)
    if as_json:
        say_json(found)
    else:
        shown = [{name: one[name] for name in _SHOWN} for one in found]
        say_table("Mail servers", shown, empty="None is stored: mails go where `[mail]` of the settings says.")


def try_out(
    name: Name,
    to: Annotated[str, typer.Option(help="Where a test mail goes.")],
    home: Home = DEFAULT_HOME,
) -> None:
    """Send one test mail over a server and say what it answered; exit code 1 where it was not accepted."""
    from comptoir.messaging import servers
    from comptoir.model.message import DeliveryKind
    from comptoir.state.sealing import master_key

    with opened(home) as app:
        with app.state.read() as connection:
            server = servers.find(connection, name, master_key(app.settings.home))
        receipt = servers.try_out(server, to, now=app.clock.now(), timeout_seconds=app.settings.mail.timeout_seconds)
    say(f"{receipt.kind.value}: {receipt.detail}")
    if receipt.kind != DeliveryKind.ACCEPTED:
        raise typer.Exit(1)


def remove(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Forget a server."""
    from comptoir.messaging import servers

    with opened(home) as app, app.state.write() as connection:
        servers.remove(connection, name)
    _told({"server": name, "removed": True}, f"{name} is forgotten: no mail goes there any more.", as_json=as_json)


def suppressed(
    home: Home = DEFAULT_HOME,
    contact: Annotated[str, typer.Option(help="Only the entries of this address.")] = "",
    as_json: AsJson = False,
) -> None:
    """List what is suppressed, newest first; addresses are kept as hashes only."""
    from comptoir.messaging import suppression

    with opened(home) as app, app.state.read() as connection:
        found = suppression.listing(connection, contact=contact or None)
    if as_json:
        say_json(found)
    else:
        say_table("Suppressed", found, empty="No address is suppressed.")


def suppress(contact: Address, home: Home = DEFAULT_HOME, brand: ForBrand = "", as_json: AsJson = False) -> None:
    """Write to this address no more."""
    from comptoir.messaging import suppression

    with opened(home) as app, app.state.write() as connection:
        suppression.suppress(
            connection, contact=contact, channel="email", reason="manual", now=app.clock.now(), brand=brand
        )
    _told(
        {"contact": contact, "brand": brand or None, "suppressed": True},
        f"{contact} is on the list: {brand or 'no brand'} {'does not write' if brand else 'writes'} there any more.",
        as_json=as_json,
    )


def lift(
    contact: Address,
    reason: Annotated[
        str, typer.Option(help="Only this reason: bounce, complaint, manual or erasure; none: all but erasure.")
    ] = "",
    home: Home = DEFAULT_HOME,
) -> None:
    """Take an address off the list; exit code 1 where it was not on it."""
    from comptoir.messaging import suppression

    with opened(home) as app, app.state.write() as connection:
        count = suppression.lift(connection, contact=contact, channel="email", reason=reason or None)
    say(f"{count} entries removed." if count else "It was not on the list.")
    if not count:
        raise typer.Exit(1)


def take_in(
    file: Annotated[Path, typer.Argument(help="A text or CSV file; the first column holds addresses or SHA-256.")],
    home: Home = DEFAULT_HOME,
    brand: ForBrand = "",
) -> None:
    """Suppress every address of a file, such as the list of the tool used before."""
    import csv

    from comptoir.messaging import suppression

    with file.open(encoding="utf-8-sig", newline="") as lines:
        cells = [row[0].strip() for row in csv.reader(lines) if row]
    contacts = [one for one in cells if "@" in one or len(one) == 64]
    with opened(home) as app, app.state.write() as connection:
        count = suppression.suppress_all(
            connection, contacts, channel="email", reason="manual", now=app.clock.now(), brand=brand
        )
    say(f"{count:,} addresses are suppressed; {len(cells) - count:,} lines held none.")


def check(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Ask DNS whether mail of each sender is believed: SPF, DKIM and DMARC; exit code 1 where something is wrong."""
    from comptoir.messaging import domains
    from comptoir.state.sealing import master_key

    with opened(home) as app, app.state.read() as connection:
        senders = domains.senders(connection, app.settings.mail, lambda: master_key(app.settings.home))
    found = [
        {"server": one.server, "domain": one.domain, "record": each.kind.value, "verdict": each.verdict.value,
         "name": each.name, "found": each.found, "publish": each.publish}
        for one in senders if not one.is_local for each in domains.look(one, domains.over_dns)
    ]  # fmt: skip
    if as_json:
        say_json(found)
    else:
        say_table("Senders", found, empty="Mail goes out from domains of trials only, which stand in no public DNS.")
    if any(one["verdict"] not in {"fine", "weak"} for one in found):
        raise typer.Exit(1)


def pause(home: Home = DEFAULT_HOME) -> None:
    """Pause all sending within a second; what is under way ends."""
    _switch(home, is_paused=True)
    say("Sending is paused. Go on with `comptoir mail resume`.")


def resume(home: Home = DEFAULT_HOME) -> None:
    """Go on sending."""
    _switch(home, is_paused=False)
    say("Sending goes on.")


def _switch(home: Path, *, is_paused: bool) -> None:
    from comptoir.messaging import outward

    with opened(home) as app, app.state.write() as connection:
        outward.pause(connection, is_paused=is_paused)


def _told(done: dict[str, object], sentence: str, *, as_json: bool) -> None:
    if as_json:
        say_json(done)
    else:
        say(sentence)
