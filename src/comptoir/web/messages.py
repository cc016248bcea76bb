"""Messages: the mails that are ready to be sent, what they are used for, and how they were received."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Principal, Right
from comptoir.clock import micros
from comptoir.messaging import template_drafts, template_shelf
from comptoir.messaging.template import EVERY_BRAND, TemplateNotFound
from comptoir.scenarios.parse import Definition
from comptoir.web import message_editor, message_inbox, message_outbox, message_preview, message_senders, message_site
from comptoir.web.message_preview import Look, Previewed
from comptoir.web.message_says import says
from comptoir.web.message_uses import Use, speaks_for, uses, words_of
from comptoir.web.routes import get
from comptoir.web.view import Desk, desk_of, render, speech_of, who_asks
from comptoir.web.visit import Period, Scope

WORDS_PATH = "/messages/words/{scenario}/{words}"


_BLANK = re.compile(r"\[\[[^\]]*\]\]")
"""What a scenario fills in for each person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A mail that is ready, or being written: a template, or the words of a scenario."""

    name: str
    link: str
    brand: str
    """Empty for every brand."""
    languages: str
    version: int
    """0 where none was published."""
    state: str
    """Words `messages.state.<state>`."""
    alert: str
    is_changed: bool
    """Whether something was written since it was published."""
    scenarios: tuple[tuple[str, str], ...]
    """Name and title of those that send it."""
    sent_count: int
    clicked_count: int

    @property
    def click_share(self) -> float | None:
        """The share of those sent that were clicked."""
        return self.clicked_count / self.sent_count if self.sent_count else None


def routes() -> list[BaseRoute]:
    """Give the routes of this page and of those below it."""
    return [
        get("/messages", page, Right.CAMPAIGN),
        get(WORDS_PATH, words_page, Right.CAMPAIGN),
        get(f"{WORDS_PATH}/mail", words_mail, Right.CAMPAIGN),
        get(f"{WORDS_PATH}/people", words_people, Right.CAMPAIGN),
        *message_editor.routes(),
        *message_outbox.routes(),
        *message_inbox.routes(),
        *message_senders.routes(),
        *message_site.routes(),
    ]


async def page(request: Request) -> Response:
    """Answer the list."""
    desk, who = desk_of(request), who_asks(request)
    scope = desk.scope(request, default=Period.MONTH)
    found = await load(desk, who, scope, speech_of(request).language.value)
    return render(request, "messages", "messages", {"listed": found}, scope=scope)


async def load(desk: Desk, who: Principal, scope: Scope, language: str) -> list[Listed]:
    """List the mails that are sent or written, with what came of them. Raises: EngineUnreachable, EngineSilent."""
    listed, sent = await asyncio.gather(
        run_in_threadpool(_listed, desk, who),
        desk.report(
            "messages_sent",
            since_at=micros(scope.since),
            until_at=micros(scope.until),
            brands=list(scope.brands),
        ),
    )
    templates, drafts, used = listed
    found = _rows(templates, drafts, used, sent, language)
    return [one for one in found if not scope.brand or one.brand in {"", scope.brand}]


def _listed(desk: Desk, who: Principal) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[Use]]:
    with desk.state.read() as connection:
        templates = template_shelf.listing(connection)
        drafts = template_drafts.listing(connection)
    may = {EVERY_BRAND, *who.brands}
    if who.brands:
        templates = [one for one in templates if one["brand"] in may]
        drafts = [one for one in drafts if one["brand"] in may]
    used = [one for one in uses(desk) if speaks_for(one.brands, who)]
    return templates, drafts, used


def _rows(
    templates: Sequence[Mapping[str, Any]],
    drafts: Sequence[Mapping[str, Any]],
    used: Sequence[Use],
    sent: Sequence[Mapping[str, Any]],
    language: str,
) -> list[Listed]:
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    by_step = {(one.scenario, one.version, one.step): one for one in used}
    for row in sent:
        use = by_step.get((row["scenario"], row["version"], row["step"]))
        if use is not None:
            key = (use.stored, "") if use.stored else (use.words, use.scenario)
            counts[key][0] += row["sent_count"]
            counts[key][1] += row["clicked_count"]
    changed = {(one["template"], one["brand"]): one for one in drafts}
    found = []
    for one in templates:
        key = (one["template"], one["brand"])
        found.append(
            _template_row(one, used, counts[one["template"], ""], language=language, is_changed=key in changed)
        )
        changed.pop(key, None)
    found += [
        _template_row(
            {**one, "version": 0, "state": "draft", "alert": None}, used, [0, 0], language=language, is_changed=False
        )
        for one in changed.values()
    ]
    return [*found, *_words_rows(used, counts, language)]


def _template_row(
    one: Mapping[str, Any], used: Sequence[Use], counts: Sequence[int], *, language: str, is_changed: bool
) -> Listed:
    return Listed(
        name=one["template"],
        link=message_editor.address_of(one["template"], one["brand"]),
        brand="" if one["brand"] == EVERY_BRAND else one["brand"],
        languages=one["languages"],
        version=one["version"],
        state=one["state"],
        alert=one["alert"] or "",
        is_changed=is_changed,
        scenarios=tuple(
            dict.fromkeys(
                (use.scenario, use.title(language)) for use in used if use.stored == one["template"] and use.is_live
            )
        ),
        sent_count=counts[0],
        clicked_count=counts[1],
    )


def _words_rows(used: Sequence[Use], counts: Mapping[tuple[str, str], Sequence[int]], language: str) -> list[Listed]:
    newest: dict[tuple[str, str], Use] = {}
    for use in used:
        if use.words and (use.is_live or (use.scenario, use.words) not in newest):
            newest[use.scenario, use.words] = use
    return [
        Listed(
            name=f"{use.title(language)} · {_BLANK.sub('…', use.subject(language))}",
            link=f"/messages/words/{use.scenario}/{use.words}",
            brand="" if EVERY_BRAND in use.brands else ", ".join(use.brands),
            languages=", ".join(use.languages),
            version=use.version,
            state="words" if use.is_live else "words_off",
            alert="",
            is_changed=False,
            scenarios=((use.scenario, use.title(language)),),
            sent_count=counts.get((use.words, use.scenario), (0, 0))[0],
            clicked_count=counts.get((use.words, use.scenario), (0, 0))[1],
        )
        for use in newest.values()
    ]


# ---- the words of a scenario, in the built-in layout


async def words_page(request: Request) -> Response:
    """Answer how the words of a scenario look."""
    desk, said, who = desk_of(request), speech_of(request), who_asks(request)
    asked = request.query_params

    def made() -> tuple[Definition, Previewed, Look]:
        """Make the mail."""
        definition, what = _words(request)
        whom = message_preview.somebody(desk, who, asked.get("as", ""))
        return definition, what, message_preview.look(desk, said, what, whom, language=asked.get("language", ""))

    definition, what, look = await run_in_threadpool(made)
    language = look.language if look.language in what.languages else what.languages[0]
    query = f"language={language}" + (f"&as={look.somebody.key}" if look.somebody.key else "")
    context = {
        "scenario": definition.scenario,
        "title": definition.title.get(said.language.value) or definition.scenario,
        "words": request.path_params["words"],
        "what": what,
        "look": look,
        "language_shown": language,
        "asked": asked.get("as", ""),
        "base": f"/messages/words/{definition.scenario}/{request.path_params['words']}",
        "query": query,
    }
    return render(request, "messages", "message_words", context)


async def words_mail(request: Request) -> Response:
    """Answer the mail itself, for a frame."""
    desk, who, asked = desk_of(request), who_asks(request), request.query_params

    def made() -> str:
        """Make the mail."""
        _, what = _words(request)
        whom = message_preview.somebody(desk, who, asked.get("as", ""))
        return message_preview.make(desk, what, whom, language=asked.get("language", ""))[0].html

    try:
        return message_preview.frame(await run_in_threadpool(made))
    except message_preview.CANNOT as error:
        return message_preview.framed_problem(request, says(speech_of(request), message_preview.what_of(error)))


async def words_people(request: Request) -> Response:
    """Answer how the words look for twenty typical people."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)

    def looks() -> tuple[Definition, list[Look]]:
        """Make the looks of twenty."""
        definition, what = _words(request)
        people = message_preview.typical(desk, who)
        return definition, [message_preview.look(desk, said, what, one, language="") for one in people]

    definition, found = await run_in_threadpool(looks)
    words = request.path_params["words"]
    base = f"/messages/words/{definition.scenario}/{words}"
    context = {"name": f"{definition.scenario} · {words}", "base": base, "looks": found, "brand": ""}
    return render(request, "messages", "message_people", context)


def _words(request: Request) -> tuple[Definition, Previewed]:
    said = request.path_params
    return words_of_scenario(desk_of(request), who_asks(request), said["scenario"], said["words"])


def words_of_scenario(desk: Desk, who: Principal, scenario: str, words: str) -> tuple[Definition, Previewed]:
    """Find the words of a scenario. Raises: TemplateNotFound."""
    definition = words_of(desk, scenario, words)
    if definition is None or not speaks_for(definition.brands, who):
        raise TemplateNotFound(template=f"{scenario}/{words}"[:100])
    brand = next((one for one in definition.brands if not who.brands or one in who.brands), EVERY_BRAND)
    return definition, Previewed(name=words, brand=brand, who=who, words=definition.words[words])
