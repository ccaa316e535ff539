from __future__ import annotations

import re
import resource
from io import SEEK_END, UnsupportedOperation
from pathlib import Path
from typing import Any

import httpx
import pytest
from answers import Server, problem

from chandlery import Client, Conflict, ConnectionFailed, ImportFailed, ImportUnfinished
from chandlery.uploads import ImportFile

ID = "01a20335-9f90-71ae-8b13-45757c7ae60f"

IMPORTED = {
    "key": "NYSE:ACME/1d",
    "before": 0,
    "version": 1,
    "bars": 10,
    "inserted": 10,
    "changed": 0,
    "unchanged": 0,
    "duplicates": 0,
}


def report(state: str, status: int = 200, **members: Any) -> httpx.Response:
    document: dict[str, Any] = {
        "id": ID,
        "state": state,
        "progress": None,
        "preview": None,
        "series": [],
        "rejected_rows": 0,
        "rules": {},
        "error": None,
    }
    return httpx.Response(status, json={**document, **members})


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    file = tmp_path / "acme ü.csv"
    file.write_text("time,open,high,low,close,volume\n2024-01-02,1,2,1,2,10\n")
    return file


def parts(server: Server) -> list[tuple[str, str, bytes]]:
    """The name, the file name and the contents of each part of the first request."""
    boundary = server.requests[0].headers["Content-Type"].partition("boundary=")[2].encode()
    found = []
    for part in server.bodies[0].split(b"--" + boundary)[1:-1]:
        head, _, body = part.strip(b"\r\n").partition(b"\r\n\r\n")
        names = re.search(rb'name="([^"]*)"; filename="([^"]*)"', head)
        assert names is not None
        found.append((names[1].decode(), names[2].decode(), body))
    return found


def test_a_file_is_sent_and_its_import_waited_for(server: Server, client: Client, acme: Path) -> None:
    progress = {"stage": "reading", "done": 3, "total": None}
    server.answers = [
        report("waiting", 202),
        report("running", progress=progress),
        report("done", series=[IMPORTED], rejected_rows=1, rules={"high-below": 1}),
    ]
    done = client.import_file(
        acme,
        series="NYSE:ACME/1d",
        zone="UTC",
        max_rejected=0.00001,
        numbers="thousands",
        duplicates="last",
        reason="first",
    )
    assert parts(server) == [("file", "acme ü.csv", acme.read_bytes().strip(b"\r\n"))]
    assert dict(server.requests[0].url.params) == {
        "series": "NYSE:ACME/1d",
        "zone": "UTC",
        "max_rejected": "0.000010000",
        "numbers": "thousands",
        "duplicates": "last",
        "reason": "first",
    }
    assert [request.url.path for request in server.requests[1:]] == [f"/api/v1/imports/{ID}"] * 2
    assert (done.state, done.rejected_rows) == ("done", 1)
    assert (done.series[0].key, done.series[0].version, done.rules) == ("NYSE:ACME/1d", 1, {"high-below": 1})


def test_several_files_are_one_import(server: Server, client: Client, tmp_path: Path) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.csv.gz"]
    for file in files:
        file.write_bytes(file.name.encode())
    server.answers = [report("done", 202)]
    client.import_file([str(files[0]), files[1]], venue="BINANCE")
    assert parts(server) == [("file", "a.csv", b"a.csv"), ("file", "b.csv.gz", b"b.csv.gz")]


def test_a_dry_run_is_checked_and_then_confirmed(server: Server, client: Client, acme: Path) -> None:
    server.answers = [
        report("waiting", 202),
        report("checked", preview={"series": []}),
        report("running", 202),
        report("done", series=[IMPORTED]),
    ]
    checked = client.import_file(acme, series="NYSE:ACME/1d", dry_run=True)
    assert (checked.state, checked.preview) == ("checked", {"series": []})
    assert server.requests[0].url.params["dry_run"] == "true"
    assert client.confirm_import(checked.id).state == "done"
    assert server.requests[2].url.path == f"/api/v1/imports/{ID}/confirm"


def test_who_does_not_wait_gets_the_import_as_it_is(server: Server, client: Client, acme: Path) -> None:
    server.answers = [report("waiting", 202), report("running", 202), report("running")]
    assert client.import_file(acme, venue="NYSE", wait=False).state == "waiting"
    assert client.confirm_import(ID, wait=False).state == "running"
    assert client.get_import(ID).state == "running"


def test_a_failed_import_raises_its_problem(server: Server, client: Client, acme: Path) -> None:
    fault = {"pointer": "acme.csv:2", "rule": "naive-time", "message": "times say no zone"}
    failure = {"type": "about:blank", "title": "The file is refused", "status": 422, "errors": [fault]}
    server.answers = [report("running", 202), report("failed", series=[IMPORTED], error=failure)]
    with pytest.raises(ImportFailed, match="times say no zone") as raised:
        client.import_file(acme, series="NYSE:ACME/1d")
    assert raised.value.problem is not None
    assert (raised.value.problem.status, raised.value.problem.errors[0].rule) == (422, "naive-time")
    assert raised.value.report.series[0].version == 1


def test_a_cancelled_import_has_failed(server: Server, client: Client, acme: Path) -> None:
    server.answers = [report("cancelled", 202)]
    with pytest.raises(ImportFailed, match=f"import {ID} cancelled"):
        client.import_file(acme, series="NYSE:ACME/1d")


def test_waiting_has_an_end(server: Server, client: Client, acme: Path) -> None:
    server.answers = [report("running", 202)]
    with pytest.raises(ImportUnfinished, match="still running") as raised:
        client.import_file(acme, series="NYSE:ACME/1d", wait_timeout=0)
    assert isinstance(raised.value, TimeoutError)
    assert raised.value.report.id == ID


def test_pauses_between_looks_grow_to_two_seconds(server: Server, client: Client, acme: Path) -> None:
    server.answers = [report("running", 202), *(report("running") for _ in range(12)), report("done")]
    client.import_file(acme, series="NYSE:ACME/1d")
    assert server.pauses[0] == pytest.approx(0.1)
    assert server.pauses == sorted(server.pauses)
    assert server.pauses[-1] == 2.0


def test_a_file_that_may_have_arrived_is_not_sent_twice(server: Server, client: Client, acme: Path) -> None:
    server.answers = [httpx.ReadError("reset")]
    with pytest.raises(ConnectionFailed):
        client.import_file(acme, series="NYSE:ACME/1d")


def test_a_file_that_was_turned_away_is_sent_again_whole(server: Server, client: Client, acme: Path) -> None:
    server.answers = [problem(429, "Too many", headers={"Retry-After": "0"}), report("done", 202)]
    client.import_file(acme, series="NYSE:ACME/1d")
    first, second = (body.count(acme.read_bytes()) for body in server.bodies)
    assert (first, second) == (1, 1)


def test_a_file_is_read_from_its_beginning_for_each_try(acme: Path) -> None:
    file = ImportFile(acme, acme.name)
    assert (file.read(4), file.tell()) == (b"time", 4)
    assert file.seek(0, SEEK_END) == len(acme.read_bytes())
    assert file.seek(0) == 0
    assert file.read() == acme.read_bytes()
    assert file.read() == b""
    with pytest.raises(UnsupportedOperation):
        file.seek(3)


def test_an_import_is_undone(server: Server, client: Client) -> None:
    kept = {"key": "NYSE:ACME/1d", "outcome": "kept", "version": 4}
    undone = httpx.Response(200, json={"id": ID, "state": "undone", "series": [kept]})
    # What has been undone stays undone, so that a lost answer may be asked for again.
    server.answers = [httpx.ReadError("reset"), undone, problem(409, "Conflict", detail="still under way")]
    answer = client.undo_import(ID)
    assert (answer.id, answer.state) == (ID, "undone")
    assert (answer.series[0].outcome, answer.series[0].version) == ("kept", 4)
    assert {request.url.path for request in server.requests} == {f"/api/v1/imports/{ID}/undo"}
    with pytest.raises(Conflict, match="still under way"):
        client.undo_import(ID)


def test_an_import_is_cancelled(server: Server, client: Client) -> None:
    server.answers = [report("cancelled", 202)]
    assert client.cancel_import(ID).state == "cancelled"
    assert server.request.url.path == f"/api/v1/imports/{ID}/cancel"


def test_imports_are_listed(server: Server, client: Client) -> None:
    row = {
        "file": "a.csv",
        "line": 3,
        "column": "High",
        "rule": "high-below",
        "message": "high is below",
        "text": "x",
    }
    source = {
        "name": "a.csv",
        "sha256": "0",
        "bytes": 1,
        "dialect": "csv",
        "zone": "UTC",
        "rows": 9,
        "rejected": 1,
    }
    items = [
        report("done", sources=[source], rejected=[row], started_at="2024-06-01T12:00:00Z").json(),
        report("undone").json(),
    ]
    server.answers = [httpx.Response(200, json={"items": items, "next_cursor": None})]
    first, second = client.imports()
    assert (first.sources[0].dialect, first.rejected[0].line, second.state) == ("csv", 3, "undone")
    assert first.started_at is not None
    assert first.started_at.hour == 12


def test_rejected_rows_are_text(server: Server, client: Client) -> None:
    text = "file,line,column,rule,message,text\nacme.csv,3,High,high-below,…,x\n"
    server.answers = [httpx.Response(200, text=text, headers={"Content-Type": "text/csv; charset=utf-8"})]
    assert client.rejected_rows(ID) == text
    assert server.target == f"/api/v1/imports/{ID}/rejected.csv"


def test_the_files_of_a_folder_keep_their_path(
    server: Server, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "equity" / "usa"
    for name in ("b/1.zip", "b/1.zip.CHECKSUM", "a/2.zip", "a/2.zip.rejected.csv", ".git/x", "b/.x", "3.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    server.answers = [report("done", 202), report("done", 202)]
    client.import_file(tmp_path / "equity", venue="NYSE")
    names = ["equity/usa/3.csv", "equity/usa/a/2.zip", "equity/usa/b/1.zip"]
    assert [name for _, name, _ in parts(server)] == names
    monkeypatch.chdir(folder)
    client.import_file(".", venue="NYSE")
    assert [body.count(b'filename="usa/') for body in server.bodies] == [0, 3]


def test_more_files_than_may_be_open_are_sent(server: Server, client: Client, tmp_path: Path) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, most))
    try:
        for number in range(200):
            (tmp_path / f"{number}.csv").write_text("x")
        server.answers = [report("done", 202)]
        client.import_file(tmp_path, venue="NYSE")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert len(parts(server)) == 200
    assert int(server.request.headers["Content-Length"]) == len(server.bodies[0])


def test_files_that_cannot_be_told_apart_or_read_are_refused(client: Client, tmp_path: Path, acme: Path) -> None:
    twin = tmp_path / "other" / acme.name
    twin.parent.mkdir()
    twin.write_text("")
    with pytest.raises(ValueError, match=r"2 files are called acme ü\.csv"):
        client.import_file([acme, twin], venue="NYSE")
    with pytest.raises(FileNotFoundError, match=r"no\.csv"):
        client.import_file(tmp_path / "no.csv", venue="NYSE")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ValueError, match="no files"):
        client.import_file(empty, venue="NYSE")
    with pytest.raises(ValueError, match="no files"):
        client.import_file([], venue="NYSE")


def test_an_import_needs_either_a_series_or_a_venue(client: Client, acme: Path) -> None:
    with pytest.raises(ValueError, match="either the series"):
        client.import_file(acme)
    with pytest.raises(ValueError, match="either the series"):
        client.import_file(acme, series="NYSE:ACME/1d", venue="NYSE")
