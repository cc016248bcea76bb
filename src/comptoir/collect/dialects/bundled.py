"""Clients' own scripts for browsers, which the door serves as they were published: they lie packed in `bundles/`."""

from __future__ import annotations

import gzip
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from io import BytesIO
from zipfile import ZipFile

from comptoir.collect.dialects.base import Reply

SCRIPT_SECONDS = 3_600


@lru_cache(maxsize=8)
def texts(name: str) -> dict[str, bytes]:
    """Give the scripts of a package by their names."""
    packed = resources.files(__package__).joinpath("bundles", name).read_bytes()
    with ZipFile(BytesIO(packed)) as files:
        return {one: files.read(one) for one in files.namelist() if one.endswith(".js")}


def reply(text: bytes, *, keep_seconds: int = SCRIPT_SECONDS) -> Reply:
    """Answer with a script, packed for whoever takes that; a browser that has it is told so."""
    return Reply(
        body=text,
        zipped=gzip.compress(text, 9, mtime=0),
        content_type="text/javascript; charset=utf-8",
        keep_seconds=keep_seconds,
        tag=f'W/"{sha256(text).hexdigest()[:16]}"',
    )
