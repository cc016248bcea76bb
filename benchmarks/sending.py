"""The sender over a local SMTP sink, every mail signed with DKIM (RSA, 2048 bits), against bare smtplib on the same sink."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

import _machine as machine
from cryptography.hazmat.primitives.asymmetric import rsa

from comptoir.config import MailSettings
from comptoir.messaging.dkim import Dkim
from comptoir.messaging.email import Email
from comptoir.model.message import MessageClass
from tests.sending_house import PROMISE, OnTheShelf, Sending

MAILS = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
CONNECTIONS = int(sys.argv[2]) if len(sys.argv) > 2 else 32


def bare(port: int, count: int) -> float:
    """Hand the same number of mails over with smtplib alone: no ledger, no looks, no signature, as many connections."""
    body = "Subject: x\r\n\r\n" + ("x" * 70 + "\r\n") * 100

    def work(share: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as server:
            for _ in range(share):
                server.sendmail("a@shop.example", ["b@example.org"], body)

    began = time.perf_counter()
    threads = [threading.Thread(target=work, args=(count // CONNECTIONS,)) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count / (time.perf_counter() - began)


def sink_cpu(pid: int) -> float:
    """Give the seconds of processor that the sink has used."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    machine.describe()
    sink = subprocess.Popen([sys.executable, str(Path(__file__).parent / "_sink.py"), "uvloop"], stdout=subprocess.PIPE)
    assert sink.stdout is not None
    port = int(sink.stdout.readline())
    try:
        signer = Dkim(domain="shop.example", selector="s1", key=rsa.generate_private_key(65_537, 2_048))
        channel = Email(MailSettings(port=port), signer=signer, connections=CONNECTIONS)
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            house = Sending(Path(folder), channel, world=OnTheShelf())
            house.queue(
                [f"p{n}@example{n % 40}.org" for n in range(MAILS)], kind=MessageClass.CAMPAIGN, promise=PROMISE
            )
            began, cpu = time.perf_counter(), time.process_time()
            done = 0
            while done < MAILS:
                done += len(house.send())
            spent, burnt = time.perf_counter() - began, time.process_time() - cpu
            assert house.states() == {"accepted": MAILS}, house.states()
            house.close()
        swallowing = sink_cpu(sink.pid)
        smtplib_rate = bare(port, MAILS)
    finally:
        sink.kill()
    rate = MAILS / spent
    print(
        f"sender: {rate:,.0f} messages/s, {burnt / MAILS * 1e3:.2f} ms CPU each, {CONNECTIONS} connections, DKIM rsa-2048;"
        f" the sink beside it {swallowing / MAILS * 1e3:.2f} ms each"
    )
    print(f"bare smtplib, unsigned, without a ledger: {smtplib_rate:,.0f} messages/s; ratio {rate / smtplib_rate:.2f}")


if __name__ == "__main__":
    main()
