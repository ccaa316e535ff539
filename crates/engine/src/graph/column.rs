//! What operations give, and how others read it.

use std::{borrow::Cow, sync::Arc};

use super::elementwise::Operand;

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

impl Values {
    /// Takes the memory of numbers, to be written anew.
    pub(super) fn into_numbers(self) -> Vec<f64> {
        match self {
            Self::Numbers(numbers) => numbers,
            _ => Vec::new(),
        }
    }

    /// Takes the memory of truths, to be written anew.
    pub(super) fn into_truths(self) -> Vec<u8> {
        match self {
            Self::Truths(truths) => truths,
            _ => Vec::new(),
        }
    }

    /// Shows the values to operations that need them.
    pub(super) fn source(&self) -> Source<'_> {
        match self {
            Self::Numbers(numbers) => Source::Numbers(numbers),
            Self::Truths(truths) => Source::Truths(truths),
            Self::Outputs(_) => Source::Undefined,
        }
    }
}

/// A computed node: a column of the bars, a constant, or values.
#[derive(Clone)]
pub(super) enum Column<'a> {
    Price(&'a [f64]),
    Constant(f64),
    Owned(Arc<Values>),
    Output(Arc<Values>, usize),
}

impl Column<'_> {
    /// Shows the values of all bars to operations that need them.
    pub(super) fn source(&self) -> Source<'_> {
        match self {
            Self::Price(prices) => Source::Numbers(prices),
            Self::Constant(number) => Source::Constant(*number),
            Self::Owned(values) => values.source(),
            Self::Output(values, output) => match &**values {
                Values::Outputs(outputs) => Source::Numbers(&outputs[*output]),
                _ => Source::Undefined,
            },
        }
    }
}

/// What an operation reads: values of some bars that follow each other.
#[derive(Clone, Copy)]
pub(super) enum Source<'c> {
    Numbers(&'c [f64]),
    Constant(f64),
    Truths(&'c [u8]),
    Undefined,
}

impl<'c> Source<'c> {
    /// The same for a part of the bars.
    pub(super) fn rows(self, rows: std::ops::Range<usize>) -> Self {
        match self {
            Self::Numbers(numbers) => Self::Numbers(&numbers[rows]),
            Self::Truths(truths) => Self::Truths(&truths[rows]),
            other => other,
        }
    }

    pub(super) fn operand(self) -> Operand<'c> {
        match self {
            Self::Numbers(numbers) => Operand::Column(numbers),
            Self::Constant(number) => Operand::Constant(number),
            Self::Truths(_) | Self::Undefined => Operand::Constant(f64::NAN),
        }
    }

    /// Numbers, one for each of the bars.
    pub(super) fn numbers(self, rows: usize) -> Cow<'c, [f64]> {
        match self.operand() {
            Operand::Column(numbers) => Cow::Borrowed(numbers),
            Operand::Constant(number) => Cow::Owned(vec![number; rows]),
        }
    }

    /// Truths, one for each of the bars.
    pub(super) fn truths(self, rows: usize) -> Cow<'c, [u8]> {
        match self {
            Self::Truths(truths) => Cow::Borrowed(truths),
            _ => Cow::Owned(vec![UNDEFINED; rows]),
        }
    }
}
