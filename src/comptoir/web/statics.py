"""Static files: under addresses that carry a hash of what is in them, so they never change."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response

_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_FOLDERS = ("", "vendor", "pages")


@cache
def files() -> dict[str, tuple[bytes, str]]:
    """Give each static file's bytes and type under its address."""
    return {_address(name, file.read_bytes()): (file.read_bytes(), _KINDS[_suffix(name)]) for name, file in _all()}


@cache
def url(name: str) -> str:
    """Give the address of a static file, such as `app.css` or `pages/live.js`. Raises: KeyError."""
    return _by_name()[name]


async def answer(request: Request) -> Response:
    """Answer a static file."""
    found = files().get(request.url.path)
    if found is None:
        return Response(status_code=404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(found[0], media_type=found[1], headers=headers)


@cache
def _by_name() -> dict[str, str]:
    return {name: _address(name, file.read_bytes()) for name, file in _all()}


def _address(name: str, body: bytes) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"/static/{stem}-{hashlib.sha256(body).hexdigest()[:12]}.{suffix}"


def _all() -> list[tuple[str, Traversable]]:
    root = resources.files("comptoir.web").joinpath("static")
    return [
        (f"{folder}/{file.name}".lstrip("/"), file)
        for folder in _FOLDERS
        if root.joinpath(folder).is_dir()
        for file in root.joinpath(folder).iterdir()
        if file.is_file() and _suffix(file.name) in _KINDS
    ]


def _suffix(name: str) -> str:
    return name.rpartition(".")[2]
