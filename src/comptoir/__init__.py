"""Comptoir from Python: open an installation, ask its facts, read a customer. Nothing inside imports this."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_FROM = {
    "ApiError": "comptoir.client.asking",
    "App": "comptoir.app",
    "Client": "comptoir.client.client",
    "Settings": "comptoir.config",
    "ComptoirError": "comptoir.errors",
    "Profile": "comptoir.identity.profile",
    "load_settings": "comptoir.config",
    "make_home": "comptoir.app",
    "open_app": "comptoir.app",
}
__all__ = [
    "ApiError", "App", "Client", "ComptoirError", "Profile", "Settings", "load_settings", "make_home", "open_app",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is asked for: the command line must not wait for the warehouse."""
    if name not in _FROM:
        raise AttributeError(name)
    return getattr(import_module(_FROM[name]), "load" if name == "load_settings" else name)
