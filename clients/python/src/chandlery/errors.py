"""What goes wrong: answers of the server that are problems, and answers that never came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .backtest_records import Backtest
    from .records import ImportReport
    from .sweep_records import Sweep


class ChandleryError(Exception):
    """The base of every error of this package, but for arguments that make no sense.

    Those are a `ValueError` or `TypeError`, raised before anything is sent.
    """


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a body or a query."""

    pointer: str
    """Where: a JSON pointer, or the name of a parameter."""
    rule: str
    """The name of the rule that is broken."""
    message: str
    """What is wrong, for people."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem as the server describes it (RFC 9457)."""

    title: str
    """What kind of problem it is, for people."""
    status: int
    """The HTTP status."""
    type: str = "about:blank"
    """What kind of problem it is, for programs."""
    detail: str | None = None
    """What is wrong in this case."""
    request_id: str | None = None
    """Finds the request in the server's log."""
    errors: tuple[Fault, ...] = ()
    """Each thing that is wrong, where there are several."""

    @classmethod
    def from_json(cls, document: Mapping[str, Any], status: int = 0) -> Problem:
        """Reads a problem document, and bears with what it lacks; `status` stands in for its own."""
        faults = document.get("errors") or ()
        return cls(
            title=_text(document, "title") or "The request failed",
            status=document.get("status") or status,
            type=_text(document, "type") or "about:blank",
            detail=_text(document, "detail"),
            request_id=_text(document, "request_id"),
            errors=tuple(
                Fault(*(_text(fault, name) or "" for name in ("pointer", "rule", "message")))
                for fault in faults
                if isinstance(fault, Mapping)
            ),
        )

    def __str__(self) -> str:
        text = f"{self.status} {self.title}" if self.status else self.title
        if self.detail:
            text += f": {self.detail}"
        for fault in self.errors:
            text += f"\n  {fault.pointer}: {fault.message} [{fault.rule}]"
        if self.request_id:
            text += f" (request {self.request_id})" if not self.errors else f"\n(request {self.request_id})"
        return text


class ApiError(ChandleryError):
    """The server has answered with a problem."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(problem, retry_after)
        self.problem = problem
        self.retry_after = retry_after
        """When the server asks to come back, in seconds from its answer; `None` if it does not say."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status

    @property
    def title(self) -> str:
        """What kind of problem it is, for people."""
        return self.problem.title

    @property
    def detail(self) -> str | None:
        """What is wrong in this case."""
        return self.problem.detail

    @property
    def request_id(self) -> str | None:
        """Finds the request in the server's log."""
        return self.problem.request_id

    @property
    def errors(self) -> tuple[Fault, ...]:
        """Each thing that is wrong with the body or the query."""
        return self.problem.errors

    def __str__(self) -> str:
        return str(self.problem)


class NotFound(ApiError):
    """There is no such series, version or import (404), or it has been pruned (410)."""


class Conflict(ApiError):
    """The series is not in the state that was expected; nothing was written (409, 412)."""


class Invalid(ApiError):
    """The request makes no sense to the server; nothing was written (400, 413, 415, 422)."""


class Unavailable(ApiError):
    """The server or its store cannot answer now (429, 502, 503, 504); trying again may help."""


class ConnectionFailed(ChandleryError):
    """No whole answer came: nobody listens at the address, it took too long, or the connection broke."""

    def __init__(self, message: str, never_sent: bool = False) -> None:
        super().__init__(message, never_sent)
        self.never_sent = never_sent
        """Whether it is certain that the server has not seen the request."""

    def __str__(self) -> str:
        return str(self.args[0])


class UnexpectedAnswer(ChandleryError):
    """The answer is not one of this API; the address may be that of another server."""


class ImportFailed(ChandleryError):
    """An import was refused, failed, or was cancelled."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__(report)
        self.report = report
        """The import; its `series` lists those that were committed before it failed."""

    @property
    def problem(self) -> Problem | None:
        """Why, as the server describes it."""
        return self.report.error

    def __str__(self) -> str:
        return f"import {self.report.id} {self.report.state}" + (f": {self.problem}" if self.problem else "")


class ImportUnfinished(ChandleryError, TimeoutError):
    """An import was still under way when the time to wait for it was over; it goes on."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__(report)
        self.report = report
        """The import as it was last seen."""

    def __str__(self) -> str:
        return f"import {self.report.id} is still {self.report.state}"


class BacktestFailed(ChandleryError):
    """A backtest that was waited for has failed or was cancelled."""

    def __init__(self, backtest: Backtest) -> None:
        super().__init__(backtest)
        self.backtest = backtest
        """The backtest; its `failure` says why it failed."""

    def __str__(self) -> str:
        return _ended("backtest", self.backtest)


class BacktestUnfinished(ChandleryError, TimeoutError):
    """A backtest was still queued or running when the time to wait for it was over; it goes on."""

    def __init__(self, backtest: Backtest) -> None:
        super().__init__(backtest)
        self.backtest = backtest
        """The backtest as it was last seen."""

    def __str__(self) -> str:
        return f"backtest {self.backtest.id} is still {self.backtest.status}"


class SweepFailed(ChandleryError):
    """A sweep that was waited for has failed or was cancelled."""

    def __init__(self, sweep: Sweep) -> None:
        super().__init__(sweep)
        self.sweep = sweep
        """The sweep, without its runs; its `failure` says why it failed."""

    def __str__(self) -> str:
        return _ended("sweep", self.sweep)


class SweepUnfinished(ChandleryError, TimeoutError):
    """A sweep was still queued or running when the time to wait for it was over; it goes on."""

    def __init__(self, sweep: Sweep) -> None:
        super().__init__(sweep)
        self.sweep = sweep
        """The sweep as it was last seen."""

    def __str__(self) -> str:
        return f"sweep {self.sweep.id} is still {self.sweep.status}"


_BY_STATUS: dict[int, type[ApiError]] = {
    400: Invalid,
    404: NotFound,
    409: Conflict,
    410: NotFound,
    412: Conflict,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: Unavailable,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


def api_error(problem: Problem, retry_after: float | None = None) -> ApiError:
    """Returns the error for `problem`, of the class that fits its status."""
    return _BY_STATUS.get(problem.status, ApiError)(problem, retry_after)


def _text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    return None if value is None else str(value)


def _ended(kind: str, run: Backtest | Sweep) -> str:
    return f"{kind} {run.id} {run.status}" + (f": {run.failure}" if run.failure else "")
