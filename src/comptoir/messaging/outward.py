"""What goes out and comes back, put together from settings and state: channels, returned mails, webhook calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, select

from comptoir.clock import monotonic
from comptoir.messaging import servers
from comptoir.messaging.base import Channel, Making
from comptoir.messaging.returns import Returns
from comptoir.messaging.webhooks import Caller
from comptoir.model.message import ONSITE
from comptoir.plugins import Kind, load
from comptoir.safe_http import Client
from comptoir.state import rows
from comptoir.state.base import State
from comptoir.state.statement import Statement

EMAIL = "email"
PAUSED = "sending_paused"


@dataclass(slots=True, kw_only=True)
class Outward:
    """Beside the sender: mails that came back, and calls of other systems. `work` is called by one thread."""

    returns: Returns
    caller: Caller

    @classmethod
    def of(cls, making: Making) -> Outward:
        """Put it together."""
        hooks = making.settings.webhooks
        client = Client(private_hosts=hooks.private_hosts, seconds=hooks.seconds)
        return cls(
            returns=Returns(
                state=making.state,
                settings=making.settings.bounces,
                clock=making.clock,
                keys=[making.link_key],
                home=making.settings.home,
            ),
            caller=Caller(state=making.state, key=making.key, clock=making.clock, client=client),
        )

    def work(self) -> None:
        """Do what is due."""
        self.returns.look()
        self.caller.work()


def channels_of(making: Making) -> dict[str, Channel]:
    """Make the channels that are on, by name. Raises: PluginNotFound; ChannelNeeds."""
    always = (EMAIL, ONSITE)
    names = [*always, *(name for name in making.settings.channels.use if name not in always)]
    return {name: _made(name, making) for name in names}


def is_sending(connection: Connection) -> bool:
    """Say whether sending is not paused."""
    return all(bytes(value) != b"1" for (value,) in _PAUSE.rows(connection, name=PAUSED))


_PAUSE = Statement(select(rows.values.c.value).where(rows.values.c.name == bindparam("name")))


def pause(connection: Connection, *, is_paused: bool) -> None:
    """Pause all sending, or go on."""
    rows.write_value(connection, PAUSED, b"1" if is_paused else b"0")


def sender_address(state: State, brand: str, default: str) -> str:
    """Give the From address of a brand, as it was at most a second ago."""
    return _sender_address(state, brand, default, int(monotonic()))


@lru_cache(maxsize=256)
def _sender_address(state: State, brand: str, default: str, _second: int) -> str:
    with state.read() as connection:
        return servers.sender_of(connection, brand, default)


def _made(name: str, making: Making) -> Channel:
    start = f"{name}."
    said = [one.partition("=") for one in making.settings.channels.options if one.startswith(start)]
    options = {key.strip().removeprefix(start): value.strip() for key, _, value in said}
    maker: Any = load(Kind.CHANNEL, name)
    made: Channel = maker.made(
        Making(
            settings=making.settings,
            state=making.state,
            clock=making.clock,
            key=making.key,
            link_key=making.link_key,
            options=options,
        )
    )
    return made
