from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.clock import micros
from comptoir.messaging import links, render
from comptoir.model.message import Discretion
from tests.acting_house import KEY, LAMP, NOON

WORDS = {
    "subject": "Panier", "title": "Là", "lead": "{{ product_count }} : {{ categories }}", "button": "Voir",
    "closing": "Oui", "why": "Parce que", "unsubscribe": "Non",
}  # fmt: skip
LINKS = render.Links(public_url="https://c.shop.example/", sign=lambda link: links.sign(KEY, link))


def letter(**changes: object) -> render.Letter:
    made = render.Letter(
        message_id="m1", scenario="abandoned-basket", brand="maison", language="fr", words=WORDS,
        discretion=Discretion.EXACT, promise=(LAMP,), to="ann@example.org", sender="shop@example.org", at=NOON,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def test_exact_shows_the_product_category_only_its_kind_and_generic_neither() -> None:
    exact = render.mail(letter(), LINKS)
    category = render.mail(letter(discretion=Discretion.CATEGORY), LINKS)
    generic = render.mail(letter(discretion=Discretion.GENERIC), LINKS)

    assert "Lampe d’été" in exact.html
    assert "49,90\u00a0€" in exact.html
    assert "Lampe" not in category.html
    assert "Luminaires" in category.html
    assert "Luminaires" not in generic.html
    assert "lampe.jpg" not in generic.html + category.html


def test_the_same_letter_gives_the_same_mail() -> None:
    assert render.mail(letter(), LINKS) == render.mail(letter(), LINKS)


@given(name=st.text(min_size=1, max_size=40), category=st.text(max_size=40))
def test_what_the_catalogue_says_never_becomes_markup(name: str, category: str) -> None:
    hostile = replace(LAMP, name=f"<script>{name}", category=f'"><img src=x onerror=y>{category}{{{{ brand }}}}')

    made = render.mail(letter(promise=(hostile,)), LINKS)

    assert "<script" not in made.html
    assert "<img src=x" not in made.html
    assert "\n" not in made.subject


@pytest.mark.parametrize("target", [
    "https://shop.example/é?a=1&b=%20#part", "https://shop.example", "https://shop.example/x?q=",
])  # fmt: skip
def test_a_link_keeps_what_it_has_and_says_where_it_stood(target: str) -> None:
    url = LINKS.click(letter(), target)
    link = links.verify([KEY], url.rpartition("/")[2], micros(NOON))

    assert url.startswith("https://c.shop.example/c/")
    assert link is not None
    assert link.target.startswith(target.partition("#")[0])
    assert link.target.endswith("#part") == target.endswith("#part")
    assert "utm_campaign=abandoned-basket&utm_content=m1" in link.target


@pytest.mark.parametrize(("language", "written"), [("fr", "1\u202f234,50\u00a0€"), ("en", "€1,234.50")])
def test_a_price_is_written_as_people_of_the_language_do(language: str, written: str) -> None:
    assert render.amount("1234.5", "EUR", language) == written


def test_yen_have_no_cents() -> None:
    assert render.amount("1234", "JPY", "en") == "1,234\u00a0JPY"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{ first_name }}", "first_name"),
        ("{{ product_count | replace: 'a', 'b' }}", "replace"),
        ("{% include 'x' %}", "Liquid"),
        ("{% render 'x' %}", "Liquid"),
        ("{{ brand", "Liquid"),
        ("{{ brand.__class__ }}", "cannot be made"),
        ("{{ brand | upcase }}", None),
    ],
)
def test_words_are_checked_before_they_are_published(text: str, problem: str | None) -> None:
    said = render.check(WORDS | {"lead": text})

    assert said is None if problem is None else problem in str(said)


def test_a_name_without_value_is_an_error_and_never_blank() -> None:
    with pytest.raises(render.RenderFailed):
        render.mail(letter(words=WORDS | {"lead": "{{ nobody }}"}), LINKS)


def test_the_inside_of_python_is_out_of_reach() -> None:
    with pytest.raises(render.RenderFailed):
        render.mail(letter(words=WORDS | {"lead": "{{ brand.__class__.__mro__ }}"}), LINKS)


@pytest.mark.parametrize("bomb", [
    "{% for a in (1..100000) %}{% for b in (1..100000) %}x{% endfor %}{% endfor %}",
    "{% for a in (1..9000) %}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{% endfor %}",
])  # fmt: skip
def test_a_bomb_is_an_error_and_soon(bomb: str) -> None:
    with pytest.raises(render.RenderFailed):
        render.mail(letter(words=WORDS | {"lead": bomb}), LINKS)


def test_only_what_the_message_needs_is_there_to_unsubscribe() -> None:
    made = render.mail(letter(), LINKS)
    headers = dict(made.headers)
    token = headers["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    link = links.verify([KEY], token, micros(NOON))

    assert link is not None
    assert (link.kind, link.target, link.message_id) == ("unsubscribe", "", "m1")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
