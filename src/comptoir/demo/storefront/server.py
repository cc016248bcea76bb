"""The storefront's server: a thread each for whoever asks, on this machine only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from comptoir import logs
from comptoir.demo.storefront.site import Answer, Asked, Storefront
from comptoir.errors import ComptoirError

HOST = "127.0.0.1"
_MOST_FORM = 10_000

log = logs.get("storefront")


class PortTaken(ComptoirError):
    """The storefront's port is used by another program."""

    code, status = "storefront_port_taken", 409
    hint = "Stop that program, or begin anew with other ports: comptoir demo --fresh"


@contextmanager
def running(site: Storefront, port: int) -> Iterator[int]:
    """Serve the storefront while inside, and give its port; 0 takes a free one. Raises: PortTaken."""
    try:
        server = ThreadingHTTPServer((HOST, port), _handler(site))
    except OSError as error:
        raise PortTaken(port=port) from error
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="storefront", daemon=True
    )
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(site: Storefront) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            self._answer("GET", {})

        def do_HEAD(self) -> None:
            self._answer("GET", {})

        def do_POST(self) -> None:
            said = self.headers.get("Content-Length", "0")
            size = int(said) if said.isdecimal() else 0
            if size > _MOST_FORM or not _is_own(self.headers.get("Origin"), self.headers.get("Host")):
                self.close_connection = True
                self._write(Answer(status=413 if size > _MOST_FORM else 403))
                return
            self._answer("POST", dict(parse_qsl(self.rfile.read(size).decode("utf-8", "replace"))))

        def _answer(self, method: str, form: dict[str, str]) -> None:
            asked = Asked(method=method, path=urlsplit(self.path).path, form=form, cookies=self._cookies())
            self._write(site.answer(asked))

        def _cookies(self) -> dict[str, str]:
            try:
                return {name: one.value for name, one in SimpleCookie(self.headers.get("Cookie", "")).items()}
            except CookieError:
                return {}

        def _write(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in (("Content-Type", answer.kind), *answer.headers, ("X-Content-Type-Options", "nosniff")):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def log_message(self, form: str, *args: object) -> None:
            log.debug("asked", request=str(args[0]) if args else form)

    return Handler


def _is_own(origin: str | None, host: str | None) -> bool:
    """Say whether a form was sent by a page of ours, or by no page at all."""
    return origin is None or urlsplit(origin).netloc == host
