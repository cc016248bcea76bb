"""What a screen can do, the API and the command line can: a table names every page and form of the desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Route
from typer.main import get_command

from comptoir import Client
from comptoir.cli import main as command_line
from comptoir.server.api import catalogue, openapi
from comptoir.web import pages

Row = tuple[tuple[str, ...], tuple[str, ...]]
"""Endpoints by the name of their operation, and commands after `comptoir`."""

SCREENS: dict[str, Row] = {
    "GET /": (("today",), ("results", "doctor")),
    "GET /live": (("arrivals", "refusals"), ("failed list", "query")),
    "GET /live/refused/{failed_id}": (("refused_get", "refused_foresee"), ("failed show",)),
    "POST /live/refused/{failed_id}": (("refused_foresee", "refused_mend", "refused_replay"),
                                       ("failed repair", "failed replay")),
    "GET /live/reasons/{reason}": (("refused", "refusals"), ("failed list",)),
    "POST /live/reasons/{reason}": (("refused_foresee", "refused_mend", "refused_unmend", "refused_replay"),
                                    ("failed repair", "failed unmend", "failed replay")),
    "GET /live/replays/{key}": (("refused_replay",), ("failed replay",)),
    "GET /customers": (("people_search", "people_recent"), ("person find", "person recent")),
    "GET /customers/{profile_id}": (("people", "people_card", "people_timeline", "people_standing", "consents",
                                     "consents_at"),
                                    ("identity show", "person show", "consent history", "consent at")),
    "POST /customers/{profile_id}/pause": (("people_pause", "people_resume"), ("person pause", "person resume")),
    "POST /customers/{profile_id}/stop": (("people_stop", "people_start"), ("person stop", "person start")),
    "GET /customers/{profile_id}/export": (("people_export",), ("person export",)),
    "GET /customers/{profile_id}/erase": (("people_erasure",), ("person erase",)),
    "POST /customers/{profile_id}/erase": (("people_erase",), ("person erase",)),
    "GET /customers/{profile_id}/worth": (("profile_segments", "profile_scores"), ("score explain", "segment members")),
    "GET /erasures": (("erasures", "erasures_get"), ("person erasures",)),
    "GET /customers/{profile_id}/identity": (("people_links",), ("identity show",)),
    "GET /customers/{profile_id}/cut": (("people_foresee_cut",), ("identity cut",)),
    "POST /customers/{profile_id}/cut": (("people_cut",), ("identity cut",)),
    "POST /customers/{profile_id}/join": (("people_join",), ("identity merge",)),
    "GET /customers/{profile_id}/messages": (("people_messages", "why_profile", "why_identifier"), ("why",)),
    "GET /matching": (("matches", "matches_suggest"), ("identity review list", "identity suggest")),
    "POST /matching": (("matches_accept", "matches_reject", "matches_undo"),
                       ("identity review accept", "identity review reject", "identity review undo")),
    "GET /carts": (("carts", "carts_csv", "carts_funnel"), ("carts list", "carts csv", "carts funnel")),
    "GET /traits": (("computed_traits",), ("trait list",)),
    "POST /traits": (("computed_traits_draft",), ("trait draft",)),
    "GET /traits/{name}": (("computed_traits_get",), ("trait show", "trait list")),
    "GET /traits/{name}/rule": (("computed_traits_get",), ("trait show",)),
    "GET /traits/{name}/preview": (("computed_traits_preview",), ("trait preview",)),
    "POST /traits/{name}/edit": (("computed_traits_draft", "computed_traits_undo", "computed_traits_redo",
                                  "computed_traits_discard"), ("trait draft",)),
    "GET /traits/{name}/text": (("computed_traits_get",), ("trait show",)),
    "POST /traits/{name}/text": (("computed_traits_draft",), ("trait draft",)),
    "GET /traits/{name}/download": (("computed_traits_get",), ("trait show",)),
    "GET /traits/{name}/publish": (("computed_traits_get", "computed_traits_preview"), ("trait preview",)),
    "POST /traits/{name}/publish": (("computed_traits_publish",), ("trait publish",)),
    "GET /traits/{name}/delete": (("computed_traits_get",), ("trait show",)),
    "POST /traits/{name}/delete": (("computed_traits_delete",), ("trait delete",)),
    "GET /customers/{profile_id}/interest": (("profile_affinities",), ("score explain",)),
    "GET /segments": (("segments", "segment_library"), ("segment list", "segment library")),
    "POST /segments": (("segments_draft",), ("segment draft",)),
    "GET /segments/library/{key}": (("segment_library", "segments_count"), ("segment library", "segment count")),
    "GET /segments/{name}": (("segments_get", "segments_course"), ("segment show", "segment changes")),
    "GET /segments/{name}/rule": (("segments_get",), ("segment show", "segment words")),
    "GET /segments/{name}/count": (("segments_count",), ("segment count",)),
    "POST /segments/{name}/edit": (("segments_draft", "segments_undo", "segments_redo", "segments_discard"),
                                   ("segment draft",)),
    "GET /segments/{name}/members.{kind}": (("segments_members",), ("segment export", "segment members")),
    "POST /segments/{name}/scenario": (("scenarios_draft",), ("scenario draft",)),
    "GET /segments/{name}/versions": (("segments_versions",), ("segment show",)),
    "GET /segments/{name}/text": (("segments_get",), ("segment show",)),
    "POST /segments/{name}/text": (("segments_draft", "segments_check"), ("segment draft", "segment check")),
    "GET /segments/{name}/download": (("segments_get", "segments_versions"), ("segment show",)),
    "GET /segments/{name}/publish": (("segments_get", "segments_versions"), ("segment show",)),
    "POST /segments/{name}/publish": (("segments_publish",), ("segment publish",)),
    "POST /segments/{name}/state": (("segments_pause", "segments_resume"), ("segment pause", "segment resume")),
    "GET /segments/{name}/delete": (("segments_get",), ("segment show",)),
    "POST /segments/{name}/delete": (("segments_delete",), ("segment delete",)),
    "GET /scores": (("scores", "scores_progress"), ("score list",)),
    "GET /scores/{name}": (("scores_spread", "scores_moved", "scores_people"), ("score show", "score moved")),
    "POST /scores/{name}/run": (("scores_run",), ("score run",)),
    "GET /scenarios": (("scenarios", "library"), ("scenario list",)),
    "POST /scenarios": (("scenarios_add",), ("draft begin",)),
    "GET /scenarios/{name}": (("scenarios_get", "scenario_draft", "step_kinds"), ("scenario show", "draft show")),
    "GET /scenarios/{name}/figures": (("scenario_figures",), ("scenario show", "results")),
    "POST /scenarios/{name}/edit": (("scenario_draft_edit", "scenario_draft_undo", "scenario_draft_redo",
                                     "scenario_draft_discard"),
                                    ("draft save", "draft undo", "draft redo", "draft discard")),
    "GET /scenarios/{name}/dry-run": (("scenarios_dry_runs",), ("scenario dry-run",)),
    "POST /scenarios/{name}/dry-run": (("dry_runs_start",), ("scenario dry-run",)),
    "GET /scenarios/{name}/dry-run/{rehearsal}": (("dry_runs_get", "dry_runs_answer"), ("scenario dry-run",)),
    "GET /scenarios/{name}/dry-run/{rehearsal}/mail/{example}/{mail}": (("dry_runs_answer",), ("scenario dry-run",)),
    "POST /scenarios/{name}/dry-run/{rehearsal}/stop": (("dry_runs_delete",), ()),
    "GET /scenarios/{name}/versions": (("scenario_versions",), ("draft versions",)),
    "GET /scenarios/{name}/text": (("scenario_draft",), ("draft show",)),
    "POST /scenarios/{name}/text": (("scenario_draft_write", "scenarios_check", "scenarios_draft"),
                                    ("draft save", "scenario check", "scenario draft")),
    "GET /scenarios/{name}/download": (("scenarios_definition",), ("scenario export",)),
    "GET /scenarios/{name}/publish": (("scenario_draft", "scenario_versions"), ("draft show",)),
    "POST /scenarios/{name}/publish": (("scenario_draft_publish", "scenarios_publish"),
                                       ("draft publish", "scenario publish")),
    "POST /scenarios/{name}/state": (("scenarios_pause", "scenarios_resume", "scenarios_archive"),
                                     ("scenario pause", "scenario resume", "scenario archive")),
    "POST /scenarios/{name}/move": (("scenarios_move",), ("scenario move",)),
    "GET /scenarios/{name}/people": (("scenarios_people",), ("scenario people",)),
    "POST /scenarios/{name}/enroll": (("scenarios_enroll",), ("scenario enroll",)),
    "GET /messages": (("mails", "templates", "template_drafts"), ("template list", "draft list")),
    "GET /messages/words/{scenario}/{words}": (("words_preview",), ("scenario show",)),
    "GET /messages/words/{scenario}/{words}/mail": (("words_preview",), ()),
    "GET /messages/words/{scenario}/{words}/people": (("words_preview",), ()),
    "GET /messages/new": (("templates_add",), ("draft begin",)),
    "POST /messages/new": (("templates_add",), ("draft begin",)),
    "GET /messages/templates/{name}": (("template_draft", "template_versions", "template_uses", "templates_get"),
                                       ("draft show", "draft versions", "template show")),
    "POST /messages/templates/{name}": (("template_draft_change", "template_draft_block", "template_draft_language",
                                         "template_draft_undo", "template_draft_redo", "template_draft_discard",
                                         "template_draft_back",
                                         "template_draft_publish", "templates_resume"),
                                        ("draft save", "draft undo", "draft redo", "draft discard", "draft back",
                                         "draft publish",
                                         "template resume")),
    "GET /messages/templates/{name}/mail": (("template_preview",), ("template preview",)),
    "GET /messages/templates/{name}/people": (("template_looks",), ("template preview",)),
    "POST /messages/templates/{name}/trial": (("template_trial",), ("template test-send",)),
    "GET /messages/site": (("placements",), ("placement list",)),
    "GET /messages/site/edit": (("placements",), ("placement list",)),
    "POST /messages/site/edit": (("placements_put",), ("placement put",)),
    "POST /messages/site/remove": (("placements_delete",), ("placement remove",)),
    "GET /messages/outbox": (("outbox", "outbox_counts", "outbox_unknown"), ("outbox list", "outbox unknown")),
    "GET /messages/outbox/{message_id}": (("outbox_get", "why_message"), ("outbox show", "why")),
    "GET /messages/outbox/{message_id}/mail": (("outbox_mail",), ()),
    "POST /messages/outbox/{message_id}/settle": (("outbox_settle",), ("outbox settle",)),
    "GET /messages/inbox": (("inbox",), ("inbox list",)),
    "GET /messages/inbox/{mail_id}": (("inbox_get",), ("inbox show",)),
    "GET /messages/inbox/{mail_id}/mail": (("inbox_get",), ("inbox show",)),
    "GET /messages/senders": (("senders",), ("mail check",)),
    "GET /pressure": (("pressure_held", "pressure_weeks", "pressure_conflicts", "pressure_near"),
                      ("pressure show", "pressure conflicts", "pressure near")),
    "GET /pressure/policy": (("pressure_policies", "pressure_policies_get", "pressure_held"),
                             ("pressure show", "pressure list")),
    "POST /pressure/policy": (("pressure_policies_check", "pressure_try", "pressure_publish", "pressure_back"),
                              ("pressure check", "pressure simulate", "pressure publish", "pressure back")),
    "GET /pressure/trials/{trial_id}": (("pressure_trials", "pressure_trials_get"), ("pressure simulate",)),
    "POST /pressure/trials/{trial_id}": (("pressure_trials_publish",), ("pressure publish",)),
    "GET /results": (("results",), ("results",)),
    "GET /results/of/{scenario:path}": (("results",), ("results",)),
    "GET /sources": (("sources", "sources_figures", "brands"), ("source list", "brand list")),
    "GET /sources/new": (("sources_add",), ("source add",)),
    "POST /sources/new": (("sources_add",), ("source add",)),
    "GET /sources/source/{name:path}": (("sources", "sources_figures", "source_keys"), ("source list", "source keys")),
    "POST /sources/change": (("sources_rules_change",), ("source change",)),
    "POST /sources/switch": (("sources_change",), ("source enable", "source disable")),
    "POST /sources/renew": (("sources_keys",), ("source key",)),
    "POST /sources/end-key": (("source_keys_end",), ("source end-key",)),
    "GET /sources/plan": (("plan", "plan_findings", "plan_versions"), ("plan show", "plan findings", "plan versions")),
    "POST /sources/plan/infer": (("plan_inferred", "plan_publish"), ("plan infer",)),
    "POST /sources/plan/seen": (("plan_seen",), ("plan seen",)),
    "POST /sources/plan/rules": (("plan_publish",), ("plan publish",)),
    "GET /sources/plan/text": (("plan", "plan_versions"), ("plan show",)),
    "POST /sources/plan/text": (("plan_publish",), ("plan check", "plan publish")),
    "POST /sources/plan/restore": (("plan_versions", "plan_publish"), ("plan show", "plan publish")),
    "GET /sources/plan/event": (("plan",), ("plan show",)),
    "POST /sources/plan/event": (("plan_publish",), ("plan publish",)),
    "GET /sources/plan/names": (("plan_names",), ("plan names",)),
    "GET /sources/quality": (("quality",), ("quality scores",)),
    "GET /sources/quality/values": (("quality_values",), ("quality values",)),
    "POST /sources/quality/watch": (("quality_watch",), ("quality watch",)),
    "POST /sources/quality/ask": (("quality_ask",), ("quality ask",)),
    "GET /audience": (("audience",), ("audience show",)),
    "GET /sources/pulls/new": (("pull_places",), ("pull places",)),
    "GET /sources/pulls/new/{place}": (("pull_places",), ("pull places",)),
    "POST /sources/pulls/new/{place}": (("pulls_add",), ("pull add",)),
    "GET /sources/pulls/change/{name:path}": (("pulls_get",), ("pull list",)),
    "GET /sources/pulls/source/{name:path}": (("pulls_get", "pulls", "pulls_runs"), ("pull list", "pull history")),
    "POST /sources/pulls/change": (("pulls_change",), ("pull change",)),
    "POST /sources/pulls/try": (("pulls_try",), ("pull try",)),
    "POST /sources/pulls/mapping": (("pulls_change",), ("pull change",)),
    "POST /sources/pulls/run": (("pulls_run",), ("pull run",)),
    "POST /sources/pulls/cancel": (("pulls_cancel",), ("pull cancel",)),
    "POST /sources/pulls/pause": (("pulls_change",), ("pull pause", "pull resume")),
    "POST /sources/pulls/remove": (("pulls_delete",), ("pull remove",)),
    "GET /sources/imports": (("imports",), ()),
    "GET /sources/imports/new": (("imports_files",), ()),
    "POST /sources/imports/new": (("import_upload", "imports_add"), ("import",)),
    "GET /sources/imports/{import_id}": (("imports_get", "import_preview", "import_refused"), ("failed list",)),
    "GET /sources/imports/{import_id}/refused.csv": (("import_refused",), ("failed list",)),
    "GET /sources/imports/{import_id}/mapping.yaml": (("imports_get",), ("import",)),
    "POST /sources/imports/{import_id}/map": (("import_remap",), ("import",)),
    "POST /sources/imports/{import_id}/run": (("imports_run",), ("import",)),
    "POST /sources/imports/{import_id}/stop": (("imports_stop",), ()),
    "POST /sources/imports/{import_id}/drop": (("import_drop",), ()),
    "GET /running": (("health", "state"), ("doctor",)),
    "GET /running/findings": (("doctor",), ("doctor",)),
    "GET /running/backups": (("backups",), ("backups",)),
    "POST /running/backups": (("backups_add",), ("backup",)),
    "POST /running/backups/forget": (("backups_delete",), ("backups",)),
    "GET /settings": (("brands",), ("brand list",)),
    "GET /settings/brand": (("brands",), ("brand list",)),
    "POST /settings/brand": (("brands_add", "brands_change"), ("brand save",)),
    "GET /settings/file": (("settings",), ("config",)),
    "GET /settings/senders": (("mail_servers", "sending"), ("mail server list",)),
    "GET /settings/sender": (("mail_servers_get",), ("mail server list",)),
    "POST /settings/sender": (("mail_servers_add", "mail_servers_change"), ("mail server add",)),
    "POST /settings/sender/test": (("mail_servers_test",), ("mail server test",)),
    "POST /settings/sender/remove": (("mail_servers_delete",), ("mail server remove",)),
    "POST /settings/sending": (("sending_change",), ("mail pause", "mail resume")),
    "GET /settings/people": (("users",), ("user list",)),
    "POST /settings/people/add": (("users_add",), ("user add",)),
    "POST /settings/people/change": (("users_change",), ("user role",)),
    "POST /settings/people/switch": (("users_change",), ("user enable", "user disable")),
    "POST /settings/people/password": (("users_first_password",), ("user password",)),
    "POST /settings/people/key": (("users_keys",), ("user key",)),
    "GET /settings/webhooks": (("webhooks", "webhooks_calls"), ("webhook list", "webhook calls")),
    "POST /settings/webhooks/add": (("webhooks_add",), ("webhook add",)),
    "POST /settings/webhooks/switch": (("webhooks_change",), ("webhook enable", "webhook disable")),
    "POST /settings/webhooks/test": (("webhooks_test",), ("webhook test",)),
    "POST /settings/webhooks/follow": (("webhook_followers", "webhook_followers_put", "webhook_followers_delete"),
                                       ("webhook follow", "webhook unfollow", "webhook followers")),
    "POST /settings/webhooks/remove": (("webhooks_delete",), ("webhook remove",)),
    "GET /settings/audit": (("audit",), ("audit",)),
    "GET /search": (("search",), ("person find",)),
}  # fmt: skip

SCREENS_ALONE = {
    "GET /guide": "leads a person through the desk",
    "GET /results/how": "explains the figures in words",
    "POST /login": "gives a browser its cookie; a program has a key",
    "GET /login": "asks a person for a password",
    "GET /password": "asks a person for a password",
    "POST /password": "a person's own password; `users_first_password` gives a new one",
    "POST /logout": "takes a browser's cookie away; a program has a key",
    "GET /static/{name:path}": "files of the pages themselves",
}
"""What no program needs, and why."""

ENDS_BY_ITSELF = {
    "POST /sources/imports/{import_id}/stop": "an import of the command line is stopped with ctrl-C",
    "POST /scenarios/{name}/dry-run/{rehearsal}/stop": "a dry run of the command line ends with ctrl-C",
    "GET /messages/words/{scenario}/{words}/mail": "words are looked at where they are written",
    "GET /messages/words/{scenario}/{words}/people": "words are looked at where they are written",
    "GET /messages/outbox/{message_id}/mail": "a mail is looked at on a screen",
    "GET /sources/imports": "an import of the command line is over when the command is",
    "GET /sources/imports/new": "the command line names the file itself",
    "POST /sources/imports/{import_id}/drop": "the command line makes no drafts of imports",
}
"""What the command line does not need, and why."""

OPERATIONS = {one.name: one for one in catalogue.DESCRIBED}


def shown() -> Iterator[str]:
    for route in pages.routes():
        assert isinstance(route, Route)
        for method in sorted(route.methods or ()):
            if method != "HEAD":
                yield f"{method} {route.path}"


def commands(command: Any, words: str = "") -> Iterator[str]:
    inner = getattr(command, "commands", {})
    if not inner or getattr(command, "invoke_without_command", False):
        yield words
    for word, one in inner.items():
        yield from commands(one, f"{words} {word}".strip())


def test_every_page_and_form_of_the_desk_is_in_the_table() -> None:
    known = set(SCREENS) | set(SCREENS_ALONE)

    assert sorted(set(shown()) - known) == [], "a program cannot do this: write an endpoint, or say why it need not"
    assert sorted(known - set(shown())) == [], "no page has this address any more"


@pytest.mark.parametrize("page", SCREENS)
def test_what_a_page_shows_or_does_has_an_endpoint_and_a_command(page: str) -> None:
    endpoints, names = SCREENS[page]

    assert endpoints
    assert [one for one in endpoints if one not in OPERATIONS] == []
    if page.startswith("POST"):
        assert any(OPERATIONS[one].method != "GET" for one in endpoints)
    assert names or page in ENDS_BY_ITSELF


def test_every_command_of_the_table_is_one() -> None:
    there = set(commands(get_command(command_line.build())))
    named = {one for _, names in SCREENS.values() for one in names}

    assert sorted(named - there) == []


def test_a_form_wants_the_same_right_of_a_program_as_of_a_visitor() -> None:
    wanted = {
        "/customers/{profile_id}/stop": "care", "/settings/sending": "run", "/messages/templates/{name}": "campaign",
    }  # fmt: skip
    for path, right in wanted.items():
        assert {OPERATIONS[one].right.value for one in SCREENS[f"POST {path}"][0]} == {right}


def test_the_client_has_a_method_for_every_endpoint() -> None:
    told = openapi.document(catalogue.DESCRIBED, version="")
    names = [one["operationId"] for methods in told["paths"].values() for one in methods.values()]

    assert sorted(name for name in names if not callable(getattr(Client, name, None))) == []
    assert len(names) == len(catalogue.DESCRIBED)
