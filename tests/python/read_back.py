"""Reads a series back with the tools of the field and compares what each of them sees, bit for bit.

    python read_back.py --chandlery BINARY --store file:./data --series BINANCE:BTCUSDT/1m --expected figures.json

`series files` names the Parquet files of the series; pandas, DuckDB and polars open them as they lie. pyarrow reads
what `export --format arrow` and `--format parquet` write. The expected figures are

    {
      "bars": 3,
      "first": "2024-01-02T00:00:00Z",
      "last": "2024-01-04T00:00:00Z",
      "digest": "1ddb382fbc7769ccd75be90a4c81d188",
      "columns": {"open": "4059000000000000", ...}
    }

`digest` is the set digest (the sum modulo 2^128 of XXH3-128 of each bar's time and values) and `columns` the sum
modulo 2^64 of the bits of each column's values, as 16 hexadecimal digits; an unknown volume counts as the NaN
7ff8000000000000. Both may be left out. The exit status is 0 when everything is equal and 1 when something differs.
"""

import argparse
import json
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import duckdb
import numpy
import pandas
import polars
import pyarrow
import pyarrow.ipc
import pyarrow.parquet
import xxhash

VALUES = ["open", "high", "low", "close", "volume"]
COLUMNS = ["time", *VALUES]
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
UNKNOWN = numpy.uint64(0x7FF8000000000000)


class Difference(Exception):
    """Something is not as it should be; the message says what."""


@dataclass
class Table:
    """A series as one reader sees it."""

    reader: str
    #: Opening times, µs since the Unix epoch, UTC (int64).
    time: numpy.ndarray
    #: The bits of each column's values (uint64); an unknown volume is `UNKNOWN`.
    bits: dict


def require(condition, message):
    if not condition:
        raise Difference(message)


def bits_of(reader, name, values, missing):
    """Returns the bits of `values`, with `UNKNOWN` where they are missing, which only volumes may be."""
    values = numpy.ascontiguousarray(values, dtype=numpy.float64)
    require(name == "volume" or not missing.any(), f"{reader}: {name} has missing values")
    bits = values.view(numpy.uint64).copy()
    bits[missing] = UNKNOWN
    return bits


def with_pandas(files):
    frame = pandas.concat([pandas.read_parquet(file) for file in files], ignore_index=True)
    reader = "pandas"
    require(list(frame.columns) == COLUMNS, f"{reader}: the columns are {list(frame.columns)}")
    require(str(frame["time"].dtype) == "datetime64[us, UTC]", f"{reader}: time is {frame['time'].dtype}")
    for name in VALUES:
        require(frame[name].dtype == numpy.float64, f"{reader}: {name} is {frame[name].dtype}")
    time = frame["time"].dt.tz_convert(None).to_numpy().astype("datetime64[us]").astype(numpy.int64)
    bits = {name: bits_of(reader, name, frame[name].to_numpy(), frame[name].isna().to_numpy()) for name in VALUES}
    return Table(reader, time, bits)


def with_duckdb(files):
    reader = "DuckDB"
    with duckdb.connect() as connection:
        relation = connection.read_parquet([str(file) for file in files])
        types = dict(zip(relation.columns, map(str, relation.types)))
        expected = {"time": "TIMESTAMP WITH TIME ZONE", **dict.fromkeys(VALUES, "DOUBLE")}
        require(types == expected, f"{reader}: the columns are {types}")
        values = relation.order("time").project(", ".join(["epoch_us(time) AS time", *VALUES])).fetchnumpy()
    filled = {name: numpy.ma.filled(values[name], 0) for name in COLUMNS}
    missing = {name: numpy.ma.getmaskarray(values[name]) for name in COLUMNS}
    bits = {name: bits_of(reader, name, filled[name], missing[name]) for name in VALUES}
    return Table(reader, filled["time"].astype(numpy.int64), bits)


def with_polars(files):
    reader = "polars"
    frame = polars.concat([polars.read_parquet(file) for file in files])
    expected = {"time": polars.Datetime("us", "UTC"), **dict.fromkeys(VALUES, polars.Float64)}
    require(dict(frame.schema) == expected, f"{reader}: the columns are {dict(frame.schema)}")
    bits = {}
    for name in VALUES:
        column = frame[name]
        require(not column.is_nan().any(), f"{reader}: {name} holds NaN where it should be null")
        bits[name] = bits_of(reader, name, column.fill_null(0.0).to_numpy(), column.is_null().to_numpy())
    return Table(reader, frame["time"].dt.epoch("us").to_numpy(), bits)


def with_pyarrow(reader, table):
    utc = pyarrow.timestamp("us", tz="UTC")
    expected = {"time": utc, **dict.fromkeys(VALUES, pyarrow.float64())}
    found = {field.name: field.type for field in table.schema}
    require(found == expected and table.schema.names == COLUMNS, f"{reader}: the columns are {found}")
    bits = {}
    for name in VALUES:
        column = table.column(name)
        missing = column.is_null().to_numpy()
        bits[name] = bits_of(reader, name, column.fill_null(0.0).to_numpy(), missing)
        unfit = numpy.isnan(column.fill_null(0.0).to_numpy()).any()
        require(not unfit, f"{reader}: {name} holds NaN where it should be null")
    return Table(reader, table.column("time").cast(pyarrow.int64()).to_numpy(), bits)


def chandlery(arguments, *command):
    """Runs the program and returns what it prints."""
    call = [arguments.chandlery, *command, "--store", arguments.store]
    done = subprocess.run(call, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"`{' '.join(call[1:])}` ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def read_all(arguments, folder):
    """Reads the series in every way."""
    listed = json.loads(chandlery(arguments, "series", "files", arguments.series, "--json"))["files"]
    files = [Path(file) for file in listed]
    require(files, "`series files` names no file")
    for file in files:
        require(file.is_file(), f"`series files` names {file}, which is no file")
    tables = [with_pandas(files), with_duckdb(files), with_polars(files)]
    exported = {kind: folder / f"exported.{kind}" for kind in ("arrow", "parquet")}
    for kind, file in exported.items():
        chandlery(arguments, "export", arguments.series, "--format", kind, "-o", str(file))
    with pyarrow.OSFile(str(exported["arrow"])) as source, pyarrow.ipc.open_stream(source) as stream:
        tables.append(with_pyarrow("pyarrow, exported stream", stream.read_all()))
    tables.append(with_pyarrow("pyarrow, exported Parquet", pyarrow.parquet.read_table(exported["parquet"])))
    return tables


def show(micros):
    text = numpy.datetime_as_string(numpy.datetime64(int(micros), "us"))
    return f"{text}Z"


def compare(left, right):
    """Compares two readers' tables and names the first bar that differs."""
    pair = f"{left.reader} and {right.reader} differ"
    require(len(left.time) == len(right.time), f"{pair}: {len(left.time)} and {len(right.time)} bars")
    columns = {"time": (left.time, right.time), **{name: (left.bits[name], right.bits[name]) for name in VALUES}}
    for name, (ours, theirs) in columns.items():
        unequal = numpy.nonzero(ours != theirs)[0]
        if len(unequal):
            row = unequal[0]
            where = f"{name} of bar {row} at {show(left.time[row])}"
            raise Difference(f"{pair} in {len(unequal)} bars; the first: {where}: {ours[row]:#x} and {theirs[row]:#x}")


def digest_of(table):
    """Returns the set digest, as 32 hexadecimal digits."""
    total = 0
    for row in zip(table.time.tolist(), *(table.bits[name].tolist() for name in VALUES)):
        total += xxhash.xxh3_128_intdigest(struct.pack("<q5Q", *row))
    return f"{total % 2**128:032x}"


def check_figures(table, expected):
    """Compares one reader's table with the figures that the caller knows."""
    unknown = set(expected) - {"bars", "first", "last", "digest", "columns"}
    require(not unknown, f"the expected figures have unknown names: {sorted(unknown)}")
    require(len(table.time) == expected["bars"], f"{len(table.time)} bars were read, {expected['bars']} expected")
    require((numpy.diff(table.time) > 0).all(), "the times do not strictly ascend")
    for name, index in (("first", 0), ("last", -1)):
        moment = datetime.fromisoformat(expected[name])
        require(moment.tzinfo is not None, f"the expected {name} time has no offset")
        micros = (moment - EPOCH) // timedelta(microseconds=1)
        read = table.time[index]
        require(read == micros, f"the {name} bar is at {show(read)}, expected at {expected[name]}")
    for name, total in expected.get("columns", {}).items():
        with numpy.errstate(over="ignore"):
            read = f"{int(table.bits[name].sum(dtype=numpy.uint64)):016x}"
        require(read == total, f"the bits of {name} add up to {read}, expected {total}")
    if "digest" in expected:
        digest = digest_of(table)
        require(digest == expected["digest"], f"the digest is {digest}, expected {expected['digest']}")


def main():
    parser = argparse.ArgumentParser(description="Reads a series back with the tools of the field.")
    parser.add_argument("--chandlery", required=True, help="the program")
    parser.add_argument("--store", required=True, help="the URL of the store")
    parser.add_argument("--series", required=True, help="the series, VENUE:SYMBOL/TIMEFRAME")
    parser.add_argument("--expected", required=True, type=Path, help="a JSON file with the expected figures")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            tables = read_all(arguments, Path(folder))
        for table in tables[1:]:
            compare(tables[0], table)
        check_figures(tables[0], json.loads(arguments.expected.read_text(encoding="utf-8")))
    except Difference as difference:
        sys.exit(f"read_back: {difference}")
    names = "; ".join(table.reader for table in tables)
    print(f"{arguments.series}: {len(tables[0].time)} bars, equal bit for bit in {names}")


if __name__ == "__main__":
    main()
