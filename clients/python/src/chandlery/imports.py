"""Imports: handing files in, and following what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from .decoding import decode
from .errors import ImportFailed, ImportUnfinished
from .keys import Key, segment, series_key
from .pages import pages
from .records import ImportReport, UndoneImport
from .transport import Transport
from .uploads import PathText, files_of, upload
from .waiting import wait_while

_UNDER_WAY = frozenset({"waiting", "checking", "running"})
_FAILED = frozenset({"failed", "cancelled"})


class ImportCalls:
    """The calls of a client that are about imports."""

    _transport: Transport

    def import_file(
        self,
        path: PathText | Iterable[PathText],
        *,
        series: Key | None = None,
        venue: str | None = None,
        dry_run: bool = False,
        wait: bool = True,
        wait_timeout: float | None = None,
        dialect: str | None = None,
        zone: str | None = None,
        stamp: Literal["open", "close"] | None = None,
        duplicates: Literal["quarantine", "first", "last"] | None = None,
        numbers: Literal["plain", "thousands", "decimal-comma"] | None = None,
        max_rejected: str | float | None = None,
        reason: str | None = None,
    ) -> ImportReport:
        """Imports a file, or several as one import.

        Args:
            path: a file, as the vendor or tool wrote it, also `.gz`, `.zst` or `.zip`; a folder; or several of
                them. Files of a folder are sent with their path from the folder on, where some dialects keep
                the symbol; hidden ones, `*.CHECKSUM` and `*.rejected.csv` are left out.
            series: the series that all bars belong to. Give this or `venue`.
            venue: the venue; symbols and timeframes come from the files.
            dry_run: read and check everything, write nothing; `confirm_import` writes it.
            wait: return when the import is over, else as soon as it has begun.
            wait_timeout: how long to wait, in seconds; `None`: as long as it takes.
            dialect: how the files are written; recognised if not given.
            zone: the zone of times that do not say it: an IANA name, `UTC`, or an offset such as `-05:00`.
            stamp: which end of its bar a time names.
            duplicates: what becomes of rows with one time and different values.
            numbers: how numbers are written: `1234.5`, `1,234.5` or `1.234,5`.
            max_rejected: how much of a file may be turned away, such as `"0.1%"` or 0.001.
            reason: kept with the commits.

        Returns:
            The import: `done`, or `checked` after a dry run; without `wait`, as far as it is.

        Raises:
            ImportFailed: when it was refused or failed. What was committed before stays; see its `report`.
            ImportUnfinished: when it takes longer than `wait_timeout`; it goes on.
            ValueError: when there is no file, or two have one name.
            OSError: when a file cannot be read.
        """
        if (series is None) == (venue is None):
            raise ValueError("give either the series, such as NASDAQ:AAPL/1d, or the venue")
        files = files_of(path)
        params = {
            "dry_run": "true" if dry_run else None,
            "series": None if series is None else str(series_key(series)),
            "venue": venue,
            "dialect": dialect,
            "zone": zone,
            "stamp": stamp,
            "duplicates": duplicates,
            "numbers": numbers,
            "max_rejected": f"{max_rejected:.9f}" if isinstance(max_rejected, float) else max_rejected,
            "reason": reason,
        }
        report = decode(ImportReport, upload(self._transport, files, params))
        return self._settled(report, wait_timeout) if wait else report

    def imports(self) -> Iterator[ImportReport]:
        """Walks over the imports, the newest first. Dry runs that were not confirmed are not among them."""
        return pages(self._transport, ImportReport, "/imports", {})

    def get_import(self, import_id: str) -> ImportReport:
        """Returns an import as it is now.

        Raises:
            NotFound: when there is no such import.
        """
        return decode(ImportReport, self._transport.json("GET", _path(import_id)))

    def confirm_import(
        self, import_id: str, *, wait: bool = True, wait_timeout: float | None = None
    ) -> ImportReport:
        """Writes what a dry run has checked.

        Args:
            import_id: which import; its state is `checked`.
            wait: return when the import is over, else as soon as it has begun.
            wait_timeout: how long to wait, in seconds; `None`: as long as it takes.

        Raises:
            Conflict: when a series has moved since the dry run, or the import is not `checked`.
            ImportFailed: when it failed.
            ImportUnfinished: when it takes longer than `wait_timeout`; it goes on.
        """
        report = self._told(import_id, "confirm")
        return self._settled(report, wait_timeout) if wait else report

    def cancel_import(self, import_id: str) -> ImportReport:
        """Stops an import, or gives a dry run up. What was committed before stays.

        Returns:
            The import as it is then; it may take a moment until it has stopped.

        Raises:
            NotFound: when it is not under way.
        """
        return self._told(import_id, "cancel")

    def undo_import(self, import_id: str) -> UndoneImport:
        """Gives each series of an import the contents back that it had before, as new versions.

        Series to which something was committed since are left alone, and named in the answer as `kept`.

        Raises:
            NotFound: when there is no such import.
            Conflict: when it has not ended.
        """
        answer = self._transport.json("POST", f"{_path(import_id)}/undo", repeatable=True)
        return decode(UndoneImport, answer)

    def rejected_rows(self, import_id: str) -> str:
        """Returns the rows that an import turned away, as CSV: file, line, column, rule, message and text.

        The server keeps the first thousand.

        Raises:
            NotFound: when there is no such import.
        """
        return self._transport.send("GET", f"{_path(import_id)}/rejected.csv").text

    def _told(self, import_id: str, what: str) -> ImportReport:
        """Tells the server what to do with an import, and returns the import as it is then."""
        return decode(ImportReport, self._transport.json("POST", f"{_path(import_id)}/{what}"))

    def _settled(self, report: ImportReport, timeout: float | None) -> ImportReport:
        """Waits until an import is not under way any more, for `timeout` seconds at most."""
        report = wait_while(
            lambda seen: seen.state in _UNDER_WAY, report, lambda: self.get_import(report.id), timeout
        )
        if report.state in _UNDER_WAY:
            raise ImportUnfinished(report)
        if report.state in _FAILED:
            raise ImportFailed(report)
        return report


def _path(import_id: str) -> str:
    return f"/imports/{segment(import_id)}"
