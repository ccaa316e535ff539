//! The tree of a rule.

use std::ops::Range;

/// The words that no name may be.
const KEYWORDS: &[&str] = &["and", "or", "not"];

/// An expression and the bytes of its text.
#[derive(Debug, Clone)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Range<usize>,
    /// The number of nodes on the longest way down, which bounds every recursion over the tree.
    pub(crate) depth: usize,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub(crate) enum ExprKind {
    Number(f64),
    Name(String),
    Call {
        name: String,
        name_span: Range<usize>,
        arguments: Vec<Expr>,
    },
    /// `of[back]`: the value of so many bars ago.
    History {
        of: Box<Expr>,
        back: Box<Expr>,
    },
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
}

/// An operator with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unary {
    Negate,
    Not,
}

/// An operator with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

impl Binary {
    /// Returns how an operator is written.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::And => "and",
            Self::Or => "or",
        }
    }

    /// Returns how strongly an operator binds: the stronger, the higher.
    pub(crate) fn binding(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual
            | Self::Equal
            | Self::NotEqual => COMPARISON_BINDING,
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Divide => 6,
        }
    }

    pub(crate) fn is_comparison(self) -> bool {
        self.binding() == COMPARISON_BINDING
    }
}

/// How strongly comparisons bind; `not` binds a little weaker, so that `not a < b` negates the comparison.
pub(super) const COMPARISON_BINDING: u8 = 4;
/// How strongly `not` binds.
pub(super) const NOT_BINDING: u8 = 3;
/// How strongly a sign binds.
pub(super) const NEGATE_BINDING: u8 = 7;

/// Tells whether a text can name a parameter or a `[let]`: a letter or `_`, then letters, digits and `_`, at most
/// 64 of them, and no keyword.
pub(crate) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    first
        && text.len() <= 64
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !KEYWORDS.contains(&text)
}
