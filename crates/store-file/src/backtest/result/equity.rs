//! Equity curves to Parquet and back.

use bytes::Bytes;
use domain::backtest::EquityCurve;
use parquet::{errors::ParquetError, file::reader::SerializedFileReader};

use super::columns::{Columns, Values, encode as encode_columns};

/// `time` is the opening time of each bar, `equity` what the account was worth at its close.
const SCHEMA: &str = "message equity {
    required int64 time (timestamp(micros, true));
    required double equity;
}";

pub(super) fn encode(curve: &EquityCurve) -> Result<Vec<u8>, ParquetError> {
    let columns = [
        ("time", Values::Integers(curve.time().to_vec())),
        ("equity", Values::Doubles(curve.equity().to_vec())),
    ];
    encode_columns(SCHEMA, &columns)
}

pub(super) fn decode(bytes: Bytes) -> Result<EquityCurve, ParquetError> {
    let file = SerializedFileReader::new(bytes)?;
    let mut columns = Columns::of(&file)?;
    let (time, equity) = (columns.integers()?, columns.doubles()?);
    EquityCurve::new(time, equity).map_err(|error| ParquetError::General(error.to_string()))
}
