"""A scenario in words, step by step, for people who do not read YAML."""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.model.scenario import Goto, Step
from comptoir.scenarios.conditions import Condition
from comptoir.scenarios.parse import Definition

_IF = {"fr": "si", "en": "if"}
_EXIT = {"fr": "Sort à tout moment", "en": "Leaves at any moment"}
_WAY = {"fr": "chemin", "en": "way"}


def lines(definition: Definition, language: str) -> Iterator[str]:
    """Tell a definition. Order: as its steps stand; what lies in a way is indented."""
    title = definition.title.get(language) or next(iter(definition.title.values()))
    yield f"{title} ({definition.scenario}, {definition.version})"
    for rule in definition.exits:
        why = rule.event if rule.condition is None else f"{_IF[language]} {rule.condition.words(language)}"
        yield f"{_EXIT[language]}: {why} → {rule.reason}"
    yield from _block(definition.steps, language, 1)


def _block(block: tuple[Step, ...] | Goto, language: str, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(block, Goto):
        yield f"{indent}→ {block.key}"
        return
    for step in block:
        label = getattr(step, "label", {}).get(language, type(step).__name__)
        yield f"{indent}{step.key}: {label}{_asked(step, language)}"
        for name, branch in step.branches.items():
            if branch != ():
                yield f"{indent}  {_WAY[language]} {name}"
                yield from _block(branch, language, depth + 2)


def _asked(step: Step, language: str) -> str:
    condition: Condition | None = getattr(step, "condition", None)
    return "" if condition is None else f" ({_IF[language]} {condition.words(language)})"
