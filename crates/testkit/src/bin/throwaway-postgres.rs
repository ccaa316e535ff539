//! A PostgreSQL for as long as standard input is open: prints the URL of its superuser. `cargo xtask test` starts one
//! for all test programs; it is also handy for trying things out: `cargo run --package testkit`.
//!
//! Ends with 3 when there is no PostgreSQL on this machine.

use std::{
    io::{self, Read as _, Write as _},
    process::ExitCode,
};

use testkit::postgres::{Cluster, Durability, is_installed};

/// There is nothing to start a server from.
const NOT_INSTALLED: u8 = 3;

fn main() -> io::Result<ExitCode> {
    if !is_installed() {
        return Ok(ExitCode::from(NOT_INSTALLED));
    }
    let cluster = Cluster::start(Durability::Fast);
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable",
        cluster.port()
    )?;
    out.flush()?;
    io::stdin().lock().read_to_end(&mut Vec::new())?;
    drop(cluster);
    Ok(ExitCode::SUCCESS)
}
