"""The rules of contact of a brand: a form, tried on last month before they hold, and their history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import yaml
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.roles import NotAllowed, Principal, Right
from comptoir.pressure import policies
from comptoir.pressure.caps import EVERY_BRAND, Cap, Per, Policy, policy_of
from comptoir.pressure.policies import BadPolicy, PolicyNotFound
from comptoir.pressure.quiet import Quiet
from comptoir.web import pressure_trial, scenario_names
from comptoir.web.pressure_words import in_words
from comptoir.web.routes import get, post, tell
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, every_brand, go, render, speech_of, who_asks

PATH = "/pressure/policy"
CHANNELS = ("email", "sms", "push", "onsite")
_MOST_CAPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class CapForm:
    """One cap as a form; texts are as they were typed."""

    place: int
    at_most: str
    amount: str
    unit: str
    channel: str
    tag: str
    per: str
    across: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyForm:
    """A policy as a form."""

    brand: str
    caps: Sequence[CapForm]
    gap: str
    channel_gaps: Mapping[str, str]
    night: bool
    begins: str
    ends: str
    sundays: bool
    holidays: bool
    channels: frozenset[str]
    zones: str
    saw_count: str
    """Empty for no quota."""
    saw_days: str
    look_ahead: str
    control: str
    """A percentage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """A version that was published."""

    version: int
    published_at: datetime
    published_by: str
    sentences: Sequence[str]


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get(PATH, page, Right.CAMPAIGN),
        post(PATH, act, Right.CAMPAIGN, deed=None),
        get("/pressure/trials/{trial_id}", trial_page, Right.CAMPAIGN),
        post("/pressure/trials/{trial_id}", publish_trial, Right.CAMPAIGN, deed=Deed.POLICY_PUBLISHED),
    ]


def address_of(brand: str) -> str:
    """Give the address at which the rules of a brand are changed."""
    return f"{PATH}?{urlencode({'brand': brand})}"


async def page(request: Request) -> Response:
    """Answer the form: of the rules that hold, or of those of a trial."""
    brand = _brand(request)
    trials = pressure_trial.trials_of(request.app.state)
    tried = trials.find(request.query_params.get("trial", ""), who_asks(request).id)
    text = tried.definition if tried is not None and tried.brand == brand else None
    if text is None:
        text = await run_in_threadpool(text_of, desk_of(request), brand)
    return await _show(request, _form_of(text))


async def act(request: Request, form: FormData) -> Response:
    """Change the form, try it, or let it hold."""
    desk, who = desk_of(request), who_asks(request)
    brand = _brand(request)
    check_brand(who, brand)
    do = str(form.get("do", "try"))
    kind, _, rest = do.partition(":")
    if kind == "back":
        await run_in_threadpool(publish_version, desk, who, brand, rest)
        _tell(request, brand)
        return go(PATH, brand=brand, done="pressure.back")
    typed = _typed(form, brand)
    if kind in {"add", "remove"}:
        return await _show(request, _changed(typed, kind, rest))
    text = _yaml(typed)
    try:
        policies.parse(text)
    except BadPolicy as error:
        return await _show(request, typed, wrong=_wrong(speech_of(request), error))
    if kind == "publish":
        await run_in_threadpool(publish, desk, who, text)
        _tell(request, brand)
        return go("/pressure", done="pressure.published")
    trials = pressure_trial.trials_of(request.app.state)
    trial = trials.start(desk, brand, text, by=who.id, only=who.brands)
    return go(f"/pressure/trials/{trial.id}")


async def _show(request: Request, form: PolicyForm, *, wrong: Mapping[str, str] | None = None) -> Response:
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    former = await run_in_threadpool(_former, desk, said, form.brand)
    context = {
        "form": form,
        "wrong": wrong or {},
        "former": former,
        "sentences": in_words(said, await run_in_threadpool(held_by, desk, form.brand)),
        "channels": sorted({*CHANNELS, *form.channel_gaps, *form.channels, *(one.channel for one in form.caps)} - {""}),
        "pers": list(Per),
        "may_write": _may_write(who, form.brand),
        "every": EVERY_BRAND,
        "others": len(every_brand(request)),
    }
    return render(request, "pressure", "pressure_policy", context, status_code=422 if wrong else 200)


# ---- trials


async def trial_page(request: Request) -> Response:
    """Answer how far a trial is, or what it found; it goes on while nobody looks."""
    trial = _trial(request)
    said = speech_of(request)
    _, policy = policies.parse(trial.definition)
    context = {
        "trial": trial,
        "sentences": in_words(said, policy),
        "may_write": _may_write(who_asks(request), trial.brand),
        "every": EVERY_BRAND,
        "days": pressure_trial.DAYS,
        "names": await run_in_threadpool(scenario_names.load, desk_of(request), said),
    }
    block = "found" if "hx-request" in request.headers else ""
    return render(request, "pressure", "pressure_trial", context, block=block)


async def publish_trial(request: Request, form: FormData) -> Response:
    """Let the rules hold that were tried."""
    del form
    trial = _trial(request)
    who = who_asks(request)
    check_brand(who, trial.brand)
    await run_in_threadpool(publish, desk_of(request), who, trial.definition)
    _tell(request, trial.brand)
    return go("/pressure", done="pressure.published")


def _tell(request: Request, brand: str) -> None:
    tell(request, about=brand, brand="" if brand == EVERY_BRAND else brand, deed=Deed.POLICY_PUBLISHED)


def _trial(request: Request) -> pressure_trial.Trial:
    """Give a trial to whoever started it. Raises: TrialNotFound."""
    trials = pressure_trial.trials_of(request.app.state)
    found = trials.find(request.path_params["trial_id"], who_asks(request).id)
    if found is None:
        raise pressure_trial.TrialNotFound
    return found


# ---- what holds, and what held


def publish(desk: Desk, who: Principal, text: str) -> None:
    """Let rules hold. Raises: BadPolicy."""
    brand, policy = policies.parse(text)
    with desk.state.write() as connection:
        policies.publish(connection, policies.dump(brand, policy), desk.clock.now(), by=who.name)


def publish_version(desk: Desk, who: Principal, brand: str, version: str) -> None:
    """Let rules hold again that held before. Raises: PolicyNotFound."""
    with desk.state.write() as connection:
        former = policies.show(connection, brand, int(version) if version.isdigit() else 0)
        policies.publish(connection, former.definition, desk.clock.now(), by=who.name)


def text_of(desk: Desk, brand: str) -> str:
    """Give a brand's rules as YAML: its own, else those that hold for it."""
    with desk.state.read() as connection:
        for one in (brand, EVERY_BRAND):
            try:
                _, policy = policies.parse(policies.show(connection, one).definition)
            except PolicyNotFound:
                continue
            return _without_control(brand, policy)
    return _without_control(brand, policy_of(desk.settings.pressure))


def _without_control(brand: str, policy: Policy) -> str:
    return policies.dump(brand, policy if brand == EVERY_BRAND else replace(policy, universal_share=0.0))


def held_by(desk: Desk, brand: str) -> Policy:
    """Give the rules that hold for a brand."""
    with desk.state.read() as connection:
        own = policies.load(connection)
    return own.get(brand) or own.get(EVERY_BRAND) or policy_of(desk.settings.pressure)


def _former(desk: Desk, said: Speech, brand: str) -> list[Former]:
    with desk.state.read() as connection:
        found = [one for one in policies.listing(connection) if one.brand == brand]
    return [
        Former(
            version=one.version,
            published_at=one.published_at,
            published_by=one.published_by,
            sentences=in_words(said, policies.parse(one.definition)[1]),
        )
        for one in found
    ]


def _brand(request: Request) -> str:
    """Give the brand that is meant. Raises: PolicyNotFound where it is none of the visitor's."""
    asked, who = request.query_params.get("brand", EVERY_BRAND), who_asks(request)
    known = {EVERY_BRAND, *(one.name for one in every_brand(request))}
    if asked not in known or (who.brands and asked not in {EVERY_BRAND, *who.brands}):
        raise PolicyNotFound(brand=asked[:60])
    return asked


def _may_write(who: Principal, brand: str) -> bool:
    return not who.brands or brand in who.brands


def check_brand(who: Principal, brand: str) -> None:
    """Let pass whoever may write for a brand. Raises: NotAllowed."""
    if not _may_write(who, brand):
        raise NotAllowed(role=who.role.value, brand=brand, may_write=sorted(who.brands))


# ---- between the form and the policy


def _form_of(text: str) -> PolicyForm:
    brand, policy = policies.parse(text)
    quiet = policy.quiet or Quiet()
    saw = next((one for one in policy.caps if one.is_revealing), None)
    return PolicyForm(
        brand=brand,
        caps=[_cap_form(place, one) for place, one in enumerate(one for one in policy.caps if not one.is_revealing)],
        gap=_plain(policy.gap.total_seconds() / 3600),
        channel_gaps={channel: _plain(gap.total_seconds() / 3600) for channel, gap in policy.channel_gaps},
        night=quiet.begins != quiet.ends,
        begins=f"{quiet.begins:%H:%M}" if quiet.begins != quiet.ends else "21:00",
        ends=f"{quiet.ends:%H:%M}" if quiet.begins != quiet.ends else "08:00",
        sundays=quiet.sundays,
        holidays=quiet.holidays,
        channels=quiet.channels,
        zones="\n".join(f"{country}: {zone}" for country, zone in quiet.zones),
        saw_count="" if saw is None else str(saw.count),
        saw_days="7" if saw is None else _plain(saw.window.total_seconds() / 86_400),
        look_ahead=_plain(policy.look_ahead.total_seconds() / 86_400),
        control=_plain(round(policy.universal_share * 100, 4)),
    )


def _cap_form(place: int, cap: Cap) -> CapForm:
    hours = cap.window.total_seconds() / 3600
    in_days = hours >= 48 and hours % 24 == 0
    return CapForm(
        place=place,
        at_most=str(cap.count),
        amount=_plain(hours / 24 if in_days else hours),
        unit="days" if in_days else "hours",
        channel=cap.channel or "",
        tag=cap.tag or "",
        per=cap.per.value,
        across=cap.across_brands,
    )


def _typed(form: FormData, brand: str) -> PolicyForm:
    """Read the form as it was typed, right or wrong."""

    def said(name: str) -> str:
        return str(form.get(name, "")).strip()[:2_000]

    count = said("count")
    caps = [
        CapForm(
            place=place,
            at_most=said(f"c{place}.at_most"),
            amount=said(f"c{place}.amount"),
            unit="days" if said(f"c{place}.unit") == "days" else "hours",
            channel=said(f"c{place}.channel"),
            tag=said(f"c{place}.tag"),
            per=said(f"c{place}.per") or Per.BOTH.value,
            across=bool(said(f"c{place}.across")),
        )
        for place in range(min(_MOST_CAPS, int(count) if count.isdigit() else 0))
    ]
    gaps = {name.removeprefix("gap."): said(name) for name in form if name.startswith("gap.") and said(name)}
    return PolicyForm(
        brand=brand,
        caps=caps,
        gap=said("gap"),
        channel_gaps=gaps,
        night=bool(said("night")),
        begins=said("begins"),
        ends=said("ends"),
        sundays=bool(said("sundays")),
        holidays=bool(said("holidays")),
        channels=frozenset(name.removeprefix("quiet.") for name in form if name.startswith("quiet.")),
        zones=said("zones"),
        saw_count=said("saw_count"),
        saw_days=said("saw_days"),
        look_ahead=said("look_ahead"),
        control=said("control"),
    )


def _changed(form: PolicyForm, kind: str, rest: str) -> PolicyForm:
    caps = list(form.caps)
    if kind == "add" and len(caps) < _MOST_CAPS:
        caps.append(
            CapForm(
                place=len(caps), at_most="5", amount="7", unit="days", channel="", tag="", per=Per.BOTH.value,
                across=False,
            )
        )  # fmt: skip
    if kind == "remove" and rest.isdigit() and int(rest) < len(caps):
        del caps[int(rest)]
    return replace(form, caps=[replace(one, place=place) for place, one in enumerate(caps)])


def _yaml(form: PolicyForm) -> str:
    """Write the form as a policy; what is no number stays a text, so that reading it says which field is wrong."""
    said: dict[str, Any] = {"brand": form.brand, "caps": [_cap_said(one) for one in form.caps]}
    said["gap_hours"] = _number(form.gap or "0")
    if form.channel_gaps:
        said["channel_gap_hours"] = {channel: _number(hours) for channel, hours in form.channel_gaps.items()}
    quiet: dict[str, Any] = {"from": form.begins, "until": form.ends} if form.night else {}
    quiet |= {name: True for name in ("sundays", "holidays") if getattr(form, name)}
    if quiet:
        if form.channels:
            quiet["channels"] = sorted(form.channels)
        zones = [line.partition(":") for line in form.zones.splitlines() if line.strip()]
        if zones:
            quiet["zones"] = {country.strip().upper(): zone.strip() for country, _, zone in zones}
        said["quiet"] = quiet
    if form.saw_count:
        said["i_saw_you"] = {"at_most": _number(form.saw_count), "days": _number(form.saw_days)}
    said["look_ahead_days"] = _number(form.look_ahead or "0")
    if form.brand == EVERY_BRAND and form.control not in {"", "0"}:
        share = _number(form.control)
        said["universal_control"] = share / 100 if isinstance(share, int | float) else share
    return str(yaml.safe_dump(said, sort_keys=False, allow_unicode=True))


def _cap_said(cap: CapForm) -> dict[str, object]:
    said: dict[str, object] = {"at_most": _number(cap.at_most), cap.unit: _number(cap.amount)}
    if cap.channel:
        said["channel"] = cap.channel
    if cap.tag:
        said["tag"] = cap.tag
    if cap.per != Per.BOTH.value:
        said["per"] = cap.per
    if cap.across:
        said["across_brands"] = True
    return said


def _number(text: str) -> float | str:
    plain = text.replace(",", ".").replace("\u202f", "").replace(" ", "")
    try:
        number = float(plain)
    except ValueError:
        return text
    return int(number) if number == int(number) else number


def _plain(number: float) -> str:
    return f"{number:g}"


_FIELDS = {"gap_hours": "gap", "quiet.from": "begins", "quiet.until": "ends", "look_ahead_days": "look_ahead",
           "universal_control": "control", "i_saw_you": "saw", "i_saw_you.at_most": "saw", "i_saw_you.days": "saw",
           "quiet": "begins"}  # fmt: skip


def _wrong(said: Speech, error: BadPolicy) -> dict[str, str]:
    """Say an error beside its field."""
    where = str(error.facts.get("field", ""))
    if where.startswith("caps["):
        return {f"c{where[5:].partition(']')[0]}": said("pressure.wrong.cap")}
    if where.startswith("channel_gap_hours"):
        return {"gap": said("pressure.wrong.number")}
    if where.startswith("quiet.zones"):
        return {"zones": said("pressure.wrong.zone")}
    field = _FIELDS.get(where, "top")
    kind = {"begins": "time", "ends": "time", "top": "top", "control": "share"}.get(field, "number")
    return {field: said(f"pressure.wrong.{kind}")}
