"""Where a visit came from: campaign parameters first, then the referrer's host, each to one channel and its name."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

SEARCH = {
    "google": "Google", "bing": "Bing", "duckduckgo": "DuckDuckGo", "qwant": "Qwant", "ecosia": "Ecosia",
    "yahoo": "Yahoo", "yandex": "Yandex", "baidu": "Baidu", "startpage": "Startpage", "brave": "Brave Search",
    "lilo": "Lilo", "kagi": "Kagi",
}  # fmt: skip
SOCIAL = {
    "facebook": "Facebook", "fb": "Facebook", "instagram": "Instagram", "twitter": "X (Twitter)", "x": "X (Twitter)",
    "t.co": "X (Twitter)", "pinterest": "Pinterest", "linkedin": "LinkedIn", "lnkd": "LinkedIn", "youtube": "YouTube",
    "youtu.be": "YouTube", "tiktok": "TikTok", "snapchat": "Snapchat", "reddit": "Reddit", "whatsapp": "WhatsApp",
    "threads": "Threads", "bsky": "Bluesky", "mastodon": "Mastodon", "t.me": "Telegram", "telegram": "Telegram",
}  # fmt: skip
MAIL = ("mail.", "webmail.", "outlook.", "messagerie.", "roundcube.")
PAID_MEDIA = frozenset({"cpc", "ppc", "paid", "paidsearch", "paid_search", "display", "cpm", "banner", "retargeting"})
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "gov", "ac"})

Campaign = tuple[str | None, str | None, str | None, str | None, str | None]
"""utm source, medium, campaign, term, content."""


@lru_cache(maxsize=50_000)
def campaign_of(url: str) -> Campaign:
    """Read the campaign parameters of an address."""
    try:
        query = parse_qs(urlsplit(url).query, max_num_fields=100)
    except ValueError:
        return (None, None, None, None, None)

    def one(name: str) -> str | None:
        return next(iter(query.get(name, ())), None)

    return (one("utm_source"), one("utm_medium"), one("utm_campaign"), one("utm_term"), one("utm_content"))


def channel_of(
    referrer: str | None, url: str | None, utm_source: str | None, utm_medium: str | None
) -> tuple[str, str | None]:
    """
    Name the channel of a visit, and which engine, network or site it was.

    Shape: (search | social | email | affiliate | paid | referral | internal | direct | campaign, name or None).
    """
    # Addresses are many, and pairs of them more; hosts and campaigns are few: so each of these is looked up alone.
    is_paid = url is not None and "gclid=" in url
    if utm_source or utm_medium or is_paid:
        found = _by_campaign(utm_source, utm_medium, is_paid)
        if found is not None:
            return found
    return _by_host(_host(referrer), _host(url))


@lru_cache(maxsize=10_000)
def _by_campaign(utm_source: str | None, utm_medium: str | None, is_paid: bool) -> tuple[str, str | None] | None:  # noqa: FBT001
    medium, source = (utm_medium or "").lower(), (utm_source or "").lower()
    if medium in {"email", "e-mail", "newsletter"}:
        return "email", utm_source
    if medium in PAID_MEDIA or is_paid:
        return "paid", utm_source or "Google"
    if medium in {"affiliate", "affiliation"}:
        return "affiliate", utm_source
    if medium in {"social", "social-media"} or source in SOCIAL:
        return "social", SOCIAL.get(source, utm_source)
    return ("campaign", utm_source) if source else None


@lru_cache(maxsize=10_000)
def _by_host(host: str, own: str) -> tuple[str, str | None]:
    if not host:
        return "direct", None
    if own and _registrable(host) == _registrable(own):
        return "internal", None
    name = _registrable(host).split(".")[0]
    if host in SOCIAL or name in SOCIAL:
        return "social", SOCIAL.get(host) or SOCIAL[name]
    if host.startswith(MAIL):
        return "email", host
    if name in SEARCH:
        return "search", SEARCH[name]
    return "referral", host


@lru_cache(maxsize=50_000)
def _host(url: str | None) -> str:
    if not url:
        return ""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.").lower()
    except ValueError:
        return ""


def _registrable(host: str) -> str:
    parts = host.split(".")
    keep = 3 if len(parts) > 2 and parts[-2] in _SECOND_LEVEL else 2
    return ".".join(parts[-keep:])
