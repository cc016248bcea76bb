"""The page where pairs are reviewed: what it shows, its keys, its answers, and taking them back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from comptoir.clock import micros
from comptoir.identity import store
from comptoir.matching import queue
from comptoir.matching.queue import Evidence, Found, Standing
from comptoir.model.identifier import NodeId, node_of, profile_named_after
from comptoir.model.sighting import NodeSeen, TraitSeen
from tests.web.counter import Counter, open_counter

TWINS = [("account:lea", "loyalty_card:41"), ("account:max", "loyalty_card:42"), ("account:zoe", "loyalty_card:43")]
WEIGHTS = (14_000, 9_000, 2_000)


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    opened = open_counter(home)
    fill(opened)
    yield opened
    opened.warehouse.close()
    opened.state.close()


def node(key: str) -> NodeId:
    return node_of(*key.split(":", 1))


def fill(counter: Counter) -> None:
    """Let three people come twice, and suggest that each is one."""
    keys = [key for pair in TWINS for key in pair]
    at = micros(counter.clock.now())
    with counter.state.write() as connection:
        store.apply(
            connection, tick_id=1, spool="front", offset_after=1, links=[],
            nodes=[NodeSeen(node(key), key.partition(":")[0], key.partition(":")[2], at) for key in keys],
            traits=[
                TraitSeen(node(key), name, json.dumps(value), at, f"{key}{name}", "confirmed")
                for key in keys
                for name, value in (("first_name", key[-3:]), ("last_name", "O’Neil <b>"), ("birth_date", "1980-01-31"))
            ],
        )  # fmt: skip
        queue.keep(
            connection,
            [
                Found(
                    a=min(node(one), node(other)), b=max(node(one), node(other)), weight_milli=weight,
                    evidence=(
                        Evidence("", "before", -20_000, 1), Evidence("birth_date", "same", 13_000, 9_000),
                        Evidence("first_name", "different", -3_000, 1), Evidence("", "household", -500, 1),
                    ),
                )
                for (one, other), weight in zip(TWINS, WEIGHTS, strict=True)
            ],
            at=at,
        )  # fmt: skip


def keys_of(counter: Counter) -> list[str]:
    with counter.state.read() as connection:
        return [one.key for one in queue.waiting(connection, 10)]


class Shortcuts(HTMLParser):
    """What each key of the page does."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if told.get("data-shortcut"):
            self.found[str(told["data-shortcut"])] = str(told.get("value") or told.get("href"))


def test_the_likeliest_pair_comes_first_with_what_speaks_for_it_in_words(counter: Counter) -> None:
    page = counter.get("/matching?lang=en").text

    assert "3 pairs wait" in page
    assert "Birth date" in page
    assert "the same; between strangers, 1 in 9,000" in page
    assert "31\xa0Jan\xa01980" in page
    assert "<b>" not in page.split("<main")[1]  # a name is a name, never markup
    assert page.index("Birth date") < page.index("First name")
    assert profile_named_after(node("account:lea")) in page


def test_keys_answer_and_leaf(counter: Counter) -> None:
    first, second, third = keys_of(counter)
    shown = Shortcuts(counter.get("/matching").text).found
    assert shown == {"y": "same", "n": "different", "j": f"/matching?pair={second}", "?": "None"}
    assert Shortcuts(counter.get(f"/matching?pair={second}").text).found == {
        "y": "same", "n": "different", "j": f"/matching?pair={third}", "k": f"/matching?pair={first}", "?": "None",
    }  # fmt: skip


def test_an_answer_leads_to_the_next_pair_and_can_be_taken_back(counter: Counter) -> None:
    first, second, _ = keys_of(counter)
    done = counter.post("/matching", {"pair": first, "answer": "same"})
    assert done.status == 303
    assert second in done.headers["location"]
    page = counter.get(done.headers["location"] + "&lang=en").text
    assert "Joined: they are one person." in page
    assert Shortcuts(page).found["u"] == "undo"
    with counter.state.read() as connection:
        assert queue.find(connection, *queue.parse(first)).standing is Standing.SAME

    counter.post("/matching", {"pair": first, "answer": "undo"})
    assert keys_of(counter)[0] == first


def test_a_pair_that_is_decided_says_so_and_no_answer_is_refused(counter: Counter) -> None:
    first, *_ = keys_of(counter)
    counter.post("/matching", {"pair": first, "answer": "different"})
    assert counter.post("/matching", {"pair": first, "answer": "same"}).status == 404
    assert counter.post("/matching", {"pair": first, "answer": "perhaps"}).status == 422
    assert counter.post("/matching", {"pair": "x", "answer": "same"}).status == 404


def test_an_empty_queue_says_what_it_wants(counter: Counter) -> None:
    for key in keys_of(counter):
        counter.post("/matching", {"pair": key, "answer": "different"})
    page = counter.get("/matching?lang=fr").text
    assert "Aucune paire n’attend." in page
    assert "Deux personnes</button>" not in page


def test_the_list_of_customers_leads_there(counter: Counter) -> None:
    assert 'href="/matching"' in counter.get("/customers").text
