from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest

from chandlery.times import as_of_text, parse_time, time_text

EAST = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (datetime(2024, 5, 1, 13, 30, tzinfo=UTC), "2024-05-01T13:30:00Z"),
        (datetime(2024, 5, 1, 8, 30, tzinfo=EAST), "2024-05-01T13:30:00Z"),
        (datetime(2024, 5, 1, 0, 0, 0, 7, tzinfo=UTC), "2024-05-01T00:00:00.000007Z"),
        (datetime(7, 5, 1, tzinfo=UTC), "0007-05-01T00:00:00Z"),
        (date(2024, 5, 1), "2024-05-01"),
        (pd.Timestamp("2024-05-01 09:30", tz="America/New_York"), "2024-05-01T13:30:00Z"),
        (pd.Timestamp("2024-05-01 00:00:00.25", tz="UTC"), "2024-05-01T00:00:00.250000Z"),
        ("2024-05-01", "2024-05-01"),
        ("2024-05-01T13:30:00Z", "2024-05-01T13:30:00Z"),
        ("2024-05-01 13:30z", "2024-05-01T13:30:00Z"),
        ("2024-05-01T08:30:00-05:00", "2024-05-01T13:30:00Z"),
        ("2024-05-01T13:30:00.5Z", "2024-05-01T13:30:00.500000Z"),
        ("2024-05-01T13:30:00.250000000Z", "2024-05-01T13:30:00.250000Z"),
    ],
)
def test_a_time_is_sent_in_utc(time: Any, text: str) -> None:
    assert time_text(time) == text


@pytest.mark.parametrize(
    "time",
    [datetime(2024, 5, 1), pd.Timestamp("2024-05-01 13:30"), "2024-05-01T13:30:00", "2024-05-01 13:30"],
)
def test_a_time_without_a_zone_is_refused(time: Any) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        time_text(time)


@pytest.mark.parametrize("time", [pd.Timestamp("2024-05-01T00:00:00.000000001Z"), "2024-05-01T00:00:00.0000001Z"])
def test_a_time_finer_than_a_microsecond_is_refused(time: Any) -> None:
    with pytest.raises(ValueError, match="microsecond"):
        time_text(time)


@pytest.mark.parametrize("text", ["", "yesterday", "20240501", "1714521600", "2024-13-01", "2024-05-01T13:300Z"])
def test_a_text_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a time|month must be"):
        time_text(text)


def test_a_missing_time_is_refused() -> None:
    with pytest.raises(ValueError, match="NaT is not a time"):
        time_text(pd.NaT)  # type: ignore[arg-type]


@pytest.mark.parametrize("time", [1714521600, 1.5, None, object()])
def test_what_is_no_time_is_refused(time: Any) -> None:
    with pytest.raises(TypeError, match="a time is a datetime, a date or a text"):
        time_text(time)


@pytest.mark.parametrize(
    ("as_of", "text"),
    [
        (3, "3"),
        (0, "0"),
        ("v3", "v3"),
        ("head", "head"),
        (date(2024, 6, 1), "2024-06-01"),
        (datetime(2024, 6, 1, tzinfo=UTC), "2024-06-01T00:00:00Z"),
    ],
)
def test_a_state_is_named_by_its_version_or_by_a_time(as_of: Any, text: str) -> None:
    assert as_of_text(as_of) == text


def test_what_is_neither_a_version_nor_a_time_is_refused() -> None:
    with pytest.raises(ValueError, match="below"):
        as_of_text(-1)
    with pytest.raises(TypeError, match="bool"):
        as_of_text(True)


def test_the_times_of_the_server_are_read_in_utc() -> None:
    assert parse_time("2024-01-02T00:00:00.25Z") == datetime(2024, 1, 2, 0, 0, 0, 250_000, tzinfo=UTC)
    assert parse_time("2024-01-02T01:00:00+01:00").utcoffset() == timedelta(0)
    with pytest.raises(ValueError, match="offset"):
        parse_time("2024-01-02T00:00:00")
