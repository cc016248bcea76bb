"""Messages that pages of the site show to everybody: where, on which pages, from when until when."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.messaging.render import CLOSE, page_address
from comptoir.messaging.rows import placements

FIELDS = ("title", "text", "button", "url")
"""What one language says."""
CORNER, TOP = "corner", "top"
"""Places that every page has."""
MOST_WORDS = 2_000
MOST_SLOT = 200
MOST_PAGES = 50
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


class BadPlacement(ComptoirError, ValueError):
    """This message for the site cannot be kept."""

    code, status = "bad_placement", 422
    hint = "Correct the field that is named and save again."


class PlacementNotFound(ComptoirError, LookupError):
    """The brand has no message of this name on its site."""

    code, status = "placement_not_found", 404
    hint = "List them with `comptoir placement list`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A message that pages show to everybody. A pattern is a path, in which `*` stands for anything."""

    brand: str
    name: str
    slot: str = CORNER
    pages: tuple[str, ...] = ()
    """None for every page."""
    words: Mapping[str, Mapping[str, str]]
    """By language, then field."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    times: int = 0
    """How often one browser shows it at most; 0 for always."""
    is_on: bool = True
    changed_at: datetime | None = field(default=None, compare=False)
    changed_by: str = field(default="", compare=False)

    def stands(self, now: datetime) -> str:
        """Say where it stands: `off`, `planned`, `over` or `on`."""
        if not self.is_on:
            return "off"
        if self.ends_at is not None and self.ends_at <= now:
            return "over"
        return "planned" if self.starts_at is not None and self.starts_at > now else "on"


def check(placement: Placement) -> None:
    """Look at everything that can be known before anybody sees it. Raises: BadPlacement."""
    for is_fine, name, takes in (
        (_NAME.fullmatch(placement.name), "name", "small letters, digits and hyphens, at most 60"),
        (_is_short(placement.slot, MOST_SLOT), "slot", "corner, top, the name of a slot or a CSS selector"),
        (len(placement.pages) <= MOST_PAGES, "pages", f"at most {MOST_PAGES} patterns"),
        (all(one.startswith(("/", "*")) and _is_short(one, MOST_SLOT) for one in placement.pages), "pages",
         "paths such as `/shoes/*`, one a line"),
        (placement.times >= 0, "times", "a whole number, 0 for always"),
        (not (placement.starts_at and placement.ends_at) or placement.starts_at < placement.ends_at, "ends_at",
         "an instant after the beginning"),
        (placement.words, "words", "a title in at least one language"),
    ):  # fmt: skip
        if not is_fine:
            raise BadPlacement(field=name, takes=takes)
    for language, said in placement.words.items():
        _check_words(language, said)


def save(connection: Connection, placement: Placement, now: datetime, *, by: str = "") -> None:
    """Keep a message, in the place of the one of its name. Raises: BadPlacement."""
    check(placement)
    row = {
        "brand": placement.brand, "name": placement.name, "slot": placement.slot,
        "pages": msgspec.json.encode(placement.pages).decode(), "words": msgspec.json.encode(placement.words).decode(),
        "starts_at": _micros(placement.starts_at), "ends_at": _micros(placement.ends_at), "times": placement.times,
        "is_on": placement.is_on, "changed_at": micros(now), "changed_by": by,
    }  # fmt: skip
    new = upsert(placements).values(row)
    connection.execute(new.on_conflict_do_update(index_elements=["brand", "name"], set_=row))


def remove(connection: Connection, brand: str, name: str) -> None:
    """Take a message away for good. Raises: PlacementNotFound."""
    gone = connection.execute(delete(placements).where(placements.c.brand == brand, placements.c.name == name))
    if gone.rowcount == 0:
        raise PlacementNotFound(brand=brand, name=name)


def find(connection: Connection, brand: str, name: str) -> Placement:
    """Give one message. Raises: PlacementNotFound."""
    found = next((one for one in listing(connection, [brand]) if one.name == name), None)
    if found is None:
        raise PlacementNotFound(brand=brand, name=name)
    return found


def listing(connection: Connection, brands: Sequence[str] = ()) -> list[Placement]:
    """List the messages of some brands, or of all. Order: by brand and name."""
    asked = select(placements).order_by(placements.c.brand, placements.c.name)
    if brands:
        asked = asked.where(placements.c.brand.in_(brands))
    return [_read(dict(row)) for row in connection.execute(asked).mappings()]


def shown_json(placement: Placement) -> bytes:
    """Write what a page shows."""
    words = {
        language: {name: said.get(name, "") for name in FIELDS} | {"close": CLOSE.get(language, CLOSE["en"])}
        for language, said in placement.words.items()
    }
    return msgspec.json.encode(
        {
            "tell": {"placement": placement.name}, "slot": placement.slot, "times": placement.times,
            "pages": placement.pages, "words": words,
        }
    )  # fmt: skip


def as_json(placement: Placement, now: datetime) -> dict[str, Any]:
    """Give it as the API and the command line show it."""
    return {
        "brand": placement.brand, "name": placement.name, "slot": placement.slot, "pages": list(placement.pages),
        "words": {language: dict(said) for language, said in placement.words.items()},
        "starts_at": placement.starts_at.isoformat() if placement.starts_at else None,
        "ends_at": placement.ends_at.isoformat() if placement.ends_at else None,
        "times": placement.times, "is_on": placement.is_on, "stands": placement.stands(now),
    }  # fmt: skip


def _check_words(language: str, said: Mapping[str, str]) -> None:
    where = f"words.{language}"
    if not re.fullmatch("[a-z]{2}", language):
        raise BadPlacement(field="words", takes="languages of two letters, such as fr")
    strange = sorted(set(said) - set(FIELDS))
    if strange:
        raise BadPlacement(field=f"{where}.{strange[0]}", takes=", ".join(FIELDS))
    if not said.get("title", "").strip():
        raise BadPlacement(field=f"{where}.title", takes="some words")
    if any(len(text) > MOST_WORDS for text in said.values()):
        raise BadPlacement(field=where, takes=f"at most {MOST_WORDS} characters a field")
    if said.get("url") and not page_address(said["url"]):
        raise BadPlacement(field=f"{where}.url", takes="an address that begins with https:// or with /")
    if bool(said.get("button")) != bool(said.get("url")):
        raise BadPlacement(field=f"{where}.button", takes="words and an address, both or neither")


def _is_short(text: str, most: int) -> bool:
    return 0 < len(text) <= most and text.isprintable()


def _micros(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def _read(row: Mapping[str, Any]) -> Placement:
    return Placement(
        brand=row["brand"],
        name=row["name"],
        slot=row["slot"],
        pages=msgspec.json.decode(row["pages"], type=tuple[str, ...]),
        words=msgspec.json.decode(row["words"], type=dict[str, dict[str, str]]),
        starts_at=None if row["starts_at"] is None else instant(row["starts_at"]),
        ends_at=None if row["ends_at"] is None else instant(row["ends_at"]),
        times=row["times"],
        is_on=bool(row["is_on"]),
        changed_at=instant(row["changed_at"]),
        changed_by=row["changed_by"],
    )
