from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir import ids

micros = st.integers(min_value=0, max_value=((1 << 48) - 1) * 1000)
bits = st.integers(min_value=0, max_value=(1 << 74) - 1)
signed = st.integers(min_value=-(1 << 63), max_value=(1 << 63) - 1)


@given(micros, bits)
def test_a_uuid7_is_one_and_tells_its_millisecond(now: int, drawn: int) -> None:
    made = ids.uuid7(now, drawn)

    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert ids.uuid7_micros(made) == now // 1000 * 1000


@given(micros, micros, bits, bits)
def test_uuid7s_of_different_milliseconds_sort_by_time(one: int, other: int, drawn: int, drawn_too: int) -> None:
    if one // 1000 != other // 1000:
        assert (ids.uuid7(one, drawn) < ids.uuid7(other, drawn_too)) == (one < other)


@given(micros, bits, bits)
def test_uuid7s_of_one_millisecond_differ_as_their_random_bits_do(now: int, drawn: int, drawn_too: int) -> None:
    assert (ids.uuid7(now, drawn) == ids.uuid7(now, drawn_too)) == (drawn == drawn_too)


def test_the_random_bits_are_drawn_if_not_given() -> None:
    assert len({ids.uuid7(0) for _ in range(100)}) == 100


def test_the_example_of_the_rfc_comes_out() -> None:
    made = ids.uuid7(0x017F22E279B0 * 1000, (0xCC3 << 62) | 0x18C4DC0C0C07398F)

    assert str(made) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    assert ids.uuid7_made_on(made) == "2022-02-22"


def test_another_version_tells_no_time() -> None:
    other = uuid.UUID("5df41881-3aed-4515-88a7-2f4a814cf09e")

    assert ids.uuid7_micros(other) is None
    assert ids.uuid7_made_on(other) is None


@given(signed)
def test_hexadecimal_and_back_is_the_same_number(value: int) -> None:
    assert len(ids.hex64(value)) == 16
    assert ids.unhex64(ids.hex64(value)) == value


@given(
    st.lists(st.text(st.characters(codec=None)), max_size=4), st.lists(st.text(st.characters(codec=None)), max_size=4)
)
def test_different_parts_have_different_hashes(one: list[str], other: list[str]) -> None:
    assert (ids.hash64(*one) == ids.hash64(*other)) == (one == other)


@given(st.lists(st.text()))
def test_a_hash_fits_a_signed_64_bit_column(parts: list[str]) -> None:
    assert -(1 << 63) <= ids.hash64(*parts) < 1 << 63


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        ((), "e4a6a0577479b2b4"),
        (("node", "email", "ann@example.org"), "974b4991a4c6ee22"),
        (("ab", "c"), "4024ad5048d711de"),
    ],
)
def test_a_hash_is_the_same_on_every_machine_and_for_ever(parts: tuple[str, ...], value: str) -> None:
    assert ids.hex64(ids.hash64(*parts)) == value
