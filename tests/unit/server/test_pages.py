"""The public pages: readable in any color, in both languages, without JavaScript, and nothing gets out of them."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.access.public import BrandPage, PageText, PageTheme
from comptoir.clock import instant
from comptoir.messaging import links
from comptoir.messaging.links import Answer, Link
from comptoir.model.consent import Known
from comptoir.server.pages import show
from comptoir.server.problems import Answer as Reply

HOSTILE = '"><script>alert(1)</script>{{ 7*7 }}'
BRAND = BrandPage(
    brand="main", shown_name=HOSTILE, color="#b5451b", texts=(PageText("marketing", "en", "v1", HOSTILE),),
    themes=(PageTheme("sale", "en", HOSTILE),),
)  # fmt: skip
NOW = 1_795_290_409_000_000


def link(kind: links.Kind, target: str = "", language: str = "en") -> Link:
    return Link(kind=kind, message_id="m", target=target, brand="main", language=language, expires_at=NOW * 2)


def all_pages(language: str) -> list[Reply]:
    known = Known(at=NOW, on=frozenset({"marketing"}), paused_until=NOW + 10**12)
    answer = Answer(question="q", value=HOSTILE, label=HOSTILE, others=((HOSTILE, HOSTILE),))
    return [
        show.ask_to_stop(link("unsubscribe", language=language), BRAND),
        show.stopped(link("unsubscribe", language=language), BRAND),
        show.ask_to_confirm(link("confirm", "marketing:v1", language), BRAND),
        show.confirmed(link("confirm", language=language), BRAND),
        show.preferences(link("preferences", language=language), BRAND, known, instant(NOW)),
        show.preferences(link("preferences", language=language), BRAND, Known(), instant(NOW)),
        show.saved(link("preferences", language=language), BRAND, [(HOSTILE, True)], f"/p/{HOSTILE}"),
        show.paused(link("preferences", language=language), BRAND, instant(NOW), "/p/x"),
        show.thanks(link("answer", language=language), BRAND, answer),
        show.gone(language.encode()),
    ]


class Reader(HTMLParser):
    """Reads what a browser and a screen reader would."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_says_its_language_and_nothing_breaks_out_of_it(language: str) -> None:
    for page in all_pages(language):
        reader = Reader()
        reader.feed(page.body.decode())
        tags = [tag for tag, _ in reader.tags]
        assert dict(reader.tags)["html"]["lang"] == language
        assert "script" not in tags
        assert tags.count("h1") == tags.count("main") == tags.count("title") == 1
        assert dict(page.headers)[b"cache-control"] == b"no-store"
        assert b"script" not in dict(page.headers)[b"content-security-policy"]
        inputs = [attrs for tag, attrs in reader.tags if tag in {"input", "textarea"} and attrs.get("type") != "hidden"]
        if inputs:
            assert "label" in tags
        assert all(name not in attrs for _, attrs in reader.tags for name in ("onclick", "onload", "autofocus"))


def test_what_is_not_known_is_not_preselected() -> None:
    page = show.preferences(link("preferences"), BRAND, Known(), instant(NOW))

    assert b" checked" not in page.body


@given(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))
def test_letters_on_any_brands_color_can_be_read(color: str) -> None:
    assert show.contrast(show.readable_on(color), color) >= 4.5


@pytest.mark.parametrize(("ink", "paper"), [("#1f1d1a", "#faf8f4"), ("#5c564c", "#faf8f4"), ("#5c564c", "#ffffff"),
                                            ("#f1ece3", "#1b1a17"), ("#b9b1a3", "#25231f")])  # fmt: skip
def test_quiet_text_can_be_read_by_day_and_by_night(ink: str, paper: str) -> None:
    assert show.contrast(ink, paper) >= 4.5


_TEXT = st.text(st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs"]), max_size=30)


@given(_TEXT.filter(bool), _TEXT, _TEXT, st.lists(st.tuples(_TEXT, _TEXT), max_size=4))
def test_an_answer_is_read_back(question: str, value: str, label: str, others: list[tuple[str, str]]) -> None:
    target = links.answer_target(question, value, label=label, others=others)

    found = links.read_answer(target)

    assert found == Answer(question=question, value=value, label=label, others=tuple(others))


@given(st.frozensets(st.sampled_from(["marketing", "open_tracking", "theme:sale"])), st.integers(0, NOW * 2))
def test_what_is_known_is_read_back(on: frozenset[str], at: int) -> None:
    known = Known(at=at, on=on, paused_until=at // 2)

    assert links.read_known(links.known_target(known)) == known


@given(_TEXT)
def test_no_text_makes_the_reading_of_a_target_fail(text: str) -> None:
    links.read_answer(text)
    links.read_known(text)
