//! Entities, value objects and repository ports of Chandlery.
//!
//! This crate does no I/O, reads no clock and depends on no other crate of the workspace: everything else
//! depends on it. Values are parsed once, by checked constructors; a [`market::Symbol`], a
//! [`market::Timeframe`] or a [`market::Bars`] that exists is valid.
//!
//! # Adding a port
//!
//! A port, its adapters and its contract cases share one module name. `strategy` is the example to follow:
//!
//! 1. `domain/src/strategy/port.rs`: a small `async_trait` with `&self`, request structs and
//!    [`error::StoreError`]; conveniences go to a blanket `…Ext` trait.
//! 2. `testkit/src/strategy/`: the contract cases, written against the trait object alone and named once.
//! 3. `store-file/src/strategy/`: the adapter, and one line that stamps the contract on it.
//! 4. The same for every other store.
//!
//! Each method of a port is one atomic unit; no transaction type crosses it.

pub mod backtest;
pub mod clock;
pub mod error;
pub mod id;
pub mod job;
pub mod market;
pub mod page;
pub mod strategy;
