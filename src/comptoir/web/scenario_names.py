"""What scenarios and their steps are called on other pages: by their titles, not by the names that programs use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from comptoir.scenarios import definitions
from comptoir.scenarios.parse import Definition
from comptoir.web import scenario_telling as telling
from comptoir.web.speech import Speech
from comptoir.web.view import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The published scenarios of an installation, and the tongue to name them in."""

    said: Speech
    newest: Mapping[str, Definition]
    shelf: Mapping[tuple[str, int], Definition]

    def title(self, scenario: str | None) -> str:
        """Say what a scenario is called; one that is not published here keeps its name."""
        found = self.newest.get(scenario or "")
        return (scenario or "") if found is None else telling.title(found, self.said)

    def step(self, scenario: str | None, step: str | None, version: int = 0) -> str:
        """Say what a step does: the subject of its mail, else its kind; of one that is gone, its name."""
        return next(self._steps(scenario or "", step or "", version), step or "")

    def reason(self, word: str | None) -> str:
        """Say why a run ended."""
        return telling.reason(word, self.said)

    def _steps(self, scenario: str, step: str, version: int) -> Iterator[str]:
        """Give what may be said of a step. Order: best first."""
        definition = self.shelf.get((scenario, version)) or self.newest.get(scenario)
        place = definition.program.get(step) if definition is not None else None
        if definition is None or place is None:
            return
        words = definition.words.get(str(getattr(place.step, "template", "")), {})
        spoken = words.get(self.said.language.value) or next(iter(words.values()), {})
        if spoken.get("subject"):
            yield self.said("scenario.quoted", words=spoken["subject"])
        yield telling.label(step, place.step, self.said)


def load(desk: Desk, said: Speech) -> Names:
    """Read what scenarios are called."""
    with desk.state.read() as connection:
        shelf = definitions.load(connection).definitions
    return Names(said=said, newest={name: one for (name, _), one in sorted(shelf.items())}, shelf=shelf)
