"""Where a computed trait is used: segments that ask for it, scenarios that decide by it, words that write it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from comptoir.access.roles import Principal
from comptoir.grammar import fields
from comptoir.messaging import template_files, template_shelf
from comptoir.scenarios import drafts as scenario_drafts
from comptoir.scenarios.parse import parse
from comptoir.segments import base
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.kinds.trait import Trait as Asks
from comptoir.web import message_uses, scenario_reach, segment_reach, segment_says
from comptoir.web.segment_uses import Use


def used_by(connection: Connection, key: str, who: Principal) -> list[Use]:
    """List where somebody may see that a trait is used, drafts included. Order: segments, scenarios, templates."""
    written = re.compile(rf"\bcustomer\.{re.escape(key)}\b")
    scenarios = [
        ("scenario", one.key)
        for one in scenario_drafts.shelf(connection)
        if scenario_reach.may_see(parse(one.text), who)
        and (written.search(one.text) or key in set(_named(fields.load(one.text))))
    ]
    return [*(("segment", one) for one in _segments(connection, key, who)), *scenarios,
            *(("template", one) for one in _templates(connection, written, who))]  # fmt: skip


def _segments(connection: Connection, key: str, who: Principal) -> list[str]:
    found = []
    for one in SEGMENTS.listing(connection):
        read = [segment_says.read(text) for text in {one.text, SEGMENTS.read(connection, one.key).text}]
        kinds = [kind for each in read for kind in base.each(each.condition)]
        if segment_reach.may_see(read[0], who) and any(isinstance(kind, Asks) and kind.name == key for kind in kinds):
            found.append(one.key)
    return found


def _templates(connection: Connection, written: re.Pattern[str], who: Principal) -> list[str]:
    """Name the templates whose words write it, as they are published."""
    return sorted({
        str(one["template"])
        for one in template_shelf.listing(connection)
        if message_uses.speaks_for([str(one["brand"])], who) and written.search(template_files.dump(
            template_shelf.find(connection, str(one["template"]), brand=str(one["brand"]))
        ))
    })  # fmt: skip


def _named(value: Any) -> Iterator[str]:
    """Give the names of the traits that conditions ask for, wherever they stand in a document."""
    if isinstance(value, Mapping):
        asked = value.get("trait")
        if isinstance(asked, Mapping):
            yield str(asked.get("name", ""))
        for one in value.values():
            yield from _named(one)
    elif isinstance(value, list):
        for one in value:
            yield from _named(one)
