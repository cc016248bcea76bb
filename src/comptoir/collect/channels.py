"""Where a visit came from: campaign parameters, then click ids, then the referrer's host; one channel and its name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

SEARCH = {
    "google": "Google", "bing": "Bing", "duckduckgo": "DuckDuckGo", "qwant": "Qwant", "ecosia": "Ecosia",
    "yahoo": "Yahoo", "yandex": "Yandex", "baidu": "Baidu", "startpage": "Startpage", "brave": "Brave Search",
    "lilo": "Lilo", "kagi": "Kagi", "ask": "Ask", "aol": "AOL", "naver": "Naver", "seznam": "Seznam",
    "mojeek": "Mojeek", "swisscows": "Swisscows", "metager": "MetaGer", "presearch": "Presearch",
    "lemoteur.orange.fr": "Orange",
}  # fmt: skip
SOCIAL = {
    "facebook": "Facebook", "fb": "Facebook", "messenger": "Messenger", "m.me": "Messenger", "instagram": "Instagram",
    "ig": "Instagram", "twitter": "X (Twitter)", "x": "X (Twitter)", "t.co": "X (Twitter)", "pinterest": "Pinterest",
    "pin.it": "Pinterest", "linkedin": "LinkedIn", "lnkd": "LinkedIn", "youtube": "YouTube", "youtu.be": "YouTube",
    "tiktok": "TikTok", "snapchat": "Snapchat", "reddit": "Reddit", "redd": "Reddit", "whatsapp": "WhatsApp",
    "wa.me": "WhatsApp", "threads": "Threads", "bsky": "Bluesky", "mastodon": "Mastodon", "piaille.fr": "Mastodon",
    "mamot.fr": "Mastodon", "t.me": "Telegram", "telegram": "Telegram", "tumblr": "Tumblr", "twitch": "Twitch",
    "discord": "Discord", "quora": "Quora", "vk": "VK", "weibo": "Weibo", "line.me": "LINE", "vimeo": "Vimeo",
    "nextdoor": "Nextdoor", "dailymotion": "Dailymotion",
}  # fmt: skip
ASSISTANTS = {
    "chatgpt.com": "ChatGPT", "chat.openai.com": "ChatGPT", "chatgpt": "ChatGPT", "openai": "ChatGPT",
    "perplexity.ai": "Perplexity", "perplexity": "Perplexity", "gemini.google.com": "Gemini", "gemini": "Gemini",
    "copilot.microsoft.com": "Copilot", "copilot": "Copilot", "claude.ai": "Claude", "chat.mistral.ai": "Le Chat",
    "chat.deepseek.com": "DeepSeek", "grok.com": "Grok", "meta.ai": "Meta AI", "you.com": "You.com", "poe.com": "Poe",
    "chat.qwen.ai": "Qwen",
}  # fmt: skip
"""By the host, or by what they write into `utm_source`."""
APPS = {
    "com.google.android.gm": ("email", "Gmail"),
    "com.google.android.googlequicksearchbox": ("search", "Google"),
    "com.facebook.katana": ("social", "Facebook"),
    "com.facebook.orca": ("social", "Messenger"),
    "com.instagram.android": ("social", "Instagram"),
    "com.pinterest": ("social", "Pinterest"),
    "com.linkedin.android": ("social", "LinkedIn"),
    "com.twitter.android": ("social", "X (Twitter)"),
    "com.reddit.frontpage": ("social", "Reddit"),
    "com.zhiliaoapp.musically": ("social", "TikTok"),
    "com.openai.chatgpt": ("assistant", "ChatGPT"),
}
"""Referrers such as `android-app://com.google.android.gm/`."""
MAIL = ("mail.", "webmail.", "outlook.", "messagerie.", "roundcube.")
PAID_MEDIA = frozenset({
    "cpc", "ppc", "cpm", "cpv", "cpa", "paid", "paidsearch", "paid_search", "paid-search", "paidsocial", "paid_social",
    "paid-social", "display", "banner", "retargeting", "remarketing", "ads", "sea",
})  # fmt: skip
MAIL_MEDIA = frozenset({"email", "e-mail", "mail", "newsletter"})
AFFILIATE_MEDIA = frozenset({"affiliate", "affiliates", "affiliation", "partner", "partners", "partenaire"})
SOCIAL_MEDIA = frozenset({"social", "social-media", "social_media", "socialmedia", "organic_social", "sm"})
CLICKS = {
    "gclid": ("paid", "Google"), "gbraid": ("paid", "Google"), "wbraid": ("paid", "Google"),
    "dclid": ("paid", "Google"),
    "msclkid": ("paid", "Microsoft Advertising"), "ttclid": ("paid", "TikTok"), "twclid": ("paid", "X (Twitter)"),
    "li_fat_id": ("paid", "LinkedIn"), "sccid": ("paid", "Snapchat"), "rdt_cid": ("paid", "Reddit"),
    "yclid": ("paid", "Yandex"), "fbclid": ("social", "Facebook"), "igshid": ("social", "Instagram"),
    "igsh": ("social", "Instagram"), "epik": ("social", "Pinterest"), "awc": ("affiliate", "Awin"),
    "tduid": ("affiliate", "Tradedoubler"), "cjevent": ("affiliate", "CJ"), "irclickid": ("affiliate", "Impact"),
    "ransiteid": ("affiliate", "Rakuten"), "effi_id": ("affiliate", "Effinity"), "mc_cid": ("email", "Mailchimp"),
    "_kx": ("email", "Klaviyo"), "_hsenc": ("email", "HubSpot"),
}  # fmt: skip
"""What an advertiser, a network or a mailer adds to the links that lead to us, in lower case."""
_SHORT = 600
"""Characters of an address that is remembered as it was read: longer ones are rare, and would fill the memory."""
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "gov", "ac"})

Channel = tuple[str, str | None]
"""The channel, and which engine, network or site it was."""


class Tags(NamedTuple):
    """What an address says of the campaign that led to it; Matomo's names are read as utm's."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    term: str | None = None
    content: str | None = None
    click: str | None = None
    """A key of `CLICKS`: which of their click ids is there."""


NO_TAGS = Tags()
_NAMES = {
    "source": ("utm_source", "mtm_source", "pk_source", "piwik_source"),
    "medium": ("utm_medium", "mtm_medium", "pk_medium", "piwik_medium"),
    "campaign": ("utm_campaign", "mtm_campaign", "pk_campaign", "piwik_campaign", "matomo_campaign"),
    "term": ("utm_term", "mtm_keyword", "mtm_kwd", "pk_keyword", "pk_kwd", "piwik_kwd", "matomo_kwd"),
    "content": ("utm_content", "mtm_content", "pk_content", "piwik_content"),
}
_TAGGED = re.compile(
    r"[?&#;](?:utm_|mtm_|pk_|piwik_|matomo_|(?:" + "|".join(CLICKS) + r")=)", re.IGNORECASE
)  # most addresses have no tag, and need no more than this look


def tags_of(url: str) -> Tags:
    """Read the campaign parameters of an address, in its query or, as Matomo allows, behind its `#`."""
    return _known_tags(url) if len(url) <= _SHORT else _tags_of(url)


def _tags_of(url: str) -> Tags:
    if not _TAGGED.search(url):
        return NO_TAGS
    try:
        parts = urlsplit(url)
        query = parse_qs(f"{parts.query}&{parts.fragment.partition('?')[2] or parts.fragment}", max_num_fields=200)
    except ValueError:
        return NO_TAGS
    said = {name.lower(): values[0].strip() for name, values in query.items()}

    def one(names: tuple[str, ...]) -> str | None:
        return next((said[name] for name in names if said.get(name)), None)

    click = next((name for name in CLICKS if said.get(name)), None)
    return Tags(**{name: one(names) for name, names in _NAMES.items()}, click=click)


_known_tags = lru_cache(maxsize=50_000)(_tags_of)


def channel_of(
    referrer: str | None, url: str | None, utm_source: str | None, utm_medium: str | None, click: str | None = None
) -> Channel:
    """
    Name the channel of a visit, and which engine, network or site it was. `click` is a key of `CLICKS`.

    Shape: (search | social | assistant | email | affiliate | paid | referral | internal | direct | campaign, its name).
    """
    # Addresses are many, and pairs of them more; hosts and campaigns are few: so each of these is looked up alone.
    is_short = len(utm_source or "") + len(utm_medium or "") <= _SHORT
    by_campaign = _known_campaign if is_short else _by_campaign
    tagged = by_campaign(utm_source, utm_medium, click) if utm_source or utm_medium or click else None
    if tagged is not None and not (click and tagged == CLICKS[click] and tagged[0] == "social"):
        return tagged
    host, own = host_of(referrer), host_of(url)
    seen = (_known_host if len(host) + len(own) <= _SHORT else _by_host)(host, own)
    return seen if tagged is None or seen[0] == "social" else tagged  # Instagram's links say `fbclid` too


def _by_campaign(utm_source: str | None, utm_medium: str | None, click: str | None) -> Channel | None:
    medium, source = (utm_medium or "").lower(), (utm_source or "").lower()
    by_click = CLICKS.get(click or "")
    name = _named(source) or utm_source or (by_click[1] if by_click else None)
    if medium in MAIL_MEDIA:
        return "email", utm_source
    if medium in PAID_MEDIA or (by_click is not None and by_click[0] == "paid"):
        return "paid", name
    if medium in AFFILIATE_MEDIA:
        return "affiliate", name
    if source in ASSISTANTS:
        return "assistant", name
    if medium in SOCIAL_MEDIA or source in SOCIAL:
        return "social", name
    if medium == "organic" and source in SEARCH:
        return "search", name
    return ("campaign", utm_source) if source else by_click


_known_campaign = lru_cache(maxsize=10_000)(_by_campaign)


def _named(source: str) -> str | None:
    return SOCIAL.get(source) or SEARCH.get(source) or ASSISTANTS.get(source)


def _by_host(host: str, own: str) -> Channel:
    if not host:
        return "direct", None
    if host in APPS:
        return APPS[host]
    if own and _registrable(host) == _registrable(own):
        return "internal", None
    if host in ASSISTANTS:
        return "assistant", ASSISTANTS[host]
    name = _registrable(host).split(".")[0]
    if host in SOCIAL or name in SOCIAL:
        return "social", SOCIAL.get(host) or SOCIAL[name]
    if host.startswith(MAIL):
        return "email", host
    if host in SEARCH or name in SEARCH:
        return "search", SEARCH.get(host) or SEARCH[name]
    return "referral", host


_known_host = lru_cache(maxsize=10_000)(_by_host)


def host_of(url: str | None) -> str:
    """Give the host of an address, without `www.`; empty where there is none."""
    if not url:
        return ""
    return _host_of_short(url) if len(url) <= _SHORT else _host_of(url)


def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.").lower()
    except ValueError:
        return ""


_host_of_short = lru_cache(maxsize=50_000)(_host_of)


def _registrable(host: str) -> str:
    parts = host.split(".")
    keep = 3 if len(parts) > 2 and parts[-2] in _SECOND_LEVEL else 2
    return ".".join(parts[-keep:])
