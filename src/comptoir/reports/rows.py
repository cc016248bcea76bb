"""Tables of reports in state: what was said of closed days, and what was found out about them later."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table

from comptoir.state.base import metadata

frozen_days = Table(
    "frozen_days",
    metadata,
    Column("day", Integer, primary_key=True),
    Column("frozen_at", BigInteger, nullable=False),
)
"""
Grain: one row a day whose results are written.

Units: `day` whole days since 1970 in the brand's zone; `frozen_at` microseconds since 1970.
"""

frozen_measures = Table(
    "frozen_measures",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("scenario", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", String, nullable=False),
    Column("brand", String, nullable=False),
    Column("day", Integer, nullable=False),
    Column("measure", String, nullable=False),
    Column("currency", String, nullable=False),
    Column("value", String, nullable=False),  # a whole number of any size: squares of money outgrow 64 bits
    Column("is_restatement", Boolean, nullable=False),
    Column("booked_at", BigInteger, nullable=False),
    Index("frozen_by_day", "day", "scenario"),
)
"""
Grain: one row a cell and statement about it, append-only: the first freezes it, later ones add what was found since.

Units: `value` to be added to what was said before; `booked_at` microseconds since 1970.
"""
