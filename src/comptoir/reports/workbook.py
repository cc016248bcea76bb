"""Answers leave as a workbook: one sheet of text, numbers and instants, and not a cell that could be run."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import escape

import pyarrow as pa

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_TEXT = 32_767
"""Letters that a cell may hold."""
MOST_ROWS = 1_048_575
"""Rows that a sheet may hold below its head."""
_MOST_DIGITS = 15
"""Digits of a number that a spreadsheet keeps; a longer one is an id, and stays text."""
_FIRST_DAY = datetime(1899, 12, 30, tzinfo=UTC)
"""The day that spreadsheets count from, their leap day of 1900 allowed for."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPELT = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""What would be read as a letter spelt out."""
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OVERRIDE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_OVERRIDE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_OVERRIDE}.styles+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_OVERRIDE}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_KINDS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_KINDS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_KINDS}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_KINDS}">'
        '<sheets><sheet name="Comptoir" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    # the looks of a cell: 0 as it is, 1 the head, 2 an instant, 3 a day
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font/><font><b/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="4"><xf/><xf fontId="1" applyFont="1"/><xf numFmtId="22" applyNumberFormat="1"/>'
        '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
    ),
}


def as_xlsx(table: pa.Table) -> bytes:
    """
    Write a table as a workbook (ECMA-376) of one sheet, its head kept in sight. Instants are UTC, as in a CSV.

    Text is text, whatever it begins with: a spreadsheet runs no string. What has no place in a sheet is left out:
    letters that XML has no word for, what follows `LONGEST_TEXT` in a cell and `MOST_ROWS` below each other.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, text in _PARTS.items():
            pack.writestr(name, _HEAD + text)
        with pack.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for text in _sheet(table):
                sheet.write(text.encode())
    return made.getvalue()


def _sheet(table: pa.Table) -> Iterator[str]:
    yield _HEAD + f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    yield '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    yield "<sheetData>"
    yield f"<row>{''.join(_text(name, look=1) for name in table.column_names)}</row>"
    for batch in table.slice(0, MOST_ROWS).to_batches(max_chunksize=2_000):
        yield "".join(f"<row>{''.join(map(_cell, row.values()))}</row>" for row in batch.to_pylist())
    yield "</sheetData></worksheet>"


def _cell(value: object) -> str:
    match value:
        case None:
            return "<c/>"
        case bool():
            return f'<c t="b"><v>{int(value)}</v></c>'
        case datetime():
            since = (value if value.tzinfo else value.replace(tzinfo=UTC)) - _FIRST_DAY
            return f'<c s="2"><v>{since / timedelta(days=1):.10f}</v></c>'
        case date():
            return f'<c s="3"><v>{(value - _FIRST_DAY.date()).days}</v></c>'
        case int() | Decimal() if len(str(value).strip("-").replace(".", "")) <= _MOST_DIGITS:
            return f"<c><v>{value}</v></c>"
    return _text(str(value))


def _text(value: str, *, look: int = 0) -> str:
    text = escape(_SPELT.sub("_x005F_", _NOT_XML.sub("", value)[:LONGEST_TEXT]), quote=False)
    return f'<c t="inlineStr" s="{look}"><is><t xml:space="preserve">{text}</t></is></c>'
