//! Evaluation block by block: what one operation of a block gives is still in the cache when the next one reads it.

use std::{collections::HashMap, ops::Range, sync::Arc};

use super::{
    NodeId, Op,
    average::{self, Average},
    column::{Column, Source, Values},
    local::{self, Before},
};

/// How many bars are computed at once.
const BLOCK: usize = 1 << 12;

/// The operations of a graph over bars, computed as far as they are asked for.
pub(crate) struct Blocks<'a> {
    /// For how many bars the roots are computed.
    done: usize,
    /// What was computed for all bars before.
    whole: HashMap<NodeId, Column<'a>>,
    averages: Vec<Average<'a>>,
    /// Where the output of a node lies in `averages`.
    average_of: HashMap<NodeId, usize>,
    steps: Vec<Step>,
    step_of: HashMap<NodeId, usize>,
    roots: Vec<Root>,
}

/// An operation that is computed by block.
struct Step {
    op: Op,
    before: Before,
    /// The values of the last block.
    values: Values,
}

/// What was asked for.
enum Root {
    Whole(Arc<Values>),
    Step(usize),
}

/// The values of what was asked for, over some bars that follow each other.
pub(crate) struct Stretch {
    rows: Range<usize>,
    /// In the order in which they were asked for.
    roots: Vec<Part>,
}

enum Part {
    /// The values of all bars.
    Whole(Arc<Values>),
    /// The values of the stretch alone.
    Own(Values),
}

impl Stretch {
    fn sources(&self) -> impl Iterator<Item = Source<'_>> {
        self.roots.iter().map(|part| match part {
            Part::Whole(values) => values.source().rows(self.rows.clone()),
            Part::Own(values) => values.source(),
        })
    }

    /// Returns the truths of each root in the order in which they were asked for; none of one that has no truths.
    pub(crate) fn truths(&self) -> impl Iterator<Item = &[u8]> {
        self.sources().map(|source| match source {
            Source::Truths(truths) => truths,
            _ => &[],
        })
    }

    /// Returns the numbers of the first root.
    #[cfg(test)]
    pub(super) fn numbers(&self) -> Option<&[f64]> {
        self.sources().find_map(|source| match source {
            Source::Numbers(numbers) => Some(numbers),
            _ => None,
        })
    }
}

impl<'a> Blocks<'a> {
    /// Makes ready to add operations to what was computed before.
    pub(super) fn new(whole: HashMap<NodeId, Column<'a>>) -> Self {
        Self {
            done: 0,
            whole,
            averages: Vec::new(),
            average_of: HashMap::new(),
            steps: Vec::new(),
            step_of: HashMap::new(),
            roots: Vec::new(),
        }
    }

    /// Adds a moving average that `node` is.
    pub(super) fn add_average(&mut self, node: NodeId, average: Average<'a>) {
        self.average_of.insert(node, self.averages.len());
        self.averages.push(average);
    }

    /// Adds an operation of those that are added already, or were computed before.
    pub(super) fn add(&mut self, node: NodeId, op: &Op) {
        if let Op::Output(of, _) = op
            && let Some(average) = self.average_of.get(of)
        {
            self.average_of.insert(node, *average);
            return;
        }
        self.step_of.insert(node, self.steps.len());
        self.steps.push(Step {
            op: op.clone(),
            before: Before::first(),
            values: Values::Outputs(Vec::new()),
        });
    }

    /// Asks for the values of a node; `None` when there are none of it.
    pub(super) fn add_root(&mut self, node: NodeId) -> Option<()> {
        self.roots.push(match self.step_of.get(&node) {
            Some(step) => Root::Step(*step),
            None => match self.whole.get(&node)? {
                Column::Owned(values) => Root::Whole(Arc::clone(values)),
                _ => return None,
            },
        });
        Some(())
    }

    /// Computes the roots of the bars that follow, up to `to`.
    pub(crate) fn advance(&mut self, to: usize) -> Stretch {
        let rows = self.done..to;
        let mut roots: Vec<Part> = self.roots.iter().map(Root::begin).collect();
        while self.done < to {
            let rows = self.done..to.min(self.done + BLOCK);
            self.done = rows.end;
            average::advance(&mut self.averages, &rows);
            for index in 0..self.steps.len() {
                self.step(index, &rows);
            }
            for (root, part) in self.roots.iter().zip(&mut roots) {
                if let (Root::Step(step), Part::Own(values)) = (root, part) {
                    append(values, &self.steps[*step].values, to - rows.start);
                }
            }
        }
        Stretch { rows, roots }
    }

    fn step(&mut self, index: usize, rows: &Range<usize>) {
        let (computed, rest) = self.steps.split_at_mut(index);
        let Some(step) = rest.first_mut() else { return };
        let source = |node: NodeId| {
            if let Some(step) = self.step_of.get(&node).and_then(|step| computed.get(*step)) {
                step.values.source()
            } else if let Some(average) = self.average_of.get(&node) {
                Source::Numbers(&self.averages[*average].values)
            } else {
                let whole = self.whole.get(&node).map(Column::source);
                whole.map_or(Source::Undefined, |column| column.rows(rows.clone()))
            }
        };
        let spare = std::mem::replace(&mut step.values, Values::Outputs(Vec::new()));
        if let Some(values) = local::compute(&step.op, source, rows.len(), &mut step.before, spare) {
            step.values = values;
        }
    }
}

impl Root {
    fn begin(&self) -> Part {
        match self {
            Self::Whole(values) => Part::Whole(Arc::clone(values)),
            Self::Step(_) => Part::Own(Values::Outputs(Vec::new())),
        }
    }
}

/// Adds the values of a block to those of the blocks before, `rows` of which are still to come with it.
fn append(all: &mut Values, block: &Values, rows: usize) {
    match (all, block) {
        (Values::Numbers(all), Values::Numbers(block)) => all.extend_from_slice(block),
        (Values::Truths(all), Values::Truths(block)) => all.extend_from_slice(block),
        (all, Values::Numbers(block)) => {
            let mut numbers = Vec::with_capacity(rows);
            numbers.extend_from_slice(block);
            *all = Values::Numbers(numbers);
        }
        (all, Values::Truths(block)) => {
            let mut truths = Vec::with_capacity(rows);
            truths.extend_from_slice(block);
            *all = Values::Truths(truths);
        }
        (_, Values::Outputs(_)) => {}
    }
}
