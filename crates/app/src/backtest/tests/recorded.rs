//! What other tools gave.

use domain::backtest::{Backtest, BacktestStoreExt, ExitReason, Origin, Side};

use super::*;
use crate::progress::Unobserved;

type Change = fn(&mut RecordOrder);

fn trade() -> RecordedTrade {
    RecordedTrade {
        side: Side::Long,
        units: 10.0,
        entry_time: time("2023-01-03"),
        entry_price: 100.0,
        exit_time: time("2023-01-05"),
        exit_price: 110.0,
        costs: 2.0,
        exit_reason: None,
    }
}

pub(super) fn recording() -> RecordOrder {
    RecordOrder {
        tool: "vectorbt 0.28".to_owned(),
        strategy: Some("sma".to_owned()),
        series: None,
        as_of: AsOf::Head,
        timeframe: Some("1d".parse().unwrap()),
        sessions_per_year: None,
        parameters: std::collections::BTreeMap::new(),
        cash: 1_000.0,
        risk_free: 0.0,
        trades: vec![trade()],
        times: ["2023-01-02", "2023-01-03", "2023-01-04", "2023-01-05"]
            .map(time)
            .to_vec(),
        equity: vec![1_000.0, 1_010.0, 990.0, 1_098.0],
        title: None,
        notes: None,
        tags: BTreeSet::new(),
        author: author(),
    }
}

pub(super) async fn recorded(desk: &Desk, order: RecordOrder) -> Result<Backtest, BacktestError> {
    record(&desk.stores, &*desk.clock, &*desk.ids, order, &Unobserved).await
}

/// Records what was traded of the series that is here.
pub(super) async fn recorded_over_the_series(desk: &Desk) -> Backtest {
    let order = RecordOrder {
        series: Some(series()),
        ..recording()
    };
    recorded(desk, order).await.unwrap()
}

#[tokio::test]
async fn figures_are_computed_of_what_was_recorded() {
    let desk = Desk::new().await;
    let backtest = recorded(&desk, recording()).await.unwrap();
    assert!(matches!(&backtest.origin, Origin::Recorded { tool, .. } if tool == "vectorbt 0.28"));
    assert_eq!(
        backtest.metrics.value("total_return"),
        Some(1_098.0 / 1_000.0 - 1.0)
    );
    assert_eq!(backtest.metrics.value("trades"), Some(1.0));
    assert_eq!(backtest.metrics.value("buy_and_hold_return"), None);
    let trades = desk.stores.backtests.all_trades(backtest.id).await.unwrap();
    assert_eq!(
        (trades[0].gross, trades[0].net, trades[0].net_return),
        (100.0, 98.0, 0.098)
    );
    let found = desk.verify(backtest.id).await;
    assert_eq!(found.verdict, Verdict::Unaltered);
    assert!(found.is_sound());
}

#[tokio::test]
async fn a_series_that_is_here_is_pinned_and_its_closes_are_compared() {
    let desk = Desk::new().await;
    let mut order = recording();
    (order.series, order.timeframe) = (Some(series()), None);
    let backtest = recorded(&desk, order).await.unwrap();
    assert_eq!(backtest.inputs[0].version, domain::market::Version(1));
    assert_eq!(
        backtest.metrics.value("buy_and_hold_return"),
        Some(wave(3) / wave(0) - 1.0)
    );
}

#[tokio::test]
async fn trades_are_numbered_by_their_exits() {
    let desk = Desk::new().await;
    let mut order = recording();
    let earlier = RecordedTrade {
        exit_time: time("2023-01-04"),
        side: Side::Short,
        ..trade()
    };
    order.trades.push(earlier);
    let backtest = recorded(&desk, order).await.unwrap();
    let trades = desk.stores.backtests.all_trades(backtest.id).await.unwrap();
    assert_eq!(
        (trades[0].number, trades[0].side, trades[0].gross),
        (1, Side::Short, -100.0)
    );
}

#[tokio::test]
async fn a_reason_that_the_tool_does_not_tell_is_unknown() {
    let desk = Desk::new().await;
    let mut order = recording();
    order.trades.push(RecordedTrade {
        exit_reason: Some(ExitReason::StopLoss),
        ..trade()
    });
    let backtest = recorded(&desk, order).await.unwrap();
    let trades = desk.stores.backtests.all_trades(backtest.id).await.unwrap();
    let reasons: Vec<ExitReason> = trades.iter().map(|trade| trade.exit_reason).collect();
    assert_eq!(reasons, [ExitReason::Unknown, ExitReason::StopLoss]);
    assert_eq!(ExitReason::Unknown.to_string(), "unknown");
}

#[tokio::test]
async fn trades_lie_within_the_equity_or_a_step_beside_it() {
    let desk = Desk::new().await;
    let at = |entry: &str, exit: &str| {
        let mut order = recording();
        order.trades.push(RecordedTrade {
            entry_time: time(entry),
            exit_time: time(exit),
            ..trade()
        });
        order
    };
    // The equity's bars last a day, and the last one opens on the 5th.
    assert!(
        recorded(&desk, at("2023-01-01T12:00:00Z", "2023-01-05T16:00:00Z"))
            .await
            .is_ok()
    );
    let told = recorded(&desk, at("2022-12-31T23:00:00Z", "2023-01-03"))
        .await
        .unwrap_err();
    assert_eq!(
        told.to_string(),
        "trade 2: `entry_time` is 2022-12-31T23:00:00Z, but `equity` reaches from 2023-01-02T00:00:00Z to \
         2023-01-05T00:00:00Z"
    );
    let told = recorded(&desk, at("2023-01-03", "2023-01-06T00:00:01Z"))
        .await
        .unwrap_err();
    assert!(
        matches!(&told, BacktestError::Record(fault) if fault.pointer() == "/trades/1/exit_time"),
        "{told}"
    );
    // A point a week: the last one stands for the week behind it.
    let mut weekly = at("2023-01-03", "2023-01-18");
    weekly.times = ["2023-01-02", "2023-01-09", "2023-01-16"].map(time).to_vec();
    weekly.equity.truncate(3);
    assert!(recorded(&desk, weekly).await.is_ok());
}

#[tokio::test]
async fn what_makes_no_result_is_refused() {
    let desk = Desk::new().await;
    let wrong: [(Change, &str); 13] = [
        (|order| order.tool.clear(), "`tool`"),
        (|order| order.tool.push('\0'), "`tool`"),
        (|order| order.tool = "t".repeat(101), "`tool`"),
        (|order| order.strategy = Some("a\0b".to_owned()), "`strategy`"),
        (
            |order| order.parameters.extend([("a\nb".to_owned(), 1.0)]),
            "`parameters`",
        ),
        (
            |order| order.parameters.extend([(String::new(), 1.0)]),
            "`parameters`",
        ),
        (|order| order.times.swap(0, 1), "`equity`"),
        (|order| order.timeframe = None, "`timeframe` is needed"),
        (
            |order| order.series = Some("X:A/1h".parse().unwrap()),
            "`timeframe` is 1d",
        ),
        (|order| order.times.clear(), "`equity`"),
        (
            |order| order.equity[1] = f64::NAN,
            "`equity`: an equity is not a finite number",
        ),
        (
            |order| order.trades[0].units = 0.0,
            "trade 1: `units` must be above 0",
        ),
        (|order| order.cash = -1.0, "`cash` must be above 0"),
    ];
    for (change, told) in wrong {
        let mut order = recording();
        change(&mut order);
        let error = recorded(&desk, order).await.unwrap_err().to_string();
        assert!(error.starts_with(told), "{error}");
    }
}
