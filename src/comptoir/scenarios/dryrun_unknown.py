"""What a rehearsal could not know of its days, said in words: what nobody kept, and what cannot be made up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Connection, select

from comptoir.messaging.template_rows import templates
from comptoir.model.scenario import SCORE_CHANGED, SEGMENT_ENTERED, SEGMENT_EXITED
from comptoir.scenarios import conditions
from comptoir.scenarios.dryrun_play import Stage
from comptoir.scenarios.parse import Definition
from comptoir.segments.traits.keep import TRAITS

_MADE = frozenset({SEGMENT_ENTERED, SEGMENT_EXITED, SCORE_CHANGED})
_CUSTOMER = re.compile(r"\bcustomer\.([\w-]+)")


def unknowable(stage: Stage) -> Iterable[str]:
    """Say what these days cannot show as it was."""
    trigger = stage.definition.trigger
    if trigger.schedule is not None and trigger.schedule.audience.sql is not None:
        if stage.can_select:
            yield "the audience is a statement: its people are those of now, not of each day"
        else:
            yield "the audience is a statement, which cannot be run here: nobody is in it"
    if "best_hour" in stage.definition.needs:
        yield "at which hour each person answered best then, nobody kept: the wait's own time of day is taken"
    yield from _computed(stage)
    made = _MADE & set(trigger.events)
    for name in sorted(made - {one.name for one in stage.heard}):
        yield f"no {name} was recorded in these days: changes of segments and scores cannot be made up from history"
    if not trigger.events and trigger.schedule is None and trigger.date is None:
        yield "it begins by hand: nobody enters it in a rehearsal"


def _computed(stage: Stage) -> Iterable[str]:
    """Say where computed traits were asked for, and how often: what each came to then, nobody kept."""
    with stage.scratch.read() as connection:
        computed = sorted(one.key for one in TRAITS.listing(connection) if one.live_version)
        texts = _texts(connection, stage.definition) if computed else {}
    places = list(_asked(stage.definition)) if computed else []
    trod = Counter(one.step for one in stage.notebook.trod)
    for trait in computed:
        where = [place for place, names in places if trait in names]
        if where:
            names, n = ", ".join(dict.fromkeys(where)), sum(trod[step] for step in set(where))
            yield f"computed trait {trait}: what it came to then, nobody kept; {names} did not know it ({n:,} times)"
        spoken = sorted(template for template, text in texts.items() if trait in _CUSTOMER.findall(text))
        if spoken:
            names = ", ".join(spoken)
            yield f"computed trait {trait}: what it came to then, nobody kept; its place is empty in {names}"


def _asked(definition: Definition) -> Iterable[tuple[str, frozenset[str]]]:
    """Give the traits that conditions ask for, by the step, or the part of the definition, that they stand in."""
    for key, place in definition.program.items():
        for condition in (getattr(place.step, "condition", None), *getattr(place.step, "conditions", ())):
            yield key, _traits_in(condition)
    for rule in definition.exits:
        yield "exit_when", _traits_in(rule.condition)
    if definition.trigger.schedule is not None:
        yield "audience", _traits_in(definition.trigger.schedule.audience.condition)


def _traits_in(condition: object) -> frozenset[str]:
    return frozenset(one.name for one in conditions.each(condition) if isinstance(one, conditions.Trait))


def _texts(connection: Connection, definition: Definition) -> dict[str, str]:
    """Give all that each template says, in every language: those in the definition, and those on the shelf."""
    found = {
        name: "\n".join(str(text) for words in languages.values() for text in words.values())
        for name, languages in definition.words.items()
    }
    t = templates.c
    for _, name, version in definition.stored_templates:
        kept = select(t.subject, t.preheader, t.compiled_html, t.compiled_text).where(t.name == name)
        rows = connection.execute(kept.where(t.version == version))
        found[name] = "\n".join(text for row in rows for text in row)
    return found
