"""
Who follows the links and loads the pictures of our mails: a person, or a machine that looks at the mail first.

Nothing is dropped: a machine's hit keeps its verdict in words. It counts nowhere and starts nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal

from crawlerdetect import CrawlerDetect

from comptoir.model.event import MESSAGE_ANSWERED, Control

Kind = Literal["click", "open", "answer"]
KINDS: Mapping[str, Kind] = {
    Control.MESSAGE_CLICKED: "click",
    Control.MESSAGE_OPENED: "open",
    MESSAGE_ANSWERED: "answer",
}
"""The lines that tell of hits."""
SECOND = 1_000_000
SOONEST = 4 * SECOND
"""Nobody opens a mail, reads it and clicks within four seconds of its delivery; gateways do."""
SOON = 60 * SECOND
"""Within the first minute, a network of machines is enough to tell."""
BURST = 10 * SECOND
BURST_LINKS = 3
"""So many different links of one mail within ten seconds: the mail is being scanned, not read."""
LONGEST_AGENT = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One request for a link or a picture of a mail. Units: `at` in microseconds since 1970, UTC."""

    kind: Kind
    message_id: str
    link: str = ""
    method: str = "GET"
    agent: str = ""
    network: str = ""
    """The address, truncated or not."""
    at: int


def verdicts(hits: Sequence[Hit], delivered: Mapping[str, int], earlier: Iterable[Hit] = ()) -> list[str | None]:
    """
    Say of each hit why it is a machine's; None where it is a person's.

    `delivered` says when each message was accepted; `earlier` are hits of the same messages before these.
    Order: as given. The verdict does not depend on the order of `hits`.
    """
    alone = [_alone(hit, delivered.get(hit.message_id)) for hit in hits]
    bursts = _bursts([*earlier, *hits])
    return [
        said or ("many links at once" if _is_in(hit, bursts) else None) for hit, said in zip(hits, alone, strict=True)
    ]


def _alone(hit: Hit, delivered_at: int | None) -> str | None:
    """Judge a hit by itself."""
    if hit.method.upper() not in {"GET", "POST"}:
        return f"method {hit.method.upper()[:10]}"
    by_agent = _by_agent(hit.agent[:LONGEST_AGENT], hit.kind)
    if by_agent is not None:
        return by_agent
    owner = _owner(hit.network)
    if delivered_at is None:
        return f"network of {owner}" if owner is not None and hit.kind == "open" else None
    age = hit.at - delivered_at
    if hit.kind != "open" and age < SOONEST:
        return "too soon after delivery"
    if owner is not None and (age < SOON or hit.kind == "open"):
        return f"network of {owner}"
    return None


# ---- agents

_NO_PERSON = re.compile(
    r"googleimageproxy|ggpht\.com|yahoomailproxy|bingpreview|microsoftpreview|skypeuripreview|slackbot|"
    r"barracuda|proofpoint|mimecast|ironport|fireeye|forcepoint|websense|symantec|messagelabs|trendmicro|sophos|"
    r"fortiguard|fortisandbox|zscaler|netskope|checkpoint|cloudmark|vaderetro|vade ?secure|mailguard|hornetsecurity|"
    r"avanan|ironscales|safelinks|urldefense|wget|curl/|python|java/|okhttp|go-http-client|libwww|httpclient|axios|"
    r"node-fetch|undici|headless|phantomjs|puppeteer|playwright|selenium|spider|crawler|scanner|preview|"
    r"whatsapp/|telegram|facebookexternalhit|discordbot|linkedinbot|urlscan|virustotal",
    re.IGNORECASE,
)
"""Mail proxies, security gateways, link previews and HTTP libraries, as they name themselves."""
_BARE = frozenset({"mozilla/5.0", "mozilla/4.0", "mozilla"})
"""What Apple Mail Privacy Protection and some gateways say: no system, no browser."""
_OLD = re.compile(r"MSIE [5-9]\.|Chrome/(?:[1-5]?[0-9])\.|Firefox/(?:[1-4]?[0-9])\.|Trident/[4-6]\.")
"""Browsers of more than ten years ago: nobody's now, but what several scanners say they are."""
_BROWSER = re.compile(r"Mozilla/|Opera/|Outlook|Thunderbird|AppleMail|Dalvik")


@lru_cache(maxsize=20_000)
def _by_agent(agent: str, kind: str) -> str | None:
    said = agent.strip()
    if not said:
        return "no agent"
    if said.lower() in _BARE:
        return "mail proxy: says no browser"
    found = _NO_PERSON.search(said)
    if found is not None:
        return f"agent: {found[0].strip().lower()}"
    if kind != "open" and _OLD.search(said):
        return "agent: a browser nobody has any more"
    if not _BROWSER.search(said):
        return "agent: no browser"
    detector = CrawlerDetect(user_agent=said)
    return f"known crawler: {detector.get_matches()}" if detector.is_crawler() else None


# ---- networks

_NETWORKS: Mapping[str, tuple[str, ...]] = {
    # Source: what the companies publish for senders and administrators; coarse on purpose, as we keep /24 and /48 only.
    "Apple": ("17.0.0.0/8", "2620:149::/32", "2a01:b740::/29"),
    "Google's mail proxy": (
        "66.102.0.0/20", "66.249.64.0/19", "72.14.192.0/18", "74.125.0.0/16", "64.233.160.0/19", "209.85.128.0/17",
        "2001:4860::/32",
    ),
    "Microsoft's mail protection": (
        "40.92.0.0/15", "40.94.0.0/16", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17", "2a01:111:f400::/48",
    ),
    "Proofpoint": ("67.231.144.0/20", "148.163.128.0/19", "205.220.160.0/19", "185.132.180.0/22", "185.183.28.0/22"),
    "Mimecast": ("205.139.110.0/23", "207.211.30.0/23", "195.130.217.0/24", "91.220.42.0/24", "146.101.78.0/24"),
    "Barracuda": ("64.235.144.0/20", "209.222.80.0/21", "35.176.92.0/24"),
    "Cisco's mail security": ("68.232.128.0/19", "216.71.128.0/19", "139.138.32.0/19"),
    "Yahoo's mail proxy": ("66.163.160.0/19", "66.196.64.0/18", "67.195.0.0/16", "98.136.0.0/14", "87.248.96.0/19"),
    "Trend Micro": ("150.70.0.0/16", "18.208.22.64/26"),
}  # fmt: skip
"""Networks in which no customer sits; within a minute of delivery a hit from one is a gateway's."""


@lru_cache(maxsize=1)
def _parsed() -> tuple[tuple[IPv4Network | IPv6Network, str], ...]:
    return tuple((ip_network(one), owner) for owner, ranges in _NETWORKS.items() for one in ranges)


@lru_cache(maxsize=20_000)
def _owner(network: str) -> str | None:
    try:
        address = ip_address(network.partition("/")[0])
    except ValueError:
        return None
    return next((owner for one, owner in _parsed() if address.version == one.version and address in one), None)


# ---- bursts


def _bursts(hits: Sequence[Hit]) -> dict[str, list[tuple[int, int]]]:
    """Find, for each message, the stretches of time in which many different links of it were followed."""
    by_message: defaultdict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        if hit.kind != "open":
            by_message[hit.message_id].append(hit)
    found: dict[str, list[tuple[int, int]]] = {}
    for message_id, clicks in by_message.items():
        if len(clicks) < BURST_LINKS:
            continue
        clicks.sort(key=lambda hit: (hit.at, hit.link))
        stretches = [
            (first.at, first.at + BURST)
            for place, first in enumerate(clicks)
            if len({one.link for one in clicks[place:] if one.at <= first.at + BURST}) >= BURST_LINKS
        ]
        if stretches:
            found[message_id] = stretches
    return found


def _is_in(hit: Hit, bursts: Mapping[str, list[tuple[int, int]]]) -> bool:
    return hit.kind != "open" and any(start <= hit.at <= end for start, end in bursts.get(hit.message_id, ()))
