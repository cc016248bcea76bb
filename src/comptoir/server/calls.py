"""Which dialect reads what comes to an address of the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from comptoir import logs, plugins
from comptoir.collect.dialects.base import Dialect
from comptoir.errors import ComptoirError
from comptoir.server.direct import Call

log = logs.get("door")


@dataclass(frozen=True, slots=True)
class Calls:
    """The addresses of all dialects: whole ones, and those of which one part may be any text."""

    exact: dict[str, Call] = field(default_factory=dict)
    open: list[tuple[str, str, Call]] = field(default_factory=list)
    """What stands before the part that may be anything, and after it. Order: as the dialects list them."""

    @classmethod
    def of_dialects(cls) -> Self:
        """List the addresses of every dialect installed; a broken one says so and does not stop the others."""
        made = cls()
        for point in plugins.offered(plugins.Kind.DIALECT):
            try:
                dialect: Dialect = plugins.load(plugins.Kind.DIALECT, point.name)()
            except ComptoirError as error:
                log.error("a dialect could not be loaded", dialect=point.name, error=str(error))  # noqa: TRY400
                continue
            made.add(dialect)
        return made

    def add(self, dialect: Dialect) -> None:
        """Take in the addresses of one dialect."""
        for path, route in dialect.routes.items():
            before, brace, rest = path.partition("{")
            if brace:
                self.open.append((before, rest.partition("}")[2], Call(dialect, route)))
            else:
                self.exact[path] = Call(dialect, route)

    def find(self, path: str) -> Call | None:
        """Find who reads what comes to an address; a whole one goes before one with a part that may be anything."""
        call = self.exact.get(path)
        if call is not None:
            return call
        for before, after, one in self.open:
            if len(path) > len(before) + len(after) and path.startswith(before) and path.endswith(after):
                part = path[len(before) : len(path) - len(after)]
                if "/" not in part:
                    return one._replace(part=part)
        return None
