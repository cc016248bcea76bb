"""A steady client, run by end_to_end.py in a process of its own: PORT KEY RATE SECONDS BATCH."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from end_to_end import bodies, post

CONNECTIONS = 4

if __name__ == "__main__":
    port, key, rate, seconds, batch = sys.argv[1:]
    told: dict[str, float] = {}
    made = bodies(int(batch))
    threads = [
        threading.Thread(target=post, args=(int(port), key, int(rate) // CONNECTIONS, float(seconds), made, told))
        for _ in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(told))
