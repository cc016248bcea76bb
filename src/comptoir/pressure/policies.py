"""Contact policies as data: read from YAML, written back, published in versions, one a brand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any

import yaml
from sqlalchemy import Connection, func, insert, select

from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.pressure import quiet as quiets
from comptoir.pressure.caps import EVERY_BRAND, Cap, Per, Policy
from comptoir.pressure.quiet import Quiet
from comptoir.pressure.rows import policies
from comptoir.state.statement import Statement


class BadPolicy(ComptoirError, ValueError):
    """This is no contact policy."""

    code, status = "bad_policy", 400
    hint = "docs/explanation/pressure.md shows a whole one; `comptoir pressure check FILE` says what is wrong."


class PolicyNotFound(ComptoirError, LookupError):
    """No policy was published for this brand."""

    code, status = "policy_not_found", 404
    hint = "`comptoir pressure show` without a brand shows what holds where nothing was published."


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A version of a brand's policy."""

    brand: str
    version: int
    definition: str
    published_at: datetime
    published_by: str = ""


def publish(connection: Connection, text: str, now: datetime, *, by: str = "") -> Published:
    """Publish a policy: it holds from the next decision on. Raises: BadPolicy."""
    brand, _ = parse(text)
    p = policies.c
    version = 1 + (connection.scalar(select(func.max(p.version)).where(p.brand == brand)) or 0)
    made = Published(brand=brand, version=version, definition=text, published_at=now, published_by=by)
    connection.execute(
        insert(policies).values(
            brand=brand, version=version, definition=text, published_at=micros(now), published_by=by
        )
    )
    return made


def listing(connection: Connection) -> list[Published]:
    """List every version ever published. Order: by brand, newest first."""
    p = policies.c
    found = connection.execute(select(policies).order_by(p.brand, p.version.desc()))
    return [
        Published(
            brand=row.brand,
            version=row.version,
            definition=row.definition,
            published_at=instant(row.published_at),
            published_by=row.published_by,
        )
        for row in found
    ]


def show(connection: Connection, brand: str, version: int | None = None) -> Published:
    """Give a brand's newest policy, or one version of it. Raises: PolicyNotFound."""
    for one in listing(connection):
        if one.brand == brand and version in {None, one.version}:
            return one
    raise PolicyNotFound(brand=brand) if version is None else PolicyNotFound(brand=brand, version=version)


def load(connection: Connection) -> dict[str, Policy]:
    """Give the policy that each brand has of its own; `*` is that of all others."""
    return {brand: _named(text, f"{brand}@{version}") for brand, version, text in _NEWEST.rows(connection)}


@lru_cache(maxsize=256)
def _named(text: str, name: str) -> Policy:
    return parse(text, name=name)[1]


# ── reading ──


def parse(text: str, *, name: str = "draft") -> tuple[str, Policy]:
    """Read a policy and the brand it is for. Raises: BadPolicy with the field and what it takes."""
    try:
        said = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadPolicy(because=str(error).replace("\n", " ")) from error
    fields = _fields(said, "the policy", _TOP)
    brand = _text(fields.get("brand", EVERY_BRAND), "brand")
    share = _number(fields.get("universal_control", 0.0), "universal_control", most=1.0)
    if share and brand != EVERY_BRAND:
        raise BadPolicy(field="universal_control", because=f"one group for all brands: only brand '{EVERY_BRAND}' may")
    caps = [_cap(one, f"caps[{place}]") for place, one in enumerate(_list(fields.get("caps", []), "caps"))]
    if "i_saw_you" in fields:
        caps.append(_cap(fields["i_saw_you"], "i_saw_you", is_revealing=True))
    gaps = _fields(fields.get("channel_gap_hours", {}), "channel_gap_hours", None)
    policy = Policy(
        caps=tuple(caps),
        gap=timedelta(hours=_number(fields.get("gap_hours", 0), "gap_hours")),
        channel_gaps=tuple(
            (channel, timedelta(hours=_number(hours, f"channel_gap_hours.{channel}")))
            for channel, hours in sorted(gaps.items())
        ),
        quiet=_quiet(fields["quiet"]) if "quiet" in fields else None,
        look_ahead=timedelta(days=_number(fields.get("look_ahead_days", 3), "look_ahead_days", most=31)),
        universal_share=share,
        name=name,
    )
    return brand, policy


def _cap(said: object, where: str, *, is_revealing: bool = False) -> Cap:
    fields = _fields(said, where, _CAP)
    if "at_most" not in fields or ("hours" in fields) == ("days" in fields):
        raise BadPolicy(field=where, takes="at_most, and either hours or days")
    window = timedelta(
        hours=_number(fields.get("hours", 0), f"{where}.hours", most=24 * 366),
        days=_number(fields.get("days", 0), f"{where}.days", most=366),
    )
    if not window:
        raise BadPolicy(field=where, takes="a window longer than nothing")
    per = fields.get("per", Per.BOTH.value)
    if per not in set(Per):
        raise BadPolicy(field=f"{where}.per", value=per, takes=[one.value for one in Per])
    return Cap(
        count=_whole(fields["at_most"], f"{where}.at_most"),
        window=window,
        channel=_text(fields["channel"], f"{where}.channel") if "channel" in fields else None,
        tag=_text(fields["tag"], f"{where}.tag") if "tag" in fields else None,
        per=Per(per),
        across_brands=_flag(fields.get("across_brands", False), f"{where}.across_brands"),
        is_revealing=is_revealing,
    )


def _quiet(said: object) -> Quiet:
    fields = _fields(said, "quiet", _QUIET)
    if ("from" in fields) != ("until" in fields):
        raise BadPolicy(field="quiet", takes="both from and until, or neither")
    channels = _list(fields.get("channels", []), "quiet.channels")
    return Quiet(
        begins=_time(fields.get("from", "00:00"), "quiet.from"),
        ends=_time(fields.get("until", "00:00"), "quiet.until"),
        sundays=_flag(fields.get("sundays", False), "quiet.sundays"),
        holidays=_flag(fields.get("holidays", False), "quiet.holidays"),
        channels=frozenset(_text(one, "quiet.channels") for one in channels),
        zones=tuple(sorted(_zones(fields.get("zones", {})))),
    )


def _zones(said: object) -> Iterable[tuple[str, str]]:
    for country, zone in _fields(said, "quiet.zones", None).items():
        if not isinstance(zone, str) or quiets.zone_named(zone) is None:
            raise BadPolicy(field=f"quiet.zones.{country}", value=zone, takes="a zone such as Europe/Paris")
        yield country, zone


# ── writing ──


def dump(brand: str, policy: Policy) -> str:
    """Write a policy as YAML; reading it gives the same policy."""
    said: dict[str, Any] = {
        "brand": brand,
        "caps": [_cap_said(one) for one in policy.caps if not one.is_revealing],
        "gap_hours": _plain(policy.gap / _HOUR),
    }
    if policy.channel_gaps:
        said["channel_gap_hours"] = {channel: _plain(gap / _HOUR) for channel, gap in policy.channel_gaps}
    if policy.quiet is not None:
        said["quiet"] = _quiet_said(policy.quiet)
    revealing = next((one for one in policy.caps if one.is_revealing), None)
    if revealing is not None:
        said["i_saw_you"] = _cap_said(revealing)
    said["look_ahead_days"] = _plain(policy.look_ahead / timedelta(days=1))
    if policy.universal_share:
        said["universal_control"] = policy.universal_share
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True)


def _cap_said(cap: Cap) -> dict[str, object]:
    said: dict[str, object] = {"at_most": cap.count, "hours": _plain(cap.window / _HOUR)}
    said |= {name: value for name, value in (("channel", cap.channel), ("tag", cap.tag)) if value is not None}
    if cap.per != Per.BOTH:
        said["per"] = cap.per.value
    if cap.across_brands:
        said["across_brands"] = True
    return said


def _quiet_said(quiet: Quiet) -> dict[str, object]:
    said: dict[str, object] = {}
    if quiet.begins != quiet.ends:
        said = {"from": quiet.begins.isoformat("minutes"), "until": quiet.ends.isoformat("minutes")}
    said |= {"sundays": quiet.sundays, "holidays": quiet.holidays}
    if quiet.channels:
        said["channels"] = sorted(quiet.channels)
    if quiet.zones:
        said["zones"] = dict(quiet.zones)
    return said


def _plain(number: float) -> float | int:
    return int(number) if number == int(number) else number


_HOUR = timedelta(hours=1)
_TOP = frozenset({
    "brand", "caps", "gap_hours", "channel_gap_hours", "quiet", "i_saw_you", "look_ahead_days", "universal_control",
})  # fmt: skip
_CAP = frozenset({"at_most", "hours", "days", "channel", "tag", "per", "across_brands"})
_QUIET = frozenset({"from", "until", "sundays", "holidays", "channels", "zones"})


# ── values ──


def _fields(said: object, where: str, known: frozenset[str] | None) -> Mapping[str, Any]:
    if not isinstance(said, dict) or not all(isinstance(key, str) for key in said):
        raise BadPolicy(field=where, takes="fields with values")
    unknown = sorted(set(said) - known) if known is not None else []
    if unknown:
        raise BadPolicy(field=where, unknown=unknown, known=sorted(known or ()))
    return said


def _list(said: object, where: str) -> list[object]:
    if not isinstance(said, list):
        raise BadPolicy(field=where, takes="a list")
    return said


def _number(said: object, where: str, *, most: float = 24 * 366) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said <= most:
        raise BadPolicy(field=where, value=said, takes=f"a number from 0 to {most}")
    return said


def _whole(said: object, where: str) -> int:
    if isinstance(said, bool) or not isinstance(said, int) or said < 0:
        raise BadPolicy(field=where, value=said, takes="a whole number, 0 or more")
    return said


def _text(said: object, where: str) -> str:
    if not isinstance(said, str) or not said.strip():
        raise BadPolicy(field=where, value=said, takes="a text")
    return said


def _flag(said: object, where: str) -> bool:
    if not isinstance(said, bool):
        raise BadPolicy(field=where, value=said, takes="true or false")
    return said


def _time(said: object, where: str) -> time:
    try:
        if isinstance(said, int) and not isinstance(said, bool):  # YAML 1.1 reads 21:00 without quotes as minutes
            return time(*divmod(said, 60))
        return time.fromisoformat(_text(said, where))
    except ValueError as error:
        raise BadPolicy(field=where, value=said, takes='a time of day such as "21:00"') from error


PolicyOf = Callable[[str], Policy]
"""Give the policy that holds for a brand."""

_p = policies.c
_last = select(_p.brand, func.max(_p.version).label("version")).group_by(_p.brand).subquery()
_NEWEST = Statement(
    select(_p.brand, _p.version, _p.definition).join(
        _last, (_last.c.brand == _p.brand) & (_last.c.version == _p.version)
    )
)
