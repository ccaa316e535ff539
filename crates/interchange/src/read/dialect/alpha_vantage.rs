//! CSV of Alpha Vantage's time series.

use super::{COMMON, Dialect};
use crate::read::time::{TimeForm, WrittenTime};

pub(super) static ALPHA_VANTAGE: Dialect = Dialect {
    name: "alpha-vantage",
    title: "Alpha Vantage, `datatype=csv`",
    sample: "timestamp,open,high,low,close,volume",
    time: "`2019-02-04`, `2019-02-04 16:00:00`",
    zone: "dates of the exchange; `--zone` for times of day, often America/New_York",
    notes: "newest first; what it sends in JSON when it is asked too often is refused",
    times: &[TimeForm::Iso],
    fits: |glance| {
        let naive = |text| matches!(text, Some(WrittenTime::Date(_) | WrittenTime::Local(_)));
        glance.names_are(&["timestamp", "open", "high", "low", "close", "volume"])
            && naive(glance.first_time().and_then(|time| TimeForm::Iso.read(time)))
    },
    ..COMMON
};
