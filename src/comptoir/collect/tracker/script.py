"""The site's script as browsers get it, and the snippet that a shop puts into its pages."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from html import escape
from importlib import resources

NAME = "comptoir.js"
ON_SITE = "comptoir-onsite.js"
"""What the script fetches once there is something to show: it draws messages into pages."""
LINKS = "comptoir-links.js"
"""What the script fetches where a shop has several domains: it signs links from one to another."""
KEEP_SECONDS = 3600
"""How long a browser keeps the script before it asks whether there is a newer one."""
MATOMO = "matomo.js"
"""What pages of Matomo load in the place of its own script."""
BANNERS = ("orejime", "tarteaucitron")
"""Consent banners that the script can read by itself."""

_COMMENT = re.compile(r"(^|\s+)// .*$", re.MULTILINE)
"""Of the script's own style: nowhere in a string of it do two slashes stand before a space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The script, ready to be sent."""

    text: bytes
    zipped: bytes
    tag: str
    """Its ETag; weak, as it is the same for both forms."""


@lru_cache(maxsize=4)
def script(name: str = NAME) -> Script:
    """Give a script as it is served: what is committed, without comments and the white space around lines."""
    source = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    head, _, rest = source.partition("\n")
    lines = (line.strip() for line in _COMMENT.sub("", rest).splitlines())
    text = "\n".join([head, *(line for line in lines if line), ""]).encode()
    digest = sha256(text).hexdigest()[:16]
    return Script(text=text, zipped=gzip.compress(text, 9, mtime=0), tag=f'W/"{digest}"')


def snippet(key: str, door_url: str, *, consent_from: str = "", purpose: str = "") -> str:
    """
    Write the two lines of HTML that a shop puts before `</head>` of every page.

    `consent_from` is one of `BANNERS`, or empty where the shop calls `comptoir.consent` itself; `purpose` is what that
    banner calls us, if not `comptoir`.
    """
    told = {"data-key": key, "data-consent-from": consent_from, "data-purpose": purpose}
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in told.items() if value)
    source = escape(f"{door_url.rstrip('/')}/{NAME}")
    return (
        f'<script>window.comptoir = window.comptoir || [];</script>\n<script async src="{source}"{attributes}></script>'
    )
