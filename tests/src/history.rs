//! A store with a past.

use crate::{Place, minute_csv};

/// Writes one series with a correction, a deletion and a revert, and another with unknown volumes, one zone set.
pub fn write_history(place: &Place, rows: u64) {
    place.write("a.csv", minute_csv(0..rows, 1));
    place.write("b.csv", minute_csv(rows / 2..rows / 2 + rows / 10, 2));
    place.write(
        "c.csv",
        "time,open,high,low,close,volume\n2024-01-02,1,2,1,2,\n2024-01-03,2,3,2,3,5\n",
    );
    place
        .run(["import", "a.csv", "--series", "X:A/1m", "--reason", "first"])
        .ok();
    place.run(["import", "b.csv", "--series", "X:A/1m"]).ok();
    place
        .run([
            "series",
            "delete",
            "X:A/1m",
            "--start",
            "2000-01-01T01:00:00Z",
            "--end",
            "2000-01-01T02:00:00Z",
            "--yes",
        ])
        .ok();
    place.run(["series", "revert", "X:A/1m", "--to", "1"]).ok();
    place.run(["import", "c.csv", "--series", "X:C/1d"]).ok();
    place
        .run([
            "series",
            "set",
            "X:C",
            "--zone",
            "America/New_York",
            "--currency",
            "USD",
        ])
        .ok();
}
