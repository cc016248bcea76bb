"""The guided tour: offered in a demonstration, walked by links alone, left and taken up where it was left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from comptoir.demo.home import MARK
from comptoir.web.tour import STOPS
from tests.web.counter import Answer, Counter, open_counter

STEP = 'aria-labelledby="tour"'


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    (home / MARK).touch()
    yield made
    made.warehouse.close()
    made.state.close()


def look(counter: Counter, target: str, kept: str = "") -> Answer:
    cookie = {"cookie": f"comptoir_tour={kept}"} if kept else {}
    return counter.get(target, **{"accept-language": "en", **cookie})


def kept(answer: Answer) -> str:
    found = [one for one in answer.set_cookies if one.startswith("comptoir_tour=")]
    return found[0].partition("=")[2].partition(";")[0] if found else ""


def test_a_demonstration_offers_the_tour_and_another_home_only_its_help(counter: Counter, home: Path) -> None:
    assert "Discover in five steps" in look(counter, "/").text

    (home / MARK).unlink()
    text = look(counter, "/").text
    assert "Discover in five steps" not in text
    assert "Take the guided tour of five steps" in text


def test_links_alone_lead_from_the_visit_to_the_euro(counter: Counter) -> None:
    target, walked = "/live?tour=1", []
    for number, stop in enumerate(STOPS, start=1):
        answer = look(counter, target)
        assert answer.status == 200
        assert STEP in answer.text
        assert f"step {number} of 5" in answer.text
        assert kept(answer) == str(number)
        walked.append(target.partition("?")[0])
        assert stop.path == walked[-1]
        target = next(iter(re.findall(r'href="([^"]+)" rel="next"', answer.text)), "/?tour=done")
    done = look(counter, target, "5")

    assert walked == ["/live", "/customers", "/scenarios", "/messages/inbox", "/results"]
    assert STEP not in done.text
    assert kept(done) == "done"
    assert "Discover in five steps" not in look(counter, "/", "done").text


def test_it_stays_on_other_pages_and_leads_back_to_its_own(counter: Counter) -> None:
    text = look(counter, "/carts", "3").text

    assert "step 3 of 5" in text
    assert 'href="/scenarios?tour=3"' in text


def test_it_can_be_left_anywhere_and_taken_up_again(counter: Counter) -> None:
    left = look(counter, "/customers?tour=off", "2")

    assert STEP not in left.text
    assert kept(left) == "2-"
    assert STEP not in look(counter, "/live", "2-").text
    offer = look(counter, "/", "2-").text
    assert "Take it up at step 2" in offer
    assert 'href="/customers?tour=2"' in offer


@pytest.mark.parametrize("said", ["0", "6", "x", "-1", "1'--", "99999999999999999999", "²"])
def test_a_step_that_is_none_is_no_step(counter: Counter, said: str) -> None:
    answer = look(counter, f"/live?tour={said.encode().hex()}")

    assert answer.status == 200
    assert STEP not in answer.text
    assert kept(answer) == ""
