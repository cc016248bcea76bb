"""Blocks of a mail: what is written is read again, and what is no block stays as its author wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.messaging import mjml, template_blocks
from comptoir.messaging.template_blocks import FIELDS, FOOT, HEAD, Block, Body, Kind

OWN = "<mj-section><mj-column><mj-spacer height='4px' /></mj-column></mj-section>"
WORDS = st.text(
    alphabet=st.sampled_from("aé àZ0'’\"&<>*[]()!.:\n ") | st.characters(codec="utf-8", exclude_categories=["C", "Z"]),
    max_size=40,
).filter(lambda text: mjml.OPEN not in text and mjml.CLOSE not in text and "{" not in text)
PLAIN = st.text(alphabet="abc éà'&<>?=/:.-", max_size=30).map(lambda text: " ".join(text.split()))
LIQUID = st.sampled_from(
    ["{{ customer.first_name | default: 'vous' }}", "{% if product_count > 1 %}x{% else %}y{% endif %}", ""]
)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    kind = draw(st.sampled_from([one for one in Kind if one is not Kind.MARKUP]))
    called = kind in {Kind.BUTTON, Kind.CART, Kind.ANSWERS, Kind.FOOTER}
    said = {}
    for name in FIELDS[kind]:
        if called or name in {"src", "alt", "href"}:
            said[name] = draw(PLAIN)
        else:
            said[name] = (draw(WORDS) + draw(LIQUID)).strip()
    return Block(kind, said)


@given(st.lists(blocks(), max_size=6))
def test_what_is_written_is_read_again_and_says_the_same(given_blocks: list[Block]) -> None:
    written = template_blocks.write(Body(head=HEAD, blocks=tuple(given_blocks), foot=FOOT))

    read = template_blocks.read(written)

    assert read is not None
    assert template_blocks.write(read) == written


def test_every_kind_comes_back_as_itself_with_its_words() -> None:
    given_blocks = (
        Block(Kind.TITLE, {"text": "Bonjour {{ customer.first_name | default: 'vous' }} & co"}),
        Block(Kind.TEXT, {"text": "Un **gras** [ici]({{ button_url }}) <b>\n\nfin [z](https://a.b/?x=1&y=2)"}),
        Block(Kind.IMAGE, {"src": "https://x/y.jpg?a=1&b=2", "alt": 'dit "oui"', "href": "https://z"}),
        Block(Kind.IMAGE, {"src": "https://x/y.jpg", "alt": "", "href": ""}),
        Block(Kind.BUTTON, {"label": "L'été", "url": "https://shop.example/"}),
        Block(Kind.PRODUCTS, {}),
        Block(Kind.CART, {"total": "Total"}),
        Block(Kind.COLUMNS, {"left": "a", "right": "b"}),
        Block(Kind.ANSWERS, {"text": "Et ?", "question": "why_not", "choices": "a=b | c=d"}),
        Block(Kind.DIVIDER, {}),
        Block(Kind.FOOTER, {"why": "car"}),
        Block(Kind.MARKUP, {"mjml": OWN}),
    )

    read = template_blocks.read(template_blocks.write(Body(head=HEAD, blocks=given_blocks, foot=FOOT)))

    assert read is not None
    assert read.blocks == given_blocks
    assert template_blocks.problem_of(read.blocks, language="fr") == {}


def test_bold_words_links_and_line_breaks_become_markup_and_angle_brackets_do_not() -> None:
    made = template_blocks.write_one(Block(Kind.TEXT, {"text": "**a** [b](https://c/?d&e)\n<script>"}))

    assert '<b>a</b> <a href="https://c/?d&amp;e">b</a><br />&lt;script&gt;' in made


@pytest.mark.parametrize(
    "own",
    [
        "{% if products.size > 0 %}\n{% render 'products' %}\n{% endif %}",
        '<mj-section background-color="#fff"><mj-column><mj-text>x</mj-text></mj-column></mj-section>',
        "<!-- a word to colleagues -->" + OWN,
        "<mj-section><mj-column>",
        "{% render 'button', label: 'x', color: '#000' %}",
        "stray words",
    ],
)
def test_what_is_no_block_stays_as_it_was_written(own: str) -> None:
    read = template_blocks.read(f"<mjml><mj-head></mj-head><mj-body width='500px'>{own}</mj-body></mjml>")

    assert read is not None
    assert template_blocks.write(read).replace("\n", "").endswith(own.replace("\n", "") + "</mj-body></mjml>")
    assert read.head == "<mjml><mj-head></mj-head><mj-body width='500px'>"


def test_what_has_no_body_has_no_blocks() -> None:
    assert template_blocks.read("<mjml><mj-body>") is None
    assert template_blocks.read("hello") is None


def test_a_problem_is_told_at_its_block_and_its_line() -> None:
    written = (Block(Kind.BUTTON, {"label": ""}), Block(Kind.TEXT, {"text": "a {{ b"}), Block(Kind.DIVIDER, {}))

    found = template_blocks.problem_of(written, language="fr")

    assert sorted(found) == [0, 1]
    assert "label" in found[0]
    assert template_blocks.line_of("<mjml>\n<mj-bodi>\n", "`<mj-bodi>` is no element of MJML") == 2
    assert template_blocks.line_of("a\nb\n\n{% foo %}", "unexpected tag 'foo'") == 4
    assert template_blocks.line_of("fine", "who knows") is None


def test_an_enormous_unclosed_attribute_is_read_in_no_time() -> None:
    source = HEAD + '<mj-text a="' + "x" * 150_000 + FOOT

    assert template_blocks.read(source) is not None
