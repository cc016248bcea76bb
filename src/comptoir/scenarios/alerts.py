"""Telling colleagues of people: the first alert at once, what follows in a digest, never more than the quotas allow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, insert, literal_column, select, update

from comptoir.clock import MICROSECOND, instant, micros
from comptoir.ids import hash64, hex64
from comptoir.model.consent import EMAIL
from comptoir.model.message import Candidate, Discretion, MessageClass
from comptoir.model.scenario import Alert
from comptoir.scenarios.parse import Definition
from comptoir.scenarios.propose import Wish
from comptoir.scenarios.rows import alerts
from comptoir.scenarios.turn import Turn
from comptoir.state.statement import Statement

PURPOSE = "service"
_DAY = timedelta(days=1)
_LIFE = timedelta(hours=12)
"""How long an alert may wait for a mail server; a lead of yesterday is no alert."""
_MOST_LISTED = 50
_BETWEEN = {"fr": " ; ", "en": "; "}
_SOMEBODY = {"fr": "un visiteur sans nom", "en": "a visitor without a name"}


def raised(turn: Turn, wishes: Sequence[tuple[Wish, Alert]]) -> None:
    """Write alerts down; those that are the first of their person go now, the others with the next digest."""
    for wish, alert in wishes:
        for colleague in alert.to:
            _one(turn, wish, alert, colleague)


def flush(turn: Turn) -> None:
    """Send the digests that are due. An alert lies in the table until its mail is queued, in the same transaction."""
    if not _DUE.rows(turn.connection, at=turn.at):
        return
    a = alerts.c
    due = turn.connection.execute(
        select(alerts).where(a.message_id.is_(None), a.due_at <= turn.at).order_by(a.raised_at, a.alert_id)
    ).mappings()
    together: dict[tuple[str, str, int, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in due:
        together[row["colleague"], row["scenario"], row["version"], row["step"], row["brand"]].append(dict(row))
    for (colleague, scenario, version, step, _brand), some in together.items():
        definition = turn.shelf.definitions.get((scenario, version))
        place = None if definition is None else definition.program.get(step)
        template = getattr(place.step, "template", None) if place is not None else None
        if definition is None or template is None:
            _sent(turn, some, "lost", is_digest=True)
            continue
        limit = getattr(place.step, "most_a_colleague", 20) if place is not None else 20
        if _mails_today(turn, colleague) >= limit:
            _postpone(turn, some)
            continue
        _mail(turn, definition, template, colleague, some, is_digest=True)


_DUE = Statement(
    select(alerts.c.alert_id)
    .where(alerts.c.message_id.is_(None), alerts.c.due_at <= bindparam("at"))
    .limit(literal_column("1"))
)
"""Asked first, as almost always none is."""


def _one(turn: Turn, wish: Wish, alert: Alert, colleague: str) -> None:
    a = alerts.c
    run = wish.run
    person = wish.world.profile_id or f"node:{run.node_id}"
    alert_id = "a" + hex64(hash64("alert", wish.name, colleague))
    kin = turn.hands.nodes_of(turn.connection, {run.node_id}).get(run.node_id, frozenset({run.node_id}))
    before = turn.connection.execute(
        select(func.count(), func.max(a.raised_at), func.max(a.due_at)).where(
            a.colleague == colleague, a.scenario == run.scenario, a.node_id.in_(sorted(kin)),
            a.raised_at > turn.at - _DAY // MICROSECOND, a.raised_at <= turn.at,
        )
    ).one()  # fmt: skip
    if before[0] >= alert.most_a_person:
        return
    is_recent = before[1] is not None and before[1] > turn.at - alert.digest_after // MICROSECOND
    is_full = _mails_today(turn, colleague) >= alert.most_a_colleague
    row = {
        "alert_id": alert_id,
        "colleague": colleague,
        "person": person,
        "node_id": run.node_id,
        "scenario": run.scenario,
        "version": run.version,
        "step": wish.step,
        "brand": run.brand,
        "enrollment_id": run.enrollment_id,
        "said": msgspec.json.encode(_said(wish)).decode(),
        "raised_at": turn.at,
        "due_at": _next_digest(turn, colleague, alert.digest_after),
        "message_id": None,
        "is_digest": False,
    }
    turn.connection.execute(insert(alerts).prefix_with("OR IGNORE"), [row])
    turn.done.alerts += 1
    if not is_recent and not is_full:
        _mail(turn, wish.definition, alert.template, colleague, [row], is_digest=False)


def _next_digest(turn: Turn, colleague: str, every: timedelta) -> int:
    """Give when the colleague's digest goes: with those that wait already, else one span from now."""
    a = alerts.c
    waiting = turn.connection.scalar(
        select(func.min(a.due_at)).where(a.colleague == colleague, a.message_id.is_(None), a.due_at > turn.at)
    )
    return int(waiting) if waiting is not None else micros(turn.now + every)


def _mails_today(turn: Turn, colleague: str) -> int:
    a = alerts.c
    since = turn.at - _DAY // MICROSECOND
    asked = select(func.count(a.message_id.distinct())).where(
        a.colleague == colleague, a.message_id.is_not(None), a.raised_at > since
    )
    return int(turn.connection.scalar(asked) or 0)


def _postpone(turn: Turn, some: Sequence[Mapping[str, Any]]) -> None:
    turn.connection.execute(
        update(alerts)
        .where(alerts.c.alert_id.in_([row["alert_id"] for row in some]))
        .values(due_at=micros(turn.now + timedelta(hours=1)))
    )


def _sent(turn: Turn, some: Sequence[Mapping[str, Any]], message_id: str, *, is_digest: bool) -> None:
    for row in some:
        turn.connection.execute(
            update(alerts)
            .where(alerts.c.alert_id == row["alert_id"])
            .values(message_id=message_id, is_digest=is_digest, due_at=None)
        )


def _mail(
    turn: Turn,
    definition: Definition,
    template: str,
    colleague: str,
    some: Sequence[Mapping[str, Any]],
    *,
    is_digest: bool,
) -> None:
    """Queue one mail of the class `service`: no consent and no cap of customers, but the same ledger and outbox."""
    first = some[0]
    languages = definition.words[template]
    language = next(iter(languages))
    message_id = "m" + hex64(hash64("alerts", *(row["alert_id"] for row in some)))
    made = Candidate(
        message_id=message_id,
        message_class=MessageClass.SERVICE,
        scenario=definition.scenario,
        scenario_version=definition.version,
        step=first["step"],
        enrollment_id=first["enrollment_id"],
        brand=first["brand"],
        channel=EMAIL,
        purpose=PURPOSE,
        template=template,
        discretion=Discretion.EXACT,
        language=language,
        node_id=0,  # a colleague is no customer
        profile_id="",
        contact=colleague,
        occasion=first["alert_id"],
        priority=definition.priority,
        wished_at=turn.now,
        expires_at=turn.now + _LIFE,
        words=msgspec.json.encode(_words(languages[language], some, language)).decode(),
        tags=("alert",),
    )
    turn.hands.pressure.arbitrate(turn.connection, [made], turn.now, arm=None)
    _sent(turn, some, message_id, is_digest=is_digest)


def _said(wish: Wish) -> dict[str, str]:
    """Gather what an alert says of its person."""
    world, trigger = wish.world, wish.run.trigger
    named = " ".join(one for one in (world.person.first_name, world.person.last_name) if one)
    page = trigger.get("path") or trigger.get("url") or trigger.get("page") or ""
    return {
        "name": named,
        "email": next(iter(world.emails), ""),
        "phone": next(iter(world.person.phones), ""),
        "profile_id": world.profile_id or "",
        "page": str(page)[:200],
        "at": instant(wish.run.last_action_at).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _words(words: Mapping[str, str], some: Sequence[Mapping[str, Any]], language: str) -> dict[str, str]:
    """Fill `[[person]]`, `[[people]]`, `[[page]]` and `[[count]]`; what people wrote cannot become Liquid."""
    said = [msgspec.json.decode(row["said"], type=dict[str, str]) for row in some]
    kind = "fr" if language == "fr" else "en"
    people = list(dict.fromkeys(_line(one, kind) for one in said))
    values = {
        "[[person]]": _line(said[0], kind),
        "[[people]]": _BETWEEN[kind].join(people[:_MOST_LISTED]),
        "[[page]]": said[0]["page"],
        "[[count]]": str(len(people)),
    }
    filled = {}
    for name, text in words.items():
        for mark, value in values.items():
            text = text.replace(mark, _inert(value))  # noqa: PLW2901 (the same text, filled step by step)
        filled[name] = text
    return filled


def _line(said: Mapping[str, str], language: str) -> str:
    who = said["name"] or said["email"] or _SOMEBODY[language]
    rest = [said[name] for name in ("email", "phone", "page", "at") if said[name] and said[name] != who]
    return f"{who} ({', '.join(rest)})" if rest else who


def _inert(text: str) -> str:
    return text.replace("{", "(").replace("}", ")").replace("[[", "((").replace("]]", "))")
