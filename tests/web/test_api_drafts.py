"""Drafts over the API: whoever changes one says from what; what was changed meanwhile is not overwritten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from comptoir.access import keys, users
from comptoir.access.keys import Brand
from comptoir.access.roles import Role
from tests.web.counter import Answer
from tests.web.test_api import Api, problem

SCENARIO = "/scenarios/abandoned-basket/draft"
TEMPLATE = "/templates/welcome/draft"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    made = Api(tmp_path_factory.mktemp("drafts"))
    made.ask("POST", "/query", {"sql": "SELECT 1"})  # no engine runs here: the first question makes the warehouse
    yield made
    made.close()


def said(answer: Answer) -> Any:
    assert answer.status < 300, answer.text
    return json.loads(answer.body) if answer.body else None


def based(api: Api, method: str, path: str, body: object = None, *, base: str) -> Answer:
    return api.ask(method, path, body, headers={"if-match": base})


# ── scenarios ──


def test_a_scenario_is_begun_changed_undone_redone_published_and_thrown_away(shop: Api) -> None:
    begun = said(shop.ask("POST", "/scenarios", {"library": "abandoned-basket"}))
    first = begun["steps"][0]["key"]

    put_in = said(
        based(shop, "POST", f"{SCENARIO}/edit", {"do": "insert", "kind": "wait", "fields": {"for": "2 days"}},
              base=begun["base"])
    )  # fmt: skip
    assert put_in["steps"][0] == {
        "key": put_in["step"], "kind": "wait", "parent": "", "way": "", "place": 0, "fields": {"for": "2 days"},
    }  # fmt: skip
    assert put_in["steps"][1]["key"] == first
    changed = said(
        based(shop, "POST", f"{SCENARIO}/edit",
              {"do": "change", "step": put_in["step"], "fields": {"for": "3 days"}}, base=put_in["base"])
    )  # fmt: skip
    assert changed["steps"][0]["fields"] == {"for": "3 days"}

    undone = said(based(shop, "POST", f"{SCENARIO}/undo", base=changed["base"]))
    assert undone["steps"][0]["fields"] == {"for": "2 days"}
    redone = said(based(shop, "POST", f"{SCENARIO}/redo", base=undone["base"]))
    assert redone["definition"] == changed["definition"]

    live = said(based(shop, "POST", f"{SCENARIO}/publish", base=redone["base"]))
    assert live == {"scenario": "abandoned-basket", "version": 1}
    titled = said(
        based(shop, "POST", f"{SCENARIO}/edit", {"do": "parts", "parts": {"priority": 70, "tags": ["cart"]}}, base="*")
    )
    assert titled["can_undo"] is True
    gone = said(based(shop, "DELETE", SCENARIO, base=titled["base"]))
    assert (gone["revision"], gone["definition"]) == (None, redone["definition"])
    assert [one["version"] for one in said(shop.ask("GET", "/scenarios/abandoned-basket/versions"))] == [1]
    assert {one["step"] for one in said(shop.ask("GET", "/scenarios/abandoned-basket/figures"))} == {
        one["key"] for one in redone["steps"]
    }


def test_a_step_with_ways_keeps_what_they_hold_when_its_fields_change(shop: Api) -> None:
    draft = said(shop.ask("POST", "/scenarios", {"library": "welcome"}))
    path = f"/scenarios/{draft['scenario']}/draft"
    split = said(
        based(shop, "POST", f"{path}/edit",
              {"do": "insert", "kind": "random_split", "place": 0, "fields": {"ways": [
                  {"name": "a", "weight": 1}, {"name": "b", "weight": 1}]}}, base=draft["base"])
    )  # fmt: skip
    inside = said(
        based(shop, "POST", f"{path}/edit",
              {"do": "insert", "kind": "wait", "fields": {"for": "1 day"}, "parent": split["step"], "way": "a"},
              base=split["base"])
    )  # fmt: skip
    kept = said(
        based(shop, "POST", f"{path}/edit", {"do": "change", "step": split["step"], "ways": {"ways": [
            {"was": 0, "fields": {"name": "a", "weight": 7}},
            {"was": 1, "fields": {"name": "b", "weight": 3}}]}}, base=inside["base"])
    )  # fmt: skip

    assert kept["steps"][0]["fields"]["ways"] == [{"name": "a", "weight": 7}, {"name": "b", "weight": 3}]
    assert kept["steps"][1]["parent"] == split["step"]
    refused = based(
        shop, "POST", f"{path}/edit",
        {"do": "change", "step": split["step"], "ways": {"ways": [{"was": 1, "fields": {"name": "b", "weight": 1}}]}},
        base=kept["base"],
    )  # fmt: skip
    assert problem(refused)["code"] == "scenario_edit_refused"


def test_a_change_says_what_it_is_made_from_or_is_refused(shop: Api) -> None:
    draft = said(shop.ask("POST", "/scenarios", {"title": "Two at once"}))
    path = f"/scenarios/{draft['scenario']}/draft"
    edit = {"do": "insert", "kind": "wait", "fields": {"for": "1 day"}}

    assert problem(shop.ask("POST", f"{path}/edit", edit))["code"] == "base_needed"
    assert shop.ask("GET", path).headers["etag"] == f'"{draft["base"]}"'
    mine = based(shop, "POST", f"{path}/edit", edit, base=f'"{draft["base"]}"')
    theirs = based(shop, "POST", f"{path}/edit", edit, base=draft["base"])

    assert said(mine)["base"] != draft["base"]
    assert (theirs.status, problem(theirs)["code"]) == (412, "scenario_draft_stale")
    assert said(shop.ask("GET", path))["base"] == said(mine)["base"]


def test_a_draft_of_nonsense_is_refused_and_nothing_changes(shop: Api) -> None:
    draft = said(shop.ask("POST", "/scenarios", {"title": "Nonsense"}))
    path = f"/scenarios/{draft['scenario']}/draft"
    for body in (
        {"do": "insert", "kind": "no-such-kind"},
        {"do": "insert", "kind": "wait", "fields": {"for": "soon"}},
        {"do": "insert", "kind": "wait", "place": 99, "fields": {"for": "1 day"}},
        {"do": "remove", "step": "nobody"},
        {"do": "parts", "parts": {"scenario": "another"}},
        {"do": "parts", "parts": {"steps": 5}},
    ):
        assert 400 <= based(shop, "POST", f"{path}/edit", body, base="*").status < 500, body
    assert said(shop.ask("GET", path)) == draft


# ── templates ──


def test_a_template_is_begun_written_undone_looked_at_and_published(shop: Api) -> None:
    begun = said(shop.ask("POST", "/templates", {"name": "welcome", "languages": ["en"]}))
    assert [one["kind"] for one in begun["parts"][0]["blocks"]] == ["title", "text", "button", "footer"]
    assert begun["parts"][0]["problem"]

    wrote = said(
        based(shop, "PATCH", f"{TEMPLATE}/en", {"subject": "Welcome", "blocks": [
            {"kind": "title", "fields": {"text": "Hello"}}, {"kind": "footer", "fields": {"why": "You asked."}}]},
            base=begun["base"])
    )  # fmt: skip
    more = said(
        based(shop, "POST", f"{TEMPLATE}/en/blocks", {"do": "add", "kind": "text", "fields": {"text": "Come in."}},
              base=wrote["base"])
    )  # fmt: skip
    assert [one["kind"] for one in more["parts"][0]["blocks"]] == ["title", "text", "footer"]
    other = said(
        based(shop, "POST", f"{TEMPLATE}/en/blocks", {"do": "change", "place": 1, "fields": {"text": "Go out."}},
              base=more["base"])
    )  # fmt: skip
    assert said(based(shop, "POST", f"{TEMPLATE}/undo", base=other["base"]))["base"] == more["base"]
    stale = based(shop, "POST", f"{TEMPLATE}/en/blocks", {"do": "remove", "place": 1}, base=wrote["base"])
    assert (stale.status, problem(stale)["code"]) == (412, "template_draft_stale")

    french = said(based(shop, "POST", f"{TEMPLATE}/languages", {"language": "fr"}, base=more["base"]))
    assert [one["language"] for one in french["parts"]] == ["en", "fr"]
    seen = said(shop.ask("POST", "/templates/welcome/preview", {"language": "fr"}))
    assert (seen["subject"], seen["person"], seen["language"]) == ("Welcome", "Camille Durand", "fr")
    assert "Come in." in seen["html"]
    assert said(based(shop, "POST", f"{TEMPLATE}/publish", base=french["base"])) == {
        "template": "welcome", "version": 1, "languages": ["en", "fr"],
    }  # fmt: skip
    assert said(shop.ask("GET", "/templates/welcome/versions"))[0]["published_by"] == "admin"
    assert "welcome" not in [one["template"] for one in said(shop.ask("GET", "/template-drafts"))["items"]]


def test_a_mail_that_cannot_be_made_says_what_is_missing(shop: Api) -> None:
    said(shop.ask("POST", "/templates", {"name": "points", "languages": ["en"]}))
    words = {"subject": "{{ customer.shoe_size }}", "blocks": [{"kind": "footer", "fields": {"why": "You asked."}}]}
    said(based(shop, "PATCH", "/templates/points/draft/en", words, base="*"))

    told = problem(shop.ask("POST", "/templates/points/preview", {}))

    assert told["code"] == "mail_not_made"
    assert "shoe_size" in told["detail"]
    said(based(shop, "PATCH", "/templates/points/draft/en", {"subject": " "}, base="*"))
    published = problem(based(shop, "POST", "/templates/points/draft/publish", base="*"))
    assert (published["code"], "subject" in published["detail"]) == ("bad_template", True)


def test_a_block_has_the_fields_of_its_kind(shop: Api) -> None:
    said(shop.ask("POST", "/templates", {"name": "blocks", "languages": ["en"]}))
    path = "/templates/blocks/draft/en/blocks"

    told = problem(based(shop, "POST", path, {"do": "add", "kind": "title", "fields": {"colour": "red"}}, base="*"))

    assert (told["code"], "colour" in told["detail"]) == ("bad_api_request", True)
    assert problem(based(shop, "POST", path, {"do": "remove", "place": 40}, base="*"))["code"] == "bad_api_request"


def test_whoever_has_one_brand_changes_no_template_of_every_brand(shop: Api) -> None:
    keys.add_brand(shop.app.state, Brand(name="atelier"))
    key = users.add_user(
        shop.app.state, name="ate", role=Role.MARKETING, now=shop.clock.now(), for_brands=["atelier"]
    )  # fmt: skip
    bearer = {"authorization": f"Bearer {key}", "if-match": "*"}
    said(shop.ask("POST", "/templates", {"name": "shared", "languages": ["en"]}))

    changed = shop.ask("PATCH", "/templates/shared/draft/en", {"subject": "x"}, role=None, headers=bearer)
    begun = shop.ask("POST", "/templates", {"name": "own", "brand": "atelier"}, role=None, headers=bearer)

    assert problem(changed)["code"] == "not_allowed"
    assert said(begun)["brand"] == "atelier"
    assert shop.ask("POST", "/templates", {"name": "own2"}, role=None, headers=bearer).status == 403
