//! The keys that a document may have.

/// The keys of a document.
pub(super) const ROOT: &[&str] = &[
    "name",
    "title",
    "parameters",
    "let",
    "long",
    "short",
    "size",
    "costs",
    "execution",
];
/// The keys of a parameter.
pub(super) const PARAMETER: &[&str] = &["default", "min", "max"];
/// The keys of `[long]` and `[short]`.
pub(super) const SIDE: &[&str] = &[
    "enter",
    "exit",
    "stop_loss",
    "take_profit",
    "trailing_stop",
    "max_bars",
];
/// The keys of `[size]`.
pub(super) const SIZE: &[&str] = &["fraction", "cash", "units", "whole_units"];
/// The keys of `[costs]`.
pub(super) const COSTS: &[&str] = &["commission_bps", "commission_per_trade", "slippage_bps"];
/// The keys of `[execution]`.
pub(super) const EXECUTION: &[&str] = &["fill", "zone"];
