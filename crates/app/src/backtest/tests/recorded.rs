//! What other tools gave.

use domain::backtest::{Origin, Side};

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

fn recording() -> RecordOrder {
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

async fn recorded(desk: &Desk, order: RecordOrder) -> Result<domain::backtest::Backtest, BacktestError> {
    record(&desk.stores, &*desk.clock, &*desk.ids, order, &Unobserved).await
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
    let trades = desk.stores.backtests.trades(backtest.id).await.unwrap();
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
    let trades = desk.stores.backtests.trades(backtest.id).await.unwrap();
    assert_eq!(
        (trades[0].number, trades[0].side, trades[0].gross),
        (1, Side::Short, -100.0)
    );
}

#[tokio::test]
async fn what_makes_no_result_is_refused() {
    let desk = Desk::new().await;
    let wrong: [(Change, &str); 7] = [
        (|order| order.tool.clear(), "`tool`"),
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
