"""Which segments somebody may see, and which she may change: those of her brands."""

from __future__ import annotations

from starlette.requests import Request

from comptoir.access.keys import Brand
from comptoir.access.roles import Principal
from comptoir.errors import ComptoirError
from comptoir.segments.parse import Definition
from comptoir.state.shelf import DefinitionNotFound
from comptoir.web.view import own_brands


class SegmentNotYours(ComptoirError, PermissionError):
    """This segment is for brands that are not yours."""

    code, status = "segment_of_other_brands", 403
    hint = "Ask somebody who has all brands, or make a segment of one of yours."


def may_see(definition: Definition, who: Principal) -> bool:
    """Say whether a segment is for a brand of somebody's, or for every brand."""
    return definition.brand is None or who.may_see(definition.brand)


def may_change(definition: Definition, who: Principal) -> bool:
    """Say whether somebody has all brands that a segment is for."""
    return not who.brands or (definition.brand is not None and definition.brand in who.brands)


def check_seen(definition: Definition, who: Principal) -> None:
    """Let pass whoever may see a segment. Raises: DefinitionNotFound."""
    if not may_see(definition, who):
        raise DefinitionNotFound(kind="segment", key=definition.key)


def check(definition: Definition, live: Definition | None, who: Principal) -> None:
    """Let pass whoever may change a segment, its draft and what is live. Raises: SegmentNotYours."""
    for one in (definition, live):
        if one is not None and not may_change(one, who):
            raise SegmentNotYours(segment=one.key)


def offered(request: Request) -> list[Brand]:
    """Give the brands that somebody may make segments for. Order: by name."""
    return own_brands(request)
