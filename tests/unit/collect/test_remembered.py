"""What is remembered to be quick fills no memory: whoever knows a write key could else send it full of long texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from comptoir.collect import channels
from comptoir.collect.dialects import matomo, posthog_events, shopnames, snowplow_events, values
from comptoir.collect.plan import check
from comptoir.collect.plan.declared import Naming
from comptoir.model import identifier

LONG, SOME = 30_000, 400
MOST_BYTES = 20 << 20
REMEMBERED: dict[str, tuple[Callable[[str], object], Any]] = {
    "node_of": (lambda text: identifier.node_of("account", text), identifier._known),
    "tags_of": (lambda text: channels.tags_of(f"https://shop.fr/?utm_source={text}"), channels._known_tags),
    "host_of": (lambda text: channels.host_of(f"https://shop.fr/{text}"), channels._host_of_short),
    "campaign": (lambda text: channels.channel_of(None, None, text, "email"), channels._known_campaign),
    "host": (lambda text: channels.channel_of(f"https://{text}.fr/", None, None, None), channels._known_host),
    "name": (lambda text: shopnames.read(text, {}), shopnames._our_name),
    "naming": (lambda text: check.is_well_named(text, Naming.SNAKE), check.is_well_named),
    "schema": (snowplow_events._name_of, snowplow_events._name_of),
    "number": (values.number, values._known),
    "query": (lambda text: matomo._fields(f"a={text}%20".encode()), matomo._known),
}


@pytest.mark.parametrize("name", REMEMBERED)
def test_long_texts_fill_no_memory(name: str) -> None:
    ask, cache = REMEMBERED[name]
    before = cache.cache_info().currsize

    for number in range(SOME):
        ask(f"{number:x}" + "a" * LONG)

    assert (cache.cache_info().currsize - before) * LONG < MOST_BYTES


def test_long_names_of_posthogs_properties_fill_no_memory() -> None:
    for number in range(SOME):
        posthog_events._IS_KEPT[f"{number}" + "a" * LONG]

    assert max(map(len, posthog_events._IS_KEPT), default=0) < LONG


def test_what_is_not_remembered_is_read_all_the_same() -> None:
    long = "a" * LONG

    assert channels.tags_of(f"https://shop.fr/?x={long}&utm_source=news").source == "news"
    assert channels.channel_of(f"https://www.google.fr/{long}", None, None, None) == ("search", "Google")
    assert identifier.node_of("account", long) == identifier._node_of("account", long)
