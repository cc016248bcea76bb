"""The panel beside a segment's rule: the form of a condition or of a group, the menu of kinds, name and brand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from comptoir.access.roles import Principal
from comptoir.grammar.fields import BadDefinition
from comptoir.model.scenario import FormField
from comptoir.segments import parse
from comptoir.segments.base import Kind
from comptoir.web import scenario_fields as fields
from comptoir.web import segment_offers, segment_says
from comptoir.web import segment_tree as tree
from comptoir.web.scenario_controls import Control, Typed, first
from comptoir.web.scenario_fields import Choices, Reading
from comptoir.web.segment_tree import Node, Path, Spot
from comptoir.web.speech import Language, Speech
from comptoir.web.view import Desk

FIRST: Node = {"did": {"event": "Product Viewed", "within": "30 days"}}
"""What a new segment, or a new group, begins with."""

_ORDER = ("did", "orders", "cart", "worth", "who", "reach", "other", "group")
_HEAD = ("name.fr", "name.en", "description.fr", "description.en", "brand")
_MOST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which panel is asked for: what stands at a place, the menu or a new form for a group, or name and brand."""

    at: Path | None = None
    into: Path | None = None
    kind: str = ""
    part: str = ""

    @property
    def chosen(self) -> str | None:
        """What the tree shows as chosen."""
        if self.into is not None:
            return f"+{tree.text_of(self.into)}"
        return None if self.at is None else tree.text_of(self.at)

    @property
    def hidden(self) -> dict[str, str]:
        """Give the same as hidden fields of a form."""
        found = {"kind": self.kind, "part": self.part}
        found |= {} if self.at is None else {"at": tree.text_of(self.at)}
        found |= {} if self.into is None else {"into": tree.text_of(self.into)}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A kind of condition in the menu."""

    name: str
    label: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The panel; `draws` names how."""

    draws: str
    title: str
    saves: str = ""
    says: str = ""
    controls: Sequence[Control] = ()
    kinds: Sequence[tuple[str, Sequence[Offered]]] = ()
    modes: Sequence[tuple[str, str]] = ()
    mode: str = ""
    is_negated: bool = False
    is_inside: bool = False
    held: int = 0
    """Conditions that a group holds."""
    hidden: Mapping[str, str] = field(default_factory=dict)
    wrong: str = ""


def asked(values: Mapping[str, object]) -> Asked:
    """Read from an address, or from a form's hidden fields, which panel is meant."""
    said = {name: str(values.get(name, ""))[:_MOST] for name in ("at", "into", "kind", "part")}
    return Asked(
        at=tree.path_of(said["at"]) if said["at"] else None,
        into=tree.path_of(said["into"]) if said["into"] else None,
        kind=said["kind"] if said["kind"] in parse.known() or said["kind"] == "group" else "",
        part="head" if said["part"] == "head" else "",
    )


def asked_in(request: Request) -> Asked:
    """Read from an address which panel is meant."""
    return asked(dict(request.query_params))


def kind_of(name: str) -> type[Kind] | None:
    """Give a kind of condition; None where nothing is installed under this name."""
    return parse.by_entry_point(name) if name in parse.known() else None


def form_of(name: str) -> tuple[FormField, ...]:
    """Give the form of a kind."""
    kind = kind_of(name)
    return () if kind is None else kind.form()


def long(here: Spot) -> Mapping[str, Any]:
    """Give the fields of a condition, written out where a definition gives one value only."""
    if isinstance(here.inner, Mapping):
        return here.inner
    kind = kind_of(here.kind)
    return {kind.short: here.inner} if kind is not None and kind.short else {}


def starting(name: str) -> dict[str, list[str]]:
    """Give what a new condition's form begins with."""
    return fields.starting(form_of(name), Choices()) | fields.typed(form_of(name), _BEGINS.get(name, {}))


_BEGINS: Mapping[str, Mapping[str, object]] = {"did": FIRST["did"]}


def read(name: str, typed: Typed, said: Speech, former: Mapping[str, object] | None = None) -> Reading:
    """Read a condition's form."""
    return fields.read(form_of(name), typed, said, former)


async def choices(desk: Desk, who: Principal, said: Speech, one: Asked, root: Node) -> Choices:
    """Give what the fields of a panel offer to choose from: names that the shop has."""
    name, score = one.kind, ""
    if one.at is not None:
        try:
            here = tree.spot(root, one.at)
            name, score = here.kind, str(long(here).get("name", "")) if here.kind == "score" else ""
        except tree.NoSuchPlace:
            name = ""
    wanted = {one.kind for one in form_of(name)}
    return Choices(named=await segment_offers.offered(desk, who, said, wanted, score=score) if wanted else {})


def make(
    one: Asked,
    document: Mapping[str, Any],
    said: Speech,
    offered: Choices,
    *,
    typed: Typed | None = None,
    wrong: Mapping[str, str] | None = None,
    brands: Sequence[str] = (),
) -> Panel | None:
    """Make the panel that is asked for; None where its place is gone. `typed`, `wrong`: of a form that came back."""
    beside = dict(wrong or {})
    if one.part == "head":
        return _head(document, said, typed, beside, brands)
    try:
        if one.into is not None:
            tree.spot(document["if"], one.into)
            if one.kind and typed is not None:
                return _new(one, Back(typed, beside), said, offered)
            return _menu(one, said, beside)
        if one.at is None:
            return None
        here = tree.spot(document["if"], one.at)
    except tree.NoSuchPlace:
        return None
    if here.is_group:
        return _group(one, here, said, beside)
    return _condition(one, here, Back(typed, beside), said, offered)


@dataclass(frozen=True, slots=True)
class Back:
    """A form that came back: what was typed in it, and what is wrong beside its fields."""

    typed: Typed | None
    wrong: Mapping[str, str]


def beside(error: BadDefinition, said: Speech, typed: Typed) -> dict[str, str]:
    """Put how to mend it beside the field that the reader names; all that is wrong at the top where it names none."""
    what = str(error.facts.get("what", ""))
    name = next((one for one in typed if one and (f"`{one}`" in what or f"`{one}:" in what)), "")
    return {name: said("segment.wrong.field" if name else "segment.wrong.line", **segment_says.what_of(said, error))}


def _group(one: Asked, here: Spot, said: Speech, wrong: Mapping[str, str]) -> Panel:
    return Panel(
        draws="group", title=said("segment.group.new"), saves="keep", mode=here.kind, is_negated=here.is_negated,
        modes=[(mode, said(f"segment.mode.{mode}")) for mode in tree.GROUPS], is_inside=bool(here.path),
        held=sum(not inner.is_group for inner in tree.each(here.node)), hidden=one.hidden, wrong=wrong.get("", ""),
    )  # fmt: skip


def _condition(one: Asked, here: Spot, back: Back, said: Speech, offered: Choices) -> Panel:
    form, typed, wrong = form_of(here.kind), back.typed, back.wrong
    shown = fields.typed(form, long(here)) if typed is None else typed
    return Panel(
        draws="condition", title=label(here.kind, said), saves="keep", says=_hint(here.kind, said),
        controls=fields.controls(form, shown, said, offered, wrong), is_inside=bool(here.path), hidden=one.hidden,
        is_negated=here.is_negated if typed is None else first(typed, "is_negated") == "yes", wrong=wrong.get("", ""),
    )  # fmt: skip


def _new(one: Asked, back: Back, said: Speech, offered: Choices) -> Panel:
    typed, wrong = back.typed or {}, back.wrong
    return Panel(
        draws="new", title=label(one.kind, said), saves="add", says=_hint(one.kind, said),
        controls=fields.controls(form_of(one.kind), typed, said, offered, wrong), hidden=one.hidden,
        is_negated=first(typed, "is_negated") == "yes", wrong=wrong.get("", ""),
    )  # fmt: skip


def _menu(one: Asked, said: Speech, wrong: Mapping[str, str]) -> Panel:
    kinds: dict[str, list[Offered]] = {group: [] for group in _ORDER}
    for name in parse.known():
        group = parse.by_entry_point(name).group
        kinds[group if group in kinds else "other"].append(
            Offered(name=name, label=label(name, said), says=_hint(name, said))
        )
    kinds["group"].append(Offered(name="group", label=said("segment.group.new"), says=said("segment.group.new.says")))
    hidden = {name: value for name, value in one.hidden.items() if name == "into"}
    return Panel(
        draws="menu", title=said("segment.add"), says=said("segment.add.to"), hidden=hidden, wrong=wrong.get("", ""),
        kinds=[(group, listed) for group, listed in kinds.items() if listed],
    )  # fmt: skip


def label(name: str, said: Speech) -> str:
    """Say what a kind of condition is called; one that is not installed keeps its name."""
    kind = kind_of(name)
    return name if kind is None else said.spaced(kind.label[said.language.value])


def _hint(name: str, said: Speech) -> str:
    key = f"segment.kind.{name}"
    return said(key) if said.has(key) else ""


# ── name and brand ──


def _head(
    document: Mapping[str, Any], said: Speech, typed: Typed | None, wrong: Mapping[str, str], brands: Sequence[str]
) -> Panel:
    controls = head_controls(typed or head_typed(document), said, wrong, brands)
    return Panel(
        draws="part", title=said("segment.head"), saves="head", controls=controls, hidden={"part": "head"},
        wrong=wrong.get("", ""),
    )  # fmt: skip


def head_controls(typed: Typed, said: Speech, wrong: Mapping[str, str], brands: Sequence[str]) -> list[Control]:
    """Draw the name, the explanation and the brand of a definition."""
    controls = [
        Control(
            name=name, draws="words_long" if name.startswith("description") else "text",
            label=said(f"segment.head.{_LABELS[name]}"), value=first(typed, name), error=wrong.get(name, ""),
            is_required=name.startswith("name"),
        )
        for name in _HEAD[:4]
    ]  # fmt: skip
    options = (("", said("scope.brands")), *((one, one) for one in brands))
    controls.append(
        Control(name="brand", draws="choice", label=said("segment.head.brand"), value=first(typed, "brand"),
                options=options, help=said("segment.head.brand.hint"), error=wrong.get("brand", ""))
    )  # fmt: skip
    return controls


_LABELS = {
    "name.fr": "name_fr", "name.en": "name_en", "description.fr": "says_fr", "description.en": "says_en",
}  # fmt: skip


def head_typed(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """Write the name, the explanation and the brand of a definition as they would be typed."""
    found = {"brand": [str(document.get("brand") or "")]}
    for part in ("name", "description"):
        held = document.get(part) or {}
        for language in Language:
            value = held.get(language.value, "") if isinstance(held, Mapping) else held
            found[f"{part}.{language.value}"] = [str(value)]
    return found


def head_read(document: Mapping[str, Any], typed: Typed, said: Speech) -> tuple[dict[str, Any], dict[str, str]]:
    """Give the definition with another name, brand or explanation, and what is wrong beside each control."""
    wrong = {name: said("scenario.wrong.missing") for name in _HEAD[:2] if not first(typed, name)}
    made: dict[str, Any] = {}
    for key in ("version", "key"):
        made[key] = document[key]
    made["name"] = {language.value: first(typed, f"name.{language.value}")[:_MOST] for language in Language}
    if first(typed, "brand"):
        made["brand"] = first(typed, "brand")
    says = {language.value: first(typed, f"description.{language.value}")[:2000] for language in Language}
    if any(says.values()):
        made["description"] = {language: text for language, text in says.items() if text}
    made |= {key: value for key, value in document.items() if key not in {*made, "brand", "description"}}
    return made, wrong
