"""R9, R10, and P1 to P4 once more over real processes: repeats, reused ids, and what no client should send."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests.installation import STORED, Installation, installed, stored_counts

# they tell one story of one installation: on several workers they stay together
pytestmark = pytest.mark.xdist_group("repeats")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("repeats") / "home") as made:
        yield made


def _at_once(installation: Installation, body: bytes, times: int) -> list[tuple[int, bytes]]:
    """Send one body so many times at once, each over a connection of its own."""
    gate, answers = threading.Barrier(times), []

    def send() -> None:
        with closing(installation.connect()) as connection:
            connection.connect()
            gate.wait(30)
            connection.request("POST", "/v1/batch", body, installation.basic())
            answer = connection.getresponse()
            answers.append((answer.status, answer.read()))

    threads = [threading.Thread(target=send) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.mark.slow
def test_a_batch_sent_one_to_fifty_times_at_once_is_stored_once_with_one_answer(installation: Installation) -> None:
    sent: Counter[str] = Counter()
    before = installation.metrics().get("comptoir_events_duplicates_total", 0)
    for times in (1, 2, 5, 13, 50):
        ids = [f"r9.{times}.{place}" for place in range(20)]
        batch = [{"type": "track", "event": "E", "anonymousId": "a", "messageId": one} for one in ids]
        batch.append({"type": "track", "anonymousId": "a", "messageId": "no name"})  # refused, the same each time
        answers = _at_once(installation, json.dumps({"batch": batch}).encode(), times)
        assert len(answers) == times
        assert len(set(answers)) == 1
        assert answers[0][0] == 200
        sent.update(dict.fromkeys(ids, times))
    installation.settle()

    stored = stored_counts(installation.ask("SELECT message_id, count(*) AS rows FROM events_all"
                                            " WHERE message_id LIKE 'r9.%' GROUP BY message_id"))  # fmt: skip
    assert stored == dict.fromkeys(sent, 1)
    metrics = installation.metrics()
    assert metrics["comptoir_events_duplicates_total"] - before == sum(sent.values()) - len(sent)
    assert metrics["comptoir_equation_difference"] == 0


@pytest.mark.slow
def test_an_id_used_again_for_something_else_is_kept_aside_and_the_first_stands(installation: Installation) -> None:
    said = {"event": "E", "anonymousId": "a", "messageId": "r10"}
    for product in ("lamp", "sofa", "lamp"):
        status, _, _ = installation.post("/v1/track", said | {"properties": {"product_id": product}})
        assert status == 200
        installation.settle()
    installation.kill("engine")  # the index of ids is made anew from the facts
    installation.wait_ready()
    assert installation.post("/v1/track", said | {"properties": {"product_id": "chair"}})[0] == 200
    installation.settle()

    (row,) = installation.ask("SELECT product_id FROM events WHERE message_id = 'r10'")
    failed = installation.cli("failed", "list", "--reason", "message_id_reused")
    assert row["product_id"] == "lamp"
    assert [one["message_id"] for one in failed] == ["r10", "r10"]
    assert installation.metrics()["comptoir_equation_difference"] == 0


def _event(properties: dict[str, object]) -> bytes:
    return json.dumps({"event": "E", "anonymousId": "a", "properties": properties}).encode()


STRANGE = {
    # a request body, and the status of its answer (None: any refusal or acceptance, as long as there is an answer)
    "deep": (b'{"event":"E","anonymousId":"a","properties":' + b'{"a":' * 3_000 + b"1" + b"}" * 3_000 + b"}", 400),
    "deeper": (b"[" * 100_000, 400),
    "many keys": (_event({f"k{n}": 0 for n in range(3_000)}), 400),
    "twice a key": (b'{"event":"E","event":"F","anonymousId":"a"}', 400),
    "long integer": (b'{"event":"E","anonymousId":"a","messageId":"p3","properties":{"n":%s}}' % (b"9" * 400), None),
    "too large a float": (b'{"event":"E","anonymousId":"a","properties":{"n":1e400}}', None),
    "NaN": (b'{"event":"E","anonymousId":"a","properties":{"n":NaN}}', 400),
    "invalid UTF-8": (b'{"event":"E\xff","anonymousId":"a"}', 400),
    "half a pair": (b'{"event":"E\\ud800","anonymousId":"a"}', 400),
    "a mark": (b'\xef\xbb\xbf{"event":"E","anonymousId":"a"}', None),
    "too large an event": (_event({"a": "x" * 40_000}), None),
    "no JSON": (b"not at all", 400),
    "nothing": (b"", 400),
}  # fmt: skip


@pytest.mark.slow
def test_what_no_client_should_send_is_answered_counted_and_stops_nothing(installation: Installation) -> None:
    took = {}
    for name, (body, wanted) in STRANGE.items():
        began = time.monotonic()
        status, text, _ = installation.post("/v1/track", None, raw=body)
        took[name] = time.monotonic() - began
        assert status == wanted if wanted else status in {200, 400, 413}, (name, status, text)
        if status >= 400:
            assert {"code", "message", "detail"} <= json.loads(text).keys(), name
    exact = (
        b'{"event":"Exact","anonymousId":"a","messageId":"exact","properties":{"big":18446744073709551617,'
        b'"long":0.1000000000000000055511151231257827,"zero":"a\\u0000b","smile":"\xf0\x9f\x98\x80",'
        b'"right":"\xe2\x80\xae"}}'
    )
    assert installation.post("/v1/track", None, raw=exact)[0] == 200
    installation.settle()

    (row,) = installation.ask("SELECT properties FROM events WHERE message_id = 'exact'")
    assert '"big":18446744073709551617' in row["properties"]
    assert '"long":0.1000000000000000055511151231257827' in row["properties"]
    assert json.loads(row["properties"])["zero"] == "a\0b"
    metrics = installation.metrics()
    assert metrics["comptoir_engine_up"] == 1
    assert metrics["comptoir_equation_difference"] == 0
    assert max(took.values()) < 2, took


@pytest.mark.slow
def test_bombs_and_huge_bodies_are_refused_without_stopping_anything(installation: Installation) -> None:
    for body in (
        gzip.compress(b"0" * 200_000_000),
        gzip.compress(gzip.compress(b"0" * 200_000_000)),
        b"0" * 10_000_000,
    ):
        with closing(HTTPConnection("127.0.0.1", installation.door_port, timeout=30)) as connection:
            connection.request("POST", "/v1/batch", body, installation.basic())
            assert connection.getresponse().status in {400, 413}
    assert installation.status_of("/ready") == 200


@pytest.mark.slow
def test_whatever_came_before_every_event_is_there_once(installation: Installation) -> None:
    last = {"event": "E", "anonymousId": "a", "messageId": "the last one"}  # tests run in any order: this may be first
    assert {installation.post("/v1/track", last)[0] for _ in range(2)} == {200}
    installation.settle()
    assert set(stored_counts(installation.ask(STORED)).values()) == {1}
    assert set(installation.pids()) == {"door", "engine", "desk"}
