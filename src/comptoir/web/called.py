"""What people are called on the screens: by what stands in their golden record, as messages greet them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import msgspec
from sqlalchemy import Connection

from comptoir.app import keeper_of
from comptoir.identity import directory
from comptoir.identity.directory import Known, Sketch
from comptoir.identity.profile import Profile
from comptoir.web.view import Desk


def sketch(desk: Desk, connection: Connection, profile_ids: Collection[str]) -> dict[str, Sketch]:
    """Sketch people for a list (`directory.sketch`), each called by her record, where there is one."""
    found = directory.sketch(connection, profile_ids)
    records = keeper_of(desk.settings).values_of(connection, list(found))
    return {
        name: replace(one, name=_called(records[name], one.identifiers)) if name in records else one
        for name, one in found.items()
    }


def name_of(desk: Desk, connection: Connection, person: Profile) -> str:
    """Give what a person is called, as of now: a cut made a moment ago counts."""
    record = keeper_of(desk.settings).read(connection, person)
    known = [Known(one.kind, one.value) for one in person.identifiers]
    return _called({one.name: msgspec.json.decode(one.value) for one in record if one.stands}, known)


def _called(record: Mapping[str, object], identifiers: Collection[Known]) -> str:
    """Take the address that stands before another of hers."""
    email = record.get("email")
    ordered = sorted(identifiers, key=lambda one: not (isinstance(email, str) and one.value == email.strip().lower()))
    return directory.called(record, ordered)
