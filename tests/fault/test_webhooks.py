from __future__ import annotations

import resource
import ssl
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook as Judge

from comptoir import safe_http
from comptoir.clock import Clock, ManualClock, RealClock
from comptoir.messaging import webhooks
from comptoir.messaging.rows import webhook_calls, webhook_endpoints
from comptoir.messaging.webhooks import SCHEDULE, Caller
from comptoir.safe_http import BadAddress, Client
from comptoir.state.base import State, metadata, open_state
from comptoir.state.sealing import MasterKey
from tests.faulty_hook import SECRET, Hook
from tests.sending_house import NOON

KEY = MasterKey(b"m" * 32)


class Calling:
    """A caller over a real state, whose hooks listen on this machine."""

    def __init__(self, folder: Path, *hooks: Hook, seconds: float = 5.0, clock: Clock | None = None) -> None:
        self.clock = clock or ManualClock(NOON)
        self.state: State = open_state(folder / "state.db")
        with self.state.write() as connection:
            metadata.create_all(connection)
        own = [f"127.0.0.1:{hook.port}" for hook in hooks]
        self.caller = Caller(
            state=self.state, key=lambda: KEY, clock=self.clock, client=Client(private_hosts=own, seconds=seconds)
        )
        for number, hook in enumerate(hooks):
            with self.state.write() as connection:
                webhooks.add(
                    connection, name=f"h{number}", url=hook.url, key=KEY, now=NOON, secret=SECRET, private_hosts=own
                )

    def queue(self, call_id: str, endpoint: str = "h0") -> None:
        with self.state.write() as connection:
            webhooks.queue(connection, call_id=call_id, endpoint=endpoint, kind="test", body={"n": call_id})

    def work(self, turns: int = 1) -> None:
        """Begin what is due and wait until it has ended, so many times."""
        for _ in range(turns):
            self.caller.work()
            while self.caller.busy:
                self.caller.work(2.0)

    def calls(self) -> dict[str, tuple[str, int]]:
        with self.state.read() as connection:
            return {
                row.call_id: (row.state, row.attempts)
                for row in connection.execute(select(webhook_calls).order_by(webhook_calls.c.call_id))
            }

    def is_enabled(self, name: str = "h0") -> bool:
        with self.state.read() as connection:
            e = webhook_endpoints.c
            return bool(connection.scalar(select(e.is_enabled).where(e.name == name)))


def test_a_call_arrives_once_signed_as_the_standard_says(tmp_path: Path) -> None:
    with Hook() as hook:
        calling = Calling(tmp_path, hook, clock=RealClock())
        calling.queue("call-1")
        calling.queue("call-1")
        calling.work(2)

    ((headers, body),) = hook.kept
    assert Judge(SECRET).verify(body, headers) == {"type": "test", "data": {"n": "call-1"}}
    assert headers["webhook-id"] == "call-1"
    assert calling.calls() == {"call-1": ("done", 1)}
    calling.state.close()


def test_failures_are_tried_again_for_days_and_then_given_up(tmp_path: Path) -> None:
    assert sum(SCHEDULE, timedelta()) > timedelta(days=3)
    with Hook(answers=[(500, b"")] * 50) as hook:
        clock = ManualClock(NOON)
        calling = Calling(tmp_path, hook, clock=clock)
        calling.queue("call-1")
        calling.work()
        for wait in SCHEDULE:
            clock.advance(wait - timedelta(seconds=1))
            before = hook.connections
            calling.work()
            assert hook.connections == before, "it waits as long as the schedule says"
            clock.advance(timedelta(seconds=1))
            calling.work()
        clock.advance(timedelta(days=9))
        calling.work()
        connections = hook.connections

    assert connections == 1 + len(SCHEDULE)
    assert calling.calls() == {"call-1": ("failed", 1 + len(SCHEDULE))}
    calling.state.close()


def test_410_closes_the_endpoint_and_its_other_calls_wait(tmp_path: Path) -> None:
    with Hook(answers=[(410, b"")]) as hook:
        calling = Calling(tmp_path, hook)
        calling.queue("call-1")
        calling.queue("call-2")
        calling.work(3)

        assert not calling.is_enabled()
        assert calling.calls() == {"call-1": ("failed", 1), "call-2": ("queued", 0)}
        with calling.state.write() as connection:
            webhooks.enable(connection, "h0", is_enabled=True)
        calling.work()
    assert calling.calls()["call-2"] == ("done", 1)
    calling.state.close()


@pytest.mark.parametrize("answer", [(-3, b""), (-4, b""), (-2, b""), (-1, b"")])
def test_floods_drips_and_silence_end_in_time_and_memory_stays_flat(tmp_path: Path, answer: tuple[int, bytes]) -> None:
    with Hook(answers=[answer]) as hook:
        calling = Calling(tmp_path, hook, seconds=1.0)
        calling.queue("call-1")
        before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
        calling.work()
        spent = time.monotonic() - began
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    assert spent < 5
    assert grown < 16_384, f"{grown} KiB"
    assert calling.calls()["call-1"][1] == 1
    calling.state.close()


def test_one_bad_endpoint_holds_no_other_back(tmp_path: Path) -> None:
    with Hook(answers=[(-2, b"")] * 9) as bad, Hook() as good:
        calling = Calling(tmp_path, bad, good, seconds=4.0)
        for number in range(20):
            calling.queue(f"bad-{number}", "h0")
            calling.queue(f"good-{number}", "h1")
        began = time.monotonic()
        while len(good.kept) < 20 and time.monotonic() - began < 10:
            calling.caller.work(0.05)
        spent = time.monotonic() - began
        calling.work(0)
        connections = bad.connections

    assert len(good.kept) == 20
    assert spent < 3.5
    assert connections == 1
    calling.state.close()


@pytest.mark.parametrize("to", ["http://169.254.169.254/latest/meta-data", "https://169.254.169.254/", "/hook", ""])
def test_a_redirect_is_a_failure_and_never_followed(tmp_path: Path, to: str) -> None:
    with Hook(answers=[(302, f"Location: {to}\r\n".encode())]) as hook:
        calling = Calling(tmp_path, hook)
        calling.queue("call-1")
        calling.work()

    assert hook.connections == 1
    assert calling.calls() == {"call-1": ("queued", 1)}
    calling.state.close()


def test_a_certificate_that_is_not_trusted_ends_it(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    past = datetime(2020, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, past, past + timedelta(days=9))
    signed = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False).sign(
        key, hashes.SHA256()
    )
    pem = tmp_path / "cert.pem"
    pem.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    trusting = ssl.create_default_context(cafile=str(pem))  # it is trusted, but has expired
    with Hook(context=context) as hook:
        client = Client(private_hosts=["localhost"], seconds=2, context=trusting, resolve=lambda _h, _p: ["127.0.0.1"])
        answer = client.post(f"https://localhost:{hook.port}/", b"{}", {})

    assert answer.status == 0
    assert not hook.kept


PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "::127.0.0.1",
    "2001:db8::1", "240.0.0.1", "192.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_is_ever_connected_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []
    monkeypatch.setattr("socket.socket.connect", lambda _self, to: tried.append(to))

    answers = [
        Client(resolve=lambda _host, _port: [address]).post("https://shop.example/hook", b"{}", {}),
        Client(resolve=lambda _host, _port: ["93.184.215.14", address]).post("https://shop.example/hook", b"{}", {}),
    ]

    assert [one.status for one in answers] == [0, 0]
    assert tried == []
    assert not safe_http.is_public(address)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "[::1]", "[::ffff:7f00:1]", "0"]
)
def test_odd_ways_to_write_an_own_address_are_seen_through(host: str) -> None:
    with Hook() as hook:
        answer = Client(seconds=2).post(f"https://{host}:{hook.port}/hook", b"{}", {})

    assert answer.status == 0
    assert not answer.was_sent
    assert hook.connections == 0


def test_a_name_that_changes_its_address_is_resolved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    tried: list[tuple[str, int]] = []

    def connect(_self: object, to: tuple[str, int]) -> None:
        tried.append(to)
        raise ConnectionRefusedError

    monkeypatch.setattr("socket.socket.connect", connect)
    Client(resolve=lambda _host, _port: next(answers)).post("https://rebind.example/", b"{}", {})

    assert tried == [("93.184.215.14", 443)]


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/", "http://a.example/", "https://", "https://u:p@a.example/", "https://a.example/\r\nX: y",
     "file:///etc/passwd", "https://a.example:99999/", "//a.example"],
)  # fmt: skip
def test_an_address_that_may_not_be_called_is_not_stored(tmp_path: Path, url: str) -> None:
    calling = Calling(tmp_path)
    with calling.state.write() as connection, pytest.raises(BadAddress):
        webhooks.add(connection, name="x", url=url, key=KEY, now=NOON)
    calling.state.close()


def test_a_body_over_twenty_kilobytes_is_not_queued(tmp_path: Path) -> None:
    calling = Calling(tmp_path)
    with calling.state.write() as connection, pytest.raises(webhooks.BodyTooLarge):
        webhooks.queue(connection, call_id="c", endpoint="h", kind="k", body={"x": "y" * 20_001})
    calling.state.close()
