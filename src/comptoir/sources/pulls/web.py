"""A file at an address: fetched again only when it has changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import unquote, urlsplit

import msgspec

from comptoir.safe_http import Answer
from comptoir.sources.pulls.base import Batch, Form, Look, Making, Option, PlaceNeeds, Stream, text
from comptoir.sources.pulls.rest import Rest, basic, bearer

MOST_BYTES = 20 << 30
_UNCHANGED = 304


class Mark(msgspec.Struct, kw_only=True):
    """What is remembered of the file that was fetched last."""

    etag: str = ""
    modified: str = ""
    digest: str = ""


@dataclass(slots=True, kw_only=True)
class Web:
    """One file at an http or https address."""

    options: ClassVar[tuple[Option, ...]] = (
        Option(name="url", says="Address of the file, https.", is_needed=True),
        Option(
            name="access",
            says="How it lets us in.",
            form=Form.CHOICE,
            default="none",
            one_of=("none", "basic", "bearer"),
        ),
        Option(name="user", says="User name."),
        Option(name="password", says="Password or token.", form=Form.SECRET),
    )
    streams: ClassVar[tuple[Stream, ...]] = (Stream(name="file"),)
    is_inside: ClassVar[bool] = False

    url: str
    rest: Rest
    work: Path

    @classmethod
    def made(cls, making: Making) -> Self:
        """Make one. Raises: PlaceNeeds."""
        url = text(making, "url")
        if not url.startswith(("http://", "https://")):
            raise PlaceNeeds(option="url", takes="https://…")
        match making.options.get("access", "none"):
            case "basic":
                headers = basic(text(making, "user"), text(making, "password"))
            case "bearer":
                headers = bearer(text(making, "password"))
            case _:
                headers = {}
        return cls(url=url, rest=Rest.of(making, url, headers), work=making.work)

    def look(self) -> Look:
        """Ask for it without reading it."""
        headers, size = self.rest.ask(self.url, {}, lambda answer: answer.length)
        kind = headers.get("content-type", "").partition(";")[0]
        says = "it answers" if size is None else f"it answers with {size} bytes"
        return Look(says=f"{says} ({kind})" if kind else says, items=(self._name(),))

    def fetch(self, stream: str, since: str) -> Iterator[Batch]:
        """Fetch it unless it is the one that was fetched last."""
        del stream
        mark = msgspec.json.decode(since, type=Mark) if since else Mark()
        asked = {"If-None-Match": mark.etag, "If-Modified-Since": mark.modified}
        path = self.work / self._name()
        headers, digest = self.rest.ask(
            self.url, {name: said for name, said in asked.items() if said}, lambda answer: _keep(answer, path)
        )
        if not digest or digest == mark.digest:
            return
        fresh = Mark(etag=headers.get("etag", ""), modified=headers.get("last-modified", ""), digest=digest)
        size = path.stat().st_size
        yield Batch(path=path, name=path.name, cursor=msgspec.json.encode(fresh).decode(), done=size, whole=size)

    def _name(self) -> str:
        last = unquote(urlsplit(self.url).path).replace("\\", "/").rpartition("/")[2]
        kept = "".join(one if one.isalnum() or one in "-_. " else "_" for one in last)[-100:].strip(". ")
        return kept or "rows"


def _keep(answer: Answer, path: Path) -> str:
    """Write a body down and give its digest; nothing where it has not changed."""
    if answer.status == _UNCHANGED:
        return ""
    digest = sha256()
    with path.open("wb") as file:
        for part in answer.parts(MOST_BYTES):
            digest.update(part)
            file.write(part)
    return digest.hexdigest()
