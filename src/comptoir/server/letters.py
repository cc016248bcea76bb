"""What people reach from a message: the click redirect, and the page and the one-click call that unsubscribe."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import msgspec

from comptoir.clock import Clock, micros
from comptoir.ids import uuid7
from comptoir.messaging.links import Link
from comptoir.model.event import ENVELOPE_VERSION, Control, Line, Trust, Type
from comptoir.server.problems import Answer, Headers

SOURCE = "comptoir"
"""The source of lines that Comptoir's own addresses write."""

_PAGE: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex"),
]

_HTML = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; background: #faf8f4; color: #1f1d1a; font: 16px/1.5 system-ui, sans-serif; }}
main {{ max-width: 34rem; margin: 15vh auto 0; padding: 0 24px; }}
h1 {{ font-size: 1.5rem; line-height: 1.25; }}
button {{ padding: 12px 24px; border: 0; border-radius: 8px; font: inherit; cursor: pointer; }}
button {{ background: #1c6b52; color: #fff; }}
button:focus-visible {{ outline: 3px solid #b8741a; outline-offset: 2px; }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #1b1a17; color: #f1ece3; }}
  button {{ background: #2f8f70; color: #0e1512; }}
}}
</style>
</head>
<body><main><h1>{title}</h1><p>{text}</p>{form}</main></body>
</html>
"""


@dataclass(frozen=True, slots=True)
class _Words:
    """The texts of these pages in one language."""

    ask_title: str
    ask_text: str
    button: str
    done_title: str
    done_text: str
    gone_title: str
    gone_text: str


_FRENCH = _Words(
    ask_title="Ne plus recevoir nos messages ?",
    ask_text="Un clic suffit : {brand} ne vous écrira plus de messages commerciaux à cette adresse.",
    button="Me désabonner",
    done_title="C’est fait.",
    done_text="{brand} ne vous écrira plus de messages commerciaux à cette adresse.",
    gone_title="Ce lien ne fonctionne plus.",
    gone_text="Il est incomplet ou trop ancien. Le lien d’un message plus récent fonctionnera.",
)
_ENGLISH = _Words(
    ask_title="No more messages from us?",
    ask_text="One click is enough: {brand} will send no more marketing messages to this address.",
    button="Unsubscribe",
    done_title="Done.",
    done_text="{brand} will send no more marketing messages to this address.",
    gone_title="This link no longer works.",
    gone_text="It is incomplete or too old. The link of a newer message will work.",
)


def redirect(link: Link) -> Answer:
    """Lead to the link's target, byte for byte."""
    headers = [
        (b"location", link.target.encode("utf-8")),
        (b"cache-control", b"no-store"),
        (b"x-robots-tag", b"noindex"),
    ]
    return Answer(302, b"", headers)


def ask(link: Link) -> Answer:
    """Show the page with the button: opening it changes nothing, as scanners open links too."""
    words = _words(link.language)
    form = f'<form method="post"><button>{escape(words.button)}</button></form>'
    return _page(200, link.language, words.ask_title, words.ask_text.format(brand=link.brand), form)


def done(link: Link) -> Answer:
    """Say that the unsubscription is written down."""
    words = _words(link.language)
    return _page(200, link.language, words.done_title, words.done_text.format(brand=link.brand))


def gone(accept_language: bytes) -> Answer:
    """Say that a link is not, or no longer, one of ours."""
    language = "en" if accept_language.strip().lower().startswith(b"en") else "fr"
    words = _words(language)
    return _page(404, language, words.gone_title, words.gone_text)


def clicked(
    link: Link, clock: Clock, *, method: str, anonymous_id: str | None, ip: str | None, user_agent: str
) -> Line:
    """Write the line of a click, as it came: whether a robot or a person clicked is judged later."""
    said = {"message_id": link.message_id, "kind": "clicked", "link": link.target, "detail": method}
    return _control(Control.MESSAGE_CLICKED, link, clock, said, anonymous_id=anonymous_id, ip=ip, user_agent=user_agent)


def unsubscribed(link: Link, clock: Clock, *, is_one_click: bool, ip: str | None, user_agent: str) -> Line:
    """Write the line of an unsubscription. Source: RFC 8058 for the one-click call."""
    said = {"message_id": link.message_id, "way": "one-click" if is_one_click else "page"}
    return _control(Control.UNSUBSCRIBED, link, clock, said, anonymous_id=None, ip=ip, user_agent=user_agent)


def _control(
    name: Control,
    link: Link,
    clock: Clock,
    said: dict[str, str],
    *,
    anonymous_id: str | None,
    ip: str | None,
    user_agent: str,
) -> Line:
    now = micros(clock.now())
    return Line(
        v=ENVELOPE_VERSION,
        type=Type.CONTROL.value,
        source=SOURCE,
        brand=link.brand,
        received_at=now,
        trust=Trust.CONFIRMED.value,
        dialect=SOURCE,
        message_id=str(uuid7(now)),
        name=name.value,
        anonymous_id=anonymous_id,
        ip=ip,
        user_agent=user_agent or None,
        properties=msgspec.Raw(msgspec.json.encode(said)),
    )


def _words(language: str) -> _Words:
    return _ENGLISH if language.lower().startswith("en") else _FRENCH


def _page(status: int, language: str, title: str, text: str, form: str = "") -> Answer:
    html = _HTML.format(
        language="en" if language.lower().startswith("en") else "fr", title=escape(title), text=escape(text), form=form
    )
    return Answer(status, html.encode("utf-8"), list(_PAGE))
