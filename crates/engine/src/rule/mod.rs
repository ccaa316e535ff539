//! The rule language: text to tree.

mod lexer;
mod parser;
mod print;
mod syntax;

pub(crate) use parser::parse;
pub(crate) use syntax::{Binary, Expr, ExprKind, Unary, is_name};

/// How long the text of one rule may be, in bytes.
pub const MAX_RULE_BYTES: usize = 8 * 1024;
/// How deep the tree of one rule may be.
pub const MAX_RULE_DEPTH: usize = 100;

/// A mistake in the text of a rule: what, and the bytes that are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) message: String,
    pub(crate) span: std::ops::Range<usize>,
}

impl Mistake {
    pub(crate) fn new(message: impl Into<String>, span: std::ops::Range<usize>) -> Self {
        Self {
            message: message.into(),
            span,
        }
    }
}

#[cfg(test)]
mod tests;
