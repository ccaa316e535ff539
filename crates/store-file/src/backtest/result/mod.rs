//! Trades and equity curves, as Parquet.

mod columns;
mod equity;
mod trades;

use std::{io, path::Path};

use bytes::Bytes;
use domain::{
    backtest::{BacktestResult, EquityCurve, Trade, TradesQuery},
    error::StoreError,
    id::BacktestId,
    page::Page,
};
use parquet::errors::ParquetError;

use super::{
    document::{BacktestDocument, ResultFiles, Stored, checksum},
    existing,
};
use crate::{
    fault::{damaged, file_fault},
    layout::BacktestFolder,
    store::Shared,
};

/// Writes the files of a result, durably but for the folder.
pub(super) fn write(
    shared: &Shared,
    folder: &BacktestFolder,
    result: &BacktestResult,
) -> Result<ResultFiles, StoreError> {
    let trades = trades::encode(&result.trades).map_err(StoreError::unavailable)?;
    let equity = equity::encode(&result.equity).map_err(StoreError::unavailable)?;
    shared.write_new(&folder.trades(), &trades)?;
    shared.write_new(&folder.equity(), &equity)?;
    Ok(ResultFiles {
        trades: checksum(&trades),
        equity: checksum(&equity),
    })
}

/// Reads a file of a result; `None` when it is missing.
fn read<T>(
    shared: &Shared,
    path: &Path,
    expected: &str,
    decode: fn(Bytes) -> Result<T, ParquetError>,
) -> Result<Option<T>, StoreError> {
    let bytes = match shared.vfs.read_from(path, 0) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file_fault("read", path, error)),
    };
    if checksum(&bytes) != expected {
        return Err(damaged(path, "it does not match its checksum"));
    }
    let decoded = decode(Bytes::from(bytes));
    decoded
        .map(Some)
        .map_err(|error| damaged(path, format!("it can't be understood: {error}")))
}

fn missing(path: &Path) -> StoreError {
    damaged(path, "it is missing")
}

/// Which file of a result is read, and how.
struct Part<T> {
    path: fn(&BacktestFolder) -> std::path::PathBuf,
    checksum: fn(&ResultFiles) -> &str,
    decode: fn(Bytes) -> Result<T, ParquetError>,
}

const TRADES: Part<Vec<Trade>> = Part {
    path: BacktestFolder::trades,
    checksum: |files| &files.trades,
    decode: trades::decode,
};

const EQUITY: Part<EquityCurve> = Part {
    path: BacktestFolder::equity,
    checksum: |files| &files.equity,
    decode: equity::decode,
};

impl<T: Default> Part<T> {
    fn of(&self, shared: &Shared, document: &BacktestDocument) -> Result<T, StoreError> {
        let Some(files) = &document.result else {
            return Ok(T::default());
        };
        let path = (self.path)(&shared.layout.backtest(document.backtest.id));
        let found = read(shared, &path, (self.checksum)(files), self.decode)?;
        found.ok_or_else(|| missing(&path))
    }

    fn find(&self, shared: &Shared, id: BacktestId) -> Result<T, StoreError> {
        loop {
            let Stored::Ended(document) = existing(shared, id)? else {
                return Ok(T::default());
            };
            let error = match self.of(shared, &document) {
                Ok(part) => return Ok(part),
                Err(error) => error,
            };
            // It may have been removed, and even stored anew, between the two looks.
            match existing(shared, id)? {
                Stored::Ended(now) if now.result == document.result => return Err(error),
                _ => {}
            }
        }
    }
}

/// Lists the trades of a backtest. The whole file is read, as its checksum is that of the whole.
pub(super) fn trades(shared: &Shared, query: &TradesQuery) -> Result<Page<Trade, u32>, StoreError> {
    let page = &query.page;
    let mut trades = TRADES.find(shared, query.backtest)?;
    let seen = trades.partition_point(|trade| page.after.is_some_and(|after| trade.number <= after));
    trades.drain(..seen);
    Ok(Page::cut(trades, page.limit, |trade| trade.number))
}

/// Reads the equity curve of a backtest.
pub(super) fn equity(shared: &Shared, id: BacktestId) -> Result<EquityCurve, StoreError> {
    EQUITY.find(shared, id)
}

/// Reads all that a backtest gave.
pub(super) fn whole(shared: &Shared, document: &BacktestDocument) -> Result<BacktestResult, StoreError> {
    Ok(BacktestResult {
        trades: TRADES.of(shared, document)?,
        equity: EQUITY.of(shared, document)?,
    })
}
