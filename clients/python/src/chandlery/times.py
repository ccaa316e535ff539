"""Times on their way to and from the API: RFC 3339 in UTC, to the microsecond."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

Time = datetime | date | str
"""A moment: an aware `datetime` (or `pandas.Timestamp`), a date (its midnight in UTC), or either as ISO text."""

AsOf = int | Time
"""Which state is read: that of a version, or that of the last commit at or before a time."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)([Zz]|[+-]\d{2}:\d{2})?")
_ZEROS = re.compile(r"(\.\d{6})0+(?!\d)")
_VERSION = re.compile(r"v?\d{1,9}")


def time_text(time: Time) -> str:
    """Returns `time` as the API takes it: a date, or RFC 3339 in UTC.

    Raises:
        ValueError: when a time of day comes without its offset from UTC, is finer than a microsecond, or cannot
            be read.
        TypeError: when `time` is no time at all.
    """
    if isinstance(time, str):
        return _text_of_text(time)
    if isinstance(time, datetime):
        return _text_of_moment(time, time)
    if isinstance(time, date):
        return time.isoformat()
    raise TypeError(f"a time is a datetime, a date or a text, not {type(time).__name__}")


def as_of_text(as_of: AsOf) -> str:
    """Returns a version or a time as the API takes it.

    Raises:
        ValueError: when it is a negative version or a time that `time_text` refuses.
        TypeError: when it is neither.
    """
    if isinstance(as_of, bool):
        raise TypeError("as_of is a version or a time, not a bool")
    if isinstance(as_of, int):
        if as_of < 0:
            raise ValueError(f"versions count from 0, and {as_of} is below")
        return str(as_of)
    if isinstance(as_of, str) and (_VERSION.fullmatch(as_of) or as_of == "head"):
        return as_of
    return time_text(as_of)


def parse_time(text: str) -> datetime:
    """Reads a time of the API, in UTC.

    Raises:
        ValueError: when `text` is not RFC 3339 with an offset.
    """
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text!r} lacks its offset from UTC")
    return time.astimezone(UTC)


def _text_of_text(text: str) -> str:
    if _DATE.fullmatch(text):
        return date.fromisoformat(text).isoformat()
    match = _MOMENT.fullmatch(_ZEROS.sub(r"\1", text))
    if match is None:
        raise ValueError(f"{text!r} is not a time to the microsecond; write 2024-05-01 or 2024-05-01T13:30:00Z")
    day, clock, offset = match.groups()
    return _text_of_moment(datetime.fromisoformat(f"{day}T{clock}{(offset or '').upper()}"), text)


def _text_of_moment(moment: datetime, given: object) -> str:
    # pandas' missing time passes for a datetime, but is not equal even to itself.
    if moment != moment:
        raise ValueError("NaT is not a time")
    if moment.utcoffset() is None:
        raise ValueError(
            f"{given} has no time zone; say which moment is meant, such as "
            "datetime(2024, 5, 1, 13, 30, tzinfo=timezone.utc) or 2024-05-01T13:30:00Z"
        )
    if getattr(moment, "nanosecond", 0):
        raise ValueError(f"{given} is finer than a microsecond, which is what times are kept to")
    utc = moment.astimezone(UTC)
    # Taken apart and put together, as the ISO text of a pandas.Timestamp is not always that of a datetime.
    return datetime.combine(utc.date(), utc.time()).isoformat() + "Z"
