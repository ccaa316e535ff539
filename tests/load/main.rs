//! What hostile and careless clients cost the server: times and memory, measured with nothing else beside.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod costs;

use tests::{client, raw};
