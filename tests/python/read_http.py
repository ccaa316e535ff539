"""Reads a series over HTTP with the tools of the field and compares what each of them sees, bit for bit.

    python read_http.py --url http://127.0.0.1:8080/api/v1/series/BINANCE/BTCUSDT/1m/bars --expected figures.json

pyarrow reads the Arrow stream, plain and with zstd, polars the CSV, DuckDB the Parquet file, and Python itself the pages
of JSON. The expected figures are those of read_back.py. The exit status is 0 when everything is equal and 1 when
something differs.
"""

import argparse
import io
import json
import sys
import tempfile
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path

import numpy
import polars
import pyarrow
import pyarrow.ipc

from read_back import (
    COLUMNS,
    EPOCH,
    VALUES,
    Difference,
    Table,
    bits_of,
    check_figures,
    compare,
    require,
    with_duckdb,
    with_pyarrow,
)


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            return response.read()
    except urllib.error.HTTPError as error:
        raise Difference(f"{url}: {error} {error.read().decode()}") from error


def stream_of(reader, body, codec):
    """Reads an Arrow stream, and checks that it is compressed as it was asked for."""
    compressed = b"\x28\xb5\x2f\xfd" in body
    require(compressed == (codec is not None), f"{reader}: compressed is {compressed}")
    with pyarrow.ipc.open_stream(io.BytesIO(body)) as stream:
        return with_pyarrow(reader, stream.read_all())


def with_polars_csv(body):
    reader = "polars, CSV"
    types = {"time": polars.String, **dict.fromkeys(VALUES, polars.Float64)}
    frame = polars.read_csv(io.BytesIO(body), schema=types)
    require(frame.columns == COLUMNS, f"{reader}: the columns are {frame.columns}")
    time = frame["time"].str.to_datetime(time_unit="us", time_zone="UTC", strict=True)
    bits = {}
    for name in VALUES:
        column = frame[name]
        bits[name] = bits_of(reader, name, column.fill_null(0.0).to_numpy(), column.is_null().to_numpy())
    return Table(reader, time.dt.epoch("us").to_numpy(), bits)


def with_json(url):
    """Reads page after page of columns."""
    reader = "Python, JSON"
    columns = {name: [] for name in COLUMNS}
    cursor = ""
    while cursor is not None:
        page = json.loads(fetch(f"{url}?limit=30000{cursor}"))
        for name in COLUMNS:
            columns[name] += page[name]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    micros = [(datetime.fromisoformat(time) - EPOCH) // timedelta(microseconds=1) for time in columns["time"]]
    bits = {}
    for name in VALUES:
        missing = numpy.array([value is None for value in columns[name]])
        values = [0.0 if value is None else float(value) for value in columns[name]]
        bits[name] = bits_of(reader, name, values, missing)
    return Table(reader, numpy.array(micros, dtype=numpy.int64), bits)


def read_all(url, folder):
    """Reads the series in every way."""
    parquet = folder / "fetched.parquet"
    parquet.write_bytes(fetch(f"{url}?format=parquet"))
    duckdb = with_duckdb([parquet])
    duckdb.reader = "DuckDB, Parquet"
    return [
        stream_of("pyarrow, stream", fetch(f"{url}?format=arrow"), None),
        stream_of("pyarrow, stream with zstd", fetch(f"{url}?format=arrow&compression=zstd"), "zstd"),
        with_polars_csv(fetch(f"{url}?format=csv")),
        duckdb,
        with_json(url),
    ]


def main():
    parser = argparse.ArgumentParser(description="Reads a series over HTTP with the tools of the field.")
    parser.add_argument("--url", required=True, help="where the bars are")
    parser.add_argument("--expected", required=True, type=Path, help="a JSON file with the expected figures")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            tables = read_all(arguments.url, Path(folder))
        for table in tables[1:]:
            compare(tables[0], table)
        check_figures(tables[0], json.loads(arguments.expected.read_text(encoding="utf-8")))
    except Difference as difference:
        sys.exit(f"read_http: {difference}")
    names = "; ".join(table.reader for table in tables)
    print(f"{arguments.url}: {len(tables[0].time)} bars, equal bit for bit in {names}")


if __name__ == "__main__":
    main()
