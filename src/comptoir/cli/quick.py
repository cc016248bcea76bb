"""A question without the command line's machinery: asked of a running engine, it is answered in a tenth of a second."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

# what a question needs is imported where it is used: typer, Arrow and DuckDB each take longer to load than the answer


class Form(StrEnum):
    """How the answer is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    ARROW = "arrow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question and how its answer is wanted."""

    sql: str
    form: Form | None = None
    home: Path
    seconds: float = 30.0
    rows: int = 1_000_000
    role: str = "admin"
    brands: tuple[str, ...] = ()


def parse(words: Sequence[str], environ: dict[str, str]) -> Question | None:
    """
    Read `query SQL [--format F] [--json] [--home DIR] [--seconds S] [--rows N] [--role R] [--brand B]…`.

    Gives None for anything else, a mistake included: then the full command line reads it and explains.
    """
    if not words or words[0] != "query":
        return None
    given: dict[str, str] = {}
    brands: list[str] = []
    rest = list(words[1:])
    while rest:
        word = rest.pop(0)
        name, has_value, value = word.partition("=")
        if word == "--json":
            given["form"] = "json"
        elif name == "--brand" and (has_value or rest):
            brands.append(value if has_value else rest.pop(0))
        elif name in _OPTIONS and (has_value or rest):
            given[_OPTIONS[name]] = value if has_value else rest.pop(0)
        elif word.startswith("-") or "sql" in given:
            return None
        else:
            given["sql"] = word
    try:
        return Question(
            sql=given["sql"],
            form=Form(given["form"]) if "form" in given else None,
            home=Path(given.get("home") or environ.get("COMPTOIR_HOME") or "comptoir-home"),
            seconds=_within(float(given.get("seconds", 30.0)), 0.1, 600),
            rows=int(_within(int(given.get("rows", 1_000_000)), 1, 10_000_000)),
            role=given.get("role", "admin"),
            brands=tuple(brands),
        )
    except (KeyError, ValueError):
        return None


_OPTIONS = {
    "--format": "form", "-f": "form", "--home": "home", "--seconds": "seconds", "--rows": "rows", "--role": "role"
}  # fmt: skip


def _within(value: float, least: float, most: float) -> float:
    if not least <= value <= most:
        raise ValueError(value)
    return value


def run() -> None:
    """Be the command line: a plain question is answered here, everything else by `cli.main`."""
    question = parse(sys.argv[1:], dict(os.environ))
    if question is None:
        from comptoir.cli import main

        main.run()
        return
    from comptoir.errors import ComptoirError

    try:
        write_answer(question)
    except ComptoirError as error:
        sys.stderr.write(_red(f"{error.code}: {error}") + f"\n{error.hint}\n")
        sys.exit(1)


def _red(text: str) -> str:
    return f"\x1b[31m{text}\x1b[0m" if sys.stderr.isatty() else text


def write_answer(question: Question) -> None:
    """Answer `question` on standard output. Raises: ComptoirError, as the engine or the guard says."""
    form = question.form or (Form.TABLE if sys.stdout.isatty() else Form.JSON)
    pieces = _answer(question, Form.JSON if form is Form.TABLE else form)
    if form is Form.TABLE:
        _show(json.loads(b"".join(pieces), parse_float=Decimal))
        return
    try:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # `comptoir query … | head` has seen enough; and nothing is to be flushed to it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _answer(question: Question, form: Form) -> Iterator[bytes]:
    from comptoir.errors import NoSuchHome
    from comptoir.reports import service

    home = question.home
    request: dict[str, object] = {
        "kind": "query", "sql": question.sql, "seconds": question.seconds, "rows": question.rows,
        "role": question.role, "brands": question.brands,
    }  # fmt: skip
    if not home.is_dir():
        raise NoSuchHome(home=str(home))
    for left in reversed(range(_TRIES)):
        try:
            sent = {**request, "format": form.value}
            came_as, body = service.fetch(home / service.FILE_NAME, sent, question.seconds + 30)
        except service.EngineUnreachable as error:
            if "because" in error.facts:
                raise
            pieces = _directly(home, request, form, is_last=not left)
            if pieces is not None:
                return pieces
            time.sleep(_PAUSE_SECONDS)
        else:
            return iter([body]) if came_as == form.value else _rewritten(body, form)
    raise AssertionError


_TRIES = 50
_PAUSE_SECONDS = 0.2
"""An engine that starts holds the warehouse before it listens: so we wait for it, ten seconds at most."""


def _directly(home: Path, request: dict[str, object], form: Form, *, is_last: bool) -> Iterator[bytes] | None:
    """Open the warehouse ourselves; None where an engine that starts has it, so that asking it again may help."""
    from comptoir.errors import NoSuchHome
    from comptoir.reports import ask, export
    from comptoir.warehouse.duckdb import WarehouseIsTaken, open_warehouse

    file = home / "warehouse.duckdb"
    if not file.exists() and not (home / "state.db").exists():
        raise NoSuchHome(home=str(home))
    try:
        warehouse = open_warehouse(file, read_only=file.exists())  # a home that is new has none yet
    except WarehouseIsTaken:
        if is_last:
            raise
        return None
    try:
        return export.render(ask.answer(warehouse.cursor(), request), form.value)
    finally:
        warehouse.close()


def _rewritten(body: bytes, form: Form) -> Iterator[bytes]:
    import pyarrow as pa

    from comptoir.reports import export

    with pa.ipc.open_stream(body) as reader:
        return export.render(reader.read_all(), form.value)


def _show(rows: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not rows:
        Console().print("No rows.")
        return
    table = Table(header_style="bold")
    for name, value in rows[0].items():
        table.add_column(Text(name), justify="right" if isinstance(value, int | Decimal) else "left", overflow="fold")
    for row in rows:
        # as Text: what a visitor wrote must not be taken for markup
        table.add_row(*(Text(_word(value)) for value in row.values()))
    Console().print(table)


def _word(value: object) -> str:
    match value:
        case None:
            return ""
        case str() | Decimal():
            text = str(value)
        case _:
            text = json.dumps(value, ensure_ascii=False, default=str)
    return "".join(sign if sign.isprintable() else "·" for sign in text)
