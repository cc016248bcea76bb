"""Logs: one structured line an occurrence, without personal data."""

from __future__ import annotations

import logging
import re
import sys

import structlog

_ADDRESS = re.compile(r"[^\s@'\"<>,;:()\[\]{}=/\\]{1,64}(?:@|%40)[\w-]+(?:\.[\w-]+)+", re.ASCII | re.IGNORECASE)
_PHONE = re.compile(r"(?:\+|%2B)\d[\d .-]{6,}\d")
_PERSONAL = frozenset({"email", "phone", "address", "to", "recipient", "traits", "first_name", "last_name"})


def set_up(*, level: str = "info", as_json: bool | None = None) -> None:
    """Send logs to standard error: as JSON to a file or pipe, coloured to a terminal."""
    wants_json = not sys.stderr.isatty() if as_json is None else as_json
    structlog.configure(
        processors=processors(as_json=wants_json),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def processors(*, as_json: bool) -> list[structlog.typing.Processor]:
    """Give what each line goes through before it is printed."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _redact,
        structlog.processors.format_exc_info,
        _scrub,
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(),
    ]


def get(name: str) -> structlog.stdlib.BoundLogger:
    """Give the logger of a room."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(room=name)
    return logger


def scrubbed(text: str) -> str:
    """Take out of a text what looks like somebody's address or phone, as errors may quote what they stumbled on."""
    return _PHONE.sub("…", _ADDRESS.sub("…@…", text))


def _scrub(_logger: object, _method: str, said: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {name: scrubbed(value) if isinstance(value, str) else value for name, value in said.items()}


def _redact(_logger: object, _method: str, said: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {name: "…" if name in _PERSONAL else value for name, value in said.items()}
