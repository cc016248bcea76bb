"""An empty installation: how long until it is ready, what it holds in memory when idle, how large the wheel is."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine
from end_to_end import COMPTOIR, free_port, wait_for


def resident_mib(parent: int) -> dict[int, float]:
    """Give the proportional memory of a process and its children, in MiB by process id."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(folder.name) == parent or int(status[1]) == parent:
                rollup = (folder / "smaps_rollup").read_text()
                pss = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
                found[int(folder.name)] = int(pss.split()[1]) / 1024
        except (OSError, StopIteration):
            continue
    return found


def seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    machine.describe()
    reference = min(seconds([sys.executable, "-c", "import duckdb, pyarrow, sqlalchemy, uvicorn"]) for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        made = seconds([*COMPTOIR, "init", "--home", str(home)])
        door, desk = free_port(), free_port()
        began = time.perf_counter()
        command = [*COMPTOIR, "serve", "--home", str(home), "--door-port", str(door), "--desk-port", str(desk)]
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_for(f"http://127.0.0.1:{door}/ready")
            wait_for(f"http://127.0.0.1:{desk}/ready")
            ready = time.perf_counter() - began
            urllib.request.urlopen(f"http://127.0.0.1:{desk}/").read()
            asked = seconds([*COMPTOIR, "query", "SELECT count(*) FROM events", "--home", str(home)])
            time.sleep(5)
            memory = resident_mib(server.pid)
        finally:
            server.terminate()
            server.wait(30)
        subprocess.run(
            [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--out-dir", folder, "."], check=True
        )
        (wheel,) = Path(folder).glob("*.whl")
        print(
            f"init {made:.2f} s · all three processes ready {ready:.2f} s"
            f" · ratio to importing the libraries alone {ready / reference:.1f}"
        )
        print(f"a question from the command line {asked:.2f} s")
        print(f"idle memory (proportional) {sum(memory.values()):.0f} MiB in {len(memory)} processes")
        print(f"wheel {wheel.stat().st_size / (1 << 20):.2f} MiB")


if __name__ == "__main__":
    main()
