//! Operations that look at one bar at a time.

use std::cmp::Ordering;

use super::{
    BinaryOp, Comparison, UnaryOp,
    column::{TRUE, UNDEFINED},
};

/// A column of numbers, or one number for every bar.
#[derive(Clone, Copy)]
pub(super) enum Operand<'a> {
    Column(&'a [f64]),
    Constant(f64),
}

/// Turns what is not finite into undefined.
pub(super) fn defined(number: f64) -> f64 {
    if number.is_finite() { number } else { f64::NAN }
}

/// Computes a function of one number for every bar.
pub(super) fn unary(op: UnaryOp, column: &[f64], out: Vec<f64>) -> Vec<f64> {
    // One loop a function, so that the compiler sees what it can put into vectors.
    match op {
        UnaryOp::Negate => map(column, out, |x| -x),
        UnaryOp::Abs => map(column, out, f64::abs),
        UnaryOp::Sqrt => map(column, out, f64::sqrt),
        UnaryOp::Log | UnaryOp::Exp => map(column, out, |x| op.apply(x)),
    }
}

fn map(column: &[f64], mut out: Vec<f64>, apply: impl Fn(f64) -> f64) -> Vec<f64> {
    out.clear();
    out.extend(column.iter().map(|x| defined(apply(*x))));
    out
}

/// Computes a function of two numbers for every bar.
pub(super) fn binary(op: BinaryOp, a: Operand<'_>, b: Operand<'_>, out: Vec<f64>) -> Vec<f64> {
    match op {
        BinaryOp::Add => numbers(a, b, out, |a, b| a + b),
        BinaryOp::Subtract => numbers(a, b, out, |a, b| a - b),
        BinaryOp::Multiply => numbers(a, b, out, |a, b| a * b),
        BinaryOp::Divide => numbers(a, b, out, |a, b| a / b),
        BinaryOp::Pow | BinaryOp::Min | BinaryOp::Max => numbers(a, b, out, |a, b| op.apply(a, b)),
    }
}

fn numbers(a: Operand<'_>, b: Operand<'_>, mut out: Vec<f64>, apply: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    out.clear();
    zip(a, b, &mut out, |a, b| defined(apply(a, b)));
    out
}

/// Compares two numbers for every bar.
pub(super) fn compare(op: Comparison, a: Operand<'_>, b: Operand<'_>, out: Vec<u8>) -> Vec<u8> {
    match op {
        Comparison::Less => truths(a, b, out, |a, b| a < b),
        Comparison::LessOrEqual => truths(a, b, out, |a, b| a <= b),
        Comparison::Equal => truths(a, b, out, |a, b| a.partial_cmp(&b).is_some_and(Ordering::is_eq)),
        Comparison::NotEqual => truths(a, b, out, |a, b| a.partial_cmp(&b).is_some_and(Ordering::is_ne)),
    }
}

/// How many truths are made at once: as many as a vector of bytes has, so that the compiler packs whole vectors.
const AT_ONCE: usize = 16;

/// Makes truths of comparisons; `holds` must be false when an operand is undefined.
fn truths(a: Operand<'_>, b: Operand<'_>, mut out: Vec<u8>, holds: impl Fn(f64, f64) -> bool) -> Vec<u8> {
    out.clear();
    let truth = |a: f64, b: f64| truth(a, b, holds(a, b));
    let (Operand::Column(of_a), Operand::Column(of_b)) = (a, b) else {
        zip(a, b, &mut out, truth);
        return out;
    };
    let ((chunks_a, rest_a), (chunks_b, rest_b)) = (of_a.as_chunks::<AT_ONCE>(), of_b.as_chunks::<AT_ONCE>());
    out.reserve(of_a.len());
    for (a, b) in chunks_a.iter().zip(chunks_b) {
        let chunk: [u8; AT_ONCE] = std::array::from_fn(|row| truth(a[row], b[row]));
        out.extend_from_slice(&chunk);
    }
    zip(Operand::Column(rest_a), Operand::Column(rest_b), &mut out, truth);
    out
}

/// Makes a truth of a comparison: undefined when an operand is, and then `holds` must be false.
fn truth(a: f64, b: f64, holds: bool) -> u8 {
    TRUE * u8::from(holds) + UNDEFINED * u8::from(a.is_nan() | b.is_nan())
}

fn zip<T>(a: Operand<'_>, b: Operand<'_>, out: &mut Vec<T>, apply: impl Fn(f64, f64) -> T) {
    match (a, b) {
        (Operand::Column(a), Operand::Column(b)) => {
            out.extend(a.iter().zip(b).map(|(a, b)| apply(*a, *b)));
        }
        (Operand::Column(a), Operand::Constant(b)) => out.extend(a.iter().map(|a| apply(*a, b))),
        (Operand::Constant(a), Operand::Column(b)) => out.extend(b.iter().map(|b| apply(a, *b))),
        // The evaluator makes a column of one of two constants first.
        (Operand::Constant(a), Operand::Constant(b)) => out.push(apply(a, b)),
    }
}

/// Three-valued `and` (Kleene): the lesser of false, undefined and true.
pub(super) fn and(a: &[u8], b: &[u8], mut out: Vec<u8>) -> Vec<u8> {
    out.clear();
    out.extend(a.iter().zip(b).map(|(a, b)| *a.min(b)));
    out
}

/// Three-valued `or` (Kleene): the greater of false, undefined and true.
pub(super) fn or(a: &[u8], b: &[u8], mut out: Vec<u8>) -> Vec<u8> {
    out.clear();
    out.extend(a.iter().zip(b).map(|(a, b)| *a.max(b)));
    out
}

/// Three-valued `not`: undefined stays undefined.
pub(super) fn not(column: &[u8], mut out: Vec<u8>) -> Vec<u8> {
    out.clear();
    out.extend(column.iter().map(|truth| TRUE - truth));
    out
}
