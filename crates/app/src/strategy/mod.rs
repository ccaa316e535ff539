//! Strategies: documents are read, checked as a whole and saved as versions.

mod check;
mod error;
mod put;
#[cfg(test)]
mod tests;

pub use engine::{Place, RuleError};

pub use self::{
    check::{CheckedStrategy, DocumentText, Syntax, check},
    error::{Mistakes, StrategyError},
    put::{PutStrategy, put},
};
