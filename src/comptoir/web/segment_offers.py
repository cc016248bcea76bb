"""What the fields of a condition offer to choose from: categories, products, traits, scores, segments there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from starlette.concurrency import run_in_threadpool

from comptoir.access.roles import Principal
from comptoir.errors import ComptoirError
from comptoir.model.scenario import FieldKind
from comptoir.scores import plugin as plugins
from comptoir.segments.drafts import SEGMENTS
from comptoir.web import counted, segment_reach, segment_says, trait_says
from comptoir.web.speech import Speech
from comptoir.web.view import Desk

MOST = 200
"""Of each kind offered; whoever knows another one writes it."""

Offers = Mapping[FieldKind, Sequence[tuple[str, str]]]
_REPORTED = {
    FieldKind.CATEGORY: "category", FieldKind.PRODUCT: "product", FieldKind.TRAIT: "trait", FieldKind.TIERS: "tier",
}  # fmt: skip
_STAGES = "life_cycle"


async def offered(
    desk: Desk, who: Principal, said: Speech, wanted: Collection[FieldKind], *, score: str = ""
) -> Offers:
    """
    Give what there is of the kinds of field that are wanted; nothing of what the engine cannot tell now.

    `score` is the one whose labels are wanted; without it those of every score are offered.
    """
    found: dict[FieldKind, Sequence[tuple[str, str]]] = {}
    if FieldKind.SEGMENT in wanted:
        found[FieldKind.SEGMENT] = await run_in_threadpool(_segments, desk, who, said)
    if FieldKind.SCORE in wanted:
        found[FieldKind.SCORE] = [
            (one.name, said.spaced(one.words[said.language.value]))
            for plugin in plugins.every()
            for one in plugin.gives
        ]
    for kind, name in ((FieldKind.LABELS, score), (FieldKind.LABEL, score), (FieldKind.STAGES, _STAGES)):
        if kind in wanted:
            found[kind] = _labels(name, said)
    for kind, name in _REPORTED.items():
        if kind in wanted:
            try:
                rows = await desk.report("segment_offers", kind=name, brands=sorted(who.brands), most=MOST)
            except ComptoirError:
                rows = []
            found[kind] = [(row["value"], row["says"]) for row in rows]
    if FieldKind.TRAIT in wanted:
        computed = await run_in_threadpool(counted.traits, desk, who)
        named = [(key, trait_says.title(trait, said)) for key, trait in computed.items()]
        found[FieldKind.TRAIT] = [*named, *(one for one in found[FieldKind.TRAIT] if one[0] not in computed)]
    return found


def _labels(score: str, said: Speech) -> list[tuple[str, str]]:
    """List the labels of a score, each once; where none is named, those of every score. Order: as scores give them."""
    given = [one for plugin in plugins.every() for one in plugin.gives]
    mine = [one for one in given if one.name == score] or given
    found = {name: said.spaced(words[said.language.value]) for one in mine for name, words in one.labels.items()}
    return list(found.items())


def _segments(desk: Desk, who: Principal, said: Speech) -> list[tuple[str, str]]:
    with desk.state.read() as connection:
        shelf = SEGMENTS.listing(connection)
    definitions = [segment_says.read(one.text) for one in shelf if one.live_version]
    return [(one.key, segment_says.title(one, said)) for one in definitions if segment_reach.may_see(one, who)]
