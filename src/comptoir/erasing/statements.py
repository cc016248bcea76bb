"""What others stated that names somebody who is erased: her addresses go, and what identifies her."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, delete, select, update

from comptoir.collect import people
from comptoir.erasing.sought import Sought
from comptoir.identity.rows import traits
from comptoir.model.identifier import node_of

_KEY = (traits.c.node_id, traits.c.name, traits.c.source, traits.c.brand)


def forget(connection: Connection, sought: Sought, gone: Collection[int]) -> set[int]:
    """Take her out of what others stated; give the nodes of whom something was stated that named her."""
    touched: set[int] = set()
    for *key, value_json in connection.execute(select(*_KEY, traits.c.value_json)).all():
        node_id, name, *_ = key
        if node_id in gone:
            continue
        text = value_json.encode()
        mine = [column == value for column, value in zip(_KEY, key, strict=True)]
        if _identifies(name, text, gone):
            connection.execute(delete(traits).where(*mine))
        elif sought.tells_contact(text):
            cleaned = sought.without_contacts(text).decode()
            connection.execute(update(traits).where(*mine).values(value_json=cleaned))
        else:
            continue
        touched.add(node_id)
    return touched


def _identifies(name: str, text: bytes, gone: Collection[int]) -> bool:
    kind = people.identifies(name)
    if kind is None:
        return False
    value = msgspec.json.decode(text)
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return False
    return node_of(kind, people.normal(kind, people.value_of(name, str(value)))) in gone
