//! Contract cases, generators and a model for the stores; never shipped.
//!
//! A store passes when every case passes unchanged. Its crate implements [`harness::StoreHarness`] and stamps the
//! suites, each in a module of a test file:
//!
//! ```ignore
//! mod price {
//!     testkit::price_contract!(crate::FileHarness);
//! }
//! mod instrument {
//!     testkit::instrument_contract!(crate::FileHarness);
//! }
//! mod import {
//!     testkit::import_contract!(crate::FileHarness);
//! }
//! mod strategy {
//!     testkit::strategy_contract!(crate::FileHarness);
//! }
//! mod backtest {
//!     testkit::backtest_contract!(crate::FileHarness);
//! }
//! mod job {
//!     testkit::job_contract!(crate::FileHarness);
//! }
//! mod model {
//!     testkit::model_contract!(crate::FileHarness);
//! }
//! ```

pub mod backtest;
pub mod bars;
pub mod clock;
pub mod harness;
pub mod ids;
pub mod job;
pub mod market;
pub mod memory;
pub mod model;
pub mod postgres;
pub mod scale;
pub mod stopwatch;
pub mod strategy;
