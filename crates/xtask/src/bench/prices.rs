//! Synthetic prices.

use anyhow::Result;
use domain::market::Bars;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// 2020-01-01T00:00:00Z, µs since the epoch.
const START: i64 = 1_577_836_800_000_000;
const MINUTE: i64 = 60_000_000;

/// Makes `rows` one-minute bars without gaps: a random walk in cents with whole volumes, the same for the same seed.
pub(crate) fn minute_bars(rows: u32, seed: u64) -> Result<Bars> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut columns: [Vec<f64>; 5] = std::array::from_fn(|_| Vec::with_capacity(rows as usize));
    let mut price = 10_000_i64;
    for _ in 0..rows {
        let open = (price + random.random_range(-3..=3)).max(100);
        let close = (open + random.random_range(-12..=12)).max(100);
        let high = open.max(close) + random.random_range(0..8);
        let low = open.min(close) - random.random_range(0..8);
        let cents = [open, high, low, close].map(|cents| cents as f64 / 100.0);
        let volume = f64::from(random.random_range(0..50_000_u32));
        for (column, value) in columns.iter_mut().zip(cents.into_iter().chain([volume])) {
            column.push(value);
        }
        price = close;
    }
    let time = (0..i64::from(rows))
        .map(|minute| START + minute * MINUTE)
        .collect();
    let [open, high, low, close, volume] = columns;
    Ok(Bars::new(time, open, high, low, close, volume)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_prices() {
        let bars = minute_bars(1_000, 1).unwrap();
        assert_eq!(bars, minute_bars(1_000, 1).unwrap());
        assert_ne!(bars, minute_bars(1_000, 2).unwrap());
        assert_eq!(bars.first_nonpositive(), None);
    }
}
