"""The tutorial is typed in, line by line, and shows what it says it shows."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial" / "first-shop.md"
PATIENCE_SECONDS = 30

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")]

SHOWN = {
    "/ready": r".",
    '"event": "Product Viewed"': r"success",
    "product_id, trust, occurred_at FROM events": r"Product Viewed.*browser-1.*mug.*claimed",
    '"event": "Product Added"': r"success",
    "item_count, amount_minor, currency FROM carts": r"cart-1.*open.*2500.*EUR",
    "v1/identify": r"success",
    "profile_id FROM events ORDER BY": r"(?s)ann",
    "identity show": r"(?s)ann",
    '"event": "Order Completed"': r"success",
    "amount_minor, currency FROM orders": r"1001.*completed.*confirmed.*2500.*EUR",
    "FROM revenue_ledger": r"sale.*2500.*mug.*confirmed",
    "state, order_key FROM carts": r"cart-1.*ordered",
    '"first-5"': r".",
    "failed list": r"(?s)missing_name",
    "failed repair": r"1 mended",
    "failed replay": r"1 sent in again, 1 stored, 0 refused",
    "comptoir results": r"first.*direct.*EUR.*25\.00.*last.*direct",
}
"""What a command of the tutorial shows sooner or later, by a part of the command."""


@dataclass(slots=True)
class Shop:
    """A shop made as the tutorial says, on ports of its own."""

    environ: dict[str, str]
    folder: Path
    door_port: int

    def type(self, command: str) -> subprocess.CompletedProcess[str]:
        """Type a command; the tutorial's port is this shop's."""
        here = command.replace("localhost:8140", f"127.0.0.1:{self.door_port}")
        return subprocess.run(
            ["bash", "-c", here],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def see(self, command: str, wanted: str) -> str:
        """Type a command, a question again and again, until it shows what is wanted."""
        is_question = command.startswith("comptoir") or "/ready" in command
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            typed = self.type(command)
            one_line = typed.stdout if wanted.startswith("(?s)") else typed.stdout.replace("\n", " ")
            if typed.returncode == 0 and re.search(wanted, one_line):
                return typed.stdout
            if not is_question or time.monotonic() > end:
                pytest.fail(f"$ {command}\n{typed.stdout}\n{typed.stderr}\nshows nothing like {wanted!r}")
            time.sleep(0.25)


def commands() -> list[str]:
    """Give the commands of the tutorial, in order; a command may go over several lines."""
    blocks = re.findall(r"^```sh\n(.*?)^```", TUTORIAL.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line.split("   # ")[0].rstrip() for block in blocks for line in block.splitlines()]
    found: list[str] = []
    for line in lines:
        if found and found[-1].count("'") % 2:
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COMPTOIR_")}
    environ |= {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COMPTOIR_HOME": str(tmp_path / "my-shop"),
        "COLUMNS": "250",
    }
    door, desk = free_port(), free_port()
    made = Shop(environ, tmp_path, door)
    assert made.type("comptoir init --home ./my-shop").returncode == 0
    keys = json.loads(made.type("comptoir source add web --json").stdout)
    environ |= {"WRITE_KEY": keys["write_key"], "SECRET_KEY": keys["secret_key"]}
    log = (tmp_path / "serve.log").open("wb")
    server = subprocess.Popen(
        ["comptoir", "serve", "--door-port", str(door), "--desk-port", str(desk)],
        cwd=tmp_path,
        env=environ,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    yield made
    server.send_signal(signal.SIGINT)
    try:
        server.wait(timeout=20)
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
        log.close()


def test_the_tutorial_shows_what_it_says(shop: Shop) -> None:
    shop.see("curl -sf localhost:8140/ready", r".")
    done = set()

    for command in commands():
        for part, wanted in SHOWN.items():
            if part in command:
                shop.see(command, wanted)
                done.add(part)

    assert done == set(SHOWN), "a command left the tutorial"


def test_the_tutorial_sends_what_its_reader_has_seen_made() -> None:
    typed = commands()

    assert typed[0] == "make setup"
    assert "comptoir init --home ./my-shop" in typed
    assert "comptoir source add web --json" in typed
    assert "comptoir serve" in typed
