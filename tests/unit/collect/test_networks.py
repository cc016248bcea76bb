"""Networks: where they lie, whose machines stand there, and files that are missing, broken or replaced."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.collect import geo
from comptoir.collect.batch import run
from comptoir.collect.stages import stages
from comptoir.model.event import Trust
from tests import mmdb

from .lines import event, world

LYON = {
    "country": {"iso_code": "FR", "names": {"en": "France", "fr": "France"}},
    "subdivisions": [{"iso_code": "ARA", "names": {"en": "Auvergne-Rhone-Alpes"}}],
    "city": {"names": {"fr": "Lyon"}},
}
FLAT = {"country": "BE", "region": "Brussels", "city": "Brussels"}
NONE = geo.Place()


@pytest.fixture
def places(tmp_path: Path) -> geo.Places:
    """Two networks: one as MaxMind writes it, one as IPinfo does."""
    path = tmp_path / "places.mmdb"
    mmdb.write(path, {"198.51.100.0/24": LYON, "203.0.113.0/25": FLAT})
    return geo.open_places(path)


@pytest.fixture
def datacenters(tmp_path: Path) -> geo.Datacenters:
    """Some networks, one inside another."""
    path = tmp_path / "datacenters.txt"
    path.write_text("# machines\n192.0.2.0/24 Hosting & Co\n192.0.2.128/25 Inside\n2001:db8::/32,Six\n198.18.0.0/15\n")
    return geo.open_datacenters(path)


@pytest.mark.parametrize(
    ("network", "place"),
    [
        ("198.51.100.0", ("FR", "Auvergne-Rhone-Alpes", "Lyon")),
        ("203.0.113.0", ("BE", "Brussels", "Brussels")),
        ("203.0.113.200", NONE),
        ("8.8.8.0", NONE),
        ("2001:db8::", NONE),
        ("no address", NONE),
    ],
)
def test_a_network_lies_where_the_file_says(places: geo.Places, network: str, place: tuple[str | None, ...]) -> None:
    assert places.of(network) == place
    assert places.of(network) == place  # from memory


@pytest.mark.parametrize(
    ("network", "owner"),
    [
        ("192.0.2.0", "Hosting & Co"),
        ("192.0.2.255", "Hosting & Co"),
        ("192.0.3.0", None),
        ("198.19.255.0", "an unnamed owner"),
        ("2001:db8:1::", "Six"),
        ("2001:db9::", None),
        ("", None),
    ],
)
def test_a_data_center_has_an_owner(datacenters: geo.Datacenters, network: str, owner: str | None) -> None:
    assert datacenters.owner(network) == owner


def test_an_event_gets_its_place_and_a_machine_its_reason(places: geo.Places, datacenters: geo.Datacenters) -> None:
    shopper = event(message_id="m1", ip="198.51.100.0")
    machine = event(message_id="m2", ip="192.0.2.0")
    server = event(message_id="m3", ip="192.0.2.0", trust=Trust.CONFIRMED.value)
    around = world()
    batch = [shopper, machine, server]

    outcome = run(batch, stages(type(around)(
        seen=around.seen, currencies=around.currencies, is_blocked=around.is_blocked,
        places=places, datacenters=datacenters,
    )))  # fmt: skip

    assert outcome.kept == batch
    assert (shopper.country, shopper.town, shopper.robot_reason) == ("FR", "Lyon", None)
    assert machine.robot_reason == "data center: Hosting & Co"
    assert server.robot_reason is None


@pytest.mark.parametrize("said", [b"", b"no database", b"PK\x03\x04" * 100])
def test_a_broken_file_of_places_says_so(tmp_path: Path, said: bytes) -> None:
    path = tmp_path / "broken.mmdb"
    path.write_bytes(said)

    with pytest.raises(geo.BadGeoFile):
        geo.open_places(path)


@given(st.binary(max_size=200))
def test_no_list_of_data_centers_stops_its_reader(tmp_path_factory: pytest.TempPathFactory, said: bytes) -> None:
    path = tmp_path_factory.mktemp("lists") / "list.txt"
    path.write_bytes(said)
    try:
        geo.open_datacenters(path).owner("192.0.2.0")
    except geo.BadDatacenterFile:
        return


def test_a_line_that_is_no_network_is_named(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("192.0.2.0/24\nnonsense\n")

    with pytest.raises(geo.BadDatacenterFile) as caught:
        geo.open_datacenters(path)

    assert caught.value.facts["line"] == 2


def test_a_file_that_comes_later_is_opened_and_a_newer_one_again(tmp_path: Path) -> None:
    path = tmp_path / "places.mmdb"
    networks = geo.Networks(geo_file=path)

    def country() -> str | None:
        networks.refresh()
        return networks.places.of("198.51.100.0").country if networks.places is not None else "no file"

    assert country() == "no file"
    mmdb.write(path, {"198.51.100.0/24": FLAT})
    assert country() == "BE"
    mmdb.write(path, {"198.51.100.0/24": LYON})
    os.utime(path, ns=(1, 1))
    assert country() == "FR"
    path.unlink()
    assert country() == "FR", "what was read goes on"


def test_a_broken_file_is_told_of_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "places.mmdb"
    path.write_bytes(b"nothing")
    networks = geo.Networks(geo_file=path)

    networks.refresh()
    networks.refresh()

    said = capsys.readouterr()
    assert (said.out + said.err).count("a file about networks") == 1
