//! The evolution of the PostgreSQL schema, and nothing else: frozen migrations, one concern each, every one with a way
//! back; the roles that they grant to; and the lock under which they run.
//!
//! The schema `chandlery` holds the tables of the product, the schema `reporting` what people read with SQL. All of
//! both belongs to the role `chandlery_owner`, which nobody can log in as. Roles belong to the whole server, so they
//! are made when they are missing and never dropped.

mod change;
pub mod connect;
mod error;
mod lock;
mod prepare;
mod status;
mod steps;

pub use change::{Change, down, fresh, up};
pub use error::{MigrationError, said};
pub use status::{Applied, Status, status, versions};

/// The schema of the product's tables.
pub const SCHEMA: &str = "chandlery";
/// The version that this program is built for: the name of the newest migration.
pub const LATEST: &str = steps::LATEST;

/// Returns a number that tells this program's set of migrations from every other.
pub fn fingerprint() -> u64 {
    steps::fingerprint()
}
