//! Bars of Interactive Brokers' API, as Python programs write them.

use super::{COMMON, Columns, Dialect};
use crate::read::time::TimeForm;

pub(super) static INTERACTIVE_BROKERS: Dialect = Dialect {
    name: "interactive-brokers",
    title: "Interactive Brokers, historical bars of the API",
    sample: ",date,open,high,low,close,volume,average,barCount",
    time: "`20250102`, `20250102 09:30:12`, also with `US/Eastern` behind, ISO 8601, epoch s",
    zone: "the offset or the zone in the row, else `--zone`; dates of the exchange",
    notes: "a zone must be named in full: `EST` is not read, as it means two things; index, average and count are \
            ignored",
    columns: Columns {
        time: &["date"],
        ..Columns::USUAL
    },
    times: &[TimeForm::Compact, TimeForm::Iso, TimeForm::Epoch],
    fits: |glance| glance.has_names(&["date", "average", "barcount"]) && glance.has_prices(),
    ..COMMON
};
