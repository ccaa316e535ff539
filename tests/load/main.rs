//! What hostile and careless clients cost the server: times and memory, measured with nothing else beside.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "../http/client.rs"]
#[expect(dead_code, reason = "most of it serves the other tests over HTTP")]
mod client;
mod costs;
#[path = "../http/raw.rs"]
#[expect(dead_code, reason = "most of it serves the other tests over HTTP")]
mod raw;
