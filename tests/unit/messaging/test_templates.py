# ruff: noqa: E501 (markup is as long as it is)
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comptoir.clock import ManualClock, micros
from comptoir.messaging import links, render, template, template_files, template_preview, template_shelf
from comptoir.messaging.compose import compose
from comptoir.messaging.render import Letter, RenderFailed
from comptoir.messaging.template import BadTemplate, Missing, Ref, Template, TemplateVersionTaken
from comptoir.messaging.template_rows import template_health, templates
from comptoir.messaging.template_shelf import Shelf, Trial
from comptoir.model.message import Discretion, Mail, MessageClass, PromisedLine
from comptoir.state.base import State, open_state
from tests.acting_house import KEY, LAMP, NOON

FOLDER = Path(__file__).parents[2] / "templates"
CORPUS = template_files.read(FOLDER)
CHAIR = PromisedLine(
    product_id="chair", name="Fauteuil <b>&", category="Assises", url="https://shop.example/chaise?é=1#x",
    image_url="https://shop.example/chaise.jpg", price="129", currency="EUR", quantity="2",
)  # fmt: skip
LINKS = render.Links(public_url="https://c.shop.example", sign=lambda link: links.sign(KEY, link))
TRAITS = {"first_name": "Ann", "last_name": "Dupré", "note": '"><script>alert(1)</script>{{ brand }}'}
MJML = "<mjml><mj-body><mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section>{{% render 'footer' %}}</mj-body></mjml>"


def letter(one: Template, **changes: object) -> Letter:
    made = Letter(
        message_id="m1", scenario="welcome", brand="maison", language=one.language, words={},
        discretion=Discretion.EXACT, promise=(LAMP, CHAIR), to="ann@example.org", sender="shop@example.org", at=NOON,
        traits=TRAITS, template=Ref(one.name, one.version),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def mail_of(one: Template, **changes: object) -> Mail:
    return render.mail(letter(one, **changes), replace(LINKS, templates=Trial([one])))


def words(body: str, **changes: object) -> Template:
    made = Template(name="t", version=1, language="fr", subject="S", mjml=MJML.format(body))
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = open_state(tmp_path / "state.db")
    templates.metadata.create_all(made.engine, tables=[templates, template_health])
    yield made
    made.close()


@pytest.fixture
def shelf(state: State) -> Shelf:
    with state.write() as connection:
        template_shelf.publish(connection, CORPUS, NOON)
    return Shelf(state=state, clock=ManualClock(NOON))


every_template = pytest.mark.parametrize("one", CORPUS, ids=lambda one: f"{one.name}-{one.language}")


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS) >= 30
    assert {one.language for one in CORPUS} == {"fr", "en"}


@every_template
def test_a_preview_is_what_is_sent_byte_for_byte(one: Template, shelf: Shelf) -> None:
    row = {
        "message_id": "preview", "scenario": "preview", "brand": "maison", "language": one.language,
        "words": msgspec.json.encode({"@template": one.name, "@version": 1}).decode(), "discretion": "exact",
        "promise": msgspec.json.encode((LAMP, CHAIR)).decode(), "contact": "ann@example.org",
        "traits": msgspec.json.encode(TRAITS).decode(), "message_class": "scenario",
    }  # fmt: skip
    sent = render.mail(render.letter_of(row, sender="s@example.org", at=NOON), replace(LINKS, templates=shelf))

    for ref in (Ref(one.name, 1), Ref(one.name), [one]):  # published, the newest, and the file before it is published
        shown = template_preview.preview(
            ref, template_preview.Person(contact="ann@example.org", traits=TRAITS), links=LINKS, templates=shelf,
            brand="maison", language=one.language, sender="s@example.org", at=NOON, promise=(LAMP, CHAIR),
        )  # fmt: skip
        assert compose(shown).as_bytes() == compose(sent).as_bytes()


@every_template
def test_no_liquid_and_no_mark_is_left_and_nothing_becomes_markup(one: Template) -> None:
    made = mail_of(one)
    whole = made.html.replace("{{ shown }}", "") + made.text.replace("{{ shown }}", "") + made.subject

    assert "{%" not in whole
    assert not re.search(r"\{\{(?! brand \}\})", whole)  # what a customer's note says is not read again
    assert "\u2983" not in whole
    assert "<script" not in made.html
    assert "Fauteuil <b>" not in made.html
    assert made.text.strip()
    assert "\n\n\n" not in made.text
    assert "fonts.googleapis" not in made.html
    assert f'lang="{one.language}"' in made.html


@every_template
def test_what_is_exported_is_what_was_imported(one: Template) -> None:
    same = [other for other in CORPUS if other.name == one.name]

    assert template_files.parse(template_files.dump(same)) == same


def hrefs(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'<a\s[^>]*?href="([^"]*)"', html)]


def target_of(url: str) -> str:
    link = links.verify([KEY], url.rpartition("/")[2], micros(NOON))
    assert link is not None
    return link.target


def test_a_link_leads_where_it_did_with_utm_and_what_is_no_web_address_stays() -> None:
    one = next(one for one in CORPUS if (one.name, one.language) == ("links", "fr"))
    utm = "utm_source=comptoir&utm_medium=email&utm_campaign=welcome&utm_content=m1"
    found = hrefs(mail_of(one).html)

    assert target_of(found[0]) == f"https://shop.example/é?a=1&b=%20&{utm}#part"
    assert found[1:4] == ["#top", "mailto:shop@shop.example?subject=Bonjour%20", "tel:+33123456789"]
    assert target_of(found[4]) == f"https://bücher.example/straße?{utm}"
    assert target_of(found[5]) == f"https://shop.example/fr/x?c=2&{utm}"
    assert found[6].startswith("https://c.shop.example/p/")
    assert target_of(found[7]) == (
        "https://shop.example/?utm_source=own&utm_medium=email&utm_campaign=welcome&utm_content=m1"
    )


def test_an_address_too_long_for_a_token_leads_there_itself() -> None:
    one = next(one for one in CORPUS if one.name == "long-link")

    assert hrefs(mail_of(one).html)[0].startswith("https://shop.example/?q=xxx")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="abé日/?&=#%+;,:@!$'()*[]~ -_.\"<>", max_size=60))
def test_the_target_of_any_web_address_is_byte_equal_but_for_utm(rest: str) -> None:
    url = "https://shop.example/" + rest.strip()
    one = words('<a href="{{ customer.link }}">x</a>')
    tagged = target_of(hrefs(mail_of(one, traits={"link": url}).html)[0])
    before, _, fragment = url.partition("#")

    assert tagged.startswith(before)
    assert tagged.partition("#")[2] == fragment
    assert "utm_content=m1" in tagged[len(before) :]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x", "x\r\ny", " "])
def test_an_address_that_no_mail_may_hold_becomes_empty(url: str) -> None:
    one = words("<a href=\"{{ customer.link | default: '' }}\">x</a>")

    assert hrefs(mail_of(one, traits={"link": url}).html)[0] == ""


def test_html_and_text_have_the_same_links() -> None:
    made = mail_of(next(one for one in CORPUS if one.name == "products"))
    in_text = set(re.findall(r"https://c\.shop\.example/\S+", made.text))

    assert in_text == {one for one in hrefs(made.html) if one.startswith("https://c.shop")}
    assert len(in_text) == 4


def test_an_answer_is_one_click() -> None:
    one = next(one for one in CORPUS if one.name == "answers")
    found = [one for one in hrefs(mail_of(one).html) if "/a/" in one]
    read = [links.read_answer(target_of(url)) for url in found]

    assert [(said.question, said.value, said.label) for said in read if said] == [
        ("why_not", "price", "Trop cher / Too dear"),
        ("why_not", "delivery", "Livraison & delais"),
        ("why_not", "later", "Plus tard / Later"),
    ]


# ---- discretion


@pytest.mark.parametrize(("discretion", "name", "kind"), [("exact", 1, 1), ("category", 0, 1), ("generic", 0, 0)])
@pytest.mark.parametrize("by_template", [True, False])
def test_neither_template_nor_scenario_reveals_more_than_both_allow(
    discretion: str, name: int, kind: int, by_template: bool
) -> None:
    body = "{{ categories }} {% for p in products %}{{ p.name }}{{ p.category }}{{ cart.total }}{% endfor %}"
    own, theirs = (discretion, "exact") if by_template else ("exact", discretion)
    made = mail_of(words(body, discretion=Discretion(own)), discretion=Discretion(theirs))

    assert ("Fauteuil" in made.html, "Fauteuil" in made.text) == (bool(name), bool(name))
    assert ("Assises" in made.html) == bool(kind)
    assert ("307,90" in made.text) == bool(name)


# ---- missing values


def test_abort_names_what_is_missing() -> None:
    one = words("{{ customer.city }}")

    with pytest.raises(RenderFailed, match=r"customer\.city"):
        mail_of(one)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_fallback_is_said_where_a_value_is_missing_or_empty(value: object) -> None:
    one = words("{{ customer.city }}", missing=Missing.FALLBACK, fallbacks={"customer.city": "chez vous"})
    template.check(one)

    assert "chez vous" in mail_of(one, traits={"city": value}).text
    assert "Lyon" in mail_of(one, traits={"city": "Lyon"}).text


def test_with_the_policy_fallback_every_value_that_may_be_missing_needs_one() -> None:
    with pytest.raises(BadTemplate, match=r"customer\.city"):
        template.check(words("{{ customer.city }}", missing=Missing.FALLBACK))
    template.check(words("{{ customer.city | default: 'x' }}", missing=Missing.FALLBACK))
    template.check(words("{{ customer.service_level }}", missing=Missing.FALLBACK))  # everybody has one


@pytest.mark.parametrize(("changes", "what"), [
    ({"subject": "{{ nope }}"}, "nope"), ({"subject": "{{ subject }}"}, "subject"), ({"text": "{{ words.x }}"}, "words"),
    ({"mjml": MJML.format("x").replace("{% render 'footer' %}", "")}, "unsubscribe"),
    ({"fallbacks": {"brand": "x"}}, "brand"), ({"mjml": "<p>"}, "mjml"),
])  # fmt: skip
def test_what_is_wrong_is_said_before_anybody_gets_a_mail(changes: dict[str, object], what: str) -> None:
    with pytest.raises(BadTemplate, match=what):
        template.check(replace(words("x"), **changes))  # type: ignore[arg-type]


# ---- the pixel


@pytest.mark.parametrize("message_class", list(MessageClass))
@pytest.mark.parametrize("may_track", [True, False])
@pytest.mark.parametrize("name", ["plain", "products", "service"])
def test_a_pixel_stands_in_a_mail_if_and_only_if_it_may(
    name: str, may_track: bool, message_class: MessageClass
) -> None:
    one = next(one for one in CORPUS if one.name == name)
    without = mail_of(one, message_class=message_class)
    made = mail_of(one, message_class=message_class, may_track_opens=may_track)
    wanted = may_track and message_class.is_marketing and name != "service"
    found = re.findall(r'<img src="https://c\.shop\.example/x/[^>]*>', made.html)

    assert len(found) == wanted
    assert made.html.replace(found[0] if found else "\0", "") == without.html
    assert (made.text, made.subject, made.headers) == (without.text, without.subject, without.headers)
    assert "/x/" not in without.html


def test_a_mail_that_asks_for_consent_has_bare_links_and_nothing_to_unsubscribe_from() -> None:
    one = next(one for one in CORPUS if one.name == "service")
    made = mail_of(one, may_track_opens=True)

    assert [url.split("/")[3] for url in hrefs(made.html)] == ["terms", "o"]
    assert made.headers == ()


# ---- the shelf


def test_a_version_is_published_once_and_never_changes(state: State) -> None:
    with state.write() as connection:
        template_shelf.publish(connection, CORPUS, NOON)
        template_shelf.publish(connection, CORPUS, NOON + timedelta(days=1))
        with pytest.raises(TemplateVersionTaken):
            template_shelf.publish(connection, [replace(CORPUS[0], subject="other")], NOON)
        template_shelf.publish(connection, [replace(CORPUS[0], subject="other", version=2)], NOON)
        listed = template_shelf.listing(connection)

        assert [one["version"] for one in listed if one["template"] == CORPUS[0].name] == [2]
        assert template_shelf.find(connection, CORPUS[0].name)[0].subject == "other"
        assert template_shelf.find(connection, CORPUS[0].name, 1)[0] in CORPUS


def test_a_brands_own_template_comes_first_and_a_dialect_is_its_language(state: State) -> None:
    with state.write() as connection:
        template_shelf.publish(connection, [words("tous"), words("maison", brand="maison")], NOON)
    shelf = Shelf(state=state, clock=ManualClock(NOON))
    both = replace(LINKS, templates=shelf)

    assert "maison" in render.mail(letter(words("")), both).text
    assert "tous" in render.mail(letter(words(""), brand="autre"), both).text
    assert "tous" in render.mail(letter(words(""), brand="autre", language="fr-CA"), both).text
    with pytest.raises(RenderFailed, match="No template"):
        render.mail(letter(words(""), language="de"), both)


def test_one_failure_in_a_hundred_thousand_stops_nobody_else(shelf: Shelf, state: State) -> None:
    one = next(one for one in CORPUS if one.name == "greeting-abort")
    ref = Ref(one.name, 1)
    with pytest.raises(RenderFailed):
        render.mail(letter(one, traits={}), replace(LINKS, templates=shelf))
    for _ in range(99_999):
        shelf.rendered(ref, None)
    shelf.flush()

    render.mail(letter(one), replace(LINKS, templates=shelf))
    with state.read() as connection:
        said = template_shelf.health(connection, one.name, 1)
    assert (said["state"], said["rendered"], said["failed"]) == ("live", 100_000, 1)


def test_more_than_two_in_a_hundred_and_twenty_in_all_pause_it_with_an_alert(shelf: Shelf, state: State) -> None:
    one = next(one for one in CORPUS if one.name == "greeting-abort")
    both = replace(LINKS, templates=shelf)
    for number in range(900):
        render.mail(letter(one, message_id=str(number)), both)
    for _ in range(19):
        with pytest.raises(RenderFailed, match="first_name"):
            render.mail(letter(one, traits={}), both)
    render.mail(letter(one), both)  # 19 of 920 are more than 2 %, but not 20

    with pytest.raises(RenderFailed, match="first_name"):
        render.mail(letter(one, traits={}), both)
    with pytest.raises(template.TemplatePaused):
        render.mail(letter(one), both)

    with state.write() as connection:
        (alert,) = template_shelf.alerts(connection)
        assert "20 of 921" in str(alert["alert"])
        assert "customer.first_name" in str(alert["alert"])
        template_shelf.resume(connection, one.name, 1)
    render.mail(letter(one), both)


def test_a_pause_outlives_a_restart(shelf: Shelf, state: State) -> None:
    one = next(one for one in CORPUS if one.name == "greeting-abort")
    for _ in range(20):
        shelf.rendered(Ref(one.name, 1), "no")

    with pytest.raises(template.TemplatePaused):
        render.mail(letter(one), replace(LINKS, templates=Shelf(state=state, clock=ManualClock(NOON))))
    unharmed = Shelf(state=state, clock=ManualClock(NOON), counts=False)
    assert render.mail(letter(one), replace(LINKS, templates=unharmed)).subject
