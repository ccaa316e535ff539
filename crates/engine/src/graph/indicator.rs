//! Calls of TA-Lib on columns that may be undefined in places.

use std::ops::Range;

use ta_lib::{
    Core,
    abstract_api::{FuncId, InputType},
};

use crate::functions::{bind, input_columns, may_overflow};

/// Computes all outputs of a function over columns of equal length.
///
/// TA-Lib carries sums from bar to bar, so that one undefined input would spoil everything behind it. It is called
/// anew for each run of bars on which every input is defined; between runs, and for the lookback at the beginning of
/// each, the outputs are undefined.
pub(super) fn indicator(id: FuncId, options: &[u64], inputs: &[&[f64]], rows: usize) -> Vec<Vec<f64>> {
    let core = Core::new();
    let lookback = bind(&core, id, options)
        .ok()
        .and_then(|call| call.lookback().ok());
    let mut outputs = vec![vec![f64::NAN; rows]; id.info().outputs.len()];
    let Some(lookback) = lookback else { return outputs };
    for run in defined_runs(inputs, rows) {
        if run.len() > lookback {
            call(&core, id, options, inputs, run, lookback, &mut outputs);
        }
    }
    if may_overflow(id) || outputs.iter().any(|output| has_infinity(output)) {
        for value in outputs.iter_mut().flatten() {
            *value = super::elementwise::defined(*value);
        }
    }
    outputs
}

/// Calls TA-Lib for one run of bars.
fn call(
    core: &Core,
    id: FuncId,
    options: &[u64],
    inputs: &[&[f64]],
    run: Range<usize>,
    lookback: usize,
    outputs: &mut [Vec<f64>],
) {
    let mut columns = inputs.iter().map(|input| &input[run.clone()]);
    let bound = bind(core, id, options).and_then(|mut call| {
        for (slot, input) in id.info().inputs.iter().enumerate() {
            if input.kind == InputType::Price {
                let mut prices = [None; 5];
                for column in input_columns(input) {
                    prices[column as usize] = columns.next();
                }
                let [open, high, low, close, volume] = prices;
                call.set_price_input(slot, open, high, low, close, volume, None)?;
            } else if let Some(column) = columns.next() {
                call.set_input(slot, column)?;
            }
        }
        for (index, output) in outputs.iter_mut().enumerate() {
            // The first value belongs to the bar behind the lookback, so it is written right there.
            call.set_output(index, &mut output[run.start + lookback..run.end])?;
        }
        call.call(0, run.len() - 1)
    });
    let as_promised =
        bound.is_ok_and(|range| range.beg_idx == lookback && range.count == run.len() - lookback);
    // What TA-Lib refuses is undefined, and so is what it puts elsewhere than it promised.
    if !as_promised {
        for output in outputs {
            output[run.clone()].fill(f64::NAN);
        }
    }
}

/// Returns the runs of bars on which every input is defined.
fn defined_runs(inputs: &[&[f64]], rows: usize) -> Vec<Range<usize>> {
    if !inputs.iter().any(|input| has_undefined(input)) {
        return std::iter::once(0..rows).filter(|run| !run.is_empty()).collect();
    }
    let mut runs: Vec<Range<usize>> = Vec::new();
    for row in 0..rows {
        if inputs.iter().any(|input| input[row].is_nan()) {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.end == row => run.end += 1,
            _ => runs.push(row..row + 1),
        }
    }
    runs
}

/// Looks for NaN without a branch per value.
fn has_undefined(column: &[f64]) -> bool {
    column
        .chunks(1024)
        .any(|chunk| chunk.iter().fold(false, |found, value| found | value.is_nan()))
}

/// Looks for ±∞ without a branch per value.
fn has_infinity(column: &[f64]) -> bool {
    column.chunks(1024).any(|chunk| {
        chunk
            .iter()
            .fold(false, |found, value| found | (value.abs() == f64::INFINITY))
    })
}
