"""Imports: files on their way to the server, and waiting for what becomes of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from typing import Any

from .decoding import decode
from .errors import ImportFailed, ImportUnfinished
from .keys import Key, segment, series_key
from .records import ImportReport
from .transport import Transport, json_of

PathText = str | PathLike[str]

FIRST_POLL_SECONDS = 0.1
LONGEST_POLL_SECONDS = 2.0

_UNDER_WAY = frozenset({"waiting", "checking", "running"})
_FAILED = frozenset({"failed", "cancelled"})


def files_of(paths: PathText | Iterable[PathText]) -> list[Path]:
    """Returns the files that are meant.

    Raises:
        ValueError: when there are none, or two of them have one name, by which the server tells them apart.
        OSError: when one is not there or is a folder.
    """
    several = [paths] if isinstance(paths, str | PathLike) else list(paths)
    files = [Path(path) for path in several]
    if not files:
        raise ValueError("there are no files to import")
    for file in files:
        if file.is_dir():
            raise IsADirectoryError(f"{file} is a folder; give its files, or a zip archive of it")
        if not file.exists():
            raise FileNotFoundError(f"{file} does not exist")
    names = [file.name for file in files]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"two files are called {twice}; import them one after the other")
    return files


def import_params(
    series: Key | None, venue: str | None, dry_run: bool, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the query of an import.

    Raises:
        ValueError: when neither a series nor a venue is given, or both are.
    """
    if (series is None) == (venue is None):
        raise ValueError("give either the series, such as NASDAQ:AAPL/1d, or the venue")
    return {
        "dry_run": "true" if dry_run else None,
        "series": None if series is None else str(series_key(series)),
        "venue": venue,
        **options,
    }


def upload(transport: Transport, files: list[Path], params: Mapping[str, Any]) -> ImportReport:
    """Sends files and returns the import that the server has begun."""

    def once() -> Any:
        # Opened anew for each try, as the one before may have read them halfway.
        with ExitStack() as opened:
            parts = [
                ("file", (file.name, opened.enter_context(file.open("rb")), "application/octet-stream"))
                for file in files
            ]
            with transport.open("POST", "/imports", params=params, files=parts) as response:
                response.read()
                return json_of(response)

    return decode(ImportReport, transport.attempt(once, repeatable=False))


def path_of(import_id: str) -> str:
    """Returns the path of an import below the API's prefix."""
    return f"/imports/{segment(import_id)}"


def act(transport: Transport, import_id: str, action: str) -> ImportReport:
    """Asks the server to do something with an import, and returns the import as it is then."""
    answer = transport.send("POST", f"{path_of(import_id)}/{action}")
    return decode(ImportReport, json_of(answer)) if answer.content else look(transport, import_id)


def look(transport: Transport, import_id: str) -> ImportReport:
    """Returns an import as it is now."""
    return decode(ImportReport, transport.json("GET", path_of(import_id)))


def settled(transport: Transport, report: ImportReport, timeout: float | None) -> ImportReport:
    """Waits until an import is not under way any more.

    Args:
        transport: where to ask.
        report: the import as it was last seen.
        timeout: how long to wait, in seconds; `None`: as long as it takes.

    Raises:
        ImportFailed: when it failed or was cancelled.
        ImportUnfinished: when the time is over.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    pause = FIRST_POLL_SECONDS
    while report.state in _UNDER_WAY:
        if deadline is not None and time.monotonic() + pause > deadline:
            raise ImportUnfinished(report)
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_POLL_SECONDS)
        report = look(transport, report.id)
    if report.state in _FAILED:
        raise ImportFailed(report)
    return report
