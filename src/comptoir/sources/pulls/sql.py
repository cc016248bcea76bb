"""A table, or a question, of another database: what has grown since the last run, in batches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
import sqlglot
from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    column,
    create_engine,
    literal_column,
    select,
    table,
)
from sqlalchemy import text as fixed
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    NoSuchColumnError,
    NoSuchModuleError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlglot import exp
from sqlglot.errors import SqlglotError

from comptoir.sources.pulls import tables
from comptoir.sources.pulls.base import (
    Batch,
    Form,
    Look,
    Making,
    Option,
    PartMissing,
    PlaceAway,
    PlaceBarred,
    PlaceNeeds,
    PlaceNotThere,
    Stream,
    inside,
    text,
)

BATCH_ROWS = 5_000
PEEK_ROWS = 100
_EMBEDDED = "sqlite"
_GONE = ("no such", "unable to open")
_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?")


class Mark(msgspec.Struct, kw_only=True):
    """The largest value of the growing column that was fetched, with how it is written."""

    kind: str
    value: str


@dataclass(slots=True, kw_only=True)
class Sql:
    """A database that SQLAlchemy has a driver for."""

    options: ClassVar[tuple[Option, ...]] = (
        Option(
            name="url", says="Address of the database, such as postgresql://user@host/shop; sqlite:///drop/shop.db.",
            is_needed=True,
        ),
        Option(name="password", says="Password, if it takes one.", form=Form.SECRET),
        Option(name="what", says="A table, or one SELECT.", form=Form.AREA, is_needed=True),
        Option(name="grows", says="A column that only grows: a number, or when the row was last changed."),
        Option(name="key", says="The column that tells rows apart."),
    )  # fmt: skip
    streams: ClassVar[tuple[Stream, ...]] = (Stream(name="rows"),)
    is_inside: ClassVar[bool] = True

    url: URL
    what: str
    grows: str
    key: str
    work: Path

    @classmethod
    def made(cls, making: Making) -> Self:
        """Make one. Raises: PlaceNeeds; PlaceBarred, for a host or file that nobody has named."""
        try:
            url = make_url(text(making, "url"))
        except ArgumentError as error:
            raise PlaceNeeds(option="url", takes="dialect://user@host/database") from error
        if url.get_backend_name() == _EMBEDDED:
            file = inside(making, url.database or "")
            url = URL.create(_EMBEDDED, database=f"{file.as_uri()}?mode=ro", query={"uri": "true"})
        else:
            _allow(url, making)
        password, grows = making.options.get("password", ""), making.options.get("grows", "").strip()
        key = text(making, "key") if grows else ""  # or rows that say the same could not be told apart
        return cls(
            url=url.set(password=password) if password else url,
            what=_what(text(making, "what")),
            grows=grows,
            key=key,
            work=making.work,
        )

    def look(self) -> Look:
        """Say which columns come back."""
        with self._connected() as connection:
            names = list(connection.execute(self._question(None).limit(1)).keys())
        missing = [one for one in (self.grows, self.key) if one and one not in names]
        if missing:
            raise PlaceNotThere(column=missing[0], columns=names)
        return Look(says=f"{len(names)} columns", items=tuple(names))

    def fetch(self, stream: str, since: str) -> Iterator[Batch]:
        """
        Ask for what has grown, from the last value on: rows of that very value come again, and count once.

        Without a column that grows, everything comes each time, in one file: rows that say the same are told apart.
        """
        mark = msgspec.json.decode(since, type=Mark) if since else None
        with self._connected() as connection:
            asked = connection.execution_options(stream_results=True, yield_per=BATCH_ROWS)
            found = asked.execute(self._question(mark))
            names = list(found.keys())
            missing = [one for one in (self.grows, self.key) if one and one not in names]
            if missing:
                raise PlaceNotThere(column=missing[0], columns=names)
            parts = found.partitions(BATCH_ROWS)
            if self.grows:
                pages = (self._page(names, part, since) for part in parts)
                row_id = f"{{{self.key}}} {{{self.grows}}}"
                for one in tables.batches(self.work, stream, names, pages):
                    yield replace(one, row_id=row_id)
                return
            rows = (dict(zip(names, row, strict=True)) for part in parts for row in part)
            yield Batch(path=tables.write(self.work / f"{stream}.jsonl", names, rows), name=stream)

    def peek(self, stream: str) -> Iterator[Batch]:
        """Ask for the first few rows."""
        with self._connected() as connection:
            found = connection.execute(self._question(None).limit(PEEK_ROWS))
            names = list(found.keys())
            rows = [dict(zip(names, row, strict=True)) for row in found]
        yield Batch(path=tables.write(self.work / f"{stream}.jsonl", names, rows), name=stream)

    def _page(self, names: Sequence[str], rows: Sequence[Any], since: str) -> tuple[list[tables.Row], str]:
        made = [dict(zip(names, row, strict=True)) for row in rows]
        last = made[-1][self.grows] if made else None
        return list(made), since if last is None else msgspec.json.encode(_mark(last)).decode()

    def _question(self, mark: Mark | None) -> Select[Any]:
        rows: FromClause
        if _NAME.fullmatch(self.what):
            schema, _, name = self.what.rpartition(".")
            rows = table(name, schema=schema or None)
        else:
            rows = fixed(self.what.replace(":", "\\:")).columns().subquery("asked")
        question: Select[Any] = select(literal_column("*")).select_from(rows)
        if self.grows:
            grows: ColumnElement[Any] = column(self.grows)
            question = question.where(grows.is_not(None)).order_by(grows)
            if mark is not None:
                question = question.where(grows >= _value(mark))
        return question

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Lend a connection. Raises: PartMissing, where there is no driver; PlaceAway; PlaceNotThere."""
        try:
            engine = create_engine(self.url)
        except (ImportError, NoSuchModuleError) as error:
            raise PartMissing(part=self.url.drivername) from error
        where = self.url.host or "file"
        try:
            with engine.connect() as connection:
                yield connection
        except (ProgrammingError, NoSuchColumnError) as error:
            raise PlaceNotThere(host=where, why=_why(error)) from error
        except OperationalError as error:
            if self.url.get_backend_name() == _EMBEDDED and any(one in str(error) for one in _GONE):
                raise PlaceNotThere(host=where, why=_why(error)) from error
            raise PlaceAway(host=where, why=_why(error)) from error
        except SQLAlchemyError as error:
            raise PlaceAway(host=where, why=_why(error)) from error
        finally:
            engine.dispose()


def _allow(url: URL, making: Making) -> None:
    host = (url.host or "").lower()
    named = {host, f"{host}:{url.port}"}
    if not host or url.query or not named & making.database_hosts:
        raise PlaceBarred(host=host, allowed=sorted(making.database_hosts))


def _what(said: str) -> str:
    """Give a table's name, or a question that only reads. Raises: PlaceNeeds."""
    said = said.strip().rstrip(";").strip()
    if _NAME.fullmatch(said):
        return said
    try:
        found = sqlglot.parse(said)
    except SqlglotError as error:
        raise PlaceNeeds(option="what", takes="a table, or one SELECT") from error
    is_question = len(found) == 1 and isinstance(found[0], (exp.Select, exp.SetOperation))
    if not is_question or any(True for _ in found[0].find_all(exp.Into, exp.DML, exp.Command, exp.Lock)):  # type: ignore[union-attr]  # it is one
        raise PlaceNeeds(option="what", takes="a table, or one SELECT")
    return said


def _mark(value: object) -> Mark:
    match value:
        case datetime():
            return Mark(kind="datetime", value=value.isoformat())
        case date():
            return Mark(kind="date", value=value.isoformat())
        case bool() | int():
            return Mark(kind="int", value=str(int(value)))
        case Decimal() | float():
            return Mark(kind="decimal", value=str(value))
    return Mark(kind="text", value=str(value))


def _value(mark: Mark) -> object:
    return _READ[mark.kind](mark.value)


_READ: Mapping[str, Callable[[str], object]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "int": int,
    "decimal": Decimal,
    "text": str,
}


def _why(error: Exception) -> str:
    said = str(getattr(error, "orig", None) or error)
    return said.partition("\n")[0][:200]
