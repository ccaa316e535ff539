//! The HTTP API: routes, problems, and the OpenAPI document.
//!
//! # How a request travels
//!
//! [`server`] accepts it. [`observe`] gives it an id, times it, and turns whatever goes wrong, panics included, into a
//! [`problem`]. [`doors`] refuses requests that another site made a browser send. A handler under `routes` parses
//! path, query and body (`request`), calls a use case of `app` or a port of `domain`, and answers with a value of its
//! own. Writes run to their end on a runtime that no client can cancel (`Context::to_its_end`).
//!
//! No adapter, SQL or path is known here.

pub mod context;
pub mod doors;
pub mod observe;
pub mod openapi;
pub mod problem;
pub mod server;

mod cursor;
mod pages;
mod request;
mod routes;
mod shown;
#[cfg(test)]
mod testing;
