//! The steps that cases are made of.

use std::collections::BTreeMap;

use domain::{
    market::{Author, Sha256Hex, Version},
    page::PageRequest,
    strategy::{
        Execution, Fill, Parameter, SaveStrategy, SavedStrategy, SideRules, Size, SizeBasis, StrategiesQuery,
        StrategyDocument, StrategyName, StrategyStore, StrategyVersion, StrategyVersionsQuery,
    },
};

use crate::market::steps;

/// Reads a name.
pub(crate) fn name(text: &str) -> StrategyName {
    text.parse().expect("the case names a valid strategy")
}

/// The author of whatever is saved.
pub(crate) fn author() -> Author {
    steps::author()
}

/// A document that differs from others by `number`.
pub fn document(named: &str, number: u32) -> StrategyDocument {
    StrategyDocument {
        name: name(named),
        title: None,
        parameters: BTreeMap::new(),
        lets: BTreeMap::new(),
        long: Some(SideRules {
            enter: format!("close > {number}"),
            exit: None,
            stop_loss: None,
            take_profit: None,
            trailing_stop: None,
            max_bars: None,
        }),
        short: None,
        size: Size::default(),
        costs: domain::backtest::Costs::default(),
        execution: Execution::default(),
    }
}

/// A document that has something in every field.
pub(crate) fn full_document(named: &str) -> StrategyDocument {
    let side = SideRules {
        enter: "crosses_above(quick, \"é\\\n🐎\")".to_owned(),
        exit: Some("close < 1e-9".to_owned()),
        stop_loss: Some(0.1 + 0.2),
        take_profit: Some(f64::MIN_POSITIVE),
        trailing_stop: Some(1.0 / 3.0),
        max_bars: Some(u32::MAX),
    };
    let parameter = Parameter {
        default: 10.0,
        min: Some(-1e300),
        max: Some(123_456_789.123_456_78),
    };
    StrategyDocument {
        title: Some("Kreuzung – \"two\" averages".to_owned()),
        parameters: [("fast".to_owned(), parameter)].into(),
        lets: [("quick".to_owned(), "sma(close, fast)".to_owned())].into(),
        long: Some(side.clone()),
        short: Some(side),
        size: Size::new(SizeBasis::Fraction(0.95), true).expect("a size in its range"),
        costs: domain::backtest::Costs {
            commission_bps: 0.1,
            commission_per_trade: 1.0,
            slippage_bps: 2.5,
        },
        execution: Execution {
            fill: Fill::Close,
            zone: Some("America/New_York".parse().expect("a known zone")),
        },
        ..document(named, 0)
    }
}

/// Stands in for the digest, which stores keep and compare but do not work out: equal for equal documents.
pub(crate) fn digest(document: &StrategyDocument) -> Sha256Hex {
    let text = format!("{document:?}");
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}").repeat(4).parse().expect("64 digits")
}

/// Asks for a document to be saved, whatever is there.
pub fn save(document: StrategyDocument) -> SaveStrategy {
    SaveStrategy {
        digest: digest(&document),
        document,
        author: author(),
        note: None,
        expected: None,
    }
}

/// Saves a document that makes a version.
pub(crate) async fn saved(store: &dyn StrategyStore, document: StrategyDocument) -> StrategyVersion {
    match store.save_strategy(save(document)).await {
        Ok(SavedStrategy::Saved(version)) => version,
        other => panic!("a version should have been made: {other:?}"),
    }
}

/// Asks for the first page of strategies in use.
pub(crate) fn listed(limit: usize) -> StrategiesQuery {
    StrategiesQuery {
        text: None,
        removed: false,
        page: PageRequest::first(limit),
    }
}

/// Lists the names of all strategies in use, or of all that are removed.
pub(crate) async fn names(store: &dyn StrategyStore, removed: bool) -> Vec<String> {
    let query = StrategiesQuery {
        removed,
        ..listed(steps::EVERYTHING)
    };
    let page = store.strategies(query).await.expect("a list");
    page.items.iter().map(|item| item.name().to_string()).collect()
}

/// Lists all versions, the newest first.
pub(crate) async fn versions(store: &dyn StrategyStore, named: &str) -> Vec<StrategyVersion> {
    let query = StrategyVersionsQuery {
        name: name(named),
        page: PageRequest::first(steps::EVERYTHING),
    };
    store.strategy_versions(query).await.expect("its versions").items
}

/// The number of a version.
pub(crate) fn number(version: &StrategyVersion) -> u64 {
    let Version(number) = version.version;
    number
}
