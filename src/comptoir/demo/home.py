"""Homes of demonstrations: made, marked, run, and gone on with where they stopped."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path

from comptoir import config
from comptoir.clock import monotonic
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.reports import service

MARK = "demo"
"""A file in a home that says it was made here, and may be thrown away."""
READY_SECONDS = 120.0
STOP_SECONDS = 30.0
_VISITORS = "127.0.0.1/32"
"""Simulated visitors all come from this machine, and say which network address each stands for."""


class NotADemo(ComptoirError, ValueError):
    """This folder was not made by the demonstration, so it is not thrown away."""

    code, status = "not_a_demo", 409
    hint = "Give another folder with --home."


class DidNotStart(ComptoirError):
    """The demonstration's server did not start."""

    code, status = "demo_did_not_start", 500
    hint = "Its log says why."


def is_demo(home: Path) -> bool:
    """Say whether a folder was made by a demonstration."""
    return (home / MARK).exists()


def clear(home: Path) -> None:
    """Make a folder for a demonstration; a former demonstration there is thrown away. Raises: NotADemo."""
    if home.exists():
        if not is_demo(home) and any(home.iterdir()):
            raise NotADemo(folder=str(home))
        shutil.rmtree(home)
    home.mkdir(parents=True, mode=0o700)
    (home / MARK).touch()


def write_settings(
    home: Path, *, start: datetime, since: datetime, speed: float, sender: str, ports: list[int]
) -> None:
    """Write the settings: a sped-up clock, ports, an inbox for all mails, the audience measured."""
    door, desk, mail = ports
    (home / config.FILE_NAME).write_text(
        f"[clock]\nstart = '{start.isoformat()}'\nsince = '{since.isoformat()}'\nspeed = {speed}\n\n"
        f"[door]\nport = {door}\ntrusted_proxies = ['{_VISITORS}']\n\n[desk]\nport = {desk}\n\n"
        "[audience]\nis_measured = true\n\n"
        f"[mail]\nport = {mail}\ninbox = true\nsender = '{sender}'\n",
        encoding="utf-8",
    )


def free_ports(count: int) -> list[int]:
    """Find ports that nobody listens on."""
    with ExitStack() as held:
        sockets = [held.enter_context(closing(socket.socket())) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def running(settings: Settings) -> Iterator[None]:
    """Run the installation's three processes while inside. Raises: DidNotStart."""
    log = settings.path("serve.log").open("a")
    command = [sys.executable, "-m", "comptoir", "serve", "--home", str(settings.home)]
    # a session of its own: Ctrl-C reaches us alone, and we stop it in order
    server = subprocess.Popen(command, stderr=log, stdout=log, start_new_session=True)  # noqa: S603 (our own interpreter)
    try:
        _wait_until_ready(settings, server)
        yield
    finally:
        server.terminate()
        server.wait(timeout=STOP_SECONDS)
        log.close()


def _wait_until_ready(settings: Settings, server: subprocess.Popen[bytes]) -> None:
    deadline = monotonic() + READY_SECONDS
    while monotonic() < deadline and server.poll() is None:
        try:
            service.ask_status(settings.path(service.FILE_NAME))
            for port in (settings.door.port, settings.desk.port):
                socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except (OSError, ComptoirError):
            time.sleep(0.1)
    raise DidNotStart(log=str(settings.path("serve.log")))


def door_of(settings: Settings) -> str:
    """Give the address of the door."""
    return f"http://{settings.door.host}:{settings.door.port}"


def desk_of(settings: Settings) -> str:
    """Give the address of the desk."""
    return f"http://{settings.desk.host}:{settings.desk.port}"
