//! The equity curve of a backtest: compressed stretches, and what each day ended with for those who read with SQL.

use domain::{
    backtest::{EquityCurve, NewBacktest},
    error::StoreError,
    id::BacktestId,
};
use tokio::task;

use super::result::Coded;
use crate::{
    codec::{decode_curve, encode_curve},
    database::{Fault, Lease, damaged},
    market::{Row, TaskFault},
};

/// How many points a row has.
const ROW_POINTS: usize = 65_536;
/// How many rows one statement carries: a few megabytes.
const STATEMENT_ROWS: usize = 4;
/// How many days one statement carries.
const STATEMENT_DAYS: usize = 10_000;
const DAY_MICROS: i64 = 86_400_000_000;
/// Days before 4713 BC, the first that the database knows, have no row.
const FIRST_DAY: i64 = -2_440_588;

/// A stretch of a curve.
#[derive(Debug)]
pub(super) struct Stretch {
    first: i64,
    points: usize,
    time: Vec<u8>,
    equity: Vec<u8>,
}

/// What a UTC day ended with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DayEnd {
    /// Days since 1970-01-01.
    day: i32,
    equity: f64,
    /// How far that lies below the highest equity until then, as a fraction; none when that is nothing.
    drawdown: Option<f64>,
}

/// Encodes the curve of a backtest.
pub(super) fn encode(new: &NewBacktest) -> Result<Coded, StoreError> {
    let curve = &new.result.equity;
    let stretches = curve
        .time()
        .chunks(ROW_POINTS)
        .zip(curve.equity().chunks(ROW_POINTS));
    let encoded = stretches.map(|(time, equity)| {
        let (coded_time, coded_equity) = encode_curve(time, equity).map_err(StoreError::unavailable)?;
        Ok(Stretch {
            first: time[0],
            points: time.len(),
            time: coded_time,
            equity: coded_equity,
        })
    });
    Ok(Coded {
        points: encoded.collect::<Result<_, StoreError>>()?,
        days: days_of(new.backtest.settings.cash, curve),
    })
}

/// Returns what each day ended with; the cash at the beginning is the first peak.
fn days_of(cash: f64, curve: &EquityCurve) -> Vec<DayEnd> {
    let mut days: Vec<DayEnd> = Vec::new();
    let points = curve.time().iter().zip(curve.equity());
    for ((time, equity), drawdown) in points.zip(curve.drawdowns(cash)) {
        let day = time.div_euclid(DAY_MICROS);
        let Some(day) = i32::try_from(day).ok().filter(|_| day >= FIRST_DAY) else {
            continue;
        };
        let found = DayEnd {
            day,
            equity: *equity,
            drawdown,
        };
        match days.last_mut() {
            Some(last) if last.day == day => *last = found,
            _ => days.push(found),
        }
    }
    days
}

/// Adds a curve.
pub(super) async fn add(lease: &mut Lease, id: BacktestId, coded: &Coded) -> Result<(), Fault> {
    for rows in coded.points.chunks(STATEMENT_ROWS) {
        let query = sqlx::query(include_str!("sql/add_points.sql"))
            .bind(id.as_uuid())
            .bind(rows.iter().map(|row| row.first).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.points as i32).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.time.as_slice()).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.equity.as_slice()).collect::<Vec<_>>());
        lease.execute(query).await?;
    }
    for days in coded.days.chunks(STATEMENT_DAYS) {
        let query = sqlx::query(include_str!("sql/add_days.sql"))
            .bind(id.as_uuid())
            .bind(days.iter().map(|day| day.day).collect::<Vec<_>>())
            .bind(days.iter().map(|day| day.equity).collect::<Vec<_>>())
            .bind(days.iter().map(|day| day.drawdown).collect::<Vec<_>>());
        lease.execute(query).await?;
    }
    Ok(())
}

/// Returns the curve of a backtest; nothing when there is no such backtest.
pub(super) async fn read(lease: &mut Lease, id: BacktestId) -> Result<Option<EquityCurve>, Fault> {
    let query = sqlx::query(include_str!("sql/points.sql"));
    let rows = lease.all(query.bind(id.as_uuid())).await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let place = format!("equity_chunk (backtest_id {id})");
    let count = Row::new(first, &place).count("point_count")?;
    let mut stretches = Vec::with_capacity(rows.len());
    for row in &rows {
        let row = Row::new(row, &place);
        // Without points there is one row, of the backtest alone.
        let Some(first) = row.get("first_time")? else {
            break;
        };
        let points: i32 = row.get("points")?;
        stretches.push(Stretch {
            first,
            points: usize::try_from(points).unwrap_or_default(),
            time: row.get("time")?,
            equity: row.get("equity")?,
        });
    }
    let decoding = task::spawn_blocking(move || decode(&place, count, &stretches));
    let curve = decoding
        .await
        .map_err(|error| StoreError::unavailable(TaskFault(error)))?;
    Ok(Some(curve?))
}

fn decode(place: &str, count: u64, stretches: &[Stretch]) -> Result<EquityCurve, StoreError> {
    let found: usize = stretches.iter().map(|stretch| stretch.points).sum();
    if found as u64 != count {
        return Err(damaged(place, format!("there are {found} points of {count}")));
    }
    let (mut time, mut equity) = (Vec::with_capacity(found), Vec::with_capacity(found));
    for stretch in stretches {
        let place = format!("{place}, first_time {}", stretch.first);
        let (times, equities) = decode_curve(stretch.points, &stretch.time, &stretch.equity)
            .map_err(|error| StoreError::corrupt(&place, error))?;
        if times.first() != Some(&stretch.first) {
            return Err(damaged(place, "its times are not those of its row"));
        }
        time.extend(times);
        equity.extend(equities);
    }
    EquityCurve::new(time, equity).map_err(|error| StoreError::corrupt(place, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_with_its_last_equity_against_the_highest_until_then() {
        let hours = |hour: i64| hour * DAY_MICROS / 24;
        let time = vec![hours(-1), hours(1), hours(23), hours(30)];
        let curve = EquityCurve::new(time, vec![90.0, 200.0, 150.0, 250.0]).unwrap();
        let day = |day, equity, drawdown| DayEnd {
            day,
            equity,
            drawdown: Some(drawdown),
        };
        let expected = [
            day(-1, 90.0, 90.0 / 100.0 - 1.0),
            day(0, 150.0, -0.25),
            day(1, 250.0, 0.0),
        ];
        assert_eq!(days_of(100.0, &curve), expected);
    }

    #[test]
    fn nothing_lies_below_an_account_that_was_never_worth_anything() {
        let curve = EquityCurve::new(vec![0], vec![-5.0]).unwrap();
        assert_eq!(days_of(0.0, &curve)[0].drawdown, None);
    }
}
