"""The way a driver talks with the rig: a line of JSON a command, a line back when it is done."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

Call = dict[str, Any]


def talk(say: Callable[[Call], None], flush: Callable[[], None]) -> None:
    """Do what the rig says until it says no more."""
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "say":
            for call in asked["calls"]:
                say(call)
        else:
            flush()
        print("rig: done", flush=True)
