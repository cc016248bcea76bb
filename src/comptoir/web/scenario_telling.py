"""What a step of a scenario does, in a few words for its card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from comptoir.model.scenario import FieldKind, FormField
from comptoir.scenarios.acts import Goal, Notify, Send, SetTrait, Webhook
from comptoir.scenarios.draws import Experiment, RandomSplit
from comptoir.scenarios.parse import Definition, ExitRule
from comptoir.scenarios.steps import Branch, Exit, Split, Wait, WaitForEvent
from comptoir.scenarios.triggers import Trigger
from comptoir.web.scenario_spans import split
from comptoir.web.speech import Speech

ICONS = {
    "wait": "◷", "wait_for_event": "◔", "condition": "◇", "split": "◈", "random_split": "⚄", "experiment": "⚗",
    "send": "✉", "webhook": "⇄", "notify": "☏", "set_trait": "✎", "goal": "★", "exit": "■",
}  # fmt: skip
OTHER_ICON = "▣"
GROUPS = {
    "wait": "wait", "wait_for_event": "wait", "condition": "ask", "split": "ask", "random_split": "ask",
    "experiment": "ask", "send": "do", "notify": "do", "webhook": "do", "set_trait": "do", "goal": "end", "exit": "end",
}  # fmt: skip
"""Where each kind of step stands in the menu; strangers' stand apart."""


def title(definition: Definition, said: Speech) -> str:
    """Give a scenario's name in the reader's tongue."""
    words = definition.title
    return said.spaced(words.get(said.language.value) or next(iter(words.values())))


def label(kind: str, step: Any, said: Speech) -> str:
    """Name a kind of step by what its class says of itself."""
    words: Mapping[str, str] = getattr(step, "label", {})
    return said.spaced(words.get(said.language.value) or words.get("en") or kind)


def says(step: Any, fields: Mapping[str, object], definition: Definition, said: Speech) -> str:
    """Say what a step does; one of a stranger's kind is told by the fields of its form."""
    told = _DONE.get(type(step))
    if told is not None:
        return told(step, fields, definition, said)
    return _other(type(step).form(), fields, said)


def way(step: Any, name: str, said: Speech) -> str:
    """Name a way of a step: by its form's word for it, or by the name it was given."""
    for one in type(step).form():
        if one.kind is FieldKind.BLOCK and one.name == name:
            return said.spaced(one.label[said.language.value])
    case = next((one for one in getattr(step, "cases", ()) if one.name == name), None)
    if case is not None:
        return _condition(case.condition, said) if name.startswith("case") else name
    return name


def trigger(one: Trigger, said: Speech) -> str:
    """Say what starts a run."""
    words = said.language.value
    if one.date is not None:
        if one.date.trait is not None:
            return said("scenario.starts.trait", trait=one.date.trait, time=f"{one.date.at:%H:%M}")
        return said("scenario.starts.since", n=said.number(one.date.days_after),
                    base=said(f"scenario.option.{one.date.since}"), time=f"{one.date.at:%H:%M}")  # fmt: skip
    if one.schedule is not None:
        return said("scenario.starts.schedule", cron=one.schedule.cron.text)
    if not one.events:
        return said("scenario.starts.manual")
    events = said("scenario.or").join(said.known("name", name) for name in one.events)
    where = said.spaced(one.where.words(words))
    return said("scenario.starts.events", events=events) + (f" ({where})" if where else "")


def exit_rule(rule: ExitRule, said: Speech) -> str:
    """Say what ends a run at any moment."""
    if rule.condition is not None:
        return _condition(rule.condition, said)
    where = said.spaced(rule.where.words(said.language.value))
    return said.known("name", rule.event) + (f" ({where})" if where else "")


def reason(word: str | None, said: Speech) -> str:
    """Say why a run ended."""
    return said.known("scenario.reason", word or "")


def span(value: object, said: Speech) -> str:
    """Say a span of time as definitions write it."""
    found = split(value)
    return str(value or "") if found is None else said.count(f"scenario.span.{found[1]}", found[0])


def _wait(step: Wait, fields: Mapping[str, object], _: Definition, said: Speech) -> str:
    parts = []
    if step.span:
        parts.append(said(f"scenario.says.since.{step.since}", span=span(fields.get("for"), said)))
    if step.until is not None:
        word = "best_hour" if step.best_hour else "until"
        parts.append(said(f"scenario.says.{word}", time=f"{step.until:%H:%M}"))
    if step.days:
        parts.append(", ".join(said(f"scenario.day.{day}") for day in step.days))
    return ", ".join(parts)


def _wait_for(step: WaitForEvent, fields: Mapping[str, object], _: Definition, said: Speech) -> str:
    longest = span(fields.get("timeout"), said)
    return said("scenario.says.wait_for_event", event=said.known("name", step.event), span=longest)


def _draw(step: RandomSplit | Experiment, said: Speech) -> str:
    total = sum(way.weight for way in step.ways)
    return " · ".join(f"{way.name} {said.percent(way.weight / total)}" for way in step.ways)


def _webhook(step: Webhook, said: Speech) -> str:
    return said("scenario.says.webhook", endpoint=step.endpoint, event=step.event)


def _send(step: Send, _: Mapping[str, object], definition: Definition, said: Speech) -> str:
    if step.stored is not None:
        return said("scenario.says.stored", template=step.stored, version=step.stored_version or 1)
    words = definition.words.get(step.template or "", {})
    mine = words.get(said.language.value) or next(iter(words.values()), {})
    return said("scenario.says.send", subject=mine.get("subject", step.template or ""))


def _condition(condition: Any, said: Speech) -> str:
    words = said.spaced(condition.words(said.language.value))
    return words[:1].upper() + words[1:]


def _value(value: object, said: Speech) -> str:
    return said(f"scenario.{str(value).lower()}") if isinstance(value, bool) else str(value)


def _other(form: tuple[FormField, ...], fields: Mapping[str, object], said: Speech) -> str:
    language = said.language.value
    told = [f"{one.label[language]} {_plain(fields[one.name])}" for one in form
            if one.kind not in _OF_WAYS and one.name in fields]  # fmt: skip
    return said.spaced(" · ".join(told))


def _plain(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, (list, dict)) else str(value)


_OF_WAYS = frozenset({FieldKind.BLOCK, FieldKind.CASES, FieldKind.WEIGHTS})
_DONE: Mapping[type, Callable[[Any, Mapping[str, object], Definition, Speech], str]] = {
    Wait: _wait,
    WaitForEvent: _wait_for,
    Branch: lambda step, _, __, said: _condition(step.condition, said),
    Split: lambda step, _, __, said: said.count("scenario.says.ways", len(step.branches)),
    RandomSplit: lambda step, _, __, said: _draw(step, said),
    Experiment: lambda step, _, __, said: _draw(step, said),
    Send: _send,
    Notify: lambda step, _, __, said: said("scenario.says.notify", who=", ".join(step.to)),
    Webhook: lambda step, _, __, said: _webhook(step, said),
    SetTrait: lambda step, _, __, said: f"{step.trait} = {_value(step.value, said)}",
    Goal: lambda step, _, __, said: said.known("scenario.goal", step.name),
    Exit: lambda step, _, __, said: said("scenario.says.exit", reason=reason(step.reason, said)),
}
"""What our own kinds of steps say of themselves."""
