//! Column operations: what rules compile to. Equal operations are one node, so that each is computed once.

mod average;
mod blocks;
mod calendar;
mod column;
mod elementwise;
mod evaluate;
mod indicator;
mod local;
mod shared;
mod window;

use std::collections::HashMap;

use domain::market::Column;
use ta_lib::abstract_api::FuncId;

pub(crate) use blocks::Stretch;
pub(crate) use calendar::Field;
pub(crate) use column::TRUE;
pub(crate) use evaluate::{Evaluator, Unevaluated};
pub(crate) use shared::SharedColumns;

use crate::functions::{self, Options, Type};

/// The place of an operation in its graph. Operands come before what they are operands of.
pub(crate) type NodeId = u32;

/// An operation on whole columns. Constants are kept as the bits of an f64, so that operations can be compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    Price(Column),
    Calendar(Field),
    Constant(u64),
    Unary(UnaryOp, NodeId),
    Binary(BinaryOp, NodeId, NodeId),
    Compare(Comparison, NodeId, NodeId),
    Not(NodeId),
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    /// The value of so many bars ago.
    Shift(NodeId, u32),
    /// The first operand crosses above the second.
    CrossesAbove(NodeId, NodeId),
    Highest(NodeId, u32),
    Lowest(NodeId, u32),
    BarsSince(NodeId),
    /// All outputs of a function of TA-Lib.
    Indicator {
        id: FuncId,
        options: Options,
        inputs: Box<[NodeId]>,
    },
    /// One output of an indicator.
    Output(NodeId, u8),
}

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum UnaryOp {
    Negate,
    Abs,
    Sqrt,
    Log,
    Exp,
}

/// A function of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Pow,
    Min,
    Max,
}

/// A comparison of two numbers; the others are these with their operands swapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
}

#[derive(Debug, Clone)]
struct Node {
    op: Op,
    /// For how many bars at the beginning the operation is undefined.
    warm_up: usize,
    gives: Type,
}

/// Operations, each once, operands first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    known: HashMap<Op, NodeId>,
}

impl Graph {
    /// Returns the node of an operation, which is added when it is new. What has constant operands alone becomes a
    /// constant.
    pub(crate) fn add(&mut self, op: Op) -> NodeId {
        let op = self.folded(op);
        if let Some(known) = self.known.get(&op) {
            return *known;
        }
        let id = self.nodes.len() as NodeId;
        let (warm_up, gives) = (self.warm_up_of(&op), self.type_of(&op));
        self.nodes.push(Node {
            op: op.clone(),
            warm_up,
            gives,
        });
        self.known.insert(op, id);
        id
    }

    /// Returns the node of a constant.
    pub(crate) fn constant(&mut self, number: f64) -> NodeId {
        // Adding zero turns −0.0 into 0.0: equal constants are one node.
        self.add(Op::Constant((number + 0.0).to_bits()))
    }

    /// Returns the number that a node is for every bar, if it is one.
    pub(crate) fn constant_value(&self, node: NodeId) -> Option<f64> {
        match self.op(node) {
            Op::Constant(bits) => Some(f64::from_bits(*bits)),
            _ => None,
        }
    }

    /// Returns how many operations there are.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn op(&self, node: NodeId) -> &Op {
        &self.nodes[node as usize].op
    }

    /// Returns for how many bars at the beginning a node is undefined.
    pub(crate) fn warm_up(&self, node: NodeId) -> usize {
        self.nodes[node as usize].warm_up
    }

    pub(crate) fn gives(&self, node: NodeId) -> Type {
        self.nodes[node as usize].gives
    }

    /// Returns the nodes that `roots` need, themselves included, operands first. Behind a node for which `known`
    /// is true, nothing is needed.
    pub(crate) fn needed(&self, roots: &[NodeId], known: impl Fn(NodeId) -> bool) -> Vec<NodeId> {
        let mut seen = std::collections::BTreeSet::new();
        let mut open: Vec<NodeId> = roots.to_vec();
        while let Some(node) = open.pop() {
            if seen.insert(node) && !known(node) {
                self.op(node).operands(|operand| open.push(operand));
            }
        }
        seen.into_iter().collect()
    }

    fn folded(&self, op: Op) -> Op {
        let fold = |number: f64| {
            let number = if number.is_finite() {
                number + 0.0
            } else {
                f64::NAN
            };
            Op::Constant(number.to_bits())
        };
        match &op {
            Op::Unary(unary, x) => match self.constant_value(*x) {
                Some(x) => fold(unary.apply(x)),
                None => op,
            },
            Op::Binary(binary, a, b) => match (self.constant_value(*a), self.constant_value(*b)) {
                (Some(a), Some(b)) => fold(binary.apply(a, b)),
                _ => op,
            },
            // What is the same on every bar was the same before.
            Op::Shift(x, _) if self.constant_value(*x).is_some() => self.op(*x).clone(),
            Op::Shift(x, 0) => self.op(*x).clone(),
            _ => op,
        }
    }

    fn warm_up_of(&self, op: &Op) -> usize {
        let mut operands = 0;
        op.operands(|operand| operands = operands.max(self.warm_up(operand)));
        operands
            + match op {
                Op::Shift(_, bars) => *bars as usize,
                Op::CrossesAbove(..) => 1,
                Op::Highest(_, bars) | Op::Lowest(_, bars) => *bars as usize - 1,
                Op::Indicator { id, options, .. } => functions::lookback(*id, options).unwrap_or_default(),
                _ => 0,
            }
    }

    fn type_of(&self, op: &Op) -> Type {
        match op {
            Op::Compare(..) | Op::Not(_) | Op::And(..) | Op::Or(..) | Op::CrossesAbove(..) => Type::Truth,
            Op::Shift(of, _) => self.gives(*of),
            _ => Type::Number,
        }
    }
}

impl Op {
    /// Calls `visit` with each operand.
    pub(crate) fn operands(&self, mut visit: impl FnMut(NodeId)) {
        match self {
            Self::Price(_) | Self::Calendar(_) | Self::Constant(_) => {}
            Self::Unary(_, x)
            | Self::Not(x)
            | Self::Shift(x, _)
            | Self::Highest(x, _)
            | Self::Lowest(x, _)
            | Self::BarsSince(x)
            | Self::Output(x, _) => visit(*x),
            Self::Binary(_, a, b)
            | Self::Compare(_, a, b)
            | Self::And(a, b)
            | Self::Or(a, b)
            | Self::CrossesAbove(a, b) => {
                visit(*a);
                visit(*b);
            }
            Self::Indicator { inputs, .. } => inputs.iter().copied().for_each(visit),
        }
    }
}

impl UnaryOp {
    /// Computes the function; what is not finite means undefined.
    pub(crate) fn apply(self, x: f64) -> f64 {
        match self {
            Self::Negate => -x,
            Self::Abs => x.abs(),
            Self::Sqrt => x.sqrt(),
            Self::Log => libm::log(x),
            Self::Exp => libm::exp(x),
        }
    }
}

impl BinaryOp {
    /// Computes the function; what is not finite means undefined.
    pub(crate) fn apply(self, a: f64, b: f64) -> f64 {
        // `pow`, `min` and `max` would make a number of one undefined operand; undefined must stay undefined.
        if a.is_nan() || b.is_nan() {
            return f64::NAN;
        }
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide => a / b,
            // `pow` gives 1 for NaN to the power of 0; undefined must stay undefined.
            Self::Pow => libm::pow(a, b),
            Self::Min => a.min(b),
            Self::Max => a.max(b),
        }
    }
}

#[cfg(test)]
mod tests;
