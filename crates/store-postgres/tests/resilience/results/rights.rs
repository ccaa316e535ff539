//! Who reads results, and who changes or removes them.

use domain::backtest::{BacktestStore, BacktestStoreExt};
use sqlx::PgConnection;

use super::{done, with_backtest};
use crate::place::attempt;

async fn text(connection: &mut PgConnection, sql: &'static str) -> String {
    let row: String = sqlx::query_scalar(sql).fetch_one(connection).await.unwrap();
    row
}

#[tokio::test]
async fn a_reader_reads_backtests_figures_trades_and_equity() {
    let (place, _store) = with_backtest(|options| options).await;
    let mut reader = place.connect("chandlery_reader").await;
    let figures = "select string_agg(concat_ws(' ', name, value, basis, reason), '; ' order by position)
        from reporting.backtest_metrics";
    assert_eq!(
        text(&mut reader, figures).await,
        "total_return 0.25 daily returns, N = 252; sharpe daily returns, N = 252 there is one day; \
         another 1e+300 daily returns, N = 252"
    );
    let backtest = "select concat_ws(' ', status, title, array_to_string(tags, ','), author, created_at at time zone 'UTC', \
                    engine, total_return, inputs -> 0 ->> 'series') from reporting.backtests where sharpe is null";
    assert_eq!(
        text(&mut reader, backtest).await,
        "done a title kept local:ada 2024-01-01 00:00:00 1.0.0 0.25 X:A/1m"
    );
    let trades = "select string_agg(concat_ws(' ', number, side, exit_time at time zone 'UTC', exit_reason, net), '; ' order by number)
        from reporting.trades";
    assert_eq!(
        text(&mut reader, trades).await,
        "1 short 2024-01-01 00:01:00 trailing_stop 1.5; 2 short 2024-01-01 00:02:00 trailing_stop 1.5"
    );
    let equity =
        "select string_agg(concat_ws(' ', day, equity, round(drawdown::numeric, 6)), '; ' order by day)
        from reporting.equity";
    assert_eq!(
        text(&mut reader, equity).await,
        "2024-01-01 120 -0.200000; 2024-01-02 200 0.000000"
    );
}

#[tokio::test]
async fn the_program_neither_changes_nor_takes_away_what_a_backtest_gave() {
    let (place, store) = with_backtest(|options| options).await;
    let mut app = place.connect("chandlery_app").await;
    for sql in [
        "update chandlery.trade set net = 0",
        "delete from chandlery.trade",
        "truncate chandlery.trade",
        "update chandlery.equity_chunk set equity = equity",
        "delete from chandlery.equity_chunk",
        "update reporting.equity set equity = 0",
        "delete from reporting.equity",
        "update chandlery.backtest_input set version = 2",
        "delete from chandlery.backtest_input",
        "update chandlery.backtest set author = 'local:eve'",
        "update chandlery.backtest set created_at = 0",
        "update chandlery.backtest set strategy = 'other', strategy_version = 1",
        "delete from chandlery.backtest",
        "delete from chandlery.sweep",
        "update chandlery.sweep_rows set rows = '[]'",
        "delete from chandlery.sweep_rows",
        "update chandlery.series_pin set version = 2",
        "alter table chandlery.job add column more int",
    ] {
        assert_eq!(attempt(&mut app, sql).await, Err("42501".to_owned()), "{sql}");
    }
    let new = done(&store, 1, "X:A/1m").await;
    assert_eq!(
        store.all_trades(new.backtest.id).await.unwrap(),
        new.result.trades
    );
    assert_eq!(store.equity(new.backtest.id).await.unwrap(), new.result.equity);
}

#[tokio::test]
async fn a_reader_removes_nothing_and_nobody_removes_what_has_not_ended() {
    let (place, _store) = with_backtest(|options| options).await;
    place
        .database
        .execute("update chandlery.backtest set status = 'running'")
        .await;
    let remove = "select chandlery.remove_backtest('00000000-0000-0000-0000-000000000001')";
    let mut app = place.connect("chandlery_app").await;
    assert_eq!(attempt(&mut app, remove).await, Err("55006".to_owned()));
    let mut reader = place.connect("chandlery_reader").await;
    assert_eq!(attempt(&mut reader, remove).await, Err("42501".to_owned()));
}
