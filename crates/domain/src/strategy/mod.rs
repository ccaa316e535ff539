//! Strategies: checked documents of rules and parameters. They are data; nobody's code is run.

mod document;
mod head;
mod name;
mod port;
mod size;
mod version;

pub use document::{Execution, Fill, Parameter, SideRules, StrategyDocument};
pub use head::StrategyHead;
pub use name::{StrategyName, StrategyNameError};
pub use port::{
    DamagedStrategy, SaveStrategy, SavedStrategy, StrategiesQuery, StrategyStore, StrategyVersionsQuery,
};
pub use size::{Size, SizeBasis, SizeError};
pub use version::StrategyVersion;
