"""R5: a byte changed at rest, or a file cut short, is noticed before it is used; and which file has no checksum."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from comptoir import app as apps
from comptoir.config import Settings
from comptoir.model.tick import SpoolName
from comptoir.spool import archive
from comptoir.state import rows
from tests.shop import Shop

UNCHECKED = ("state.db", "public.db")
"""SQLite's own pages bear no checksum; `PRAGMA integrity_check` notices a broken structure, not a changed value."""

CHECKER = """
import hashlib, json, sys
from pathlib import Path
from comptoir import app as apps, config, doctor, engine, logs
from comptoir.spool import archive
from comptoir.warehouse import fingerprint

def looked_at(home):
    settings = config.load(home, environ={})
    try:
        app = apps.open_app(settings)
        working = engine.start(app)
        while working.tick():
            pass
        said = {}
        for name, spool in app.spools.items():
            lines = [text for _, text in archive.lines(spool, 0, spool.head())]
            old = archive.read(settings.path("archive"), name, 0, 1 << 40)
            said[name] = [len(lines), hashlib.sha256(b"\\n".join(lines)).hexdigest(),
                          len(old), hashlib.sha256(repr(old).encode()).hexdigest()]
        with working.warehouse.cursor() as cursor:
            said |= fingerprint.fingerprints(cursor)
        working.close()
        app.close()
    except Exception as error:
        return {"error": type(error).__name__ + ": " + str(error)[:200]}
    wrong = [one.check + ": " + one.says[:200] for one in doctor.examine(settings, deep=True) if one.state == "wrong"]
    return {"wrong": wrong} if wrong else {"data": said}

logs.set_up(level="error")
for home in sys.argv[1:]:
    print(json.dumps(looked_at(Path(home))), flush=True)
"""


def _check(homes: list[Path]) -> list[dict[str, Any]]:
    """Look at homes in a process of its own; one that dies over a home has noticed, too."""
    found: list[dict[str, Any]] = []
    while len(found) < len(homes):
        done = subprocess.run(
            [sys.executable, "-c", CHECKER, *map(str, homes[len(found) :])], capture_output=True, text=True, check=False
        )
        found += [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode:
            found.append({"error": f"the process ended with {done.returncode}"})
    return found


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Make a home as a power cut leaves it, its logs not yet moved into their files; give it and what it holds."""
    folder = tmp_path_factory.mktemp("damage")
    shop = Shop(folder / "alive")
    for part in range(12):
        shop.say(*[
            shop.line("Product Added", anonymous_id=f"b{n}", user_id=f"u{n}", trust="confirmed", after=part * 60 + n,
                      properties={"product_id": f"p{n}", "price": 9.5, "quantity": 1, "cart_id": f"c{n}"})
            for n in range(40)
        ])  # fmt: skip
        shop.tick()
        if part == 6:
            shop.warehouse.checkpoint()
    _archive(shop)
    shutil.copytree(shop.home, folder / "crashed")
    shop.close()
    shutil.copytree(folder / "crashed", folder / "calm")
    (calm,) = _check([folder / "calm"])
    assert "data" in calm, calm
    return folder / "crashed", calm


def _archive(shop: Shop) -> None:
    with shop.app.state.read() as connection:
        ticks = rows.ticks_from(connection, SpoolName.FRONT, 0, upto=1_000)
    after = archive.write(shop.home / "archive", SpoolName.FRONT, shop.front, ticks)
    with shop.app.state.write() as connection:
        rows.mark_archived(connection, SpoolName.FRONT, after)


def _files(home: Path) -> list[Path]:
    return sorted(
        path for path in home.rglob("*")
        if path.is_file() and path.stat().st_size and path.suffix in {".db", ".db-wal", ".duckdb", ".wal", ".parquet"}
    )  # fmt: skip


def _flip(path: Path, draw: random.Random) -> str:
    text = bytearray(path.read_bytes())
    at = draw.randrange(len(text))
    text[at] ^= 1 << draw.randrange(8)
    path.write_bytes(text)
    return f"bit flipped at {at} of {len(text)}"


def _cut(path: Path, draw: random.Random) -> str:
    size = path.stat().st_size
    left = draw.randrange(size)
    with path.open("r+b") as file:
        file.truncate(left)
    return f"cut to {left} of {size}"


@pytest.mark.costly
@pytest.mark.slow
def test_a_changed_byte_or_a_cut_file_is_noticed_and_never_returned_as_data(
    seed: int, home: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    whole, calm = home
    draw, cases, homes = random.Random(seed), [], []
    for number, path in enumerate(_files(whole)[seed % 2 :: 2]):  # the next seed takes the others
        damage = _flip if (seed // 2 + number) % 2 else _cut
        copy = tmp_path / f"{number}"
        shutil.copytree(whole, copy)
        cases.append((path.name, damage(copy / path.relative_to(whole), draw)))
        homes.append(copy)
    outcomes: Counter[str] = Counter()
    returned = []
    for (name, what), found in zip(cases, _check(homes), strict=True):
        kind = "noticed" if "data" not in found else "harmless" if found == calm else "returned"
        outcomes[kind] += 1
        print(f"{name}: {what}: {kind} {found.get('error') or found.get('wrong') or ''}"[:300])
        if kind == "returned" and name not in UNCHECKED:
            returned.append(f"{name}: {what}: {_differing(found, calm)}")
    print(f"seed {seed}: {dict(outcomes)}")
    assert len(cases) >= 4
    assert not returned


def _differing(found: dict[str, Any], calm: dict[str, Any]) -> list[str]:
    return [f"{key} {found['data'].get(key)}" for key, value in calm["data"].items() if found["data"].get(key) != value]


@pytest.mark.slow
def test_a_file_that_is_older_than_the_others_is_refused(home: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """An operator who puts back one file alone would have new events taken for known ones."""
    whole, _ = home
    fresh = tmp_path / "fresh"
    apps.make_home(Settings(home=fresh), brand="main")
    homes = []
    for name in ("spool/front.db", "state.db"):
        copy = tmp_path / name.replace("/", "-")
        shutil.copytree(whole, copy)
        for file in (copy / name).parent.glob(f"{Path(name).name}*"):
            file.unlink()
        if (fresh / name).exists():
            shutil.copy(fresh / name, copy / name)
        homes.append(copy)

    for found in _check(homes):
        assert "StoresDisagree" in found["error"], found
