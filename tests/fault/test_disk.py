"""R3, R4: a disk that fails once, or is full for a while. Nothing acknowledged is lost, nothing is done by halves."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.installation import STORED, Installation, Load, Verdict, compiled_shim, installed, stored_counts, verdict
from tests.shop import Shop

BACK_SECONDS = 10.0

ENGINE = """
import json, os, sys
from pathlib import Path
from comptoir import app as apps, config, engine, logs
from comptoir.warehouse import fingerprint

logs.set_up()  # as engines do: what failed is told on the error channel, and ours stays free for the answer
settings = config.load(Path(sys.argv[1]), environ={})
app = apps.open_app(settings)
working = engine.start(app)
failures = []
for turn in range(3):  # as the engine's loops do: each goes on after a failure
    for work in (working.tick, working.tick, working.archive, working.warehouse.checkpoint):
        try:
            work()
        except Exception as error:
            failures.append(repr(error)[:150])
said = {"failures": failures}
if len(sys.argv) > 2:
    with working.warehouse.cursor() as cursor:
        said |= {"hashes": fingerprint.fingerprints(cursor), "status": working.status()["counts"]}
        (said["events"],) = cursor.execute("SELECT count(*) FROM fact.events").fetchone()
    working.close()
print(json.dumps(said), flush=True)
os._exit(0)
"""


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled_shim(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def full_seconds(pytestconfig: pytest.Config) -> float:
    """Give how long a disk is full: a minute in `make test-all`."""
    return 60.0 if pytestconfig.getoption("--seeds") >= 60 else 2.5


# ── R3 ──


def _engine(home: Path, *words: str, **environ: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", ENGINE, str(home), *words],
        capture_output=True, text=True, check=False, env=os.environ | environ,
    )  # fmt: skip
    said = json.loads(done.stdout) if done.stdout else {"failures": [done.stderr[-300:]]}
    return done.returncode, said


@pytest.fixture(scope="session")
def waiting(tmp_path_factory: pytest.TempPathFactory, shim: Path) -> tuple[Path, dict[str, Any], int]:
    """Make a home with four ticks of work; give it, what a calm engine makes of it, and how many calls that took."""
    folder = tmp_path_factory.mktemp("waiting")
    home = folder / "home"
    shop, draw = Shop(home, acts=False), random.Random(3)
    for part in range(4):
        lines = []
        for place in range(200):
            who, after = draw.randrange(20), part * 600 + place
            item = {"product_id": f"p{who}", "price": 9.5, "quantity": 1, "cart_id": f"c{who}"}
            name = draw.choice(["Product Viewed", "Product Added", "Order Completed"])
            order = {"order_id": f"o{draw.randrange(99)}", "total": 9.5, "products": [item]}
            said = (order if name == "Order Completed" else {}) | item
            lines.append(shop.line(name, anonymous_id=f"b{who}", user_id=f"u{who}", trust="confirmed", after=after,
                                   properties=said))  # fmt: skip
        shop.say(*lines)
    shop.close()
    (home / "comptoir.toml").write_text("[engine]\ntick_events = 200\n", encoding="utf-8")
    for name in ("counted", "calm"):
        shutil.copytree(home, folder / name)
    counting = folder / "calls"
    _engine(
        folder / "counted", LD_PRELOAD=str(shim), FAULT_COUNT_FILE=str(counting), FAULT_PATH=f"{folder / 'counted'}/"
    )
    code, calm = _engine(folder / "calm", "to the end")
    assert (code, calm["failures"], calm["events"]) == (0, [], 800)
    return home, calm, len(counting.read_text().splitlines())


@pytest.mark.slow
def test_whichever_system_call_fails_the_engine_ends_with_the_same_facts(
    seed: int, shim: Path, waiting: tuple[Path, dict[str, Any], int], tmp_path: Path
) -> None:
    template, calm, calls = waiting
    assert calls > 100
    home, at = tmp_path / "home", random.Random(seed).randint(1, calls)
    error = ("ENOSPC", "EIO")[seed % 2]
    shutil.copytree(template, home)

    code, broken = _engine(home, LD_PRELOAD=str(shim), FAULT_FAIL_AT=str(at), FAULT_ERRNO=error, FAULT_PATH=f"{home}/")
    again, healed = _engine(home, "to the end")

    print(f"call {at} of {calls} failed with {error}: exit {code}, {broken['failures'][:2]}")
    assert again == 0
    assert healed["failures"] == []
    assert healed["events"] == calm["events"]
    assert healed["status"] == calm["status"]
    assert healed["hashes"] == calm["hashes"]


# ── R4 ──


@contextmanager
def _tmpfs(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=192m", "comptoir-test", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk of its own needs the right to mount; the shim's test stands for it")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def _fill(folder: Path) -> None:
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


def _through_a_full_disk(
    installation: Installation, fill: Callable[[], None], free: Callable[[], None], seconds: float
) -> Verdict:
    """Fill a disk under load and free it again; give what became of the events."""
    with Load(installation=installation, seed=4, clients=3) as load:

        def answers() -> Counter[int]:
            return sum((one.answers for one in load.logs), Counter())

        time.sleep(2)
        fill()
        time.sleep(0.5)
        before, acked_before = answers(), len(load.acked)
        time.sleep(seconds)
        during, acked_during = answers() - before, len(load.acked) - acked_before
        status = installation.post("/v1/t", {"event": "E", "userId": "u"})
        is_ready = installation.status_of("/ready")
        free()
        freed = time.monotonic()
        while not (answers() - before - during)[200] and time.monotonic() - freed < 30:
            time.sleep(0.02)
        door_back = time.monotonic() - freed
        installation.wait_applied(1 + installation.received())
        engine_back = time.monotonic() - freed
        time.sleep(1)
    installation.settle()
    judged = verdict(load.attempted, load.acked, stored_counts(installation.ask(STORED)))
    print(f"{judged}; during {dict(during)}; door back after {door_back:.1f} s, engine after {engine_back:.1f} s")
    assert during.keys() == {503}
    assert acked_during == 0
    assert status[0] == 503
    assert int(status[2]["retry-after"]) > 0
    assert is_ready == 503
    assert door_back < BACK_SECONDS
    assert engine_back < 2 * BACK_SECONDS
    assert installation.metrics()["comptoir_equation_difference"] == 0
    return judged


@pytest.mark.slow
def test_a_disk_that_is_full_for_a_while_is_503_and_everything_heals_by_itself(
    shim: Path, tmp_path: Path, full_seconds: float
) -> None:
    full = tmp_path / "disk-is-full"
    home = tmp_path / "home"
    shimmed = {"LD_PRELOAD": str(shim), "FAULT_WHILE": str(full), "FAULT_PATH": f"{home}/"}
    with installed(home, **shimmed) as installation:
        judged = _through_a_full_disk(installation, full.touch, full.unlink, full_seconds)

    assert (judged.lost, judged.duplicated, judged.unexpected) == (0, 0, 0)


@pytest.mark.slow
def test_a_disk_that_is_really_full_is_503_and_everything_heals_by_itself(tmp_path: Path, full_seconds: float) -> None:
    with _tmpfs(tmp_path / "disk") as disk, installed(disk / "home") as installation:
        installation.log.touch()
        judged = _through_a_full_disk(installation, lambda: _fill(disk), (disk / "ballast").unlink, full_seconds)

    assert (judged.lost, judged.duplicated, judged.unexpected) == (0, 0, 0)


@pytest.mark.slow
def test_while_the_warehouses_disk_fails_the_door_goes_on_and_the_engine_is_born_anew(
    shim: Path, tmp_path: Path
) -> None:
    """A failed fsync ends DuckDB's instance for good: only a process that starts again can go on, and it must."""
    broken, home = tmp_path / "disk-is-broken", tmp_path / "home"
    shimmed = {
        "LD_PRELOAD": str(shim), "FAULT_WHILE": str(broken), "FAULT_PATH": f"{home}/warehouse.duckdb",
        "FAULT_CALLS": "fsync", "FAULT_ERRNO": "EIO",
    }  # fmt: skip
    with installed(home, **shimmed) as installation:
        with Load(installation=installation, seed=8, clients=2) as load:
            time.sleep(1)
            engine = installation.pids()["engine"]
            broken.touch()
            time.sleep(0.3)
            acked_before = len(load.acked)
            time.sleep(3)
            acked_during = len(load.acked) - acked_before
            broken.unlink()
            mended = time.monotonic()
            installation.wait_applied(1 + acked_before + acked_during)
            engine_back = time.monotonic() - mended
        installation.settle()
        judged = verdict(load.attempted, load.acked, stored_counts(installation.ask(STORED)))
        restarted = installation.pids()["engine"] != engine
        difference = installation.metrics()["comptoir_equation_difference"]
    print(f"{judged}; {acked_during} acknowledged while it failed; engine back after {engine_back:.1f} s")
    assert restarted
    assert acked_during > 0
    assert set(sum((one.answers for one in load.logs), Counter())) == {200}
    assert engine_back < 3 * BACK_SECONDS
    assert (judged.lost, judged.duplicated, judged.unexpected, difference) == (0, 0, 0, 0)
