"""Run every check, say what each found, and fail if one failed: what `make check` calls."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
TREE = [name for name in ("src", "tests", "tools", "benchmarks") if (ROOT / name).is_dir()]

CHECKS: dict[str, list[str]] = {
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "--output-format", "concise", *TREE],
    "lint": [
        str(BIN / "ruff"),
        "check",
        "--quiet",
        "--output-format",
        "concise",
        *TREE,
    ],  # S608 among it: no f-string holds SQL
    "types": [sys.executable, "-m", "mypy", "--no-error-summary"],
    "floors": [str(BIN / "lint-imports"), "--no-cache"],
    "docstrings": [str(BIN / "interrogate"), "--quiet", "src"],
    "docs": [sys.executable, "tools/sync_docs.py", "--check"],
}


def run(name: str, command: list[str]) -> bool:
    """Run one check; print what it said only where it failed."""
    began = perf_counter()
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    fine = ended.returncode == 0
    print(f"{'ok  ' if fine else 'FAIL'} {name:<10} {perf_counter() - began:5.1f} s", flush=True)
    if not fine:
        said = (ended.stdout + ended.stderr).strip() or "differs: run `make fmt`"
        print("\n".join(f"     {line}" for line in said.splitlines()), flush=True)
    return fine


def main() -> int:
    """Run the checks named on the command line, or all of them; then print the sizes."""
    asked = sys.argv[1:] or list(CHECKS)
    failed = [name for name in asked if not run(name, CHECKS[name])]
    if not sys.argv[1:]:
        subprocess.run([sys.executable, "tools/sizes.py"], cwd=ROOT, check=False)
    if failed:
        print(f"failed: {', '.join(failed)}   (one alone: .venv/bin/python tools/check.py {failed[0]})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
