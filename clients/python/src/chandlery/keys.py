"""The names of series, and where the API keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable
from urllib.parse import quote


@runtime_checkable
class HasKey(Protocol):
    """Anything that carries the text of a key, such as a `chandlery.Series`."""

    @property
    def key(self) -> str:
        """The key as text, `VENUE:SYMBOL/TF`."""


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """Names a series: the venue, the symbol and the length of its bars, written `BINANCE:BTCUSDT/1m`."""

    venue: str
    symbol: str
    timeframe: str

    @classmethod
    def parse(cls, text: str) -> SeriesKey:
        """Reads `VENUE:SYMBOL/TF`, split at the first `:` and the last `/`, as symbols may hold both.

        Whether venue, symbol and timeframe exist is the server's to say.

        Raises:
            ValueError: when a part is missing or empty.
        """
        venue, colon, rest = text.partition(":")
        symbol, slash, timeframe = rest.rpartition("/")
        if not (colon and slash and venue and symbol and timeframe):
            raise ValueError(
                f"{text!r} does not name a series; write VENUE:SYMBOL/TIMEFRAME, such as BINANCE:BTCUSDT/1m"
            )
        return cls(venue, symbol, timeframe)

    @property
    def path(self) -> str:
        """The path of the series below the API's prefix, percent-encoded."""
        return "/series/" + "/".join(segment(part) for part in (self.venue, self.symbol, self.timeframe))

    def __str__(self) -> str:
        return f"{self.venue}:{self.symbol}/{self.timeframe}"


Key = str | SeriesKey | HasKey
"""What names a series in calls: its text, a `SeriesKey`, or a `Series` that was listed."""


def series_key(key: Key) -> SeriesKey:
    """Returns the key that `key` names.

    Raises:
        ValueError: when a text does not name a series.
        TypeError: when `key` is something else.
    """
    if isinstance(key, SeriesKey):
        return key
    text = key if isinstance(key, str) else getattr(key, "key", None)
    if not isinstance(text, str):
        raise TypeError(f"a series is named by a text or a SeriesKey, not by {type(key).__name__}")
    return SeriesKey.parse(text)


def segment(text: str) -> str:
    """Encodes `text` as one segment of a path.

    Dots are left alone by percent-encoding, but a segment of nothing else would mean "here" or "one up".
    """
    if text.strip(".") == "":
        return "%2E" * len(text)
    return quote(text, safe="")
