"""The mail that asks to confirm a consent: a service, with nothing to sell, no pixel, no link but the one it is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from html import escape

from comptoir.clock import micros
from comptoir.messaging import links
from comptoir.messaging.links import Link
from comptoir.model.message import Mail

SCENARIO = "opt-in"
"""Stands in the ledger where a scenario's name stands."""
TEMPLATE = "@opt-in"
MARK = "@opt-in"
"""Among the words of an outbox row it says that this module writes the mail."""

_WORDS = {
    "fr": {
        "subject": "{brand} : confirmez votre inscription",
        "title": "Est-ce bien vous ?",
        "lead": "Quelqu’un a saisi votre adresse sur le site de {brand} et a accepté ceci :",
        "button": "Oui, je confirme",
        "closing": "Ce lien fonctionne {days} jours. Si ce n’était pas vous, ne faites rien : sans votre confirmation, "
        "nous ne vous écrirons pas.",
    },
    "en": {
        "subject": "{brand}: please confirm your subscription",
        "title": "Was this you?",
        "lead": "Somebody entered your address on the site of {brand} and agreed to this:",
        "button": "Yes, I confirm",
        "closing": "This link works for {days} days. If it was not you, do nothing: without your confirmation we will "
        "not write to you.",
    },
}

_HTML = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{subject}</title></head>
<body style="margin:0;background:#faf8f4;color:#1f1d1a;font:16px/1.5 Helvetica,Arial,sans-serif">
<div style="max-width:560px;margin:0 auto;padding:40px 24px">
<h1 style="font-size:24px;line-height:1.25;margin:0 0 16px">{title}</h1>
<p style="margin:0 0 16px">{lead}</p>
{texts}
<p style="margin:24px 0"><a href="{url}" style="display:inline-block;padding:12px 24px;border-radius:8px;\
background:#1c6b52;color:#ffffff;text-decoration:none">{button}</a></p>
<p style="margin:0;color:#5c564c;font-size:14px">{closing}</p>
</div></body></html>
"""
_TEXT = '<blockquote style="margin:0 0 16px;padding:0 0 0 16px;border-left:3px solid #d9d2c4">{text}</blockquote>'


def words(brand: str, language: str, texts: Mapping[str, str], life: timedelta) -> dict[str, str]:
    """
    Make the words of an outbox row: what it will say, whole, with the texts that would be agreed to.

    `texts` by `purpose:version`; the link's page shows those too.
    """
    said = {name: text.format(brand=brand, days=life.days) for name, text in _WORDS[language].items()}
    about = " ".join(one for one in texts if " " not in one)
    return {MARK: str(life.days), **said, "about": about, "texts": "\n\n".join(filter(None, texts.values()))}


def mail(
    said: Mapping[str, str],
    *,
    message_id: str,
    brand: str,
    language: str,
    sender: str,
    to: str,
    at: datetime,
    public_url: str,
    sign: Callable[[Link], str],
) -> Mail:
    """Make the mail; its one link leads to a page with a button, since scanners open links too."""
    link = Link(
        kind="confirm",
        message_id=message_id,
        target=said.get("about", ""),
        brand=brand,
        language=language,
        expires_at=micros(at + timedelta(days=int(said[MARK]))),
    )
    url = links.address(public_url, sign(link), "confirm")
    quoted = [one for one in said["texts"].split("\n\n") if one]
    shown = {name: escape(text) for name, text in said.items() if name in _WORDS["en"]}
    return Mail(
        message_id=message_id,
        brand=brand,
        sender=sender,
        to=to,
        subject=" ".join(said["subject"].split()),
        text="\n\n".join([said["title"], said["lead"], *quoted, f"{said['button']}\n{url}", said["closing"]]) + "\n",
        html=_HTML.format(
            language=language, url=url, texts="\n".join(_TEXT.format(text=escape(one)) for one in quoted), **shown
        ),
        at=at,
        language=language,
    )
