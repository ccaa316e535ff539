//! What backtests and sweeps have in common on the command line.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    path::Path,
    str::FromStr,
};

use app::backtest::RunOrder;
use clap::Args;
use domain::{
    error::{EntityRef, StoreError},
    market::{AsOf, SeriesKey, Timestamp, Version},
    strategy::{StrategyName, StrategyVersion},
};

use crate::{
    failure::{Advised, UsageError},
    session::Session,
};

/// What is run, over what, and how. Strategy and series are left out where a sub-command stands in their place.
#[derive(Debug, Args)]
pub(crate) struct OrderArguments {
    /// Which strategy, such as sma-cross or sma-cross@2; its newest version when none is named
    #[arg(value_name = "STRATEGY[@VERSION]", required = true)]
    strategy: Option<String>,
    /// The series that it trades
    #[arg(long, value_name = "VENUE:SYMBOL/TF", required = true)]
    series: Option<SeriesKey>,
    /// As the series was in a version or at a time
    #[arg(long, value_name = "VERSION|TIME")]
    as_of: Option<AsOf>,
    /// From this time on (2024-05-01, 2024-05-01T13:30:00Z); bars before it are not read at all
    #[arg(long, value_name = "TIME")]
    start: Option<Timestamp>,
    /// Up to this time, without it
    #[arg(long, value_name = "TIME")]
    end: Option<Timestamp>,
    /// The value of a parameter, such as fast=10; its default when not given. Can be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    parameters: Vec<Setting>,
    /// The cash at the beginning; 10000 when not given
    #[arg(long, value_name = "AMOUNT")]
    cash: Option<f64>,
    /// Commission in basis points of each fill, in place of the strategy's
    #[arg(long, value_name = "BPS")]
    commission_bps: Option<f64>,
    /// Commission per fill, in place of the strategy's
    #[arg(long, value_name = "AMOUNT")]
    commission_per_trade: Option<f64>,
    /// Slippage in basis points of each price, in place of the strategy's
    #[arg(long, value_name = "BPS")]
    slippage_bps: Option<f64>,
    /// The yearly rate of money without risk, such as 2% or 0.02; 0 when not given
    #[arg(long, value_name = "RATE", allow_hyphen_values = true)]
    risk_free: Option<Rate>,
}

/// A parameter and its value.
#[derive(Debug, Clone, PartialEq)]
struct Setting {
    name: String,
    value: f64,
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, such as fast=10")?;
        let number = value.trim().parse::<f64>().ok().filter(|value| value.is_finite());
        let value = number.ok_or_else(|| format!("`{value}` is not a number"))?;
        Ok(Self {
            name: name.trim().to_owned(),
            value,
        })
    }
}

/// A yearly rate, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate(f64);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, scale) = match text.trim().strip_suffix('%') {
            Some(percent) => (percent.trim_end(), 100.0),
            None => (text.trim(), 1.0),
        };
        let rate = number.parse::<f64>().ok().filter(|rate| rate.is_finite());
        rate.map(|rate| Self(rate / scale))
            .ok_or_else(|| format!("`{text}` is no rate; write 2% or 0.02"))
    }
}

impl OrderArguments {
    /// Finds the strategy and puts the order together.
    pub(crate) async fn order(self, session: &Session) -> anyhow::Result<RunOrder> {
        let (Some(name), Some(series)) = (&self.strategy, &self.series) else {
            return Err(UsageError("name a strategy and its --series".to_owned()).into());
        };
        let strategy = strategy(session, name).await?;
        let mut order = RunOrder::new(strategy.document.name, series.clone(), session.author.clone());
        // The version that was found is the one that is run, even when another one is saved meanwhile.
        order.version = Some(strategy.version);
        order.as_of = self.as_of.unwrap_or(AsOf::Head);
        (order.start, order.end) = (self.start, self.end);
        order.parameters = parameters(self.parameters)?;
        order.cash = self.cash.unwrap_or(order.cash);
        order.commission_bps = self.commission_bps;
        order.commission_per_trade = self.commission_per_trade;
        order.slippage_bps = self.slippage_bps;
        order.risk_free = self.risk_free.map_or(order.risk_free, |rate| rate.0);
        Ok(order)
    }

    /// Tells whether `--set` gives a parameter its value.
    pub(crate) fn sets(&self, parameter: &str) -> bool {
        self.parameters.iter().any(|setting| setting.name == parameter)
    }
}

fn parameters(settings: Vec<Setting>) -> Result<BTreeMap<String, f64>, UsageError> {
    let mut parameters = BTreeMap::new();
    for Setting { name, value } in settings {
        match parameters.entry(name) {
            Entry::Vacant(place) => place.insert(value),
            Entry::Occupied(place) => {
                let message = format!("--set gives `{}` twice", place.key());
                return Err(UsageError(message));
            }
        };
    }
    Ok(parameters)
}

/// Finds the strategy that `name` or `name@version` names.
async fn strategy(session: &Session, text: &str) -> anyhow::Result<StrategyVersion> {
    let (name, version) = match named(text) {
        Ok(named) => named,
        Err(problem) => return Err(file_instead(text, &problem).unwrap_or(UsageError(problem).into())),
    };
    let entity = version.map_or_else(
        || EntityRef::Strategy(name.clone()),
        |version| EntityRef::StrategyVersion(name.clone(), version),
    );
    let found = session.stores.strategies.strategy(&name, version).await?;
    found.ok_or_else(|| {
        let missing = StoreError::NotFound(entity);
        file_instead(text, &missing.to_string()).unwrap_or(missing.into())
    })
}

fn named(text: &str) -> Result<(StrategyName, Option<Version>), String> {
    let (name, version) = match text.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (text, None),
    };
    let name = name
        .parse()
        .map_err(|error: domain::strategy::StrategyNameError| error.to_string())?;
    let number = |version: &str| {
        let number = version.parse().ok().filter(|number| *number > 0);
        number.ok_or_else(|| {
            format!("`{version}` is not a version of a strategy; write a number, such as {name}@2")
        })
    };
    let version = version.map(number).transpose()?;
    Ok((name, version.map(Version)))
}

/// Says what to do with a document that was named instead of its strategy.
fn file_instead(text: &str, problem: &str) -> Option<anyhow::Error> {
    Path::new(text).is_file().then(|| {
        Advised {
            message: problem.to_owned(),
            hint: format!(
                "`chandlery strategy put {text}` saves the document; then run it by the name in it"
            ),
        }
        .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("sma-cross", "sma-cross", None)]
    #[case("sma-cross@12", "sma-cross", Some(12))]
    fn a_strategy_is_named_with_or_without_its_version(
        #[case] text: &str,
        #[case] name: &str,
        #[case] version: Option<u64>,
    ) {
        let (found, number) = named(text).unwrap();
        assert_eq!((found.as_str(), number), (name, version.map(Version)));
    }

    #[rstest::rstest]
    #[case("sma.toml", "does not name a strategy")]
    #[case("sma@0", "not a version")]
    #[case("sma@v2", "such as sma@2")]
    fn what_names_no_strategy_is_refused(#[case] text: &str, #[case] said: &str) {
        let problem = named(text).unwrap_err();
        assert!(problem.contains(said), "{problem}");
    }

    #[test]
    fn settings_and_rates_are_read() {
        let setting = Setting {
            name: "fast".to_owned(),
            value: 10.0,
        };
        assert_eq!("fast = 10".parse(), Ok(setting));
        assert!("fast".parse::<Setting>().is_err() && "fast=nan".parse::<Setting>().is_err());
        assert_eq!("2%".parse(), Ok(Rate(0.02)));
        assert_eq!("-0.005".parse(), Ok(Rate(-0.005)));
        assert!("two".parse::<Rate>().is_err());
    }

    #[test]
    fn a_parameter_has_one_value() {
        let settings = |texts: &[&str]| parameters(texts.iter().map(|text| text.parse().unwrap()).collect());
        assert_eq!(settings(&["a=1", "b=2"]).unwrap().len(), 2);
        assert!(
            settings(&["a=1", "a=2"])
                .unwrap_err()
                .to_string()
                .contains("`a` twice")
        );
    }
}
