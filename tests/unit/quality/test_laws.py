"""Laws of grading: on any text, whatever it is."""

from __future__ import annotations

from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from comptoir.quality import address, email, phone
from comptoir.quality.distance import is_one_apart
from comptoir.quality.fields import Field, grade, grade_person
from comptoir.quality.graded import Grade

TODAY = date(2026, 11, 22)
COUNTRIES = st.sampled_from(["FR", "BE", "GB", "US", "DE", "RE", "", "ZZ"])
PEOPLE_TYPE = st.one_of(
    st.text(),
    st.text(alphabet="aé@.-_ '’,;<>:MmDd0123456789+()/&", max_size=30),
    st.from_regex(r"[a-zA-Z.+]{1,12} ?@ ?[a-z]{1,12}[.,][a-z]{2,4}", fullmatch=True),
    st.from_regex(r"[+]?[0O-]?[0-9 .()-]{4,16}", fullmatch=True),
    st.from_regex(r"(M\.|Mme|DR|de|d'|O'|MC|ST|STE)? ?[A-ZÉ' -]{1,16}", fullmatch=True),
)


@given(field=st.sampled_from(Field), text=PEOPLE_TYPE, country=COUNTRIES)
@example(field=Field.EMAIL, text="\ud800@x.fr", country="FR")
@example(field=Field.LAST_NAME, text="İ" * 90, country="FR")
@example(field=Field.PHONE, text="+", country="")
def test_grading_what_was_graded_changes_nothing_more(field: Field, text: str, country: str) -> None:
    once = grade(field, text, country, TODAY)
    assert once.original == text
    if once.grade is Grade.REFUSED:
        assert once.value == ""
        return

    twice = grade(field, once.value, country, TODAY)

    assert twice.value == once.value
    if once.grade in {Grade.VALID, Grade.CORRECTED}:
        assert twice.grade is Grade.VALID


@given(traits=st.dictionaries(st.sampled_from([one.value for one in Field]), PEOPLE_TYPE), country=COUNTRIES)
def test_every_field_of_a_person_is_graded_and_keeps_what_came(traits: dict[str, str], country: str) -> None:
    found = grade_person(traits, country, TODAY)

    assert {one.name: one.graded.original for one in found} == traits


@given(text=PEOPLE_TYPE)
def test_a_masked_value_tells_no_more_than_its_ends(text: str) -> None:
    graded = grade(Field.EMAIL, text, "FR", TODAY)
    local = graded.value.rpartition("@")[0]

    assert len(local) < 3 or local not in email.masked(graded.value).rpartition("@")[0]
    assert len(phone.masked(text)) <= 7


@given(text=PEOPLE_TYPE)
def test_an_address_line_holds_capitals_and_digits_alone(text: str) -> None:
    written = address.line(text)

    assert address.line(written) == written
    assert not set(written) & set("abcdefghijklmnopqrstuvwxyzéè,;.'\"")


@given(one=st.text(alphabet="abc", max_size=5), other=st.text(alphabet="abc", max_size=5))
def test_one_slip_apart_is_what_one_slip_makes(one: str, other: str) -> None:
    slips = {one[:at] + one[at + 1 :] for at in range(len(one))}
    slips |= {one[:at] + letter + one[at:] for at in range(len(one) + 1) for letter in "abc"}
    slips |= {one[:at] + letter + one[at + 1 :] for at in range(len(one)) for letter in "abc"}
    slips |= {one[:at] + one[at + 1] + one[at] + one[at + 2 :] for at in range(len(one) - 1)}

    assert is_one_apart(one, other) == (other in slips - {one})


@given(text=st.from_regex(r"(?:\+33|\+32|\+49|0)[ .]?[0-9 .-]{6,13}", fullmatch=True), country=COUNTRIES)
def test_the_quick_way_with_a_number_gives_what_the_long_one_does(text: str, country: str) -> None:
    quick = phone._plainly(" ".join(text.split()), text, country)
    if quick is None:
        return

    parsed = phone._parsed(text, country)
    assert parsed is not None
    assert phone._judged(parsed, text, text, ()) == quick
