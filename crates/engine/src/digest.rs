//! The digest of a result.

use domain::backtest::{Metric, Metrics, ResultDigest, Trade};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::Xxh3;

/// The version of what is computed: it changes whenever equal inputs may give other bits, and is kept with every
/// result.
pub const ENGINE_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+rules.2+ta-lib.0.8.3");

/// How many equities are hashed by themselves: several cores share the work.
pub(crate) const BLOCK: usize = 1 << 16;

/// The hash of the times and equities of a block.
pub(crate) type BlockHash = [u8; 32];

/// The hash of trades and equity, to which the figures are still to be added.
pub(crate) struct Partial(Sha256);

impl Partial {
    /// Hashes trades and equity: counts as u64, times as i64, numbers as the bits of their f64, all little-endian;
    /// texts in UTF-8 behind their length. The equity is hashed in blocks of [`BLOCK`] bars, whose SHA-256s follow in
    /// order.
    pub(crate) fn of(trades: &[Trade], bars: usize, blocks: &[BlockHash]) -> Self {
        let mut hash = Sha256::new();
        text(&mut hash, "chandlery-result-2");
        hash.update((trades.len() as u64).to_le_bytes());
        for trade in trades {
            self::trade(&mut hash, trade);
        }
        hash.update((bars as u64).to_le_bytes());
        for block in blocks {
            hash.update(block);
        }
        Self(hash)
    }
}

/// Hashes the equities of a block behind the XXH3-128 (seed 0) of its times: those of a run are the times of bars,
/// which have a digest of their own, and those of another tool's result could be damaged.
pub(crate) fn block_hash(times: &[i64], values: &[f64]) -> BlockHash {
    let mut of_times = Xxh3::new();
    in_bytes(times, i64::to_le_bytes, |bytes| of_times.update(bytes));
    let mut hash = Sha256::new();
    hash.update(of_times.digest128().to_le_bytes());
    in_bytes(
        values,
        |value| value.to_bits().to_le_bytes(),
        |bytes| hash.update(bytes),
    );
    hash.finalize().into()
}

/// Shows the bytes of a column to `take`, some at a time.
fn in_bytes<T: Copy>(column: &[T], bytes_of: impl Fn(T) -> [u8; 8], mut take: impl FnMut(&[u8])) {
    let mut bytes = [0; 8 * 512];
    for column in column.chunks(512) {
        for (bytes, value) in bytes.chunks_exact_mut(8).zip(column) {
            bytes.copy_from_slice(&bytes_of(*value));
        }
        take(&bytes[..8 * column.len()]);
    }
}

/// Computes the digest of a result. The figures are hashed by name, so that a store may keep them in any order.
pub(crate) fn result_digest(metrics: &Metrics, partial: Partial) -> ResultDigest {
    let mut hash = partial.0;
    let mut figures: Vec<(&str, &Metric)> = metrics.iter().collect();
    figures.sort_by_key(|(name, _)| *name);
    hash.update((figures.len() as u64).to_le_bytes());
    for (name, metric) in figures {
        text(&mut hash, name);
        text(&mut hash, &metric.basis);
        match (metric.value, &metric.reason) {
            (Some(value), _) => {
                hash.update([1]);
                number(&mut hash, value);
            }
            (None, reason) => {
                hash.update([0]);
                text(&mut hash, reason.as_deref().unwrap_or_default());
            }
        }
    }
    ResultDigest::from_bytes(hash.finalize().into())
}

/// Computes the digest of a result that was stored, to be compared with the one stored beside it.
pub fn digest_of(
    trades: &[Trade],
    equity: &domain::backtest::EquityCurve,
    metrics: &Metrics,
) -> ResultDigest {
    let blocks: Vec<BlockHash> = equity
        .time()
        .par_chunks(BLOCK)
        .zip(equity.equity().par_chunks(BLOCK))
        .map(|(times, values)| block_hash(times, values))
        .collect();
    result_digest(metrics, Partial::of(trades, equity.len(), &blocks))
}

fn trade(hash: &mut Sha256, trade: &Trade) {
    hash.update(u64::from(trade.number).to_le_bytes());
    text(hash, trade.side.as_str());
    text(hash, trade.exit_reason.as_str());
    hash.update(trade.entry_time.micros().to_le_bytes());
    hash.update(trade.exit_time.micros().to_le_bytes());
    let numbers = [
        trade.units,
        trade.entry_price,
        trade.exit_price,
        trade.gross,
        trade.costs,
        trade.net,
        trade.net_return,
    ];
    for value in numbers {
        number(hash, value);
    }
}

fn number(hash: &mut Sha256, number: f64) {
    hash.update(number.to_bits().to_le_bytes());
}

fn text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
}
