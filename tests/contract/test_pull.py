"""What every place that rows are fetched from promises: those that ship with Comptoir, and those of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from comptoir.errors import ComptoirError
from comptoir.sources.kinds import KINDS
from comptoir.sources.mapping import Template
from comptoir.sources.pulls import shelf
from comptoir.sources.pulls.base import Form, PartMissing, PlaceBarred, PlaceNeeds
from tests.place import making

PLACES = shelf.places()


def test_what_ships_with_us_is_found_by_its_entry_point() -> None:
    assert {"folder", "http", "sftp", "sql", "shopify", "woocommerce", "prestashop", "magento"} <= set(PLACES)


@pytest.mark.parametrize("name", PLACES)
def test_options_have_names_of_their_own_and_choices_a_default(name: str) -> None:
    options = shelf.place_of(name).options
    names = [one.name for one in options]

    assert len(names) == len(set(names))
    assert not set(names) & {"name", "brand", "kind", "mapping", "streams", "rhythm", "minutes", "at", "alarm_hours"}
    for one in options:
        assert one.name.isidentifier()
        assert one.says
        assert (one.form is Form.CHOICE) == bool(one.one_of)
        assert not one.one_of or one.default in one.one_of
        assert not (one.is_secret and one.default)


@pytest.mark.parametrize("name", PLACES)
def test_streams_fill_fields_that_their_kind_has_and_all_it_needs(name: str) -> None:
    streams = shelf.place_of(name).streams

    assert len({one.name for one in streams}) == len(streams) > 0
    for one in streams:
        if not one.kind:
            assert not one.columns, "the person says what the rows are"
            continue
        kind = KINDS[one.kind]
        assert all(kind.field(column) is not None for column in one.columns), one
        assert {field.name for field in kind.fields if field.needed is not None} <= set(one.columns), one
        assert not kind.one_needed or set(kind.one_needed) & set(one.columns), one
        assert set(Template.parse(one.row_id).columns) <= set(one.columns)


@pytest.mark.parametrize("name", PLACES)
def test_a_place_that_was_told_nothing_names_what_it_needs(name: str, tmp_path: Path) -> None:
    place = shelf.place_of(name)
    with pytest.raises(ComptoirError) as caught:
        place.made(making(tmp_path, {one.name: "" for one in place.options}))
    assert caught.type in {PlaceNeeds, PlaceBarred, PartMissing}


@pytest.mark.parametrize("name", [one for one in PLACES if "url" in {it.name for it in shelf.place_of(one).options}])
@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x.example/a", "javascript:1", "x", "//x.example"])
def test_no_other_way_than_http_leads_to_an_address(name: str, url: str, tmp_path: Path) -> None:
    place = shelf.place_of(name)
    said = {one.name: one.default or "x" for one in place.options} | {"url": url}
    with pytest.raises((PlaceNeeds, PlaceBarred)):
        place.made(making(tmp_path, said))
