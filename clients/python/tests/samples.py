"""Bars whose every bit matters: extremes, short and long fractions, and volumes that are not known."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

import pyarrow as pa

SMALLEST, LARGEST = 5e-324, 1.7976931348623157e308

START = datetime(2024, 1, 2, 14, 30, tzinfo=UTC)

# open, high, low, close, volume
ROWS: list[tuple[float, float, float, float, float | None]] = [
    (0.1 + 0.2, 0.5, 0.1, 1 / 3, 1e-9),
    (SMALLEST, LARGEST, SMALLEST, 2.2250738585072014e-308, LARGEST),
    (1e22, 1e23, 9007199254740993.0, 1e22, None),
    (166.410004, 169.199997, 165.270004, 169.100006, 53569400.0),
    (1.0, 1.0000000000000002, 0.9999999999999999, 1.0, 0.0),
    (100.0, 100.0, 100.0, 100.0, SMALLEST),
]

TIMES = [START + timedelta(minutes=minute) for minute in range(len(ROWS))]

SCHEMA = pa.schema(
    [
        pa.field("time", pa.timestamp("us", tz="UTC"), nullable=False),
        *(pa.field(name, pa.float64(), nullable=False) for name in ("open", "high", "low", "close")),
        pa.field("volume", pa.float64()),
    ]
)


def table() -> pa.Table:
    columns = list(zip(*ROWS, strict=True))
    return pa.table([TIMES, *columns], schema=SCHEMA)


def bits(table: pa.Table) -> list[tuple[object, ...]]:
    """Returns the rows of a table with the bits of their numbers, and None for null."""

    def exact(value: object) -> object:
        return struct.pack("<d", value) if isinstance(value, float) else value

    return [tuple(exact(value) for value in row.values()) for row in table.to_pylist()]
