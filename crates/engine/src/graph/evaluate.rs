//! Evaluation of operations over bars.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use domain::market::{Timeframe, Zone};
use rayon::prelude::*;
use ta_lib::abstract_api::FuncId;

use super::{
    Graph, NodeId, Op, SharedColumns,
    average::Average,
    blocks::Blocks,
    calendar,
    column::{Column, Source, UNDEFINED, Values},
    indicator::indicator,
    local::{self, Before},
    window,
};
use crate::{functions, series::Series};

/// How many indicators are computed at the same time, each with its own memory.
const AT_ONCE: usize = 8;

/// How many values the columns may have that are kept at the same time: 4 GiB of numbers.
const MAX_VALUES: usize = 1 << 29;

/// Why nothing was evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unevaluated {
    /// It was told to stop.
    Stopped,
    /// So many columns would be kept at the same time.
    TooMany(usize),
}

/// Computes nodes of a graph over bars.
pub(crate) struct Evaluator<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) series: Series<'a>,
    pub(crate) timeframe: Timeframe,
    pub(crate) zone: &'a Zone,
    pub(crate) shared: &'a SharedColumns,
    /// Whether several cores may work on it. A sweep has a run for each core already; one that waited there for
    /// another would begin a third meanwhile, with memory of its own.
    pub(crate) on_all_cores: bool,
}

impl<'a> Evaluator<'a> {
    /// Makes ready to compute `roots` block by block: what can't be computed so is computed now, for all bars.
    /// `proceed` is asked before each such operation; when it answers no, the evaluation is given up.
    ///
    /// # Errors
    /// [`Unevaluated`] when it was given up, or would take too much memory.
    pub(crate) fn blocks(
        &self,
        roots: &[NodeId],
        mut proceed: impl FnMut(usize, usize) -> bool,
    ) -> Result<Blocks<'a>, Unevaluated> {
        let needed = self.graph.needed(roots, |node| self.shared.get(node).is_some());
        let by_block = self.by_block(&needed);
        let mut uses: HashMap<NodeId, usize> = HashMap::new();
        for node in &needed {
            self.graph
                .op(*node)
                .operands(|operand| *uses.entry(operand).or_default() += 1);
        }
        for root in roots {
            *uses.entry(*root).or_default() += 1;
        }
        let whole: Vec<NodeId> = needed
            .iter()
            .filter(|node| !by_block.contains(node))
            .copied()
            .collect();
        let columns_at_once = self.most_columns(&whole, uses.clone());
        if columns_at_once.saturating_mul(self.series.len()) > MAX_VALUES {
            return Err(Unevaluated::TooMany(columns_at_once));
        }
        let mut columns = if self.on_all_cores {
            self.at_once(&whole)
        } else {
            HashMap::new()
        };
        let mut spare: Vec<Vec<f64>> = Vec::new();
        for (done, node) in whole.iter().enumerate() {
            if !proceed(done, whole.len()) {
                return Err(Unevaluated::Stopped);
            }
            if !columns.contains_key(node) {
                let column = self.column(*node, &columns, &mut spare);
                columns.insert(*node, column);
            }
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
        let mut blocks = Blocks::new(columns);
        for node in by_block {
            match self.average(node) {
                Some(average) => blocks.add_average(node, average),
                None => blocks.add(node, self.graph.op(node)),
            }
        }
        for root in roots {
            blocks.add_root(*root).ok_or(Unevaluated::Stopped)?;
        }
        Ok(blocks)
    }

    /// Counts how many columns there are at most at the same time while `whole` is computed; `uses` tells how many
    /// operations need each.
    pub(super) fn most_columns(&self, whole: &[NodeId], mut uses: HashMap<NodeId, usize>) -> usize {
        let columns_of = |node: NodeId| match self.graph.op(node) {
            Op::Price(_) | Op::Constant(_) => 0,
            Op::Indicator { id, .. } => id.info().outputs.len(),
            // One output keeps all that its indicator gave.
            Op::Output(of, _) => match self.graph.op(*of) {
                Op::Indicator { id, .. } => id.info().outputs.len(),
                _ => 1,
            },
            _ => 1,
        };
        let (mut now, mut most) = (0, 0);
        for node in whole {
            now += columns_of(*node);
            most = most.max(now);
            self.graph.op(*node).operands(|operand| {
                let left = uses.entry(operand).or_default();
                *left = left.saturating_sub(1);
                if *left == 0 {
                    now -= columns_of(operand);
                }
            });
        }
        most
    }

    /// Chooses from the nodes that are needed those that are computed block by block: nothing that is computed for
    /// all bars at once needs them.
    fn by_block(&self, needed: &[NodeId]) -> BTreeSet<NodeId> {
        let mut chosen = BTreeSet::new();
        let mut wanted_whole = BTreeSet::new();
        for node in needed.iter().rev() {
            if self.can_be_by_block(*node) && !wanted_whole.contains(node) {
                chosen.insert(*node);
            } else {
                self.graph.op(*node).operands(|operand| {
                    wanted_whole.insert(operand);
                });
            }
        }
        chosen
    }

    fn can_be_by_block(&self, node: NodeId) -> bool {
        let op = self.graph.op(node);
        let indicator = match op {
            Op::Output(of, _) => *of,
            _ => node,
        };
        // What several runs share is computed once, for all bars.
        !self.shared.keeps(indicator) && (local::is_local(op) || self.average(indicator).is_some())
    }

    /// Returns the moving average that a node is, if it is one of prices.
    fn average(&self, node: NodeId) -> Option<Average<'a>> {
        let Op::Indicator { id, options, inputs } = self.graph.op(node) else {
            return None;
        };
        let (FuncId::SMA, [input]) = (*id, &**inputs) else {
            return None;
        };
        let Op::Price(column) = self.graph.op(*input) else {
            return None;
        };
        let lookback = functions::lookback(*id, options).filter(|_| self.is_price(*input))?;
        Some(Average::of(self.series.column(*column), lookback + 1))
    }

    /// Computes the first indicators of prices at the same time: they need nothing of each other.
    fn at_once(&self, needed: &[NodeId]) -> HashMap<NodeId, Column<'a>> {
        let of_prices = |node: &&NodeId| match self.graph.op(**node) {
            Op::Indicator { inputs, .. } => {
                inputs.iter().all(|input| self.is_price(*input)) && self.shared.get(**node).is_none()
            }
            _ => false,
        };
        let ready: Vec<NodeId> = needed.iter().filter(of_prices).take(AT_ONCE).copied().collect();
        ready
            .into_par_iter()
            .map(|node| {
                let mut columns = HashMap::new();
                self.graph.op(node).operands(|input| {
                    columns.insert(input, self.column(input, &HashMap::new(), &mut Vec::new()));
                });
                (node, self.column(node, &columns, &mut Vec::new()))
            })
            .collect()
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
        Column::Owned(
            self.shared
                .get_or_compute(node, || self.compute(node, columns, spare)),
        )
    }

    /// Tells whether a node is a price, which every bar has; a volume may be unknown.
    fn is_price(&self, node: NodeId) -> bool {
        matches!(self.graph.op(node), Op::Price(column) if *column != domain::market::Column::Volume)
    }

    fn compute(
        &self,
        node: NodeId,
        columns: &HashMap<NodeId, Column<'a>>,
        spare: &mut Vec<Vec<f64>>,
    ) -> Values {
        let rows = self.series.len();
        let source = |node: NodeId| columns.get(&node).map_or(Source::Undefined, Column::source);
        let op = self.graph.op(node);
        if local::is_local(op) {
            let buffer = match self.graph.gives(node) {
                functions::Type::Number => Values::Numbers(spare.pop().unwrap_or_default()),
                functions::Type::Truth => Values::Truths(Vec::new()),
            };
            if let Some(values) = local::compute(op, source, rows, &mut Before::first(), buffer) {
                return values;
            }
        }
        let numbers = |node: &NodeId| source(*node).numbers(rows);
        let truths = |node: &NodeId| source(*node).truths(rows);
        let mut buffer = || spare.pop().unwrap_or_default();
        match op {
            Op::Calendar(field) => Values::Numbers(calendar::field(
                *field,
                self.series.time,
                self.timeframe,
                self.zone,
            )),
            Op::Shift(of, bars) if self.graph.gives(*of) == functions::Type::Truth => {
                let shifted = window::shift(&truths(of), *bars as usize, UNDEFINED, Vec::new());
                Values::Truths(shifted)
            }
            Op::Shift(of, bars) => {
                Values::Numbers(window::shift(&numbers(of), *bars as usize, f64::NAN, buffer()))
            }
            Op::Highest(of, bars) => {
                Values::Numbers(window::extreme(&numbers(of), *bars as usize, |a, b| a >= b))
            }
            Op::Lowest(of, bars) => {
                Values::Numbers(window::extreme(&numbers(of), *bars as usize, |a, b| a <= b))
            }
            Op::BarsSince(condition) => Values::Numbers(window::bars_since(&truths(condition))),
            Op::Indicator { id, options, inputs } => {
                let complete = inputs.iter().all(|input| self.is_price(*input));
                let inputs: Vec<Cow<'_, [f64]>> = inputs.iter().map(numbers).collect();
                let inputs: Vec<&[f64]> = inputs.iter().map(|input| &**input).collect();
                Values::Outputs(indicator(*id, options, &inputs, complete, rows))
            }
            // All others were answered before.
            _ => Values::Numbers(vec![f64::NAN; rows]),
        }
    }
}
