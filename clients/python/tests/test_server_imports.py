"""Imports, against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from chandlery import Client, Conflict, ImportFailed, NotFound

ACME = """,Open,High,Low,Close,Volume
2024-01-02,101.2,103.4,100.9,102.8,1520300
2024-01-03,102.6,104.1,102.2,103.9,1410800
2024-01-04,103.9,104.0,101.7,102.1,1688100
2024-01-05,102.3,103.3,101.9,103.0,1203500
2024-01-08,103.1,105.6,103.0,105.2,1755900
2024-01-09,105.0,105.9,104.2,104.4,1342700
2024-01-10,104.5,106.2,104.1,106.0,1498200
2024-01-11,106.1,107.3,105.5,107.0,1611400
2024-01-12,107.2,107.4,105.8,106.3,1297600
2024-01-16,106.2,108.0,106.0,107.8,1701000
"""


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        yield client


def test_a_file_is_imported_and_the_import_undone(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "acme ü.csv"
    file.write_text(ACME.replace("103.4,100.9", "10.34,100.9"))
    key = "NYSE:ACME/1d"
    report = client.import_file(file, series=key, reason="first delivery")
    assert report.state == "done"
    (series,) = report.series
    assert (series.key, series.before, series.version) == (key, 0, 1)
    assert [(source.name, source.dialect, source.rows) for source in report.sources] == [(file.name, "pandas", 10)]
    assert (series.inserted, series.changed, series.unchanged) == (9, 0, 0)
    assert report.rejected_rows == 1
    assert report.rules == {"high-below": 1}
    assert [(row.file, row.line, row.rule) for row in report.rejected] == [(file.name, 2, "high-below")]
    assert "high-below" in client.rejected_rows(report.id)
    (commit,) = client.commits(key)
    assert (commit.import_id, commit.source_name, commit.reason) == (report.id, file.name, "first delivery")
    assert commit.source_sha256 is not None
    assert client.bars(key)["close"].tolist()[0] == 103.9

    again = client.import_file(file, series=key)
    assert (again.series[0].version, again.series[0].unchanged) == (None, 9)

    undone = client.undo_import(report.id)
    assert [(series.key, series.outcome, series.version) for series in undone.series] == [(key, "reverted", 2)]
    assert client.get_import(report.id).state == "undone"
    assert client.get_series(key).bars == 0


def test_a_dry_run_writes_nothing_until_it_is_confirmed(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "acme.csv"
    file.write_text(ACME)
    key = "NYSE:DRY/1d"
    checked = client.import_file(file, series=key, dry_run=True)
    assert checked.state == "checked"
    assert checked.preview
    with pytest.raises(NotFound):
        client.get_series(key)
    with pytest.raises(Conflict):
        client.undo_import(checked.id)
    done = client.confirm_import(checked.id)
    assert (done.state, done.series[0].inserted) == ("done", 10)
    assert client.get_series(key).bars == 10
    with pytest.raises(Conflict):
        client.confirm_import(checked.id)


def test_a_dry_run_that_is_given_up_cannot_be_confirmed(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "acme.csv"
    file.write_text(ACME)
    checked = client.import_file(file, series="NYSE:GIVENUP/1d", dry_run=True)
    assert client.cancel_import(checked.id).state == "cancelled"
    with pytest.raises(Conflict):
        client.confirm_import(checked.id)
    with pytest.raises(NotFound):
        client.get_series("NYSE:GIVENUP/1d")


def test_an_import_that_something_was_built_on_is_left_alone(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "acme.csv"
    file.write_text(ACME)
    key = "NYSE:BUILT/1d"
    report = client.import_file(file, series=key)
    client.delete_bars(key, end="2024-01-05")
    (series,) = client.undo_import(report.id).series
    assert (series.outcome, series.version) == ("kept", 2)
    assert client.get_series(key).version == 2
    assert report.id in [listed.id for listed in client.imports()]


def test_a_dry_run_is_not_confirmed_after_the_series_has_moved(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "acme.csv"
    file.write_text(ACME)
    key = "NYSE:MOVED/1d"
    checked = client.import_file(file, series=key, dry_run=True)
    column = pa.array([1.0])
    names = ["time", "open", "high", "low", "close"]
    client.write_bars(key, pa.table([pa.array([date(2024, 2, 1)]), *[column] * 4], names=names))
    with pytest.raises(Conflict):
        client.confirm_import(checked.id)
    assert client.bars(key)["close"].tolist() == [1.0]


def test_several_files_are_one_import(client: Client, tmp_path: Path) -> None:
    header, *rows = ACME.splitlines(keepends=True)
    files = [tmp_path / "one.csv", tmp_path / "two.csv"]
    files[0].write_text(header + "".join(rows[:5]))
    files[1].write_text(header + "".join(rows[5:]))
    report = client.import_file(files, series="NYSE:TWO/1d")
    assert report.series[0].inserted == 10
    assert len(list(client.commits("NYSE:TWO/1d"))) == 1


def test_a_folder_is_imported_with_the_names_that_it_has(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "spot"
    folder.mkdir()
    rows = [
        f"{open_time},1.5,2.5,1.0,2.0,10,{open_time + 59_999},20,3,5,10,0"
        for open_time in range(1_704_067_200_000, 1_704_069_000_000, 60_000)
    ]
    (folder / "ABCUSDT-1m-2024-01-01.csv").write_text("\n".join(rows) + "\n")
    report = client.import_file(folder, venue="BINANCE")
    assert [(series.key, series.inserted) for series in report.series] == [("BINANCE:ABCUSDT/1m", 30)]


def test_a_file_that_cannot_be_trusted_is_refused(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "page.csv"
    file.write_text("<!DOCTYPE html><html><body>Too many requests</body></html>")
    with pytest.raises(ImportFailed) as raised:
        client.import_file(file, series="NYSE:PAGE/1d")
    assert raised.value.report.state == "failed"
    assert raised.value.problem is not None
    assert raised.value.problem.detail
    assert list(client.series(symbol="PAGE")) == []


def test_times_of_day_need_a_zone(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "hours.csv"
    rows = [f"2024-01-02 {hour:02}:00:00,1,1,1,1,1\n" for hour in range(9, 17)]
    file.write_text("time,open,high,low,close,volume\n" + "".join(rows))
    with pytest.raises(ImportFailed, match="zone"):
        client.import_file(file, series="FX:EURUSD/1h")
    report = client.import_file(file, series="FX:EURUSD/1h", zone="America/New_York", stamp="close")
    assert report.series[0].inserted == 8
    assert client.get_series("FX:EURUSD/1h").first == datetime(2024, 1, 2, 13, tzinfo=UTC)
