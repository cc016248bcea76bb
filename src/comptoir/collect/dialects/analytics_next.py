"""Segment's own client for browsers, as its script tag loads it: settings, script, and the pieces it asks later."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from comptoir.collect.dialects import bundled
from comptoir.collect.dialects.base import Asking, Reply

_ZIP = "analytics-next-1.84.3.zip"
_MAIN = "standalone.js"
_NEVER = "queryString."
"""The piece that would believe `?ajs_uid=…` in the address of a page: anybody can write such a link."""
_SETTINGS_SECONDS = 120
_PIECE_SECONDS = 31_536_000
"""A piece has its content's hash in its name."""
_WHERE = (
    b"(function(s){var m=s&&/^(.*)\\/analytics\\.js\\/v1\\//.exec(s.src);if(!m)return;var d=document.querySelector("
    b'"script[data-global-segment-analytics-key]"),k=d&&d.dataset.globalSegmentAnalyticsKey||"analytics",'
    b"a=window[k]=window[k]||[];a._cdn=a._cdn||m[1]})(document.currentScript);\n"
)
"""The client believes an address with https only; this tells it where it was loaded from, whatever that is."""


def settings(asked: Asking) -> Reply:
    """
    Give what the client asks before it sends anything: where to send it, and that nothing else is to be loaded.

    The client's own metrics are switched off: nobody reads them.
    """
    scheme, _, host = asked.door_url.partition("://")
    said = {
        "integrations": {
            "Segment.io": {
                "apiKey": asked.part,
                "apiHost": f"{host}/v1",
                "protocol": scheme,
                "unbundledIntegrations": [],
                "addBundledMetadata": True,
            }
        },
        "plan": {kind: {"__default": {"enabled": True}} for kind in ("track", "identify", "group")},
        "metrics": {"sampleRate": 0},
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "remotePlugins": [],
        "legacyVideoPluginsEnabled": False,
    }
    return Reply(body=msgspec.json.encode(said), keep_seconds=_SETTINGS_SECONDS, is_for_asker=True, key=asked.part)


def script(key: str) -> Reply:
    """Give the client itself."""
    return msgspec.structs.replace(_pieces()[_MAIN], key=key)


def piece(name: str) -> Reply | None:
    """Give a piece that the client loads when it needs it."""
    return None if name == _MAIN or name.startswith(_NEVER) else _pieces().get(name)


@lru_cache(maxsize=1)
def _pieces() -> dict[str, Reply]:
    texts = bundled.texts(_ZIP)
    pieces = {name: bundled.reply(text, keep_seconds=_PIECE_SECONDS) for name, text in texts.items() if name != _MAIN}
    return {_MAIN: bundled.reply(_WHERE + texts[_MAIN]), **pieces}
