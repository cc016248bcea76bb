"""Which scenarios somebody may see, and which she may change: those that speak for her brands."""

from __future__ import annotations

from sqlalchemy import Connection

from comptoir.access.roles import Principal
from comptoir.errors import ComptoirError
from comptoir.scenarios import definitions, drafts
from comptoir.scenarios.definitions import ScenarioNotFound
from comptoir.scenarios.parse import EVERY_BRAND, Definition, parse


class NotYours(ComptoirError, PermissionError):
    """This scenario speaks for brands that are not yours."""

    code, status = "scenario_of_other_brands", 403
    hint = "Ask somebody who has all of its brands, or name only your own brands in it."


def may_see(definition: Definition, who: Principal) -> bool:
    """Say whether a scenario speaks for a brand of somebody's."""
    return not who.brands or any(definition.is_for(brand) for brand in who.brands)


def may_change(definition: Definition, who: Principal) -> bool:
    """Say whether somebody has all the brands that a scenario speaks for."""
    return not who.brands or (EVERY_BRAND not in definition.brands and who.brands.issuperset(definition.brands))


def check_brands(definition: Definition, who: Principal) -> None:
    """Let pass whoever has all brands that a scenario speaks for. Raises: NotYours."""
    if not may_change(definition, who):
        raise NotYours(scenario=definition.scenario)


def names(connection: Connection, who: Principal) -> set[str]:
    """Name the scenarios that somebody may see."""
    return {one.key for one in drafts.shelf(connection) if may_see(parse(one.text), who)}


def written(connection: Connection, name: str) -> list[Definition]:
    """Give what stands of a scenario: its draft and its live version, as far as there are such."""
    draft = drafts.read(connection, name)
    texts = [draft.text] if draft.revision is not None else []
    texts += [definitions.text_of(connection, name)] if draft.live_version else []
    return [parse(one) for one in texts or [draft.text]]


def check_seen(connection: Connection, name: str, who: Principal) -> None:
    """Let pass whoever may see a scenario. Raises: ScenarioNotFound, for one of other brands too."""
    if who.brands and not any(may_see(one, who) for one in written(connection, name)):
        raise ScenarioNotFound(scenario=name)


def check_changed(connection: Connection, name: str, who: Principal) -> None:
    """Let pass whoever may change a scenario, its draft and what is live. Raises: ScenarioNotFound, NotYours."""
    if who.brands:
        check_seen(connection, name, who)
        for one in written(connection, name):
            check_brands(one, who)
