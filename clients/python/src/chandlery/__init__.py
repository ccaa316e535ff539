"""Client of Chandlery, a store of price history whose every write is a version that stays readable."""

from .client import Client
from .errors import (
    ApiError,
    ChandleryError,
    Conflict,
    ConnectionFailed,
    Fault,
    ImportFailed,
    ImportUnfinished,
    Invalid,
    NotFound,
    Problem,
    Unavailable,
    UnexpectedAnswer,
)
from .keys import SeriesKey
from .records import (
    BarValues,
    Commit,
    Diff,
    Difference,
    Gap,
    ImportedSeries,
    ImportReport,
    Progress,
    RuleCount,
    Series,
    Written,
)
from .version import __version__

__all__ = [
    "ApiError",
    "BarValues",
    "ChandleryError",
    "Client",
    "Commit",
    "Conflict",
    "ConnectionFailed",
    "Diff",
    "Difference",
    "Fault",
    "Gap",
    "ImportFailed",
    "ImportReport",
    "ImportUnfinished",
    "ImportedSeries",
    "Invalid",
    "NotFound",
    "Problem",
    "Progress",
    "RuleCount",
    "Series",
    "SeriesKey",
    "Unavailable",
    "UnexpectedAnswer",
    "Written",
    "__version__",
]
