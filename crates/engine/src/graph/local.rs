//! Operations that look at a bar, and at most at the one before it. They are computed over any bars that follow each
//! other: all of them, or a block at a time.

use super::{
    Comparison, NodeId, Op,
    column::{Source, UNDEFINED, Values},
    elementwise::{self, Operand},
    window,
};

/// What a crossing remembers of the bar before.
#[derive(Debug)]
pub(super) struct Before {
    at_or_below: u8,
    /// Memory for the comparison that a crossing is made of.
    comparison: Vec<u8>,
}

impl Before {
    /// Before the first bar, where nothing is known.
    pub(super) fn first() -> Self {
        Self {
            at_or_below: UNDEFINED,
            comparison: Vec::new(),
        }
    }
}

/// Tells whether [`compute`] computes an operation.
pub(super) fn is_local(op: &Op) -> bool {
    matches!(
        op,
        Op::Unary(..)
            | Op::Binary(..)
            | Op::Compare(..)
            | Op::Not(_)
            | Op::And(..)
            | Op::Or(..)
            | Op::CrossesAbove(..)
    )
}

/// Computes an operation over `rows` bars, behind those that `before` remembers; `None` of other operations. The
/// memory of `spare` is used again.
pub(super) fn compute<'c>(
    op: &Op,
    source: impl Fn(NodeId) -> Source<'c>,
    rows: usize,
    before: &mut Before,
    spare: Values,
) -> Option<Values> {
    let operand = |node: NodeId| source(node).operand();
    let truths = |node: NodeId| source(node).truths(rows);
    Some(match op {
        Op::Unary(op, x) => {
            let column = source(*x).numbers(rows);
            Values::Numbers(elementwise::unary(*op, &column, spare.into_numbers()))
        }
        Op::Binary(op, a, b) => Values::Numbers(elementwise::binary(
            *op,
            operand(*a),
            operand(*b),
            spare.into_numbers(),
        )),
        Op::Compare(op, a, b) => Values::Truths(compare(
            *op,
            (operand(*a), operand(*b)),
            rows,
            spare.into_truths(),
        )),
        Op::Not(x) => Values::Truths(elementwise::not(&truths(*x), spare.into_truths())),
        Op::And(a, b) => Values::Truths(elementwise::and(&truths(*a), &truths(*b), spare.into_truths())),
        Op::Or(a, b) => Values::Truths(elementwise::or(&truths(*a), &truths(*b), spare.into_truths())),
        Op::CrossesAbove(a, b) => {
            let comparison = std::mem::take(&mut before.comparison);
            let operands = (operand(*a), operand(*b));
            let at_or_below = compare(Comparison::LessOrEqual, operands, rows, comparison);
            let crosses = window::crosses_above(before.at_or_below, &at_or_below, spare.into_truths());
            before.at_or_below = at_or_below.last().copied().unwrap_or(before.at_or_below);
            before.comparison = at_or_below;
            Values::Truths(crosses)
        }
        _ => return None,
    })
}

fn compare(op: Comparison, operands: (Operand<'_>, Operand<'_>), rows: usize, out: Vec<u8>) -> Vec<u8> {
    match operands {
        // Two constants still give a truth for every bar.
        (Operand::Constant(a), Operand::Constant(b)) => {
            elementwise::compare(op, Operand::Column(&vec![a; rows]), Operand::Constant(b), out)
        }
        (a, b) => elementwise::compare(op, a, b, out),
    }
}
