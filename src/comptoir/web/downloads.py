"""Figures and lists that leave as a file: CSV for programs, a workbook for people."""

from __future__ import annotations

import pyarrow as pa
from starlette.responses import Response

from comptoir.model import money
from comptoir.reports import export, workbook
from comptoir.web.view import HEADERS

FORMATS = ("csv", "xlsx")
_MINOR = "_minor"
_AMOUNT = pa.decimal128(38, 3)


def answer(table: pa.Table, name: str, form: str) -> Response:
    """Answer a table as a file in one of `FORMATS`; in neither is a cell that a spreadsheet would run."""
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}.{form}"'}
    if form == "xlsx":
        return Response(workbook.as_xlsx(_in_units(table)), media_type=workbook.MEDIA_TYPE, headers=headers)
    return Response(b"".join(export.as_csv(table)), media_type="text/csv; charset=utf-8", headers=headers)


def _in_units(table: pa.Table) -> pa.Table:
    """Turn minor units into amounts of the row's `currency`, for people who would not divide by a hundred."""
    if "currency" not in table.column_names:
        return table
    currencies = table.column("currency").to_pylist()
    for place, name in enumerate(table.column_names):
        if name.endswith(_MINOR):
            paid = zip(table.column(name).to_pylist(), currencies, strict=True)
            amounts = [money.major(one, of) if one is not None and of in money.EXPONENT else None for one, of in paid]
            table = table.set_column(place, name.removesuffix(_MINOR), pa.array(amounts, _AMOUNT))
    return table
