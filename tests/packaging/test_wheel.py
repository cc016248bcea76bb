"""The wheel, built and installed alone: nothing of the source tree may be missing from it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "comptoir"
LARGEST_BYTES = 5_000_000

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    uv = Path(sys.executable).parent / "uv"
    built = subprocess.run(
        [uv, "build", "--quiet", "--wheel", "--python", sys.executable, "--out-dir", folder, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment of its own, which borrows our dependencies but not our source tree."""
    folder = tmp_path_factory.mktemp("alone")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([uv, "pip", "install", "--quiet", "--no-deps", "--python", python, wheel], check=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    # a .pth file adds a folder to the path but not the .pth files in it: our editable install stays out
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


def run(installed: Path, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("COMPTOIR_", "PYTHON"))}
    program = str(installed / "bin" / command[0])
    return subprocess.run(
        [program, *command[1:]],
        cwd=cwd,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size < LARGEST_BYTES


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    ours = {
        str(path.relative_to(SOURCE.parent))
        for path in SOURCE.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not path.name.startswith(".")
    }
    shipped = set(zipfile.ZipFile(wheel).namelist())

    assert ours - shipped == set()
    assert any(name.endswith(".sql") for name in shipped)
    assert "comptoir/py.typed" in shipped


def test_the_wheel_holds_nothing_but_the_package(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert tops == {"comptoir", f"comptoir-{version_of_project()}.dist-info"}


def test_the_licence_is_in_the_wheel(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    licence = next(name for name in archive.namelist() if name.endswith("licenses/LICENSE"))

    assert b"END OF TERMS AND CONDITIONS" in archive.read(licence)


def test_two_builds_are_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    uv = Path(sys.executable).parent / "uv"
    command = [
        str(uv),
        "build",
        "--quiet",
        "--wheel",
        "--python",
        sys.executable,
        "--out-dir",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)

    assert next(tmp_path.glob("*.whl")).read_bytes() == wheel.read_bytes()


def test_what_was_installed_is_the_wheel_and_not_the_tree(installed: Path, tmp_path: Path) -> None:
    found = run(installed, "python", "-c", "import comptoir; print(comptoir.__file__)", cwd=tmp_path)

    assert found.stdout.startswith(str(installed)), found.stderr


def test_the_command_answers(installed: Path, tmp_path: Path) -> None:
    helped = run(installed, "comptoir", "--help", cwd=tmp_path)
    told = run(installed, "comptoir", "--version", cwd=tmp_path)

    assert helped.returncode == 0, helped.stderr
    assert "serve" in helped.stdout
    assert told.stdout.strip() == version_of_project()


def test_an_installation_can_be_made_and_asked(installed: Path, tmp_path: Path) -> None:
    made = run(installed, "comptoir", "init", "--home", "shop", cwd=tmp_path)
    asked = run(
        installed,
        "comptoir",
        "query",
        "SELECT count(*) AS n FROM events",
        "--format",
        "json",
        "--home",
        "shop",
        cwd=tmp_path,
    )

    assert made.returncode == 0, made.stderr
    assert asked.returncode == 0, asked.stderr
    assert '"n"' in asked.stdout


def version_of_project() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
