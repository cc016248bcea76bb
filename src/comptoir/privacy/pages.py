"""What the public pages of brands need: name, color, themes and texts, gathered for the door."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir.access.public import BrandPage, PageText, PageTheme, hash_browser
from comptoir.access.rows import brands
from comptoir.errors import ComptoirError
from comptoir.model.consent import BROWSER, EMAIL, MARKETING, OPEN_TRACKING, SITE, THEME, TRACKING, ConsentKey, Standing
from comptoir.privacy import texts
from comptoir.privacy.consent import ConsentLedger
from comptoir.privacy.rows import brand_pages, consents, themes

ASKED = (MARKETING, OPEN_TRACKING)
"""Purposes a preference page asks about. Order: as shown."""
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_TAG = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")


class BadColor(ComptoirError, ValueError):
    """A color is written `#rrggbb`."""

    code, status = "bad_color", 400
    hint = "Such as `#1c6b52`."


class BadTheme(ComptoirError, ValueError):
    """A theme's tag is made of small letters, digits, `_`, `-` and `.`, 60 characters at most."""

    code, status = "bad_theme", 400
    hint = "Such as `new-arrivals`; its label says it to people."


def dress(connection: Connection, brand: str, *, shown_name: str | None = None, color: str | None = None) -> None:
    """Say how a brand's pages look; what is None stays. Raises: BadColor."""
    if color and not _COLOR.fullmatch(color):
        raise BadColor(color=color)
    given = {"shown_name": shown_name, "color": color.lower() if color is not None else None}
    values = {name: value for name, value in given.items() if value is not None}
    row = upsert(brand_pages).values({"brand": brand, "shown_name": "", "color": ""} | values)
    done = row.on_conflict_do_update(index_elements=["brand"], set_=values) if values else row.on_conflict_do_nothing()
    connection.execute(done)


def name_theme(connection: Connection, brand: str, tag: str, labels: Iterable[tuple[str, str]]) -> None:
    """Offer a theme (a tag of messages) on the brand's preference page; labels by language. Raises: BadTheme."""
    if not _TAG.fullmatch(tag):
        raise BadTheme(tag=tag)
    for language, label in labels:
        row = upsert(themes).values(brand=brand, tag=tag, language=language, label=label)
        connection.execute(
            row.on_conflict_do_update(index_elements=["brand", "tag", "language"], set_={"label": label})
        )


def drop_theme(connection: Connection, brand: str, tag: str) -> None:
    """Offer a theme no longer; what people chose of it stays."""
    connection.execute(delete(themes).where(themes.c.brand == brand, themes.c.tag == tag))


def name_of(connection: Connection, brand: str) -> str:
    """Give a brand's name as people know it."""
    found = connection.scalar(select(brand_pages.c.shown_name).where(brand_pages.c.brand == brand))
    return str(found) if found else brand


def language_of(connection: Connection, brand: str) -> str:
    """Give a brand's language; French where nobody said."""
    return str(connection.scalar(select(brands.c.language).where(brands.c.name == brand)) or "fr")


def gather(connection: Connection) -> list[BrandPage]:
    """Gather what the door may show of every brand. Order: by name."""
    dressed = {row.brand: row for row in connection.execute(select(brand_pages))}
    offered: defaultdict[str, list[PageTheme]] = defaultdict(list)
    for row in connection.execute(select(themes).order_by(themes.c.tag, themes.c.language)):
        offered[row.brand].append(PageTheme(row.tag, row.language, row.label))
    pages = []
    for row in connection.execute(select(brands.c.name, brands.c.language).order_by(brands.c.name)):
        dress_of = dressed.get(row.name)
        pages.append(
            BrandPage(
                brand=row.name,
                shown_name=dress_of.shown_name if dress_of else "",
                color=dress_of.color if dress_of else "",
                language=row.language,
                texts=tuple(_texts(connection, row.name)),
                themes=tuple(offered[row.name]),
            )
        )
    return pages


def _texts(connection: Connection, brand: str) -> Iterable[PageText]:
    for purpose in ASKED:
        for language in texts.LANGUAGES:
            found = texts.current(connection, brand=brand, purpose=purpose, channel=EMAIL, language=language)
            if found is not None:
                yield PageText(purpose, language, found.version, found.text)


def refusals(connection: Connection, after: int) -> tuple[int, dict[int, bool]]:
    """
    Say which browsers refuse to be tracked (or no longer do), of those heard of after a row of the ledger.

    Shape: the newest row looked at; hashed browser → whether it refuses.
    """
    c = consents.c
    newest = connection.scalar(select(func.max(c.seq)).where(c.purpose == TRACKING, c.seq > after))
    if newest is None:
        return after, {}
    wanted = (c.purpose == TRACKING) & (c.contact_kind == BROWSER) & (c.seq > after) & (c.seq <= newest)
    keys = {
        ConsentKey(row.contact, row.brand, TRACKING, SITE)
        for row in connection.execute(select(c.contact, c.brand).where(wanted).distinct())
    }
    standing = ConsentLedger().standing(connection, keys)
    return int(newest), {
        hash_browser(key.brand, key.contact): state in {Standing.REFUSED, Standing.WITHDRAWN}
        for key, state in standing.items()
    }


def theme_purpose(tag: str) -> str:
    """Name the purpose that a theme's choice is about."""
    return THEME + tag
