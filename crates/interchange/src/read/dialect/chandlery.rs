//! What `chandlery export --format csv` writes.

use super::{COMMON, Dialect};
use crate::read::time::TimeForm;

pub(super) static CHANDLERY: Dialect = Dialect {
    name: "chandlery",
    title: "Chandlery's own export",
    sample: "time,open,high,low,close,volume",
    time: "`2024-01-02T14:30:00Z`",
    zone: "the offset",
    notes: "empty volume: unknown",
    times: &[TimeForm::Iso],
    fits: |glance| {
        glance.names_are(&["time", "open", "high", "low", "close", "volume"])
            && glance
                .first_time()
                .is_some_and(|time| time.ends_with(b"Z") && time.contains(&b'T'))
    },
    ..COMMON
};
