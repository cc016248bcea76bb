"""How a real client is driven: its own process says a visit of a shop; and what must have become of that visit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

from tests.conformance.gate import Gate
from tests.installation import Installation

HERE = Path(__file__).resolve().parent
SDKS = HERE.parents[1] / ".sdks"
PYTHON, PYTHON_234 = SDKS / "python" / "bin" / "python", SDKS / "python-2.3.4" / "bin" / "python"
NODE_MODULES = SDKS / "node" / "node_modules"
ANSWER_SECONDS = 90.0
Command = Sequence[str | Path]
"""What starts a driver, but for the address and the key."""
PAGE_URL = "https://shop.example/cups?utm_source=news"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a client, in Segment's words; drivers of other families say the same in theirs."""

    call: str
    user: str
    event: str = ""
    said: dict[str, Any] = field(default_factory=dict)

    def as_event(self) -> dict[str, Any]:
        """Write the event that the site's own script would send."""
        what = {"traits": self.said} if self.call == "identify" else {"properties": self.said}
        named = {"event": self.event} if self.call == "track" else {"name": self.event} if self.event else {}
        return {"type": self.call, "userId": self.user, "anonymousId": f"{self.user}-browser", **named, **what}


@dataclass(frozen=True, slots=True)
class Shop:
    """One visit under a name of its own, and what the installation made of it."""

    installation: Installation
    run: str

    @property
    def user(self) -> str:
        """Give the visitor's account."""
        return f"{self.run}-user"

    def calls(self) -> list[Call]:
        """Write the visit: she signs in, looks, fills a cart and orders."""
        item = {"product_id": "p1", "name": "Cup", "price": 12.5, "currency": "EUR"}
        order = {
            "order_id": f"{self.run}-order", "cart_id": f"{self.run}-cart", "currency": "EUR", "total": 34.17,
            "revenue": 25.0, "shipping": 5.0, "tax": 4.17, "coupon": "WELCOME",
            "products": [{"product_id": "p1", "name": "Cup", "price": 12.5, "quantity": 2}],
        }  # fmt: skip
        told: list[tuple[str, str, dict[str, Any]]] = [
            ("identify", "", {"email": f"{self.run}@example.org", "first_name": "Ann"}),
            ("page", "Cups", {"url": PAGE_URL, "title": "Cups"}),
            ("track", "Product Viewed", item),
            ("track", "Product Added", item | {"cart_id": f"{self.run}-cart", "quantity": 2}),
            ("track", "Order Completed", order),
        ]
        return [Call(call=call, user=self.user, event=event, said=said) for call, event, said in told]

    def looks(self, count: int, *, of: str) -> list[Call]:
        """Write some more looks at products, which only their product tells apart."""
        return [
            Call(call="track", user=self.user, event="Product Viewed", said={"product_id": f"{of}-{number}"})
            for number in range(count)
        ]

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask once all that came has become facts; `$run` stands for this visit's name."""
        self.installation.settle()
        return [tuple(row.values()) for row in self.installation.ask(sql.replace("$run", self.run))]

    def products_seen(self, of: str) -> list[str]:
        """Give the products that were looked at. Order: by name; one that came twice stands twice."""
        rows = self.ask(
            "SELECT product_id FROM events_all WHERE user_id = '$run-user' AND name = 'Product Viewed' "
            f"AND starts_with(product_id, '{of}-') ORDER BY product_id"
        )
        return [one for (one,) in rows]

    def has_all_come(self) -> bool:
        """Say whether all of the visit is there: a browser sends its parts side by side, the order at times first."""
        rows = self.ask("SELECT type, name FROM events_all WHERE user_id = '$run-user'")
        come = {(kind, name if kind == "track" else "") for kind, name in rows}
        return come >= {(one.call, one.event if one.call == "track" else "") for one in self.calls()}

    def outcome(self) -> dict[str, list[tuple[Any, ...]]]:
        """Give what the visit became, without the names that differ from visit to visit."""
        return {name: self.ask(sql) for name, sql in _OUTCOME.items()}


_OUTCOME = {
    "people": "SELECT count(DISTINCT profile_id) FROM events_all WHERE user_id = '$run-user'",
    "traits": "SELECT DISTINCT json_extract_string(traits, '$.email') = '$run@example.org' FROM events_all "
    "WHERE user_id = '$run-user' AND type = 'identify'",
    "behaviour": "SELECT name, product_id, count(*) FROM events_all WHERE user_id = '$run-user' AND type = 'track' "
    "AND NOT contains(product_id, '-') GROUP BY ALL ORDER BY ALL",
    "pages": "SELECT url, title, count(*) FROM events_all WHERE user_id = '$run-user' AND type = 'page' GROUP BY ALL",
    "cart": "SELECT state, item_count, amount_minor, currency FROM carts WHERE cart_id = '$run-cart'",
    "order": "SELECT status, currency, gross_minor, amount_minor, coupon, trust, "
    "cart_key = (SELECT cart_key FROM carts WHERE cart_id = '$run-cart') FROM orders WHERE order_id = '$run-order'",
    "lines": "SELECT product_id, product_name, quantity, unit_price, lines.amount_minor, kind FROM order_lines AS lines"
    " JOIN orders USING (order_key) WHERE order_id = '$run-order' ORDER BY ALL",
    "euros": "SELECT kind, quantity, ledger.amount_minor, tax_minor, ledger.currency FROM revenue_ledger AS ledger "
    "JOIN orders USING (order_key) WHERE order_id = '$run-order' ORDER BY ALL",
}


def assert_same_shop(shop: Shop, native: Shop, *, pages: bool = True) -> None:
    """See that a client's visit became what the site's own became: one person, one cart, one order, the same euros."""
    became, wanted = shop.outcome(), native.outcome()
    if not pages:  # a client without pages says none
        became.pop("pages"), wanted.pop("pages")
    assert became == wanted, {name: (became[name], wanted[name]) for name in wanted if became[name] != wanted[name]}
    assert became["people"] == [(1,)]
    assert len(became["order"]) == len(became["cart"]) == 1


@dataclass(slots=True)
class Client:
    """A client in a process of its own, which does what it is told and says when it has."""

    process: subprocess.Popen[str]
    answers: Queue[str] = field(default_factory=Queue)
    words: list[str] = field(default_factory=list)

    def say(self, calls: Sequence[Call]) -> None:
        """Make calls; the client may keep them for a while."""
        self._do(
            {"do": "say", "calls": [{"call": c.call, "user": c.user, "event": c.event, "said": c.said} for c in calls]}
        )

    def flush(self, seconds: float = ANSWER_SECONDS) -> None:
        """Wait until the client has sent all it was told, or given up."""
        self._do({"do": "flush"}, seconds)

    def _do(self, what: dict[str, Any], seconds: float = ANSWER_SECONDS) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        try:
            said = self.answers.get(timeout=seconds)
        except Empty:
            raise AssertionError(f"no answer within {seconds} s: {self.words[-20:]}") from None
        assert said == "done", self.words[-20:]

    def listen(self) -> None:
        """Sort what the client prints into answers and words, until it ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("rig: "):
                self.answers.put(line[5:].strip())
            else:
                self.words.append(line.rstrip())
        self.answers.put("it ended")


@contextmanager
def driving(command: Command, gate: Gate, key: str) -> Iterator[Client]:
    """Start a client's driver; it ends when its input does."""
    environ = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    process = subprocess.Popen(
        [str(word) for word in command] + [gate.url, key],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=environ | {"RIG_MODULES": str(NODE_MODULES)},
    )  # fmt: skip
    client = Client(process)
    ear = threading.Thread(target=client.listen, daemon=True)
    ear.start()
    try:
        yield client
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        ear.join(5)
        assert process.stdout is not None
        process.stdout.close()


def python(driver: str, *, old: bool = False) -> Command:
    """Give the command of a driver in Python, or skip the test with a line where the client is not installed."""
    found = PYTHON_234 if old else PYTHON
    if not found.exists():
        pytest.skip("no clients: run tools/install_sdks.sh")
    return [found, HERE / "drivers" / driver]


def node(driver: str) -> Command:
    """Give the command of a driver in Node, or skip the test with a line where the client is not installed."""
    found = shutil.which("node")
    if found is None or not NODE_MODULES.exists():
        pytest.skip("no clients for Node: run tools/install_sdks.sh")
    return [found, HERE / "drivers" / driver]


SERVERS: dict[str, Callable[[], Command]] = {
    "segment-python": lambda: python("segment_python.py"),
    "segment-python-2.3.4": lambda: python("segment_python.py", old=True),
    "segment-node": lambda: node("segment_node.mjs"),
    "rudder-python": lambda: python("rudder_python.py"),
    "rudder-node": lambda: node("rudder_node.mjs"),
    "jitsu-node": lambda: node("jitsu_node.mjs"),
}
"""Clients for servers that speak as Segment's do."""
POSTHOG_AND_SNOWPLOW: dict[str, Callable[[], Command]] = {
    "posthog-python": lambda: [*python("posthog_python.py"), "v0"],
    "posthog-python-v1": lambda: [*python("posthog_python.py"), "v1"],
    "posthog-node": lambda: [*node("posthog_node.mjs")],
    "snowplow-node": lambda: [*node("snowplow_node.mjs")],
}
"""Clients for servers in tongues of their own."""
