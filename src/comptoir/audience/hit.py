"""One page view without consent: what is kept of it, which is little, and nothing that leads to anybody."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import msgspec

LONGEST = 200
"""Characters of a path, of a referrer, of a campaign."""
_LONGEST_URL = 4_000
_LONGEST_AGENT = 512
_OWN = re.compile(
    r"@|%40|[0-9]{6,}|^[0-9a-fA-F-]{16,}$"
    r"|(?<![A-Za-z0-9])(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{12,}"
)
"""What a part of a path looks like that may name one person, one order or one session: no words, however many."""
_HIDDEN = "…"
_MACHINE = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|headless|preview|monitor|scan|fetch|lighthouse|phantom|selenium|puppeteer|archive"
    r"|https?://|@",
    re.IGNORECASE,
)
"""What machines call themselves; an agent that names an address is nobody's browser. Cheap, as strangers choose it."""
_TABLET = re.compile(r"iPad|Tablet|PlayBook|Silk|Android(?!.*Mobile)")
_PHONE = re.compile(r"Mobi|iPhone|iPod|Android.*Mobile|Windows Phone")
_REGION = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{4})?-([A-Za-z]{2})\b")


class View(msgspec.Struct, forbid_unknown_fields=False):
    """What the site's script says of a page view; whatever else it says is not even read."""

    url: str = ""
    referrer: str = ""
    id: str = ""
    """Drawn anew for each view, so that one sent twice counts once; only its hash under the day's salt is kept."""
    key: str = ""


class Hit(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """
    What is kept of a page view until its day is over.

    Units: `day` ISO, UTC, and no time of that day: so no clock of another store leads here.
    """

    day: str
    brand: str
    source: str
    visitor: str
    """Hash of network address and agent under the day's salt: the same browser is another one tomorrow."""
    hash: str
    """Hash of the view's own id under the day's salt."""
    path: str
    referrer: str = ""
    """The host alone; empty for none, and for the site itself."""
    campaign: str = ""
    device: str = ""
    country: str = ""
    """Of the browser's first language, where it names one."""


class Page(NamedTuple):
    """The part of a view that says where it was and whence it came."""

    path: str
    referrer: str
    campaign: str


def read(body: bytes) -> View | None:
    """Read what the site's script sent; None for what is no view."""
    try:
        return msgspec.json.decode(body, type=View)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def page_of(view: View) -> Page | None:
    """Keep of the addresses of a view what names nobody; None where there is no address."""
    try:
        at = urlsplit(view.url[:_LONGEST_URL].strip())
        before = urlsplit(view.referrer[:_LONGEST_URL].strip())
        host, before_host = at.hostname, before.hostname
        said = parse_qs(at.query, max_num_fields=100)
    except ValueError:
        return None
    if at.scheme not in {"http", "https"} or not host:
        return None
    named = [said.get(f"utm_{one}", [""])[0] for one in ("source", "medium", "campaign")]
    return Page(
        path="/".join(_HIDDEN if _OWN.search(part) else part for part in (at.path or "/").split("/"))[:LONGEST],
        referrer="" if before_host in {None, host} else str(before_host).removeprefix("www.")[:LONGEST],
        campaign=" / ".join(_HIDDEN if _OWN.search(one) else one for one in named if one)[:LONGEST],
    )


@lru_cache(maxsize=20_000)
def device_of(agent: str) -> str | None:
    """Say which kind of device an agent names: phone, tablet or desktop; None for a machine."""
    agent = agent[:_LONGEST_AGENT]
    if not agent.startswith("Mozilla/") or _MACHINE.search(agent):
        return None
    if _TABLET.search(agent):
        return "tablet"
    return "phone" if _PHONE.search(agent) else "desktop"


def country_of(languages: str) -> str:
    """Give the country that a browser's languages name first; empty where none does."""
    found = _REGION.search(languages[:LONGEST])
    return found.group(1).upper() if found else ""
