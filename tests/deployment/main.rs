//! The files that a deployment is made from. No container engine is needed: their shape is checked point by point, and
//! what they would run is run as it is, on a throwaway PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod cluster;
mod files;
mod image;
mod running;
mod secrets;
mod services;
mod settings;
