//! The functions that rules may call, and what each of them takes and gives.

mod markdown;
mod own;
mod talib;

use std::{collections::BTreeMap, sync::LazyLock};

pub use markdown::functions_markdown;
pub(crate) use own::Own;
pub(crate) use talib::{Options, TaLib, bind, input_columns, lookback, may_overflow};

/// The longest period or shift, in bars.
pub(crate) const MAX_PERIOD: f64 = 100_000.0;

/// What an expression gives for each bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A finite number, or undefined.
    Number,
    /// True, false or undefined.
    Truth,
}

impl Type {
    /// Names the type in a message.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Truth => "a truth",
        }
    }
}

/// A function that rules may call.
#[derive(Debug, Clone)]
pub struct Function {
    /// What it is called.
    pub name: String,
    /// What it computes, in one sentence.
    pub summary: String,
    /// What it takes.
    pub arguments: Vec<Argument>,
    /// Whether the last argument may be given more than once.
    pub repeats: bool,
    /// What it gives.
    pub returns: Type,
    /// For how many bars at the beginning it is undefined.
    pub warm_up: String,
    /// Where its definition comes from.
    pub source: String,
    /// The columns of the bars that it reads by itself.
    pub reads: Vec<domain::market::Column>,
    pub(crate) implementation: Implementation,
}

/// An argument of a function.
#[derive(Debug, Clone)]
pub struct Argument {
    /// What it is called in the documentation.
    pub name: String,
    /// What it may be.
    pub kind: ArgumentKind,
}

/// What an argument may be. Constants are numbers, parameters and what is computed from them alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ArgumentKind {
    /// A number that may differ from bar to bar.
    Number,
    /// A truth that may differ from bar to bar.
    Truth,
    /// A whole constant.
    Whole {
        /// The least value.
        min: f64,
        /// The greatest value.
        max: f64,
        /// The value when it is left out; arguments may be left out at the end alone.
        default: Option<f64>,
    },
    /// A constant.
    Real {
        /// The least value.
        min: f64,
        /// The greatest value.
        max: f64,
        /// The value when it is left out.
        default: Option<f64>,
    },
}

impl ArgumentKind {
    pub(crate) fn default(self) -> Option<f64> {
        match self {
            Self::Number | Self::Truth => None,
            Self::Whole { default, .. } | Self::Real { default, .. } => default,
        }
    }
}

/// How a function is computed.
#[derive(Debug, Clone)]
pub(crate) enum Implementation {
    TaLib(TaLib),
    Own(Own),
}

impl Function {
    /// Returns how many arguments must be given at least.
    pub(crate) fn required_arguments(&self) -> usize {
        let optional = |argument: &&Argument| argument.kind.default().is_some();
        self.arguments.len() - self.arguments.iter().rev().take_while(optional).count()
    }

    /// Writes the call with the names of its arguments: `rsi(series, time_period = 14)`.
    pub fn signature(&self) -> String {
        let arguments: Vec<String> = self
            .arguments
            .iter()
            .map(|argument| match argument.kind.default() {
                Some(default) => format!("{} = {default}", argument.name),
                None => argument.name.clone(),
            })
            .collect();
        let more = if self.repeats { ", …" } else { "" };
        format!("{}({}{more})", self.name, arguments.join(", "))
    }
}

static REGISTRY: LazyLock<BTreeMap<String, Function>> = LazyLock::new(|| {
    let functions = talib::functions().chain(own::functions());
    functions
        .map(|function| (function.name.clone(), function))
        .collect()
});

/// Returns every function, sorted by name.
pub fn functions() -> impl Iterator<Item = &'static Function> {
    REGISTRY.values()
}

/// Returns the function of that name.
pub(crate) fn function(name: &str) -> Option<&'static Function> {
    REGISTRY.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_of_the_rule_language_is_registered() {
        let promised = "sma ema wma dema tema trima kama rsi atr natr adx adxr dx plus_di minus_di cci mom roc rocp \
                        willr mfi obv ad stoch_k stoch_d stochf_k stochf_d macd macd_signal macd_hist bbands_upper \
                        bbands_middle bbands_lower stddev var linearreg linearreg_slope aroon_up aroon_down aroonosc \
                        ppo apo trix ultosc sar midpoint midprice typprice medprice wclprice avgprice bop cmo \
                        crosses_above crosses_below highest lowest change abs min max sqrt log exp pow bars_since";
        for name in promised.split_whitespace() {
            assert!(function(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_function_says_what_it_is() {
        for function in functions() {
            assert!(crate::rule::is_name(&function.name), "{}", function.name);
            assert!(function.summary.ends_with('.'), "{}", function.name);
            assert!(
                !function.warm_up.is_empty() && !function.source.is_empty(),
                "{}",
                function.name
            );
        }
    }

    #[test]
    fn only_arguments_at_the_end_may_be_left_out() {
        for function in functions() {
            let required = function.required_arguments();
            let (first, last) = function.arguments.split_at(required);
            assert!(first.iter().all(|argument| argument.kind.default().is_none()));
            assert!(last.iter().all(|argument| argument.kind.default().is_some()));
        }
        assert_eq!(
            function("rsi").unwrap().signature(),
            "rsi(series, time_period = 14)"
        );
        assert_eq!(
            function("bbands_lower").unwrap().signature(),
            "bbands_lower(series, time_period = 20, deviations = 2)"
        );
    }
}
