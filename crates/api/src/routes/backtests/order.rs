//! What a client wants to be run.

use std::collections::{BTreeMap, BTreeSet};

use app::backtest::{BacktestError, BacktestOrder, RunOrder};
use domain::market::AsOf;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    context::Context,
    problem::ApiError,
    request::{TextOrNumber, member, optional},
};

/// Makes the body of an order: what backtests and sweeps have in common, and what each has of its own. Members that
/// are not known are refused, which a body with a flattened part could not do.
macro_rules! order_body {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields, expecting = "an object")]
        pub(crate) struct $name {
            /// The strategy.
            #[schema(example = "sma-cross")]
            strategy: String,
            /// The version of the strategy; the newest when it is left out.
            version: Option<u64>,
            /// The series that is traded.
            #[schema(example = "SYNTHETIC:ALPHA/1d")]
            series: String,
            /// The state of the series: a version or a time; the newest version when it is left out.
            as_of: Option<$crate::request::TextOrNumber>,
            /// The first time that is read: RFC 3339, a date, or an epoch number whose unit its magnitude tells. From
            /// the first bar on when it is left out.
            start: Option<$crate::request::TextOrNumber>,
            /// The first time behind what is read, later than `start`; up to the last bar when it is left out.
            end: Option<$crate::request::TextOrNumber>,
            /// Values of parameters; those that are left out have their defaults.
            #[serde(default)]
            parameters: std::collections::BTreeMap<String, f64>,
            /// The cash at the beginning; 10,000 when it is left out.
            cash: Option<f64>,
            /// Costs in place of those of the strategy, one by one.
            costs: Option<$crate::routes::backtests::order::CostsOrderBody>,
            /// The yearly rate of money without risk, as a fraction; 0 when it is left out.
            risk_free: Option<f64>,
            $($own)*
        }

        impl $name {
            /// Takes what backtests and sweeps have in common out of the body.
            fn take_run(&mut self) -> $crate::routes::backtests::order::RunBody {
                $crate::routes::backtests::order::RunBody {
                    strategy: std::mem::take(&mut self.strategy),
                    version: self.version,
                    series: std::mem::take(&mut self.series),
                    as_of: self.as_of.take(),
                    start: self.start.take(),
                    end: self.end.take(),
                    parameters: std::mem::take(&mut self.parameters),
                    cash: self.cash,
                    costs: self.costs.take(),
                    risk_free: self.risk_free,
                }
            }
        }
    };
}

pub(crate) use order_body;

/// What backtests and sweeps have in common.
#[derive(Debug)]
pub(crate) struct RunBody {
    pub(crate) strategy: String,
    pub(crate) version: Option<u64>,
    pub(crate) series: String,
    pub(crate) as_of: Option<TextOrNumber>,
    pub(crate) start: Option<TextOrNumber>,
    pub(crate) end: Option<TextOrNumber>,
    pub(crate) parameters: BTreeMap<String, f64>,
    pub(crate) cash: Option<f64>,
    pub(crate) costs: Option<CostsOrderBody>,
    pub(crate) risk_free: Option<f64>,
}

/// The costs of each fill. One that is left out is that of the strategy; 0 takes it away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct CostsOrderBody {
    /// Commission in basis points of the value filled.
    commission_bps: Option<f64>,
    /// Commission per fill, in the account's currency.
    commission_per_trade: Option<f64>,
    /// Slippage in basis points of the price.
    slippage_bps: Option<f64>,
}

impl RunBody {
    pub(crate) fn order(self, context: &Context) -> Result<RunOrder, ApiError> {
        let strategy = member("strategy", &self.strategy)?;
        let series = member("series", &self.series)?;
        let as_of = optional("as_of", self.as_of.as_ref())?;
        let start = optional("start", self.start.as_ref())?;
        let end = optional("end", self.end.as_ref())?;
        let costs = self.costs.unwrap_or_default();
        let usual = RunOrder::new(strategy, series, context.author());
        Ok(RunOrder {
            version: self.version.map(domain::market::Version),
            as_of: as_of.unwrap_or(AsOf::Head),
            start,
            end,
            parameters: self.parameters,
            cash: self.cash.unwrap_or(usual.cash),
            commission_bps: costs.commission_bps,
            commission_per_trade: costs.commission_per_trade,
            slippage_bps: costs.slippage_bps,
            risk_free: self.risk_free.unwrap_or(usual.risk_free),
            ..usual
        })
    }
}

order_body! {
    /// A backtest that is to be run.
    BacktestOrderBody {
        /// What it is called for people.
        title: Option<String>,
        /// What people write about it.
        notes: Option<String>,
        /// What it is found by.
        #[serde(default)]
        tags: BTreeSet<String>,
    }
}

impl BacktestOrderBody {
    pub(super) fn order(mut self, context: &Context) -> Result<BacktestOrder, ApiError> {
        Ok(BacktestOrder {
            run: self.take_run().order(context)?,
            title: self.title,
            notes: self.notes,
            tags: self.tags,
        })
    }
}

/// Points what the rules make of the values of parameters to where those are in the order.
pub(super) fn in_parameters(mut error: BacktestError) -> BacktestError {
    if let BacktestError::Rules(mistakes) = &mut error {
        for mistake in mistakes {
            if mistake.pointer.starts_with("/parameters") {
                continue;
            }
            let rule = mistake.pointer.trim_start_matches('/').replace('/', ".");
            let place = mistake.place.take().map_or_else(String::new, |place| {
                format!(", line {}, column {}", place.line, place.column)
            });
            mistake.message = format!("with these values, {rule}{place}: {}", mistake.message);
            "/parameters".clone_into(&mut mistake.pointer);
        }
    }
    error
}
