"""How a program asks the API of a desk: what fails on the way is sent again, every write is done once."""

from __future__ import annotations

import json
import random
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

PREFIX = "/api/v1"
TRIES = 5
LONGEST_PAUSE_SECONDS = 30.0
_TRY_AGAIN = frozenset({429, 502, 503, 504})
_UNDER_WAY = "idempotency_key_under_way"


class ApiError(Exception):
    """The desk refused a request: `status`, `code`, `detail`, and `hint`, which says how to mend it."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        self.detail = str(problem.get("detail", ""))
        self.hint = str(problem.get("hint", ""))
        super().__init__(f"{status} {self.code}: {self.detail} {self.hint}".strip())


@dataclass(frozen=True, slots=True)
class Asking:
    """
    The API of one desk, asked with one key, address by address.

    A request that fails on the way, or that the desk asks to send again, is sent again, at most five times. Every
    write carries an idempotency key, so that it is done once however often it is sent.

    Raises: ApiError; OSError where the desk cannot be reached.
    """

    url: str
    key: str = field(repr=False)
    seconds: float = 30.0
    sleep: Callable[[float], None] = time.sleep

    def get(self, path: str, **query: object) -> Any:
        """Read an address; None in the query leaves a name out."""
        return self.ask("GET", path, query=query)

    def each(self, path: str, **query: object) -> Iterator[Any]:
        """Walk through a list to its end, a request a page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **{**query, "cursor": cursor})
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def post(self, path: str, body: object = None, *, idempotency_key: str | None = None, **query: object) -> Any:
        """Write to an address. Give a key of your own where the same write may come from another run of a program."""
        return self.ask("POST", path, body=body, query=query, idempotency_key=idempotency_key)

    def patch(self, path: str, body: object, *, idempotency_key: str | None = None) -> Any:
        """Change something."""
        return self.ask("PATCH", path, body=body, idempotency_key=idempotency_key)

    def delete(self, path: str) -> None:
        """Take something away."""
        self.ask("DELETE", path)

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Ask a question in SQL; rows as dictionaries."""
        rows: list[dict[str, Any]] = self.post("/query", {"sql": sql, "format": "json"})
        return rows

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: Mapping[str, object] | None = None,
        idempotency_key: str | None = None,
        base: str = "",
    ) -> Any:
        """
        Send one request and give what is answered: JSON as its values, anything else as text.

        `base` is what a change of a draft is made from (`"*"`: whatever is there). A body of bytes is sent as it is.
        """
        said = {name: _said(value) for name, value in (query or {}).items() if value is not None}
        target = f"{self.url.rstrip('/')}{PREFIX}{path}" + (f"?{urlencode(said)}" if said else "")
        headers = {"Authorization": f"Bearer {self.key}", "Accept": "application/json"}
        if method != "GET":
            kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
            headers |= {"Content-Type": kind, "Idempotency-Key": idempotency_key or secrets.token_hex(16)}
        if base:
            headers["If-Match"] = base if base == "*" else f'"{base}"'
        raw = None if method == "GET" else body if isinstance(body, bytes) else _json(body)
        request = urllib.request.Request(target, data=raw, headers=headers, method=method)  # noqa: S310 (the desk's own)
        return self._send(request)

    def _send(self, request: urllib.request.Request) -> Any:
        for attempt in range(1, TRIES + 1):
            try:
                with urllib.request.urlopen(request, timeout=self.seconds) as answer:  # noqa: S310 (the desk's own)
                    return _answered(answer.read(), answer.headers.get("Content-Type", ""))
            except urllib.error.HTTPError as error:
                refused = ApiError(error.code, _problem(error))
                if attempt == TRIES or not (error.code in _TRY_AGAIN or refused.code == _UNDER_WAY):
                    raise refused from error
                self.sleep(_pause(attempt, error.headers.get("Retry-After")))
            except OSError:
                if attempt == TRIES:
                    raise
                self.sleep(_pause(attempt, None))
        return None


def at(path: str, *names: str) -> str:
    """Put names into an address, such as `/scenarios/{}/pause`."""
    return path.format(*(quote(name, safe="") for name in names))


def _json(body: object) -> bytes:
    return json.dumps({} if body is None else body).encode()


def _said(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _answered(raw: bytes, kind: str) -> Any:
    if not raw:
        return None
    return raw.decode() if kind.startswith("text/") else json.loads(raw)


def _problem(error: urllib.error.HTTPError) -> Mapping[str, Any]:
    try:
        told = json.loads(error.read())
    except ValueError:
        return {"detail": error.reason}
    return told if isinstance(told, dict) else {}


def _pause(attempt: int, asked: str | None) -> float:
    if asked and asked.isdigit():
        return min(LONGEST_PAUSE_SECONDS, float(asked))
    longest: float = min(LONGEST_PAUSE_SECONDS, 0.2 * 2**attempt)
    return longest * random.uniform(0.5, 1)  # noqa: S311 (a pause is no secret)
