//! Strategies: checked documents of rules and parameters. They are data; nobody's code is run.

mod document;
mod name;
mod size;

pub use document::{Execution, Fill, Parameter, SideRules, StrategyDocument};
pub use name::{StrategyName, StrategyNameError};
pub use size::{Size, SizeBasis, SizeError};
