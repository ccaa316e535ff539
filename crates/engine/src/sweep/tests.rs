//! Tests of sweeps.

use std::ops::ControlFlow;

use super::*;
use crate::{
    run,
    testing::{checked, daily, walk},
    unwatched,
};

const CROSS: &str = "[parameters]\nfast = { default = 3, min = 2, max = 20 }\nslow = { default = 8, min = 2, max = 60 }\n\
                     [let]\nquick = 'sma(close, fast)'\ncalm = 'sma(close, slow)'\n\
                     [long]\nenter = 'crosses_above(quick, calm) and macd(close) > macd_signal(close)'\n\
                     exit = 'crosses_below(quick, calm)'";

fn grid(axes: &[&str]) -> Grid {
    Grid::new(axes.iter().map(|axis| axis.parse().unwrap()).collect()).unwrap()
}

fn options(by: &str) -> SweepSettings {
    SweepSettings {
        by: by.to_owned(),
        ..SweepSettings::default()
    }
}

#[test]
fn each_run_of_a_sweep_equals_a_single_run() {
    let (checked, bars) = (checked(CROSS), walk(400, 11));
    let grid = grid(&["fast=2..8:2", "slow=5..30:5"]);
    for shared_bytes in [0, 40_000, 512 << 20] {
        let options = SweepSettings {
            shared_bytes,
            ..options("total_return")
        };
        let sweep = sweep(&checked, &bars, &daily(), &grid, &options, &unwatched).unwrap();
        assert_eq!((sweep.total, sweep.runs.len()), (24, 24));
        for swept in &sweep.runs {
            let mut settings = daily();
            settings.parameters = swept.parameters.clone();
            let single = run(&checked, &bars, &settings, &unwatched).unwrap();
            for (name, metric) in swept.metrics.iter() {
                assert_eq!(Some(metric), single.metrics.get(name), "{name}");
            }
            assert_eq!(swept.metrics.len(), HEADLINES.len());
        }
    }
}

#[test]
fn the_best_runs_come_first_and_undefined_ones_last() {
    let (checked, bars) = (checked(CROSS), walk(400, 12));
    let grid = grid(&["fast=2..20", "slow=60,7"]);
    for by in ["sharpe", "volatility", "kelly"] {
        let sweep = sweep(&checked, &bars, &daily(), &grid, &options(by), &unwatched).unwrap();
        let (idle, traded): (Vec<_>, Vec<_>) = sweep.runs.iter().partition(|run| is_idle(run));
        assert!(
            sweep.runs[traded.len()..].iter().all(is_idle),
            "{} idle",
            idle.len()
        );
        let values: Vec<Option<f64>> = traded.iter().map(|run| run.metrics.value(by)).collect();
        let defined: Vec<f64> = values.iter().map_while(|value| *value).collect();
        assert!(values[defined.len()..].iter().all(Option::is_none));
        let falls = defined.is_sorted_by(|a, b| a >= b);
        let rises = defined.is_sorted_by(|a, b| a <= b);
        assert!(if by == "volatility" { rises } else { falls }, "{by}: {values:?}");
    }

    // A rule that never holds: without a trade there is no drawdown, which makes no run the best one.
    let never = self::checked(
        "[parameters]\nabove = { default = 0, min = 0, max = 1000000 }\n[long]\nenter = 'close > above and volume == 110'",
    );
    let grid = self::grid(&["above=0,1000000"]);
    let swept = self::sweep(
        &never,
        &bars,
        &daily(),
        &grid,
        &options("max_drawdown"),
        &unwatched,
    )
    .unwrap();
    let trades: Vec<Option<f64>> = swept.runs.iter().map(|run| run.metrics.value("trades")).collect();
    assert_eq!(trades, [Some(1.0), Some(0.0)]);
}

#[test]
fn only_the_best_runs_are_told_when_so_many_are_asked_for() {
    let (checked, bars) = (checked(CROSS), walk(400, 12));
    let grid = grid(&["fast=2..20", "slow=60,7"]);
    let top = SweepSettings {
        top: Some(3),
        ..options("sharpe")
    };
    let sweep = sweep(&checked, &bars, &daily(), &grid, &top, &unwatched).unwrap();
    assert_eq!((sweep.total, sweep.runs.len()), (38, 3));
}

#[test]
fn the_result_does_not_depend_on_the_number_of_cores() {
    let (checked, bars) = (checked(CROSS), walk(300, 13));
    let grid = grid(&["fast=2..9", "slow=10..30:5"]);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| sweep(&checked, &bars, &daily(), &grid, &options("sharpe"), &unwatched).unwrap())
    };
    assert_eq!(on(1), on(4));
}

#[test]
fn a_point_that_can_t_be_run_says_why() {
    let checked = checked("[parameters]\na = 5\nb = 3\n[long]\nenter = 'close > sma(close, a - b)'");
    let sweep = sweep(
        &checked,
        &walk(50, 1),
        &daily(),
        &grid(&["b=3..5"]),
        &options("sharpe"),
        &unwatched,
    )
    .unwrap();
    let refused: Vec<&SweepRun> = sweep.runs.iter().filter(|run| run.refused.is_some()).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].parameters["b"], 5.0);
    assert!(refused[0].refused.as_ref().unwrap().contains("this is 0"));
}

#[test]
fn a_sweep_is_refused_as_a_whole_when_its_grid_or_figure_is_wrong() {
    let (checked, bars) = (checked(CROSS), walk(50, 1));
    let attempt = |axis: &str, by: &str| {
        sweep(
            &checked,
            &bars,
            &daily(),
            &grid(&[axis]),
            &options(by),
            &unwatched,
        )
    };
    let message = |axis, by| attempt(axis, by).unwrap_err().to_string();
    assert!(message("fats=3", "sharpe").contains("did you mean `fast`"));
    assert!(message("fast=1..3", "sharpe").contains("between 2 and 20"));
    assert!(message("fast=3", "sharp").contains("did you mean `sharpe`"));
    let stopped = sweep(
        &checked,
        &bars,
        &daily(),
        &grid(&["fast=3,4"]),
        &options("sharpe"),
        &|_| ControlFlow::Break(()),
    );
    assert_eq!(stopped, Err(RunError::Stopped));
}

#[test]
fn a_sweep_of_too_many_operations_is_refused_before_it_runs() {
    let checked = checked(CROSS);
    let planned = |axis: &str, most, hook: Hook<'_>| {
        planned(&checked, &daily(), &grid(&[axis]), most, hook)
            .map(|(graph, points)| (graph.len(), points.len()))
    };
    let (operations, points) = planned("fast=2..10", 1000, &unwatched).unwrap();
    assert_eq!(points, 9);
    assert_eq!(planned("fast=2..10", operations, &unwatched), Ok((operations, 9)));
    let error = planned("fast=2..10", operations - 1, &unwatched).unwrap_err();
    assert!(error.to_string().contains("of the first 9 runs"), "{error}");
    let stopped = planned("fast=2..10", 1000, &|_| ControlFlow::Break(()));
    assert_eq!(stopped, Err(RunError::Stopped));
}
