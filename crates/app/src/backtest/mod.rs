//! Backtests and sweeps: ordered, run, recorded, verified and compared.
//!
//! An order names a strategy and a series; [`prepare`](BacktestOrder::prepare) pins the versions of both. What it makes
//! is run in this process by [`run_here`] and [`sweep_here`], or queued and run by [`Workers`], which take jobs from
//! the store: several servers on one store share the work. A result depends on nothing but what its backtest names,
//! so that [`verify`] can run it again and compare the digests.

mod compare;
mod describe;
mod document;
mod error;
mod freshness;
mod meter;
mod order;
mod record;
mod run;
mod stored;
mod sweep;
mod task;
#[cfg(test)]
mod tests;
mod verify;
mod worker;

pub use engine::{Axis, AxisError, Grid, MetricDefinition, metric_definition, metric_definitions};

pub(crate) use self::stored::stored_digest;
pub use self::{
    compare::{ComparedFigure, ComparedSetting, Comparison, MAX_COMPARED, SettingValue, compare},
    describe::describe,
    document::{Fault, Faults, MAX_RECORD_BYTES, read_record},
    error::BacktestError,
    freshness::{DataState, InputFreshness, NewestInputs, freshness, input_freshness, period_of},
    order::{BacktestOrder, MAX_WHOLE, RunOrder, SweepOrder, TopError},
    record::{RecordError, RecordOrder, RecordedTrade, record},
    run::{execute, run_here},
    sweep::{execute_sweep, sweep_here},
    verify::{Verdict, Verification, verify},
    worker::{WorkerSettings, Workers},
};
