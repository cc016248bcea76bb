"""How the installation does, over the API: its state, its doctor, its settings, its backups."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import msgspec

from comptoir import doctor, engine
from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.backup import FolderInUse
from comptoir.config import TABLES
from comptoir.reports.service import EngineUnreachable
from comptoir.server.api.endpoints import BadRequest, Call, Endpoint

FOLDER = "backups"


class BackUp(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the backup is called: a folder of this name in the home's `backups`."""

    name: str


class Setting(msgspec.Struct, kw_only=True):
    """A setting: its value, what it says, and where the value came from."""

    name: str
    value: Any
    says: str
    origin: str


def state(call: Call) -> dict[str, Any]:
    """Say how the engine does: the counting equation, lag, ticks, warnings."""
    return dict(call.desk.status())


def examine(call: Call) -> list[dict[str, Any]]:
    """Look at everything and say what is wrong and how to mend it."""
    return [asdict(one) for one in doctor.examine(call.desk.settings, deep=False)]


def settings(call: Call) -> list[Setting]:
    """List the settings; a secret is never shown."""
    given = call.desk.settings
    return [
        Setting(
            name=f"{table}.{one.name}",
            value="…" if one.metadata["is_secret"] else getattr(getattr(given, table), one.name),
            says=one.metadata["says"],
            origin=given.origins.get(f"{table}.{one.name}", "default"),
        )
        for table, kind in TABLES.items()
        for one in fields(kind)
    ]


def back_up(call: Call) -> dict[str, Any]:
    """Copy the installation between two ticks, into the home's folder `backups`."""
    name = call.body.name
    if not name or Path(name).name != name or name.startswith("."):
        raise BadRequest(name=name[:100], problem="it is no name of a folder")
    target = call.desk.settings.path(FOLDER, name)
    return {"folder": str(target), **engine.back_up(call.desk.settings, target.resolve())}


ENDPOINTS = (
    Endpoint(
        method="GET", path="/state", whole=True, tag="Running", right=Right.RUN, answer=dict[str, Any], act=state,
        summary="How the engine does: the counting equation, lag, ticks, warnings.", errors=(EngineUnreachable,),
    ),
    Endpoint(
        method="GET", path="/doctor", whole=True,
        tag="Running", right=Right.RUN, answer=list[dict[str, Any]], act=examine,
        summary="What is wrong, and how to mend it.",
    ),
    Endpoint(
        method="GET", path="/settings", whole=True, tag="Running", right=Right.RUN, answer=list[Setting], act=settings,
        summary="The settings, and where each value came from; a secret is never shown.",
    ),
    Endpoint(
        method="POST", path="/backups", whole=True, deed=Deed.BACKUP_MADE,
        tag="Running", right=Right.RUN, body=BackUp, answer=dict[str, Any],
        act=back_up, status=201, summary="Copy the installation while it runs, into its folder `backups`.",
        errors=(FolderInUse,), example={"name": "2026-11-22"},
    ),
)  # fmt: skip
"""What the API says of how the installation does."""
