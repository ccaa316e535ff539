//! Open, high, low and close.

use domain::market::{Bars, Column, ColumnSet};

use super::{
    column::{CodecError, framed, pack, pack_any, unframed, unpack},
    scale::{MOST_DIGITS, scale, unscale},
};

/// Codings from 0 to 9 are integers with that many digits behind the point, told by the other prices.
const RAW: u8 = 16;
/// The prices in the order of storage.
const PRICES: [Column; 4] = [Column::Open, Column::High, Column::Low, Column::Close];

pub(super) fn encode(bars: &Bars) -> Result<[Vec<u8>; 4], CodecError> {
    let columns = [bars.open(), bars.high(), bars.low(), bars.close()];
    let Some((digits, integers)) = scale(&columns) else {
        let raw = |column: &[f64]| framed(RAW, |bytes| pack_any(column, bytes));
        let [open, high, low, close] = columns;
        return Ok([raw(open)?, raw(high)?, raw(low)?, raw(close)?]);
    };
    let packed = |numbers: Vec<i64>| framed(digits, |bytes| pack(&numbers, bytes));
    let [open, high, low, close] = [0, 1, 2, 3].map(|index| integers[index].as_slice());
    let rows = 0..bars.len();
    let before = |row: usize| if row == 0 { 0 } else { close[row - 1] };
    Ok([
        packed(rows.clone().map(|row| open[row] - before(row)).collect())?,
        packed(
            rows.clone()
                .map(|row| high[row] - open[row].max(close[row]))
                .collect(),
        )?,
        packed(
            rows.clone()
                .map(|row| open[row].min(close[row]) - low[row])
                .collect(),
        )?,
        packed(rows.map(|row| close[row] - open[row]).collect())?,
    ])
}

/// Decodes the wanted prices; the place of the volume stays empty.
pub(super) fn decode(
    bars: usize,
    bytes: &[Option<&[u8]>; 5],
    wanted: ColumnSet,
) -> Result<[Option<Vec<f64>>; 5], CodecError> {
    let mut columns: [Option<Vec<f64>>; 5] = Default::default();
    let wanted: Vec<Column> = PRICES
        .into_iter()
        .filter(|column| wanted.contains(*column))
        .collect();
    if wanted.is_empty() {
        return Ok(columns);
    }
    let payload = |column: Column| unframed(bytes[column as usize].ok_or(CodecError::Missing(column))?);
    let (coding, open) = payload(Column::Open)?;
    if coding == RAW {
        for column in wanted {
            let (coding, payload) = payload(column)?;
            if coding != RAW {
                return Err(CodecError::Coding(coding));
            }
            columns[column as usize] = Some(unpack(payload, bars)?);
        }
        return Ok(columns);
    }
    let numbers = |column: Column| {
        let (found, payload) = payload(column)?;
        if found == coding {
            unpack::<i64>(payload, bars)
        } else {
            Err(CodecError::Coding(found))
        }
    };
    if coding > MOST_DIGITS {
        return Err(CodecError::Coding(coding));
    }
    let (mut open, mut close) = (unpack::<i64>(open, bars)?, numbers(Column::Close)?);
    follow(&mut open, &mut close);
    for column in wanted {
        let integers = match column {
            Column::High => told_by(numbers(column)?, &open, &close, |number, open, close| {
                open.max(close).wrapping_add(number)
            }),
            Column::Low => told_by(numbers(column)?, &open, &close, |number, open, close| {
                open.min(close).wrapping_sub(number)
            }),
            Column::Open => {
                columns[column as usize] = Some(unscale(&open, coding));
                continue;
            }
            Column::Close | Column::Volume => {
                columns[column as usize] = Some(unscale(&close, coding));
                continue;
            }
        };
        columns[column as usize] = Some(unscale(&integers, coding));
    }
    Ok(columns)
}

/// Turns differences to the bar before into prices, in place. Damaged numbers may wrap; their checksum matched, so
/// somebody wrote them on purpose, and the digest tells.
fn follow(open: &mut [i64], close: &mut [i64]) {
    let mut before = 0_i64;
    for (open, close) in open.iter_mut().zip(close) {
        *open = before.wrapping_add(*open);
        *close = open.wrapping_add(*close);
        before = *close;
    }
}

fn told_by(
    mut numbers: Vec<i64>,
    open: &[i64],
    close: &[i64],
    tell: impl Fn(i64, i64, i64) -> i64,
) -> Vec<i64> {
    for ((number, open), close) in numbers.iter_mut().zip(open).zip(close) {
        *number = tell(*number, *open, *close);
    }
    numbers
}
