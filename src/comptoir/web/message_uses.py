"""Which step of which scenario sends which mail: a stored template, or the scenario's own words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from comptoir.access.roles import Principal
from comptoir.scenarios import definitions
from comptoir.scenarios.parse import EVERY_BRAND, Definition
from comptoir.web.view import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A step that sends a mail."""

    scenario: str
    version: int
    step: str
    stored: str
    """The stored template; empty where the scenario's own words are meant."""
    stored_version: int
    words: str
    """Which of the scenario's words; empty for a stored template."""
    languages: tuple[str, ...]
    brands: tuple[str, ...]
    is_live: bool
    titles: Mapping[str, str]
    """What the scenario is called, by language."""
    subjects: Mapping[str, str]
    """What the scenario's own words begin with, by language."""

    def title(self, language: str) -> str:
        """Say what the scenario is called."""
        return self.titles.get(language) or next(iter(self.titles.values()), self.scenario)

    def subject(self, language: str) -> str:
        """Say what its mail begins with, or else the name of its words."""
        return self.subjects.get(language) or next(iter(self.subjects.values()), "") or self.words


def speaks_for(brands: Collection[str], who: Principal) -> bool:
    """Say whether what is for some brands, or for every one, is for one that somebody is for."""
    return not who.brands or not {EVERY_BRAND, *who.brands}.isdisjoint(brands)


def uses(desk: Desk) -> list[Use]:
    """List what every published version sends. Order: by scenario, version, step."""
    with desk.state.read() as connection:
        shelf = definitions.load(connection)
    live = {(one.scenario, one.version) for one in shelf.live}
    return [
        use
        for key, definition in sorted(shelf.definitions.items())
        for use in _of(definition, is_live=key in live)
    ]  # fmt: skip


def words_of(desk: Desk, scenario: str, words: str) -> Definition | None:
    """Give the newest published version of a scenario that has these words."""
    with desk.state.read() as connection:
        shelf = definitions.load(connection)
    found = [
        one
        for (name, _), one in sorted(shelf.definitions.items())
        if name == scenario and words in {*one.words} - one.on_site
    ]
    return found[-1] if found else None


def _of(definition: Definition, *, is_live: bool) -> list[Use]:
    found = []
    for key, place in sorted(definition.program.items()):
        stored = str(getattr(place.step, "stored", None) or "")
        words = str(getattr(place.step, "template", None) or "")
        if not stored and (not words or words in definition.on_site):
            continue  # what pages of the site show is no mail
        found.append(
            Use(
                scenario=definition.scenario,
                version=definition.version,
                step=key,
                stored=stored,
                stored_version=int(getattr(place.step, "stored_version", None) or 0),
                words=words,
                languages=tuple(sorted(definition.words.get(words, ()))),
                brands=definition.brands,
                is_live=is_live,
                titles=definition.title,
                subjects={tongue: said.get("subject", "") for tongue, said in definition.words.get(words, {}).items()},
            )
        )
    return found
