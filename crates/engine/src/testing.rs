//! Bars and documents for tests.

use domain::{
    market::{Bar, Bars, Timeframe},
    strategy::StrategyDocument,
};

use crate::{Checked, RunSettings, check, parse_toml};

pub(crate) const DAY: i64 = 86_400_000_000;
pub(crate) const MINUTE: i64 = 60_000_000;

/// Bars of open, high, low and close, `step` µs apart from the epoch on.
pub(crate) fn bars(step: i64, rows: &[[f64; 4]]) -> Bars {
    let rows: Vec<Bar> = rows
        .iter()
        .enumerate()
        .map(|(index, [open, high, low, close])| Bar {
            time: index as i64 * step,
            open: *open,
            high: *high,
            low: *low,
            close: *close,
            volume: 100.0 + index as f64,
        })
        .collect();
    Bars::from_rows(&rows).unwrap()
}

/// Bars whose four prices are equal.
pub(crate) fn flat_bars(step: i64, prices: &[f64]) -> Bars {
    let rows: Vec<[f64; 4]> = prices.iter().map(|price| [*price; 4]).collect();
    bars(step, &rows)
}

/// A walk that looks random, the same each time: daily bars of prices around 100.
pub(crate) fn walk(rows: usize, seed: u64) -> Bars {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let mut price = 100.0;
    let rows: Vec<[f64; 4]> = (0..rows)
        .map(|_| {
            let open: f64 = price * (1.0 + 0.01 * draw());
            let close: f64 = open * (1.0 + 0.04 * draw());
            price = close;
            let high = open.max(close) * (1.0 + 0.01 * (draw() + 0.5));
            let low = open.min(close) * (1.0 - 0.01 * (draw() + 0.5));
            [open, high, low, close]
        })
        .collect();
    bars(DAY, &rows)
}

/// A checked document of the given body, with a name.
pub(crate) fn checked(body: &str) -> Checked {
    check(&document(body)).unwrap()
}

/// A document of the given body, with a name.
pub(crate) fn document(body: &str) -> StrategyDocument {
    parse_toml(&format!("name = 'test'\n{body}")).unwrap()
}

/// Settings of a run over daily bars with a cash of 1000 and 252 sessions.
pub(crate) fn daily() -> RunSettings {
    RunSettings::new(1000.0, Timeframe::DAY, 252.0)
}
