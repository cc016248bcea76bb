"""Drives rudder-sdk-python."""

from __future__ import annotations

import sys
from typing import Any

from _talk import Call, talk
from rudderstack.analytics.client import Client

client = Client(sys.argv[2], host=sys.argv[1], max_retries=10, on_error=lambda error, _: print(repr(error), flush=True))


def say(call: Call) -> None:
    """Make one call."""
    who: dict[str, Any] = {"user_id": call["user"], "anonymous_id": f"{call['user']}-browser"}
    if call["call"] == "identify":
        client.identify(traits=call["said"], **who)
    elif call["call"] == "page":
        client.page(name=call["event"], properties=call["said"], **who)
    else:
        client.track(event=call["event"], properties=call["said"], **who)


talk(say, client.flush)
