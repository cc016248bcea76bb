"""Messages on the screen: writing a mail, seeing it as others will, the outbox, the trial inbox, reputation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import select

from comptoir.access import keys
from comptoir.access.roles import Principal, Role
from comptoir.clock import instant
from comptoir.config import DeskSettings, MailSettings, Settings
from comptoir.messaging import inbox, template_drafts, template_shelf
from comptoir.messaging.outbox import put
from comptoir.messaging.rows import outbox, reports
from comptoir.messaging.template import EVERY_BRAND, Ref, TemplateNotFound
from comptoir.messaging.template_blocks import FIELDS, Kind
from comptoir.model.identifier import node_of
from comptoir.pressure.rows import reservations
from comptoir.reports import ask
from comptoir.scenarios import definitions
from comptoir.server import desk
from comptoir.web.visit import Visit, token_of
from tests.sending_house import WORDS
from tests.shop import Shop
from tests.web.counter import Answer, Counter, fill, open_counter
from tests.web.test_login import post, token_in
from tests.web.test_pages import HOSTILE, Reader

EDITOR = "/messages/templates/bienvenue"


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    yield made
    made.warehouse.close()
    made.state.close()


def visitor(counter: Counter, role: Role, *brands: str) -> None:
    """Let every request from now on come from somebody of this role and these brands."""
    who = Principal(name="bea", role=role, brands=frozenset(brands))

    class Fronted(desk.Front):
        def visit(self, scope: object) -> Visit:
            del scope
            return Visit(principal=who, token=token_of("bea"), every_brand=keys.list_brands(self.desk.state))

    old = counter.app
    counter.app = Fronted(old.desk, old.keys, old.profiles, old.pages, old.is_open, old.form_secret)


def say(counter: Counter, target: str, form: Mapping[str, str], *, on: str = "/messages/new", **headers: str) -> Answer:
    return post(counter, target, {"token": token_in(counter.get(on)), **form}, **headers)


def text(answer: Answer) -> str:
    return re.sub(r"\s+", " ", Reader(answer.text).text)


def begin(counter: Counter, **form: str) -> Answer:
    return say(counter, "/messages/new", {"name": "Bienvenue", "brand": "*", "language-fr": "yes", **form})


def written(*blocks: tuple[Kind, Mapping[str, str]], **more: str) -> dict[str, str]:
    """Fill in the editor's form."""
    form = {
        "language": "fr",
        "mode": "blocks",
        "subject": "Bienvenue",
        "is_marketing": "yes",
        "count": str(len(blocks)),
    }
    for place, (kind, said) in enumerate(blocks):
        form[f"b{place}.kind"] = kind.value
        form |= {f"b{place}.{name}": said.get(name, "") for name in FIELDS[kind]}
    return {**form, **more}


WHOLE = (
    (Kind.TITLE, {"text": "Bonjour {{ customer.first_name | default: 'vous' }}"}),
    (Kind.TEXT, {"text": "Votre compte est **prêt**."}),
    (Kind.FOOTER, {"why": "Vous avez un compte."}),
)


def kinds(counter: Counter) -> list[str]:
    return re.findall(r'name="b\d+\.kind" value="(\w+)"', counter.get(EDITOR).text)


# ---- writing


def test_a_template_is_begun_written_and_published_and_the_list_says_so(counter: Counter) -> None:
    assert begin(counter).headers["location"] == f"{EDITOR}?brand=%2A&done=messages.begun"
    assert "brouillon" in text(counter.get("/messages"))

    published = say(counter, EDITOR, written(*WHOLE, do="publish"), on=EDITOR)

    assert "done=messages.published" in published.headers["location"]
    listed = text(counter.get("/messages", accept_language="en"))
    assert "published version 1" in listed
    assert "changed since" not in listed
    with counter.state.read() as connection:
        (found,) = template_shelf.find(connection, "bienvenue")
        (version,) = template_drafts.versions(connection, "bienvenue")
    assert found.subject == "Bienvenue"
    assert version["published_by"] == "operator"


def test_the_mail_is_shown_as_the_person_would_get_it(counter: Counter) -> None:
    fill(counter)
    begin(counter)
    say(counter, EDITOR, written(*WHOLE, do="save"), on=EDITOR)

    page = text(counter.get(f"{EDITOR}?as=camille.durand%40example.org"))
    shown = counter.get(f"{EDITOR}/mail?language=fr&as=camille.durand%40example.org")
    nobody = counter.get(f"{EDITOR}?as=nobody", accept_language="en")

    assert "Camille Durand" in page
    assert "Bonjour Camille" in shown.text
    assert "<b>prêt</b>" in shown.text
    assert "Nobody here has this identifier" in text(nobody)


def test_a_mail_in_its_frame_can_run_nothing_and_its_links_lead_nowhere(counter: Counter) -> None:
    begin(counter)
    say(counter, EDITOR, written(*WHOLE, do="save"), on=EDITOR)
    shown = counter.get(f"{EDITOR}/mail?language=fr")
    page = counter.get(EDITOR)

    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("frame-ancestors 'self'; sandbox")
    assert "script-src" not in policy
    assert shown.headers["x-frame-options"] == "SAMEORIGIN"
    assert re.findall(r'<iframe class="mail" sandbox="([^"]*)"', page.text) == [""]


@pytest.mark.parametrize(
    ("do", "after"),
    [
        ("up:1", ["text", "title", "footer"]),
        ("up:0", ["title", "text", "footer"]),
        ("down:0", ["text", "title", "footer"]),
        ("copy:1", ["title", "text", "text", "footer"]),
        ("remove:1", ["title", "footer"]),
        ("remove:77", ["title", "text", "footer"]),
        ("add:image", ["title", "text", "image", "footer"]),
        ("add:<b>", ["title", "text", "text", "footer"]),
    ],
)
def test_blocks_are_added_moved_copied_and_taken_away(do: str, after: list[str], counter: Counter) -> None:
    begin(counter)
    say(counter, EDITOR, written(*WHOLE, do="save"), on=EDITOR)

    answer = say(counter, EDITOR, written(*WHOLE, do=do), on=EDITOR)

    assert answer.status == 303
    assert kinds(counter) == after
    if after != ["title", "text", "footer"]:  # what changes nothing is no step
        assert say(counter, EDITOR, {"do": "undo"}, on=EDITOR).status == 303
        assert kinds(counter) == ["title", "text", "footer"]


def test_a_draft_keeps_itself_while_one_types_and_only_the_side_is_answered(counter: Counter) -> None:
    begin(counter)

    answer = say(counter, EDITOR, written(*WHOLE, subject="Bon"), on=EDITOR, hx_request="true")

    assert answer.status == 200
    assert "<html" not in answer.text
    assert "Brouillon gardé" in answer.text
    assert "<iframe" in answer.text
    assert 'value="Bon"' in counter.get(EDITOR).text


@pytest.mark.parametrize(
    ("form", "french"),
    [
        ({"subject": ""}, "Il manque l’objet."),
        ({"subject": "{{ nothing }}"}, "« nothing » n’existe pas"),
        ({"subject": "{% if %}"}, "À corriger"),
        ({"subject": "{{ customer.first_name }}", "missing": "fallback"}, "customer.first_name peut manquer"),
        ({"b1.text": "[ici](ftp://x)"}, "« ftp://x » n’est pas une adresse"),
        ({"b2.kind": "button"}, "il manque « label »"),
        ({"b2.kind": "divider"}, "Personne ne pourrait se désinscrire"),
        ({"mode": "mjml", "mjml": "<mjml><mj-body>\n<mj-bodi></mj-bodi></mj-body></mjml>"}, "(ligne 2)"),
        ({"mode": "mjml", "mjml": "nothing"}, "À corriger"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    form: dict[str, str], french: str, counter: Counter
) -> None:
    begin(counter)

    answer = say(
        counter, f"{EDITOR}?view={form.get('mode', 'blocks')}", written(*WHOLE, do="publish", **form), on=EDITOR
    )

    assert answer.status == 422
    assert french in text(answer).replace("\u202f", " ")
    assert "Votre compte est **prêt**." in counter.get(EDITOR).text or "mode" in form or "b1.text" in form
    with counter.state.read() as connection, pytest.raises(TemplateNotFound):
        template_shelf.find(connection, "bienvenue")


@pytest.mark.parametrize(
    "form", [{"name": ""}, {"name": "é"}, {"name": "a/b"}, {"name": "a" * 61}, {"language-fr": ""}]
)
def test_a_new_template_needs_a_plain_name_and_a_language(form: dict[str, str], counter: Counter) -> None:
    assert begin(counter, **form).status == 422


def test_a_name_that_is_taken_is_refused_beside_it(counter: Counter) -> None:
    begin(counter)

    again = begin(counter)

    assert again.status == 422
    assert "déjà pris" in text(again)


def test_a_former_version_can_be_gone_back_to(counter: Counter) -> None:
    begin(counter)
    for subject in ("Un", "Deux"):
        say(counter, EDITOR, written(*WHOLE, subject=subject, do="publish"), on=EDITOR)

    say(counter, EDITOR, {"do": "back:1"}, on=EDITOR)

    assert 'value="Un"' in counter.get(EDITOR).text
    say(counter, EDITOR, {"do": "drop"}, on=EDITOR)
    assert 'value="Deux"' in counter.get(EDITOR).text


def test_a_step_is_taken_back_and_done_again_by_buttons_that_keys_press_too(counter: Counter) -> None:
    begin(counter)
    say(counter, EDITOR, written(*WHOLE, subject="Un", do="save"), on=EDITOR)
    typed = say(counter, EDITOR, written(*WHOLE, subject="Deux"), on=EDITOR, **{"HX-Request": "true"})

    assert 'id="steps" hx-swap-oob="true"' in typed.text, "the buttons follow what is typed"
    assert 'data-shortcut="Control+Shift+z" aria-keyshortcuts' in typed.text
    say(counter, EDITOR, {"do": "undo"}, on=EDITOR)
    assert 'value="Un"' in counter.get(EDITOR).text
    say(counter, EDITOR, {"do": "redo"}, on=EDITOR)
    page = counter.get(EDITOR).text
    assert 'value="Deux"' in page
    assert re.search(r'value="redo"[^>]* disabled', page)
    assert say(counter, EDITOR, {"do": "redo"}, on=EDITOR).status == 409


def test_a_language_can_be_added_and_each_is_checked(counter: Counter) -> None:
    begin(counter)

    say(counter, EDITOR, written(*WHOLE, do="language:en"), on=EDITOR)

    with counter.state.read() as connection:
        draft = template_drafts.find(connection, "bienvenue", brand=EVERY_BRAND)
    assert [one.language for one in draft.parts] == ["en", "fr"]
    assert draft.part("en").subject == "Bienvenue"


def test_twenty_people_are_shown_and_those_who_fail_say_why(counter: Counter) -> None:
    fill(counter)
    begin(counter)
    bare = (*WHOLE[:1], (Kind.TEXT, {"text": "{{ customer.city }}"}), *WHOLE[2:])
    say(counter, EDITOR, written(*bare, do="save"), on=EDITOR)

    page = counter.get(f"{EDITOR}/people", accept_language="en")

    assert "the mail cannot be made" in text(page)
    assert "city" in text(page)
    say(counter, EDITOR, written(*WHOLE, do="save"), on=EDITOR)
    assert "All is well" in text(counter.get(f"{EDITOR}/people", accept_language="en"))


def test_a_paused_version_says_so_and_goes_on_when_told(counter: Counter) -> None:
    begin(counter)
    say(counter, EDITOR, written(*WHOLE, do="publish"), on=EDITOR)
    shelf = template_shelf.Shelf(state=counter.state, clock=counter.clock)
    for _ in range(template_shelf.PAUSE_FROM):
        shelf.rendered(Ref("bienvenue", 1), "no name")
    assert "paused" in text(counter.get("/messages", accept_language="en"))

    say(counter, EDITOR, {"do": "resume:1"}, on=EDITOR)

    assert "paused" not in text(counter.get("/messages", accept_language="en"))


# ---- who may


def test_who_has_one_brand_reads_what_serves_all_and_writes_only_its_own(counter: Counter) -> None:
    begin(counter)
    visitor(counter, Role.MARKETING, "main")
    token = token_of("bea")

    assert "pas le changer" in text(counter.get(EDITOR))
    refused = post(counter, EDITOR, {"token": token, **written(*WHOLE, do="publish")})
    assert refused.status == 403
    assert post(counter, "/messages/new", {"token": token, "name": "x", "brand": "*", "language-fr": "y"}).status == 403
    own = post(counter, "/messages/new", {"token": token, "name": "own", "brand": "main", "language-fr": "y"})
    assert own.status == 303


def test_another_brands_template_is_not_there(counter: Counter) -> None:
    begin(counter, brand="main")
    visitor(counter, Role.MARKETING, "other")

    assert counter.get(EDITOR).status == 404
    assert "bienvenue" not in counter.get("/messages").text


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.FINANCE])
def test_other_trades_have_no_business_here(role: Role, counter: Counter) -> None:
    visitor(counter, role)

    for target in (
        "/messages",
        "/messages/new",
        "/messages/outbox",
        "/messages/inbox",
        "/messages/senders",
        "/pressure",
    ):
        assert counter.get(target).status == 403


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """Lend one desk at which every hostile author writes."""
    made = open_counter(tmp_path_factory.mktemp("crowded"))
    begin(made)
    yield made
    made.warehouse.close()
    made.state.close()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_written_into_a_template_is_only_ever_text(hostile: str, crowded: Counter) -> None:
    counter = crowded
    blocks = tuple((kind, dict.fromkeys(FIELDS[kind], hostile)) for kind in Kind)
    say(
        counter, EDITOR, written(*blocks, do="save", subject=hostile, preheader=hostile, fallbacks=f"{hostile}: x"),
        on=EDITOR,
    )  # fmt: skip

    for target in (EDITOR, f"{EDITOR}?view=mjml", "/messages", f"{EDITOR}/people"):
        answer = counter.get(target)
        assert answer.status == 200
        reader = Reader(answer.text)
        assert "62615533" not in reader.text
        for tag, attributes in reader.tags:
            assert not [name for name in attributes if name.startswith("on")], tag
            assert "style" not in attributes
        assert all((one.get("src") or "").startswith("/static/") for tag, one in reader.tags if tag == "script")


# ---- words of a scenario


def test_the_words_of_a_scenario_are_listed_shown_and_counted(counter: Counter) -> None:
    camille = fill(counter)
    with counter.state.write() as connection:
        definitions.publish(connection, definitions.shipped()["abandoned-basket"], counter.clock.now())
    at = counter.clock.now().replace(tzinfo=None)
    for place, kind in enumerate(("clicked", "accepted")):
        counter.put(
            "messages",
            {
                "message_id": f"w{place}", "outcome": "sent", "scenario": "abandoned-basket", "step": "reminder",
                "scenario_version": 1, "brand": "main", "decided_at": at, "profile_id": camille,
            },
        )  # fmt: skip
        counter.put("deliveries", {"message_id": f"w{place}", "kind": kind, "occurred_at": at})

    listed = counter.get("/messages", accept_language="en")
    path = re.findall(r'href="(/messages/words/abandoned-basket/[^"]+)"', listed.text)[0]

    assert "2 1 50%" in text(listed)
    assert "Camille Durand" in text(counter.get(path))
    assert counter.get(f"{path}/mail?language=fr").status == 200
    assert counter.get(f"{path}/people").status == 200
    assert counter.get("/messages/words/abandoned-basket/nothing").status == 404


# ---- the outbox


def sending(counter: Counter, message_id: str, state: str, **more: Any) -> None:
    now = int(counter.clock.now().timestamp() * 1_000_000)
    row = {
        "message_id": message_id, "message_class": "scenario", "scenario": "panier", "scenario_version": 1,
        "step": "rappel", "enrollment_id": 1, "brand": "main", "channel": "email", "purpose": "marketing",
        "contact": "camille.durand@example.org", "node_id": node_of("account", "C-10482"), "language": "fr",
        "template": "t", "words": json.dumps(WORDS), "discretion": "exact", "promise": "[]", "rank": 2,
        "queued_at": now, "not_before": now, "expires_at": now + 10**10, "state": state, "handed_at": now,
    } | more  # fmt: skip
    with counter.state.write() as connection:
        put(connection, [row])
        connection.execute(
            reservations.insert().values(
                message_id=message_id, message_key="k", occasion=message_id, node_id=1, contact=row["contact"],
                brand="main", channel="email", message_class="scenario", state=state, at=now, expires_at=now,
            )
        )  # fmt: skip


def test_the_outbox_lists_by_state_and_finds_by_address_or_number(counter: Counter) -> None:
    for place, state in enumerate(("queued", "accepted", "failed", "unknown", "dropped")):
        sending(counter, f"m{place}", state, contact=f"p{place}@x.fr")
    sending(counter, "m9", "queued", attempts=2, contact="again@x.fr")

    def shown(query: str) -> set[str]:
        return set(re.findall(r'href="/messages/outbox/(m\d)"', counter.get(f"/messages/outbox{query}").text))

    assert shown("") == {"m0", "m1", "m2", "m3", "m4", "m9"}
    found = {one: shown(f"?state={one}") for one in ("waiting", "deferred", "sent", "failed", "unknown", "stopped")}
    assert found == {
        "waiting": {"m0"}, "deferred": {"m9"}, "sent": {"m1"}, "failed": {"m2"}, "unknown": {"m3"}, "stopped": {"m4"},
    }  # fmt: skip
    assert shown("?asked=P1%40x.fr") == {"m1"}
    assert shown("?asked=m2") == {"m2"}
    assert shown("?asked=nobody") == set()
    assert shown("?state=%3Cb%3E&before=x") == shown("")


def test_a_long_outbox_is_turned_page_by_page(counter: Counter) -> None:
    for place in range(120):
        sending(counter, f"m{place:03d}", "accepted")
    seen: list[str] = []
    target = "/messages/outbox?state=sent"
    while target:
        page = counter.get(target).text
        seen += re.findall(r'href="/messages/outbox/(m\d+)"', page)
        older = re.findall(r'href="(/messages/outbox\?[^"]*before=\d+)"', page)
        target = older[0].replace("&amp;", "&") if older else ""

    assert seen == [f"m{place:03d}" for place in reversed(range(120))]


@pytest.mark.parametrize(("was", "state", "counts"), [("sent", "accepted", "accepted"), ("lost", "failed", "failed")])
def test_an_unknown_fate_is_settled_once_by_who_found_it_out(
    was: str, state: str, counts: str, counter: Counter
) -> None:
    sending(counter, "m1", "unknown")
    page = counter.get("/messages/outbox/m1", accept_language="en")
    assert "Nobody knows whether this message left" in text(page)

    done = say(counter, "/messages/outbox/m1/settle", {"was": was}, on="/messages/outbox/m1")

    assert done.headers["location"] == "/messages/outbox/m1?done=messages.settled"
    with counter.state.read() as connection:
        (row,) = connection.execute(select(outbox.c.state, outbox.c.detail, outbox.c.settled_at))
        (reservation,) = connection.scalars(select(reservations.c.state))
        (line,) = connection.scalars(select(reports.c.line))
    assert (row.state, row.detail, reservation) == (state, "settled by operator", counts)
    assert instant(row.settled_at) == counter.clock.now()
    assert json.loads(line)["properties"]["kind"] == state
    assert say(counter, "/messages/outbox/m1/settle", {"was": was}, on="/messages/new").status == 409


def test_a_messages_page_shows_its_mail_and_why_and_other_brands_see_none_of_it(counter: Counter) -> None:
    sending(counter, "m1", "accepted")
    at = counter.clock.now().replace(tzinfo=None)
    counter.put(
        "deliveries", {"message_id": "m1", "kind": "clicked", "link": "https://shop.example/a", "occurred_at": at}
    )

    page = counter.get("/messages/outbox/m1", accept_language="en")

    assert "Une lampe pour l’été" in text(page)
    assert "clicked https://shop.example/a" in text(page)
    assert "Voici ce que nous avons choisi" in counter.get("/messages/outbox/m1/mail").text
    assert counter.get("/messages/outbox/nothing").status == 404
    visitor(counter, Role.MARKETING, "other")
    assert counter.get("/messages/outbox/m1").status == 404
    assert counter.get("/messages/outbox/m1/mail").status == 404
    assert "m1" not in counter.get("/messages/outbox").text
    assert post(counter, "/messages/outbox/m1/settle", {"token": token_of("bea"), "was": "sent"}).status == 404


def test_a_mail_that_cannot_be_made_again_says_why(counter: Counter) -> None:
    sending(counter, "m1", "accepted", words=json.dumps({"@template": "gone", "@version": 1}))

    assert counter.get("/messages/outbox/m1").status == 200
    assert "gone" in counter.get("/messages/outbox/m1/mail").text


# ---- the trial inbox


def test_the_inbox_opens_a_mail_in_a_frame_whose_links_open_the_door(counter: Counter, home: Path) -> None:
    assert "mail" in text(counter.get("/messages/inbox"))
    keeper = inbox.Keeper(home / inbox.FOLDER, counter.clock)
    raw = (
        b"From: a@shop.example\r\nTo: b@x.fr\r\nSubject: =?utf-8?b?w6l0w6k=?=\r\nMessage-ID: <m1@shop.example>\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n"
        b"<html><head></head><body><a href='http://door/c/1'>x</a><script>alert(1)</script></body></html>"
    )
    keeper.keep(raw, ["b@x.fr"])

    listed = counter.get("/messages/inbox")
    page = counter.get("/messages/inbox/000001")
    framed = counter.get("/messages/inbox/000001/mail")

    assert "été" in text(listed)
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert 'href="/messages/outbox/m1"' in page.text
    assert '<base target="_blank">' in framed.text
    assert framed.headers["content-security-policy"].endswith("sandbox allow-popups allow-popups-to-escape-sandbox")
    assert "script-src" not in framed.headers["content-security-policy"]
    for target in ("/messages/inbox/000009", "/messages/inbox/..%2f..%2fstate", "/messages/inbox/last/mail"):
        assert counter.get(target).status == 404
    visitor(counter, Role.MARKETING, "other")
    assert counter.get("/messages/inbox/000001").status == 404


# ---- reputation


def test_reputation_asks_dns_only_when_told_and_shows_the_record_to_publish(counter: Counter) -> None:
    settings = Settings(
        home=counter.app.desk.settings.home,
        desk=DeskSettings(login=False),
        mail=MailSettings(host="smtp.maison.fr", sender="bonjour@maison.fr"),
    )
    old = counter.app.desk
    counter.app = desk.make(settings, counter.state, old.ask, old.status, counter.clock)
    asked: list[str] = []

    def texts(name: str) -> list[str]:
        asked.append(name)
        return []

    counter.app.pages.state.dns = texts  # type: ignore[attr-defined]

    assert "Not checked yet" in text(counter.get("/messages/senders", accept_language="en"))
    assert asked == []
    page = text(counter.get("/messages/senders?check=yes", accept_language="en"))
    assert asked == ["maison.fr", "_dmarc.maison.fr"]
    assert "v=spf1 a:smtp.maison.fr ~all" in page


def test_bounces_and_complaints_are_counted_by_brand(counter: Counter) -> None:
    at = counter.clock.now().replace(tzinfo=None) - timedelta(days=2)
    for place in range(50):
        counter.put(
            "messages",
            {"message_id": f"b{place}", "outcome": "sent", "brand": "main", "channel": "email", "decided_at": at},
        )
    for place, kind in enumerate(("bounced", "complained", "unsubscribed", "soft_bounced")):
        counter.put("deliveries", {"message_id": f"b{place}", "kind": kind, "occurred_at": at})

    assert "main 50 1 2.0% 1 1 2.00% 1" in text(counter.get("/messages/senders", accept_language="en"))


# ---- a trial, over a real way out


def test_a_trial_leaves_by_the_real_server_is_marked_and_stands_in_no_ledger(home: Path) -> None:
    shop = Shop(home)
    running = inbox.start(home, shop.clock, host="127.0.0.1", port=0)
    settings = Settings(
        home=home,
        desk=DeskSettings(login=False),
        mail=MailSettings(port=inbox.port_of(running), sender="a@shop.example"),
    )

    def answer(request: Mapping[str, Any]) -> pa.Table:
        return ask.answer(shop.warehouse.cursor(), request)

    app = desk.make(settings, shop.app.state, answer, dict, shop.clock)
    counter = Counter(shop.warehouse.cursor(), shop.app.state, shop.clock, app, "", {})
    begin(counter)
    say(counter, EDITOR, written(*WHOLE, do="save"), on=EDITOR)

    wrong = say(counter, f"{EDITOR}/trial?language=fr", {"to": "nobody"}, on=EDITOR)
    sent = say(counter, f"{EDITOR}/trial?language=fr", {"to": "me@shop.example"}, on=EDITOR)

    assert wrong.status == 422
    assert "n’est pas une adresse e-mail" in text(wrong)
    assert "done=messages.trial" in sent.headers["location"]
    running.stop()
    kept = inbox.show(home, "last")
    assert (kept["to"], kept["subject"]) == (["me@shop.example"], "[Essai] Bienvenue")
    assert kept["headers"]["X-Comptoir-Trial"] == "yes"
    with shop.app.state.read() as connection:
        assert connection.execute(select(outbox)).all() == []
        assert connection.execute(select(reservations)).all() == []
    app.desk.app().close()
    shop.close()
