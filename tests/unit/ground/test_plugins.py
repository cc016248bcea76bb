from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from comptoir import plugins
from comptoir.errors import PluginBroken, PluginNotFound
from comptoir.plugins import Kind


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> Iterator[None]:
    """Look for plug-ins anew before each test and after it: a process looks once."""
    plugins.offered.cache_clear()
    yield
    plugins.offered.cache_clear()


def offer(monkeypatch: pytest.MonkeyPatch, *points: EntryPoint) -> None:
    def entry_points(*, group: str) -> list[EntryPoint]:
        return [point for point in points if point.group == group]

    monkeypatch.setattr(plugins, "entry_points", entry_points)  # what is installed is the machine's, not the test's


def test_a_plugin_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, EntryPoint("clock", "comptoir.clock:RealClock", Kind.STEP.value))

    assert plugins.load(Kind.STEP, "clock").__name__ == "RealClock"


def test_an_unknown_name_says_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, EntryPoint("b", "x:X", Kind.STEP.value), EntryPoint("a", "x:X", Kind.STEP.value))

    with pytest.raises(PluginNotFound) as caught:
        plugins.load(Kind.STEP, "c")

    assert caught.value.facts["installed"] == ["a", "b"]


def test_a_broken_plugin_is_named_and_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(
        monkeypatch,
        EntryPoint("broken", "no_such_module:Thing", Kind.CHANNEL.value),
        EntryPoint("sound", "comptoir.clock:RealClock", Kind.CHANNEL.value),
    )

    with pytest.raises(PluginBroken) as caught:
        plugins.load(Kind.CHANNEL, "broken")

    assert caught.value.facts["name"] == "broken"
    assert plugins.load(Kind.CHANNEL, "sound").__name__ == "RealClock"


def test_kinds_do_not_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, EntryPoint("clock", "comptoir.clock:RealClock", Kind.STEP.value))

    with pytest.raises(PluginNotFound):
        plugins.load(Kind.CHANNEL, "clock")


def test_what_ships_with_us_comes_in_by_the_same_door() -> None:
    assert "segment" in [point.name for point in plugins.offered(Kind.DIALECT)]
