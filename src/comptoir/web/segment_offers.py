"""What the fields of a condition offer to choose from: categories, products, traits, scores, segments there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from starlette.concurrency import run_in_threadpool

from comptoir.access.roles import Principal
from comptoir.errors import ComptoirError
from comptoir.model.scenario import FieldKind
from comptoir.scores import plugin as plugins
from comptoir.segments.drafts import SEGMENTS
from comptoir.web import segment_reach, segment_says
from comptoir.web.view import Desk

MOST = 200
"""Of each kind offered; whoever knows another one writes it."""

Offers = Mapping[FieldKind, Sequence[tuple[str, str]]]
_REPORTED = {FieldKind.CATEGORY: "category", FieldKind.PRODUCT: "product", FieldKind.TRAIT: "trait"}


async def offered(desk: Desk, who: Principal, wanted: Collection[FieldKind]) -> Offers:
    """Give what there is of the kinds of field that are wanted; nothing of what the engine cannot tell now."""
    found: dict[FieldKind, Sequence[tuple[str, str]]] = {}
    if FieldKind.SEGMENT in wanted:
        found[FieldKind.SEGMENT] = await run_in_threadpool(_segments, desk, who)
    if FieldKind.SCORE in wanted:
        found[FieldKind.SCORE] = [(one.name, one.words["fr"]) for plugin in plugins.every() for one in plugin.gives]
    for kind, name in _REPORTED.items():
        if kind in wanted:
            try:
                rows = await desk.report("segment_offers", kind=name, brands=sorted(who.brands), most=MOST)
            except ComptoirError:
                rows = []
            found[kind] = [(row["value"], row["says"]) for row in rows]
    return found


def _segments(desk: Desk, who: Principal) -> list[tuple[str, str]]:
    with desk.state.read() as connection:
        shelf = SEGMENTS.listing(connection)
    definitions = [segment_says.read(one.text) for one in shelf if one.live_version]
    return [(one.key, one.name["fr"]) for one in definitions if segment_reach.may_see(one, who)]
