//! Sweeps in this process.

use domain::backtest::{BacktestSort, BacktestsFilter, BacktestsQuery, RunStatus, Sweep};

use super::*;
use crate::progress::Unobserved;

fn sweep_order(axes: &[&str], top: u32) -> SweepOrder {
    let axes = axes.iter().map(|axis| axis.parse().unwrap()).collect();
    SweepOrder {
        run: order().run,
        grid: Grid::new(axes).unwrap(),
        by: "total_return".to_owned(),
        top,
        title: None,
    }
}

async fn swept(desk: &Desk, order: SweepOrder) -> Result<Sweep, BacktestError> {
    sweep_here(&desk.stores, &*desk.clock, &*desk.ids, order, &Unobserved).await
}

/// Runs a small sweep up to `end`.
pub(super) async fn swept_once(desk: &Desk, end: Option<domain::market::Timestamp>) -> Sweep {
    let mut order = sweep_order(&["fast=2..3"], 0);
    order.run.end = end;
    swept(desk, order).await.unwrap()
}

#[tokio::test]
async fn a_sweep_has_a_row_a_run_and_stores_the_best_ones_whole() {
    let desk = Desk::new().await;
    let sweep = swept(&desk, sweep_order(&["fast=2..5", "slow=8,13,21"], 3))
        .await
        .unwrap();
    assert_eq!(
        desk.stores.sweeps.sweep(sweep.id).await.unwrap().as_ref(),
        Some(&sweep)
    );
    assert_eq!((sweep.status, sweep.rows.len()), (RunStatus::Done, 12));
    let by = sweep
        .figures
        .iter()
        .position(|name| name == "total_return")
        .unwrap();
    let ranked: Vec<f64> = sweep.rows.iter().filter_map(|row| row.figures[by]).collect();
    assert!(
        ranked.len() == 12 && ranked.is_sorted_by(|a, b| a >= b),
        "{ranked:?}"
    );
    let whole: Vec<bool> = sweep.rows.iter().map(|row| row.backtest.is_some()).collect();
    assert_eq!(whole.iter().filter(|whole| **whole).count(), 3);
    for row in &sweep.rows[..3] {
        let best = desk
            .stores
            .backtests
            .backtest(row.backtest.unwrap())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(best.metrics.value("total_return"), row.figures[by]);
        assert_eq!(best.settings.parameters.get("fast"), row.parameters.first());
        assert_eq!(desk.verify(best.id).await.verdict, Verdict::Identical);
    }
    let query = BacktestsQuery {
        filter: BacktestsFilter {
            sweep: Some(sweep.id),
            ..BacktestsFilter::default()
        },
        sort: BacktestSort::default(),
        order: domain::market::Order::Ascending,
        page: domain::page::PageRequest::first(10),
    };
    assert_eq!(
        desk.stores.backtests.backtests(query).await.unwrap().items.len(),
        3
    );
}

#[tokio::test]
async fn equal_sweeps_give_equal_rows() {
    let desk = Desk::new().await;
    let order = || sweep_order(&["fast=2..9", "slow=8..20:2"], 0);
    let (first, again) = (
        swept(&desk, order()).await.unwrap(),
        swept(&desk, order()).await.unwrap(),
    );
    assert_eq!(first.rows, again.rows);
}

#[tokio::test]
async fn a_grid_that_leaves_a_range_or_names_nothing_is_refused() {
    let desk = Desk::new().await;
    let refused = async |order| swept(&desk, order).await.unwrap_err().to_string();
    let told = refused(sweep_order(&["fast=1..3"], 1)).await;
    assert!(told.contains("fast"), "{told}");
    let told = refused(sweep_order(&["quick=1..3"], 1)).await;
    assert!(told.contains("`quick` is not a parameter"), "{told}");
    let mut order = sweep_order(&["fast=2..3"], 1);
    order.by = "sharp".to_owned();
    let told = refused(order).await;
    assert!(told.contains("did you mean `sharpe`?"), "{told}");
}

#[tokio::test]
async fn no_more_runs_are_stored_whole_than_can_be() {
    let desk = Desk::new().await;
    let most = swept(&desk, sweep_order(&["fast=2..3"], MAX_WHOLE)).await;
    assert_eq!(most.unwrap().rows.len(), 2);
    let refused = swept(&desk, sweep_order(&["fast=2..3"], MAX_WHOLE + 1)).await;
    assert_eq!(refused.unwrap_err().to_string(), "`top`: give a number up to 100");
}
