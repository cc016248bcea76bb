"""Logs: one structured line an occurrence, without personal data."""

from __future__ import annotations

import logging
import sys

import structlog

_PERSONAL = frozenset({"email", "phone", "address", "to", "recipient", "traits", "first_name", "last_name"})


def set_up(*, level: str = "info", as_json: bool | None = None) -> None:
    """Send logs to standard error: as JSON to a file or pipe, coloured to a terminal."""
    wants_json = not sys.stderr.isatty() if as_json is None else as_json
    render = structlog.processors.JSONRenderer() if wants_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _redact,
            structlog.processors.format_exc_info,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def get(name: str) -> structlog.stdlib.BoundLogger:
    """Give the logger of a room."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(room=name)
    return logger


def _redact(_logger: object, _method: str, said: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {name: "…" if name in _PERSONAL else value for name, value in said.items()}
