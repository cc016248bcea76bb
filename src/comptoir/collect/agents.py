"""What a browser says of itself: its name, its system, its device, and whether it is a known crawler."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import ua_parser
from crawlerdetect import CrawlerDetect

LONGEST = 512
"""Characters of it that are looked at."""


class Agent(NamedTuple):
    """What could be read of an agent."""

    robot_reason: str | None
    """Why it is a robot, if it is one."""
    browser: str | None
    os: str | None
    device: str | None
    device_type: str | None


_TYPES = (
    ("console", re.compile(r"PlayStation|Nintendo|Xbox")),
    ("tv", re.compile(r"Smart-?TV|SMART-TV|AppleTV|GoogleTV|HbbTV|BRAVIA|\bAFT[A-Z]|CrKey|Roku|Web0S|NetCast|\bTV\b")),
    ("tablet", re.compile(r"iPad|Tablet|Kindle|Silk/|PlayBook|Android(?!.*Mobile)")),
    ("mobile", re.compile(r"Mobi|iPhone|iPod|Android|Windows Phone|BlackBerry|Opera Mini")),
    ("desktop", re.compile(r"Windows NT|Macintosh|X11|CrOS|Linux")),
)
"""What each says of itself; the first that fits. An iPad that asks for desktop pages passes for a Mac."""


def read(agent: str) -> Agent:
    """Read an agent; the same few thousand come again and again, so each is read once."""
    return _read(agent[:LONGEST])


@lru_cache(maxsize=20_000)
def _read(agent: str) -> Agent:
    detector = CrawlerDetect(user_agent=agent)
    is_robot = detector.is_crawler()
    found = ua_parser.parse(agent)
    return Agent(
        robot_reason=f"known crawler: {detector.get_matches()}" if is_robot else None,
        browser=found.user_agent.family if found.user_agent else None,
        os=found.os.family if found.os else None,
        device=found.device.family if found.device else None,
        device_type=None if is_robot else _type(agent),
    )


def _type(agent: str) -> str | None:
    return next((name for name, says in _TYPES if says.search(agent)), None)
