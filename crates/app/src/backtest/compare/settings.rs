//! What backtests depend on besides their parameters, side by side.

use domain::{
    backtest::{Backtest, Costs, Origin},
    market::Timestamp,
};
use serde::Serialize;

/// A setting, or an end of what was read, that is not the same in all of some backtests.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparedSetting {
    /// Its name, as documents of backtests have it.
    pub name: &'static str,
    /// Each backtest's value; `None` where it is not known.
    pub values: Vec<Option<SettingValue>>,
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// The time of a bar.
    Time(Timestamp),
    /// A number of things.
    Count(u64),
    /// An amount or a rate.
    Number(f64),
    /// A name.
    Text(String),
}

/// Returns what is not the same in all of them.
pub(super) fn differing(backtests: &[Backtest]) -> Vec<ComparedSetting> {
    let mut compared: Vec<ComparedSetting> = Vec::new();
    for backtest in backtests {
        for (place, (name, value)) in settings(backtest).into_iter().enumerate() {
            match compared.get_mut(place) {
                Some(setting) => setting.values.push(value),
                None => compared.push(ComparedSetting {
                    name,
                    values: vec![value],
                }),
            }
        }
    }
    compared.retain(|setting| differ(&setting.values));
    compared
}

/// Returns every setting, in the order in which they are told: what was read, the account, and how figures are computed.
fn settings(backtest: &Backtest) -> [(&'static str, Option<SettingValue>); 11] {
    let (span, costs, settings) = (backtest.span, costs(backtest), &backtest.settings);
    let (time, number) = (SettingValue::Time, SettingValue::Number);
    let rate = |of: fn(Costs) -> f64| costs.map(of).map(number);
    [
        ("first", span.map(|span| time(span.first))),
        ("last", span.map(|span| time(span.last))),
        ("bars", span.map(|span| SettingValue::Count(span.bars))),
        ("cash", Some(number(settings.cash))),
        ("commission_bps", rate(|costs| costs.commission_bps)),
        ("commission_per_trade", rate(|costs| costs.commission_per_trade)),
        ("slippage_bps", rate(|costs| costs.slippage_bps)),
        ("risk_free", Some(number(settings.risk_free))),
        ("sessions_per_year", Some(number(settings.sessions_per_year))),
        ("zone", Some(SettingValue::Text(settings.zone.to_string()))),
        ("engine", backtest.engine.clone().map(SettingValue::Text)),
    ]
}

/// What is not known counts as zero: beside runs without costs, those of a recording make no difference to tell.
fn differ(values: &[Option<SettingValue>]) -> bool {
    const NOTHING: &SettingValue = &SettingValue::Number(0.0);
    let mut values = values.iter().map(|value| value.as_ref().unwrap_or(NOTHING));
    let first = values.next();
    values.any(|value| Some(value) != first)
}

/// Returns the costs of each fill; those of a recording are in its trades, and their rates are not known.
fn costs(backtest: &Backtest) -> Option<Costs> {
    match backtest.origin {
        Origin::Engine => Some(backtest.settings.costs),
        Origin::Recorded { .. } => None,
    }
}
