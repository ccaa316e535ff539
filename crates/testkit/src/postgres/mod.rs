//! A throwaway PostgreSQL: a server from local binaries, or the one that `CHANDLERY_TEST_DATABASE_URL` names, and on
//! it one database a test, made from a migrated template.
//!
//! The server lives in a temporary folder and goes with the process that started it, however that ends. As root, whom
//! PostgreSQL refuses to serve, it runs as another user.

mod apart;
mod binaries;
mod cluster;
mod database;
mod proxy;
mod server;

pub use cluster::{Cluster, Durability};
pub use database::{Database, Held};
pub use proxy::Proxy;
pub use server::Server;

/// Tells whether there is a PostgreSQL on this machine to start servers from.
pub fn is_installed() -> bool {
    binaries::are_there()
}
