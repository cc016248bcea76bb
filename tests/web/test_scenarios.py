"""The screens of scenarios: the gallery, the picture and its forms, two editors at once, publishing, and who may."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from comptoir.access import keys
from comptoir.access.keys import Brand
from comptoir.access.roles import Principal, Role
from comptoir.scenarios import definitions, drafts, edit
from comptoir.scenarios.parse import parse
from comptoir.server import desk
from comptoir.web.visit import Visit, token_of
from tests.web.counter import Answer, Counter, open_counter
from tests.web.counter import send as ask
from tests.web.test_login import token_in
from tests.web.test_pages import Reader

BASKET = "/scenarios/abandoned-basket"
HOSTILE = "<script>alert(1)</script>\"'{{7*7}}"


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    yield made
    made.warehouse.close()
    made.state.close()


@pytest.fixture
def basket(counter: Counter) -> Counter:
    with counter.state.write() as connection:
        definitions.publish(connection, definitions.shipped()["abandoned-basket"], counter.clock.now())
    return counter


def post(counter: Counter, target: str, form: Mapping[str, str] | Sequence[tuple[str, str]], **headers: str) -> Answer:
    body = urlencode(form).encode()
    plain = {"host": "127.0.0.1:8141", "content-type": "application/x-www-form-urlencoded"}
    return asyncio.run(ask(counter.app, "POST", target, plain | headers | {"content-length": str(len(body))}, body))


def visitor(counter: Counter, role: Role, *brands: str) -> None:
    """Let every request from now on come from somebody of this role and these brands."""
    who = Principal(name="bea", role=role, brands=frozenset(brands))
    token = token_of("bea")

    class Fronted(desk.Front):
        def visit(self, scope: object) -> Visit:
            del scope
            return Visit(principal=who, token=token, every_brand=keys.list_brands(self.desk.state))

    old = counter.app
    counter.app = Fronted(old.desk, old.keys, old.profiles, old.pages, old.is_open, old.form_secret)


def base_of(counter: Counter, name: str = "abandoned-basket") -> str:
    with counter.state.read() as connection:
        return drafts.read(connection, name).base


def text_of(counter: Counter, name: str = "abandoned-basket") -> str:
    with counter.state.read() as connection:
        return drafts.read(connection, name).text


def send(counter: Counter, target: str = f"{BASKET}/edit", **form: str) -> Answer:
    token = token_in(counter.get("/scenarios"))
    return post(counter, target, {"token": token, "base": base_of(counter), **form} if "edit" in target else {
        "token": token, **form})  # fmt: skip


def read(answer: Answer) -> Reader:
    reader = Reader(answer.text)
    for tag, attributes in reader.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert "style" not in attributes
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids)), "every id is named once"
    assert dict(reader.tags)["html"]["lang"] in {"fr", "en"}
    return reader


@pytest.mark.parametrize("tongue", ["fr", "en"])
def test_an_empty_gallery_leads_to_the_library_and_one_becomes_a_draft(counter: Counter, tongue: str) -> None:
    answer = counter.get("/scenarios", accept_language=tongue)
    assert read(answer).text.count("L’utiliser" if tongue == "fr" else "Use it") == len(definitions.shipped())

    begun = send(counter, "/scenarios", library="welcome")

    assert begun.headers["location"].startswith("/scenarios/welcome?")
    assert "jamais publié" in read(counter.get("/scenarios/welcome", accept_language="fr")).text.lower()
    again = send(counter, "/scenarios", library="welcome")
    assert again.status == 422
    assert "welcome" in read(again).text


@pytest.mark.parametrize("tongue", ["fr", "en"])
@pytest.mark.parametrize("name", sorted(definitions.shipped()))
def test_every_panel_of_every_shipped_scenario_opens(counter: Counter, name: str, tongue: str) -> None:
    with counter.state.write() as connection:
        drafts.begin(connection, definitions.shipped()[name], counter.clock.now())
    document = edit.read(text_of(counter, name))
    asked = [{"step": one.key} for one in edit.each(document)]
    asked += [{"into": one.parent, "way": one.way, "at": str(one.place)} for one in list(edit.slots(document))[:4]]
    asked += [{"into": "", "way": "", "at": "0", "kind": kind} for kind in edit.kinds()]
    asked += [{"part": part} for part in ("head", "trigger", "exits", "words")]

    for query in asked:
        answer = counter.get(f"/scenarios/{name}?{urlencode(query)}", accept_language=tongue)
        assert answer.status == 200, query
        reader = read(answer)
        assert "close" in {attributes.get("class") for _, attributes in reader.tags}, query
    for page in ("versions", "people", "text", "dry-run", "publish"):
        assert counter.get(f"/scenarios/{name}/{page}", accept_language=tongue).status == 200, page


@pytest.mark.parametrize("name", sorted(definitions.shipped()))
def test_saving_a_form_as_it_stands_changes_nothing(counter: Counter, name: str) -> None:
    with counter.state.write() as connection:
        drafts.begin(connection, definitions.shipped()[name], counter.clock.now())
    before = edit.write(edit.read(text_of(counter, name)))
    steps = [{"step": one.key, "do": "keep"} for one in edit.each(edit.read(before))]

    for panel in [*steps, *({"part": part, "do": part} for part in ("head", "trigger", "exits", "words"))]:
        query = urlencode({key: value for key, value in panel.items() if key != "do"})
        form = filled(counter.get(f"/scenarios/{name}?{query}"), panel["do"])
        answer = post(counter, f"/scenarios/{name}/edit", form)
        assert answer.status == 303, (panel, answer.text[-3000:])

    after = edit.read(text_of(counter, name))
    assert edit.differences(parse(before), parse(edit.write(after))) == []


def filled(answer: Answer, does: str) -> list[tuple[str, str]]:
    """Gather what a browser would send of the panel's form."""
    form = re.search(r'<form class="form".*?</form>', answer.text, re.DOTALL)
    assert form
    reader = Reader(form[0])
    found: list[tuple[str, str]] = [("do", does)]
    area = ""
    for tag, one in reader.tags:
        if tag == "input" and one.get("type") not in {"checkbox", "radio"} and one.get("name"):
            found.append((str(one["name"]), one.get("value") or ""))
        if tag == "input" and one.get("type") == "checkbox" and "checked" in one:
            found.append((str(one["name"]), str(one["value"])))
        if tag in {"select", "textarea"}:
            area = str(one.get("name"))
        if tag == "option" and "selected" in one:
            found.append((area, one.get("value") or ""))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form[0], re.DOTALL):
        found.append((name, html.unescape(text)))
    return found


def test_a_step_is_put_in_changed_moved_and_taken_away_and_all_of_it_undone(basket: Counter) -> None:
    basket.clock.at += timedelta(hours=1)
    put = send(basket, do="insert", kind="wait", into="", way="", at="1")
    assert put.status == 303
    assert "step=wait" in put.headers["location"]
    send(basket, do="keep", step="wait", **{"for": "3", "for.unit": "hours", "since": "arrival"})
    assert edit.find(edit.read(text_of(basket)), "wait").said["for"] == "3 hours"
    assert parse(text_of(basket)).version == 2
    send(basket, do="down", step="wait")
    assert edit.find(edit.read(text_of(basket)), "wait").slot.place == 2
    send(basket, do="move", step="wait", slot='["worth-it", "then", 0]')
    assert edit.find(edit.read(text_of(basket)), "wait").slot.parent == "worth-it"
    send(basket, do="remove", step="wait")
    assert "wait" not in parse(text_of(basket)).program

    for _ in range(5):
        assert send(basket, do="undo").status == 303

    assert base_of(basket) == "1.0"
    assert send(basket, do="redo").status == 303
    assert "wait" in parse(text_of(basket)).program


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"do": "keep", "step": "pause", "for": "soon", "for.unit": "days"}, "Écrivez un nombre entier"),
        ({"do": "keep", "step": "pause", "for": "5", "for.unit": "moons"}, "Écrivez un nombre entier"),
        ({"do": "keep", "step": "reminder", "template": "reminder", "within": "", "since": "arrival"}, "Remplissez"),
        ({"do": "keep", "step": "reminder", "within": "1", "within.unit": "days"}, "Cela ne va pas"),
        ({"do": "add", "kind": "notify", "into": "", "way": "", "at": "0", "to": "nobody", "template": "reminder"},
         "adresses e-mail"),
        ({"do": "add", "kind": "condition", "into": "", "way": "", "at": "0", "if.0.kind": "ordered"}, "Remplissez"),
        ({"do": "add", "kind": "wait", "into": "nowhere", "way": "x", "at": "0", "for": "1"}, "n’existe plus"),
        ({"do": "head", "part": "head", "title_fr": "", "control_share": "120"}, "de 0 à 100"),
        ({"do": "trigger", "part": "trigger", "starts": "schedule", "cron": "now"}, "Dites pour qui"),
        ({"do": "exits", "part": "exits", "exits.0.reason": "x"}, "l’un des deux"),
        ({"do": "words", "part": "words", "template": "other", "fr.subject": "Bonjour"}, "Remplissez"),
        ({"do": "remove", "step": "nowhere"}, "n’existe plus"),
        ({"do": "up", "step": "pause"}, "tout au bout"),
        ({"do": "move", "step": "worth-it", "slot": '["worth-it", "then", 0]'}, "propres chemins"),
        ({"do": "dance"}, "quoi faire"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_and_nothing_changes(basket: Counter, form: dict[str, str], says: str) -> None:
    before = text_of(basket)
    token = token_in(basket.get("/scenarios"))

    answer = post(basket, f"{BASKET}/edit", {"token": token, "base": base_of(basket), **form}, accept_language="fr")

    assert answer.status == 422, form
    assert says in read(answer).text or form["do"] == "dance"
    assert text_of(basket) == before


def test_a_kind_that_needs_more_shows_its_form_before_it_is_put_in(basket: Counter) -> None:
    answer = send(basket, do="insert", kind="condition", into="", way="", at="0")

    assert answer.status == 422
    assert 'value="add"' in answer.text
    added = send(basket, do="add", kind="condition", into="", way="", at="0",
                 **{"if.mode": "any", "if.0.kind": "ordered", "if.0.within": "30", "if.0.within.unit": "days",
                    "if.1.kind": "local_day", "if.1.days": "monday", "if.1.not": "yes"})  # fmt: skip
    assert added.status == 303
    said = edit.find(edit.read(text_of(basket)), "condition").said
    assert said["if"] == {"any": [{"ordered": "30 days"}, {"not": {"local_day": ["monday"]}}]}


def test_who_saves_second_is_told_and_keeps_what_was_typed(basket: Counter) -> None:
    token, base = token_in(basket.get("/scenarios")), base_of(basket)
    first = {"token": token, "base": base, "do": "keep", "step": "pause", "for": "40", "for.unit": "minutes",
             "since": "last_action"}  # fmt: skip
    assert post(basket, f"{BASKET}/edit", first).status == 303

    late = post(basket, f"{BASKET}/edit", first | {"for": "77"}, accept_language="fr")

    assert late.status == 409
    assert "a changé ce brouillon" in read(late).text
    assert 'value="77"' in late.text
    again = re.search(r'<form class="form".*?name="base" value="([^"]+)"', late.text, re.DOTALL)
    assert again
    assert post(basket, f"{BASKET}/edit", first | {"for": "77", "base": again[1]}).status == 303
    assert edit.find(edit.read(text_of(basket)), "pause").said["for"] == "77 minutes"


def test_publishing_pausing_and_putting_away(basket: Counter) -> None:
    send(basket, do="keep", step="pause", **{"for": "40", "for.unit": "minutes", "since": "last_action"})
    page = read(basket.get(f"{BASKET}/publish", accept_language="en")).text
    assert "Step changed: Wait – 40 minutes after the last action" in page
    stale = send(basket, f"{BASKET}/publish", base="1.0")
    assert stale.status == 409

    done = send(basket, f"{BASKET}/publish", base=base_of(basket))

    assert done.status == 303
    with basket.state.read() as connection:
        assert [one.version for one in drafts.versions(connection, "abandoned-basket")] == [2, 1]
        assert drafts.versions(connection, "abandoned-basket")[0].published_by == "operator"
    for to, state in (("paused", "paused"), ("resumed", "live"), ("archived", "archived"), ("nonsense", "archived")):
        assert send(basket, f"{BASKET}/state", to=to).status == 303
        with basket.state.read() as connection:
            assert drafts.read(connection, "abandoned-basket").state == state
    assert "See the lines" in read(basket.get(f"{BASKET}/versions", accept_language="en")).text


def test_the_text_is_checked_kept_and_downloaded(basket: Counter) -> None:
    text = text_of(basket).replace("25 minutes", "45 minutes")
    wrong = send(basket, f"{BASKET}/text", base=base_of(basket), text=text.replace("- wait:", "- wiat:"))
    assert wrong.status == 422
    told = read(wrong).text.replace("\u202f", " ")
    assert "wiat" in wrong.text, "what was typed is still there"
    assert "« wiat » n’est pas une étape" in told
    assert "vouliez-vous dire `wait` ?" in told

    kept = send(basket, f"{BASKET}/text", base=base_of(basket), text=text.replace("\n", "\r\n"))

    assert kept.status == 303
    file = basket.get(f"{BASKET}/download")
    assert "45 minutes" in file.text
    assert file.headers["content-disposition"] == 'attachment; filename="abandoned-basket.yaml"'
    assert basket.get(f"{BASKET}/download?version=1").text == definitions.shipped()["abandoned-basket"]
    late = send(basket, f"{BASKET}/text", base="1.0", text=text)
    assert late.status == 409
    assert "45 minutes" in late.text


def test_hostile_words_are_shown_as_they_are(basket: Counter) -> None:
    send(basket, do="exits", part="exits", **{"exits.0.event": HOSTILE, "exits.0.reason": HOSTILE})
    send(basket, do="insert", kind="exit", into="worth-it", way="then", at="0")
    send(basket, do="keep", step="exit", reason=HOSTILE)
    send(basket, do="head", part="head", title_fr=HOSTILE, title_en=HOSTILE, priority="50", discretion="exact",
         **{"class": "scenario"})  # fmt: skip

    for target in ("", "?step=exit", "?part=exits", "?part=head", "/text", "/publish", "/versions", "/people"):
        answer = basket.get(BASKET + target)
        assert answer.status == 200, target
        assert "<script>alert" not in answer.text, target
        assert "49" not in read(answer).text.replace("4 9", ""), target
    assert "&lt;script&gt;" in basket.get("/scenarios").text or HOSTILE in read(basket.get(BASKET)).text


def test_a_role_that_may_not_and_brands_of_others(basket: Counter) -> None:
    keys.add_brand(basket.state, Brand(name="main"))
    keys.add_brand(basket.state, Brand(name="other"))
    visitor(basket, Role.SUPPORT)
    assert basket.get("/scenarios").status == 403
    assert basket.get(BASKET).status == 403

    visitor(basket, Role.MARKETING, "main")
    assert "abandoned-basket" in basket.get("/scenarios").text
    page = read(basket.get(BASKET, accept_language="fr"))
    assert "d’autres marques que les vôtres" in page.text
    token = token_of("bea")
    refused = post(basket, f"{BASKET}/edit", {"token": token, "base": base_of(basket), "do": "remove", "step": "end"})
    assert refused.status == 403
    assert post(basket, f"{BASKET}/state", {"token": token, "to": "paused"}).status == 403
    begun = post(basket, "/scenarios", {"token": token, "library": "welcome"})
    assert begun.status == 303
    assert parse(text_of(basket, "welcome")).brands == ("main",)

    visitor(basket, Role.MARKETING, "other")
    assert "welcome" not in {one.rpartition("/")[2] for one in re.findall(r'href="(/scenarios/[^"?#]+)"',
                                                                         basket.get("/scenarios").text)}  # fmt: skip
    assert basket.get("/scenarios/welcome").status == 404


def test_no_form_works_without_its_token(basket: Counter) -> None:
    for target in ("/scenarios", f"{BASKET}/edit", f"{BASKET}/publish", f"{BASKET}/state", f"{BASKET}/text",
                   f"{BASKET}/move", f"{BASKET}/enroll", f"{BASKET}/dry-run"):  # fmt: skip
        assert post(basket, target, {"library": "welcome", "do": "undo", "to": "paused"}).status == 403, target


def test_a_piece_of_the_page_is_answered_to_htmx(basket: Counter) -> None:
    piece = basket.get(f"{BASKET}?step=pause", hx_request="true")

    assert "<html" not in piece.text
    assert 'id="panel"' in piece.text


def test_the_figures_on_the_cards_come_from_messages_and_runs(basket: Counter) -> None:
    at = basket.clock.now().replace(tzinfo=None)
    for number, outcome in enumerate(["sent", "sent", "dropped", "held_out"]):
        basket.put("messages", {
            "message_id": f"m{number}", "outcome": outcome, "scenario": "abandoned-basket", "step": "reminder",
            "channel": "email", "node_id": number, "decided_at": at, "scenario_version": 1, "brand": "main",
            "profile_id": "p1", "wished_at": at,
        })  # fmt: skip
    basket.put("deliveries", {"message_id": "m0", "kind": "clicked", "node_id": 0, "occurred_at": at})
    basket.put("orders", {"order_key": "o1", "brand": "main", "order_id": "1", "profile_id": "p1", "ordered_at": at})
    basket.put("revenue_ledger", {"order_key": "o1", "brand": "main", "kind": "sale", "amount_minor": 1990,
                                  "currency": "EUR", "occurred_at": at})  # fmt: skip

    figures = basket.get(f"{BASKET}/figures", accept_language="en").text
    gallery = read(basket.get("/scenarios", accept_language="en")).text

    assert '"reminder sent":"2"' in figures
    assert '"reminder dropped":"1"' in figures
    assert '"reminder converted":"1"' in figures
    assert "€19.90" in gallery
