"""JSON lines: one object a line, nested fields named with dots, numbers kept as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from comptoir.sources.base import SHEET_ROWS, Layout, Sheet, Spoiled
from comptoir.sources.files import unpacked

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_text = msgspec.json.Decoder(str)
_BOM = b"\xef\xbb\xbf"


class JsonLines:
    """One JSON object a line."""

    def suits(self, head: bytes) -> bool:
        """Say whether the first thing in the file is an object."""
        return head.removeprefix(_BOM).lstrip()[:1] == b"{"

    def sheets(self, path: Path, layout: Layout) -> Iterator[Sheet]:  # noqa: ARG002 (JSON says itself how it is written)
        """Read a file of JSON lines; a line that is no object is spoiled, and the rest goes on."""
        with unpacked(path) as (stream, file):
            numbers: list[int] = []
            rows: list[bytes] = []
            for number, line in enumerate(stream, 1):
                row = (line.removeprefix(_BOM) if number == 1 else line).strip()
                if row:
                    numbers.append(number)
                    rows.append(row)
                if len(rows) == SHEET_ROWS:
                    yield _sheet(numbers, rows, file.tell())
                    numbers, rows = [], []
            if rows:
                yield _sheet(numbers, rows, file.tell())


def _sheet(numbers: list[int], rows: list[bytes], position: int) -> Sheet:
    read: list[dict[str, str | None]] = []
    lines: list[int] = []
    kept: list[bytes] = []
    spoiled: list[Spoiled] = []
    for number, row in zip(numbers, rows, strict=True):
        try:
            read.append(_flat(_object.decode(row)))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            spoiled.append(Spoiled(number, f"no JSON object: {error}", row))
            continue
        lines.append(number)
        kept.append(row)
    names = dict.fromkeys(name for one in read for name in one)
    return Sheet(
        columns={name: [one.get(name) for one in read] for name in names},
        lines=lines,
        raw=kept.__getitem__,
        spoiled=spoiled,
        position=position,
    )


def _flat(fields: dict[str, msgspec.Raw], prefix: str = "") -> dict[str, str | None]:
    """Name nested fields with dots; an object is also there whole, as its JSON text."""
    flat: dict[str, str | None] = {}
    for name, value in fields.items():
        raw = bytes(value)
        if raw[:1] == b'"':
            flat[prefix + name] = _text.decode(raw)
        elif raw == b"null":
            flat[prefix + name] = None
        else:
            flat[prefix + name] = raw.decode("utf-8")
            if raw[:1] == b"{":
                flat |= _flat(_object.decode(raw), f"{prefix}{name}.")
    return flat
