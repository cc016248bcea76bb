"""What stands on a segment: scenarios that begin with it, and segments that ask for its members."""

from __future__ import annotations

from sqlalchemy import Connection

from comptoir.errors import ComptoirError
from comptoir.model.scenario import SEGMENT_ENTERED, SEGMENT_EXITED
from comptoir.scenarios import drafts as scenario_drafts
from comptoir.scenarios.parse import Definition, parse
from comptoir.segments import base
from comptoir.segments.drafts import SEGMENTS
from comptoir.web import segment_says

Use = tuple[str, str]
"""A kind, `scenario` or `segment`, and a key."""


class SegmentInUse(ComptoirError):
    """Something stands on this segment."""

    code, status = "segment_in_use", 409
    hint = "Take it out of the scenarios and segments that are named; or pause it instead."


def used_by(connection: Connection, key: str) -> list[Use]:
    """List what stands on a segment, drafts included. Order: scenarios, then segments, by key."""
    scenarios = [
        ("scenario", one.key) for one in scenario_drafts.shelf(connection) if _starts_with(parse(one.text), key)
    ]
    return [*scenarios, *(("segment", other) for other in _asking(connection, key))]


def delete(connection: Connection, key: str) -> None:
    """Take a segment away that nothing stands on. Raises: SegmentInUse, DefinitionNotFound."""
    found = used_by(connection, key)
    if found:
        raise SegmentInUse(segment=key, by=[f"{kind} {name}" for kind, name in found])
    SEGMENTS.delete(connection, key)


def _starts_with(definition: Definition, key: str) -> bool:
    trigger = definition.trigger
    if not {SEGMENT_ENTERED, SEGMENT_EXITED}.intersection(trigger.events):
        return False
    return trigger.where.holds({"segment": key})


def _asking(connection: Connection, key: str) -> list[str]:
    """Name the other segments that ask for members of this one, as they are published or drafted."""
    found = []
    for one in SEGMENTS.listing(connection):
        texts = {one.text, SEGMENTS.read(connection, one.key).text}
        asked = {
            getattr(kind, "segment", None) for text in texts for kind in base.each(segment_says.read(text).condition)
        }
        if key in asked and one.key != key:
            found.append(one.key)
    return found
