//! Evaluation of operations over bars.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use domain::market::{Timeframe, Zone};

use super::{
    Graph, NodeId, Op, SharedColumns, calendar,
    elementwise::{self, Operand},
    indicator::indicator,
    window,
};
use crate::series::Series;

/// A truth is one byte: false, undefined and true in this order, so that `and` is the lesser and `or` the greater.
pub(super) const FALSE: u8 = 0;
/// A truth that is not known.
pub(super) const UNDEFINED: u8 = 1;
/// True: the one truth that trades.
pub(crate) const TRUE: u8 = 2;

/// What a node gives.
#[derive(Debug)]
pub(crate) enum Values {
    Numbers(Vec<f64>),
    Truths(Vec<u8>),
    /// The outputs of an indicator.
    Outputs(Vec<Vec<f64>>),
}

/// A computed node: a column of the bars, a constant, or values.
#[derive(Clone)]
enum Column<'a> {
    Price(&'a [f64]),
    Constant(f64),
    Owned(Arc<Values>),
    Output(Arc<Values>, usize),
}

/// Computes nodes of a graph over bars.
pub(crate) struct Evaluator<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) series: Series<'a>,
    pub(crate) timeframe: Timeframe,
    pub(crate) zone: &'a Zone,
    pub(crate) shared: &'a SharedColumns,
}

impl<'a> Evaluator<'a> {
    /// Computes the truths of `roots`, one column each. `proceed` is asked before each node; when it answers no,
    /// the evaluation is given up.
    pub(crate) fn truths(
        &self,
        roots: &[NodeId],
        mut proceed: impl FnMut(usize, usize) -> bool,
    ) -> Option<Vec<Arc<Values>>> {
        let needed = self.graph.needed(roots, |node| self.shared.get(node).is_some());
        let mut uses: HashMap<NodeId, usize> = HashMap::new();
        for node in &needed {
            self.graph
                .op(*node)
                .operands(|operand| *uses.entry(operand).or_default() += 1);
        }
        for root in roots {
            *uses.entry(*root).or_default() += 1;
        }
        let mut columns: HashMap<NodeId, Column<'a>> = HashMap::new();
        let mut spare: Vec<Vec<f64>> = Vec::new();
        for (done, node) in needed.iter().enumerate() {
            if !proceed(done, needed.len()) {
                return None;
            }
            let column = self.column(*node, &columns, &mut spare);
            columns.insert(*node, column);
            // A column goes when nothing needs it any more, and its memory serves the next one.
            self.graph.op(*node).operands(|operand| {
                let left = uses.entry(operand).or_default();
                *left -= 1;
                if *left == 0
                    && let Some(Column::Owned(values)) = columns.remove(&operand)
                    && let Ok(Values::Numbers(column)) = Arc::try_unwrap(values)
                {
                    spare.push(column);
                }
            });
        }
        roots.iter().map(|root| owned(columns.get(root)?)).collect()
    }

    fn column(
        &self,
        node: NodeId,
        columns: &HashMap<NodeId, Column<'a>>,
        spare: &mut Vec<Vec<f64>>,
    ) -> Column<'a> {
        match self.graph.op(node) {
            Op::Price(column) => return Column::Price(self.series.column(*column)),
            Op::Constant(bits) => return Column::Constant(f64::from_bits(*bits)),
            Op::Output(of, output) => {
                if let Some(Column::Owned(values)) = columns.get(of) {
                    return Column::Output(Arc::clone(values), usize::from(*output));
                }
            }
            _ => {}
        }
        if let Some(known) = self.shared.get(node) {
            return Column::Owned(Arc::clone(known));
        }
        let values = Arc::new(self.compute(node, columns, spare));
        self.shared.keep(node, &values);
        Column::Owned(values)
    }

    fn compute(
        &self,
        node: NodeId,
        columns: &HashMap<NodeId, Column<'a>>,
        spare: &mut Vec<Vec<f64>>,
    ) -> Values {
        let rows = self.series.len();
        let numbers = |node: &NodeId| numbers(columns.get(node), rows);
        let truths = |node: &NodeId| truths(columns.get(node), rows);
        let mut buffer = || spare.pop().unwrap_or_default();
        match self.graph.op(node) {
            Op::Calendar(field) => Values::Numbers(calendar::field(
                *field,
                self.series.time,
                self.timeframe,
                self.zone,
            )),
            Op::Unary(op, x) => Values::Numbers(elementwise::unary(*op, &numbers(x), buffer())),
            Op::Binary(op, a, b) => {
                let (a, b) = (operand(columns.get(a)), operand(columns.get(b)));
                Values::Numbers(elementwise::binary(*op, a, b, buffer()))
            }
            Op::Compare(op, a, b) => {
                // Two constants still give a truth for every bar.
                let a_column = numbers(a);
                let (a, b) = match operand(columns.get(b)) {
                    Operand::Constant(b) => (Operand::Column(&a_column), Operand::Constant(b)),
                    b @ Operand::Column(_) => (operand(columns.get(a)), b),
                };
                Values::Truths(elementwise::compare(*op, a, b))
            }
            Op::Not(x) => Values::Truths(elementwise::not(&truths(x))),
            Op::And(a, b) => Values::Truths(elementwise::and(&truths(a), &truths(b))),
            Op::Or(a, b) => Values::Truths(elementwise::or(&truths(a), &truths(b))),
            Op::Shift(of, bars) if self.graph.gives(*of) == crate::functions::Type::Truth => {
                let shifted = window::shift(&truths(of), *bars as usize, UNDEFINED, Vec::new());
                Values::Truths(shifted)
            }
            Op::Shift(of, bars) => {
                Values::Numbers(window::shift(&numbers(of), *bars as usize, f64::NAN, buffer()))
            }
            Op::CrossesAbove(a, b) => Values::Truths(window::crosses_above(&numbers(a), &numbers(b))),
            Op::Highest(of, bars) => {
                Values::Numbers(window::extreme(&numbers(of), *bars as usize, |a, b| a >= b))
            }
            Op::Lowest(of, bars) => {
                Values::Numbers(window::extreme(&numbers(of), *bars as usize, |a, b| a <= b))
            }
            Op::BarsSince(condition) => Values::Numbers(window::bars_since(&truths(condition))),
            Op::Indicator { id, options, inputs } => {
                let inputs: Vec<Cow<'_, [f64]>> = inputs.iter().map(numbers).collect();
                let inputs: Vec<&[f64]> = inputs.iter().map(|input| &**input).collect();
                Values::Outputs(indicator(*id, options, &inputs, rows))
            }
            // These were answered before.
            Op::Price(_) | Op::Constant(_) | Op::Output(..) => Values::Numbers(vec![f64::NAN; rows]),
        }
    }
}

fn operand<'c>(column: Option<&'c Column<'_>>) -> Operand<'c> {
    match column {
        Some(Column::Price(prices)) => Operand::Column(prices),
        Some(Column::Constant(number)) => Operand::Constant(*number),
        Some(Column::Owned(values)) => match &**values {
            Values::Numbers(numbers) => Operand::Column(numbers),
            _ => Operand::Constant(f64::NAN),
        },
        Some(Column::Output(values, output)) => match &**values {
            Values::Outputs(outputs) => Operand::Column(&outputs[*output]),
            _ => Operand::Constant(f64::NAN),
        },
        None => Operand::Constant(f64::NAN),
    }
}

fn numbers<'c>(column: Option<&'c Column<'_>>, rows: usize) -> Cow<'c, [f64]> {
    match operand(column) {
        Operand::Column(numbers) => Cow::Borrowed(numbers),
        Operand::Constant(number) => Cow::Owned(vec![number; rows]),
    }
}

fn truths<'c>(column: Option<&'c Column<'_>>, rows: usize) -> Cow<'c, [u8]> {
    if let Some(Column::Owned(values)) = column
        && let Values::Truths(truths) = &**values
    {
        Cow::Borrowed(truths)
    } else {
        Cow::Owned(vec![UNDEFINED; rows])
    }
}

fn owned(column: &Column<'_>) -> Option<Arc<Values>> {
    match column {
        Column::Owned(values) => Some(Arc::clone(values)),
        _ => None,
    }
}
