"""Drives PostHog's client for Python, in either of its ways of writing (the third word: v0 or v1)."""

from __future__ import annotations

import sys

from _talk import Call, talk
from posthog import Posthog

client = Posthog(
    sys.argv[3],
    host=sys.argv[2],
    max_retries=10,
    capture_mode=sys.argv[1],
    on_error=lambda error, _: print(repr(error), flush=True),
)


def say(call: Call) -> None:
    """Make one call; of what PostHog has no call for, its own name."""
    who, said = call["user"], call["said"]
    if call["call"] == "identify":
        client.set(distinct_id=who, properties=said)
    elif call["call"] == "page":
        page = {"$current_url": said["url"], "title": said["title"]}
        client.capture("$pageview", distinct_id=who, properties=page)
    else:
        client.capture(call["event"], distinct_id=who, properties=said)


talk(say, client.flush)
