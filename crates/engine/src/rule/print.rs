//! Tree to text.

use std::fmt;

use super::syntax::{Expr, ExprKind, NEGATE_BINDING, NOT_BINDING, Unary};

/// Writes an expression with no more parentheses than it needs.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_bound(f, self, 0)
    }
}

fn binding(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::Binary(operator, ..) => operator.binding(),
        ExprKind::Unary(Unary::Not, _) => NOT_BINDING,
        ExprKind::Unary(Unary::Negate, _) => NEGATE_BINDING,
        _ => u8::MAX,
    }
}

/// Writes an expression, in parentheses when it binds weaker than `least`.
fn write_bound(f: &mut fmt::Formatter<'_>, expr: &Expr, least: u8) -> fmt::Result {
    if binding(expr) < least {
        f.write_str("(")?;
        write_plain(f, expr)?;
        f.write_str(")")
    } else {
        write_plain(f, expr)
    }
}

fn write_plain(f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
    match &expr.kind {
        ExprKind::Number(number) => write!(f, "{number:?}"),
        ExprKind::Name(name) => f.write_str(name),
        ExprKind::Call { name, arguments, .. } => {
            write!(f, "{name}(")?;
            for (index, argument) in arguments.iter().enumerate() {
                f.write_str(if index == 0 { "" } else { ", " })?;
                write_bound(f, argument, 0)?;
            }
            f.write_str(")")
        }
        ExprKind::History { of, back } => {
            write_bound(f, of, u8::MAX)?;
            f.write_str("[")?;
            write_bound(f, back, 0)?;
            f.write_str("]")
        }
        ExprKind::Unary(Unary::Negate, operand) => {
            f.write_str("-")?;
            write_bound(f, operand, NEGATE_BINDING)
        }
        ExprKind::Unary(Unary::Not, operand) => {
            f.write_str("not ")?;
            write_bound(f, operand, NOT_BINDING)
        }
        ExprKind::Binary(operator, left, right) => {
            // Comparisons do not chain, so that both of their operands must bind stronger.
            let stronger = operator.binding() + 1;
            let least = if operator.is_comparison() {
                stronger
            } else {
                operator.binding()
            };
            write_bound(f, left, least)?;
            write!(f, " {} ", operator.symbol())?;
            write_bound(f, right, stronger)
        }
    }
}
