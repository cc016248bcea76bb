"""What the repository promises to whoever clones it."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# In two pieces, so that this file does not name them either.
REGISTRY_HOSTS = ["py" + "pi.org", "python" + "hosted.org", "registry.npm" + "js.org", "conda." + "anaconda.org"]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ]+) (?:; [^\\]+)?\\$", re.MULTILINE)


def committed_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout: cannot tell which files are committed")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_committed_file_names_the_host_of_a_package_registry() -> None:
    naming = [
        str(path.relative_to(ROOT))
        for path in committed_files()
        if any(host.encode() in path.read_bytes() for host in REGISTRY_HOSTS)
    ]

    assert naming == []


def test_the_lock_pins_every_package_with_hashes_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    assert "://" not in lock
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert [entry.splitlines()[0] for entry in entries if not PIN.match(entry) or "--hash=sha256:" not in entry] == []


def test_the_lock_holds_every_dependency_of_the_project() -> None:
    pinned = {found.lower().replace("_", "-") for found, _ in PIN.findall((ROOT / "requirements.lock").read_text())}
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["dev"]
    asked = [*PROJECT["dependencies"], *groups]
    # PEP 503: dots, dashes and underscores in a name are one
    names = {re.sub(r"[._-]+", "-", re.split(r"[^A-Za-z0-9._-]", line)[0].lower()) for line in asked}

    assert names - pinned == set(), "run `make lock`"


def test_the_versions_of_package_installation_and_changelog_agree() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d[^\]]*)\]", changelog, re.MULTILINE)

    assert released[0] == PROJECT["version"] == version("comptoir")


def test_the_licence_is_there_in_full() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert PROJECT["license"] == "Apache-2.0"
    assert "Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def test_ci_can_be_run() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
