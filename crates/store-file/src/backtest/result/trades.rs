//! Trades to Parquet and back.

use bytes::Bytes;
use domain::{
    backtest::Trade,
    market::{Timestamp, TimestampError},
};
use parquet::{data_type::ByteArray, errors::ParquetError, file::reader::SerializedFileReader};
use serde::{
    Deserialize,
    de::{IntoDeserializer, value::StrDeserializer},
};

use super::columns::{Columns, Values, encode as encode_columns};

/// The columns bear the names of the fields; times are the opening times of bars.
const SCHEMA: &str = "message trades {
    required int64 number;
    required binary side (string);
    required double units;
    required int64 entry_time (timestamp(micros, true));
    required double entry_price;
    required int64 exit_time (timestamp(micros, true));
    required double exit_price;
    required binary exit_reason (string);
    required double gross;
    required double costs;
    required double net;
    required double return;
}";

pub(super) fn encode(trades: &[Trade]) -> Result<Vec<u8>, ParquetError> {
    let integers = |value: fn(&Trade) -> i64| Values::Integers(trades.iter().map(value).collect());
    let doubles = |value: fn(&Trade) -> f64| Values::Doubles(trades.iter().map(value).collect());
    let texts = |value: fn(&Trade) -> &'static str| {
        Values::Texts(trades.iter().map(|trade| ByteArray::from(value(trade))).collect())
    };
    let columns = [
        ("number", integers(|trade| i64::from(trade.number))),
        ("side", texts(|trade| trade.side.as_str())),
        ("units", doubles(|trade| trade.units)),
        ("entry_time", integers(|trade| trade.entry_time.micros())),
        ("entry_price", doubles(|trade| trade.entry_price)),
        ("exit_time", integers(|trade| trade.exit_time.micros())),
        ("exit_price", doubles(|trade| trade.exit_price)),
        ("exit_reason", texts(|trade| trade.exit_reason.as_str())),
        ("gross", doubles(|trade| trade.gross)),
        ("costs", doubles(|trade| trade.costs)),
        ("net", doubles(|trade| trade.net)),
        ("return", doubles(|trade| trade.net_return)),
    ];
    encode_columns(SCHEMA, &columns)
}

pub(super) fn decode(bytes: Bytes) -> Result<Vec<Trade>, ParquetError> {
    let file = SerializedFileReader::new(bytes)?;
    let mut columns = Columns::of(&file)?;
    let (number, side, units) = (columns.integers()?, columns.texts()?, columns.doubles()?);
    let (entry_time, entry_price) = (columns.integers()?, columns.doubles()?);
    let (exit_time, exit_price, exit_reason) = (columns.integers()?, columns.doubles()?, columns.texts()?);
    let (gross, costs) = (columns.doubles()?, columns.doubles()?);
    let (net, net_return) = (columns.doubles()?, columns.doubles()?);
    let trade = |row: usize| {
        Ok(Trade {
            number: u32::try_from(number[row]).map_err(general)?,
            side: named(&side[row])?,
            units: units[row],
            entry_time: time(entry_time[row])?,
            entry_price: entry_price[row],
            exit_time: time(exit_time[row])?,
            exit_price: exit_price[row],
            exit_reason: named(&exit_reason[row])?,
            gross: gross[row],
            costs: costs[row],
            net: net[row],
            net_return: net_return[row],
        })
    };
    (0..number.len()).map(trade).collect()
}

fn time(micros: i64) -> Result<Timestamp, ParquetError> {
    Timestamp::from_micros(micros).map_err(|error: TimestampError| general(error))
}

/// Reads a name that stands for one of a few things.
fn named<T: for<'de> Deserialize<'de>>(text: &ByteArray) -> Result<T, ParquetError> {
    let text = text.as_utf8()?;
    let name: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
    T::deserialize(name).map_err(general)
}

fn general(error: impl std::fmt::Display) -> ParquetError {
    ParquetError::General(error.to_string())
}
