"""`comptoir replay`: a recorded stream posted to the door, as a live site would."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, settings_of

File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="The stream, by time: CSV, JSON lines or Parquet.")
]
MappingFile = Annotated[
    Path, typer.Option("--mapping", exists=True, dir_okay=False, help="Which column is which field (YAML, of events).")
]
Door = Annotated[str, typer.Option("--door", help="Where the door is, such as http://127.0.0.1:8140.")]
WriteKey = Annotated[str, typer.Option("--write-key", help="Public key: browsers send with it.")]
SecretKey = Annotated[
    str,
    typer.Option(
        "--secret-key", envvar="COMPTOIR_SECRET_KEY", help="Secret key: the shop's server sends orders with it."
    ),
]
Speed = Annotated[
    float,
    typer.Option("--speed", min=0.001, help="How much faster than it was; a sped-up installation sets its own pace."),
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Most events to send.")]
Connections = Annotated[int, typer.Option("--connections", min=1, max=64, help="Connections to the door.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(replay)


def replay(
    file: File,
    mapping: MappingFile,
    door: Door,
    write_key: WriteKey,
    secret_key: SecretKey,
    speed: Speed = 1.0,
    limit: Limit = None,
    connections: Connections = 4,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Post a recorded stream to the door: what browsers saw with the write key, orders with the secret key."""
    from comptoir.cli.progress import bar
    from comptoir.sources import mapping as mappings
    from comptoir.sources import replay as replays
    from comptoir.sources import segment

    settings = settings_of(home)
    stream = list(islice(segment.hits(file, mappings.load(mapping)), limit))
    clock = settings.make_clock()
    with replays.HttpPost(door, write_key=write_key, secret_key=secret_key) as post, bar("posting (events)") as move:
        done = replays.replay(
            stream,
            post,
            clock,
            speed=speed,
            aligned=bool(settings.clock.start) and replays.is_in_time(stream, clock),
            connections=connections,
            progress=lambda counts: move(counts["sent"], len(stream)),
        )
    if as_json:
        say_json(asdict(done))
        return
    say(f"{done.sent:,} events sent in {done.seconds:.1f} s: {done.acked:,} taken, {done.retried:,} posted again.")
    if done.refused or done.lost:
        say(f"{done.refused:,} were refused by the door, {done.lost:,} could not be delivered.")
