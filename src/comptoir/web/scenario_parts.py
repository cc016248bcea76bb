"""The forms of what stands around the steps: what starts a run, what ends it at any moment, rules, and words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comptoir.grammar.fields import Map
from comptoir.messaging import render
from comptoir.model.consent import EMAIL
from comptoir.model.message import ONSITE, Discretion, MessageClass
from comptoir.model.scenario import FieldKind, FormField
from comptoir.scenarios.edit import Document
from comptoir.scenarios.triggers import DATE_BASES, KEYS
from comptoir.web import scenario_fields as fields
from comptoir.web.scenario_controls import Typed, first, places
from comptoir.web.scenario_fields import Reading
from comptoir.web.speech import Speech
from comptoir.web.words.book import WORDS

TRIGGERS = ("events", "date", "schedule", "segment", "score", "manual")
AGAIN = ("day", "once", "always", "after")
MOST_RULES = 20
WORDS_OF = (
    "subject", "preheader", "title", "lead", "button", "closing", "why", "unsubscribe", "question", "answers",
)  # fmt: skip
LONG_WORDS = frozenset({"lead", "why", "answers", "closing"})


def _field(
    name: str, kind: FieldKind, words: str = "", *, options: tuple[str, ...] = (), default: object = None,
    is_required: bool = False,
) -> FormField:  # fmt: skip
    french, english = WORDS[f"scenario.part.{words or name}"]
    hint = WORDS.get(f"scenario.part.{words or name}.hint", ("", ""))
    return FormField(
        name=name, kind=kind, label={"fr": french, "en": english}, help={"fr": hint[0], "en": hint[1]},
        options=options, default=default, is_required=is_required,
    )  # fmt: skip


# ── rules ──

HEAD = (
    _field("title_fr", FieldKind.TEXT, is_required=True),
    _field("title_en", FieldKind.TEXT),
    _field("brands", FieldKind.TAGS),
    _field("class", FieldKind.CHOICE, options=tuple(MessageClass), default="scenario"),
    _field("priority", FieldKind.WHOLE, default=50),
    _field("expected_value", FieldKind.TEXT),
    _field("control_share", FieldKind.SHARE),
    _field("discretion", FieldKind.CHOICE, options=tuple(Discretion), default="category"),
    _field("tags", FieldKind.TAGS),
)


def head_said(document: Document) -> dict[str, object]:
    """Give the rules of a definition as its form has them."""
    title: Any = document["title"]
    said = {one.name: document[one.name] for one in HEAD if one.name in document}
    said |= {f"title_{language}": text for language, text in title.items() if language in {"fr", "en"}}
    brands: Any = said.get("brands", [])
    if brands in (["*"], "*"):
        said.pop("brands", None)
    return said


def head_parts(document: Document, made: Reading) -> dict[str, object]:
    """Give the fields at the top that a form of rules came to."""
    title: Any = document["title"]
    kept = {language: text for language, text in title.items() if language not in {"fr", "en"}}
    typed_title = {language: made.values.get(f"title_{language}") for language in ("fr", "en")}
    parts: dict[str, object] = {
        one.name: made.values.get(one.name) for one in HEAD if not one.name.startswith("title_")
    }
    parts["title"] = Map({**{language: text for language, text in typed_title.items() if text}, **kept})
    return parts


# ── what starts a run ──

_FORMS: Mapping[str, tuple[FormField, ...]] = {
    "events": (
        _field("events", FieldKind.TAGS, is_required=True),
        _field("where", FieldKind.WHERE),
        _field("key", FieldKind.CHOICE, options=KEYS, default="person", is_required=True),
    ),
    "date": (
        _field("since", FieldKind.CHOICE, options=("trait", *DATE_BASES), default="trait", is_required=True),
        _field("trait", FieldKind.TEXT),
        _field("days", FieldKind.WHOLE),
        _field("at", FieldKind.LOCAL_TIME),
    ),
    "schedule": (
        _field("cron", FieldKind.TEXT, is_required=True),
        _field("people", FieldKind.TAGS),
        _field("sql", FieldKind.LONG_TEXT),
        _field("if", FieldKind.CONDITION),
    ),
    "segment": (
        _field("segment", FieldKind.TEXT, is_required=True),
        _field("when", FieldKind.CHOICE, options=("entered", "exited"), default="entered"),
    ),
    "score": (
        _field("score", FieldKind.TEXT, is_required=True),
        _field("direction", FieldKind.CHOICE, options=("rises_to", "falls_to"), default="rises_to"),
        _field("value", FieldKind.TEXT, is_required=True),
    ),
    "manual": (),
}
_AGAIN = (
    _field("again", FieldKind.CHOICE, options=AGAIN, default="day"),
    _field("after", FieldKind.DURATION),
)


def trigger_form(kind: str) -> tuple[FormField, ...]:
    """Give the form of a kind of start, with whether the same may begin again."""
    return (*_FORMS[kind], *_AGAIN)


def trigger_kind(document: Document) -> str:
    """Say of which kind the start of a definition is."""
    return next(one for one in TRIGGERS if one in _inner(document["trigger"]))


def trigger_said(document: Document) -> dict[str, object]:
    """Give the start of a definition as its form has it."""
    inner = _inner(document["trigger"])
    kind = trigger_kind(document)
    said = dict(inner)
    if kind in {"date", "schedule"}:
        said |= _inner(inner[kind])
        said |= _inner(said.get("audience", Map()))
        if kind == "date" and "trait" in said:
            said["since"] = "trait"
    if kind == "score":
        direction = "rises_to" if "rises_to" in inner else "falls_to"
        said |= {"direction": direction, "value": inner[direction]}
    again = inner.get("again", "always" if kind in {"date", "schedule", "manual"} else "day")
    said |= {"again": "after", "after": again["after"]} if isinstance(again, Map) else {"again": again}
    return said


def trigger_part(kind: str, made: Reading, said: Speech) -> Map:
    """Give the start that a form came to; what is wrong with the whole goes into `made.wrong`."""
    found = dict(made.values)
    again, after = str(found.pop("again", "day")), found.pop("after", None)
    if kind == "date":
        found = _date(found, made, said)
    elif kind == "schedule":
        audience = Map({name: found.pop(name) for name in ("people", "sql", "if") if name in found})
        found = {"schedule": Map({"cron": found.get("cron", ""), "audience": audience})}
        if not audience:
            made.wrong["if"] = said("scenario.wrong.audience")
    elif kind == "score":
        found = {"score": found.get("score", ""), str(found.get("direction", "rises_to")): found.get("value", "")}
    elif kind == "manual":
        found = {"manual": True}
    if again == "after":
        if after is None:
            made.wrong["after"] = said("scenario.wrong.missing")
        found["again"] = Map({"after": after})
    elif again != "day":
        found["again"] = again
    elif kind in {"date", "schedule", "manual"}:
        found["again"] = Map({"after": "1 day"})
    return Map(found)


def _date(found: Mapping[str, object], made: Reading, said: Speech) -> dict[str, object]:
    rule: dict[str, object] = {name: found[name] for name in ("days", "at") if name in found}
    if found.get("since") == "trait":
        if not found.get("trait"):
            made.wrong["trait"] = said("scenario.wrong.missing")
        return {"date": Map({"trait": found.get("trait", ""), **{k: v for k, v in rule.items() if k != "days"}})}
    return {"date": Map({"since": found.get("since", "order"), **rule})}


def _inner(value: object) -> Map:
    assert isinstance(value, Map)
    return value


# ── what ends a run at any moment ──


def exit_form(place: int) -> tuple[FormField, ...]:
    """Give the form of one rule."""
    return (
        _field(f"exits.{place}.event", FieldKind.EVENT, "exit_event"),
        _field(f"exits.{place}.where", FieldKind.WHERE, "exit_where"),
        _field(f"exits.{place}.if", FieldKind.CONDITION, "exit_if"),
        _field(f"exits.{place}.reason", FieldKind.TEXT, "exit_reason"),
    )


def exits_typed(document: Document) -> dict[str, list[str]]:
    """Write the rules of a definition as they would be typed."""
    listed: Any = document.get("exit_when", [])
    found: dict[str, list[str]] = {}
    for place, rule in enumerate(listed):
        said = {f"exits.{place}.{name}": value for name, value in rule.items()}
        found |= fields.typed(exit_form(place), said)
    return found


def exit_places(typed: Typed) -> list[int]:
    """Give the numbers of the rules that are filled in, and of a free one. Order: as they stand."""
    held = [
        place for place in places("exits", typed)
        if first(typed, f"exits.{place}.event") or first(typed, f"exits.{place}.reason")
        or first(typed, f"exits.{place}.if.0.kind") or first(typed, f"exits.{place}.if.text")
    ]  # fmt: skip
    return [*held, max(held, default=-1) + 1][:MOST_RULES]


def exits_part(typed: Typed, said: Speech) -> tuple[list[Map], dict[str, str]]:
    """Give the rules that a form came to, and what is wrong beside each control."""
    rules: list[Map] = []
    wrong: dict[str, str] = {}
    for place in exit_places(typed):
        made = fields.read(exit_form(place), typed, said)
        wrong |= made.wrong
        values = {name.partition(".")[2].partition(".")[2]: value for name, value in made.values.items()}
        if not values:
            continue
        if ("event" in values) == ("if" in values) and not made.wrong:
            wrong[f"exits.{place}.event"] = said("scenario.wrong.exit")
        if "reason" not in values:
            wrong[f"exits.{place}.reason"] = said("scenario.wrong.missing")
        rules.append(Map(values))
    return rules, wrong


# ── words ──


def words_typed(document: Document, template: str) -> dict[str, list[str]]:
    """Write the words of a template as they would be typed."""
    words: Any = document.get("words", Map())
    return {
        f"{language}.{name}": [str(text)]
        for language, texts in words.get(template, {}).items()
        for name, text in texts.items()
    }


def _channels(block: object, template: str) -> set[str]:
    """Name the channels by which the steps of a block, and of those inside it, send these words."""
    if isinstance(block, list):
        return set().union(*(_channels(one, template) for one in block))
    if not isinstance(block, dict):
        return set()
    inside = set().union(*(_channels(one, template) for one in block.values()))
    return inside | {str(block.get("channel", EMAIL))} if block.get("template") == template else inside


def words_part(document: Document, template: str, typed: Typed, said: Speech) -> tuple[Map, dict[str, str]]:
    """Give all words with those of a template as they were typed, and what is wrong beside each control."""
    all_words: Any = document.get("words", Map())
    former = all_words.get(template, {})
    needed = render.NEEDED_ON_SITE if _channels(document.get("steps"), template) == {ONSITE} else render.NEEDED
    made = Map()
    wrong: dict[str, str] = {}
    for language in dict.fromkeys((*("fr", "en"), *former)):
        texts = {name: first(typed, f"{language}.{name}") for name in WORDS_OF}
        texts = {name: text for name, text in texts.items() if text}
        if not texts:
            continue
        wrong |= {f"{language}.{name}": said("scenario.wrong.missing") for name in needed if name not in texts}
        others = {name: text for name, text in former.get(language, {}).items() if name not in WORDS_OF}
        made[language] = Map({**texts, **others})
    if not made:
        wrong[f"fr.{needed[0]}"] = said("scenario.wrong.missing")
    return Map({**all_words, template: made}), wrong
