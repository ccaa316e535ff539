//! The client of the tests, and servers on the kind of store that this program tests.

pub(crate) use tests::client::*;
use tests::{Place, Server};

use crate::mischief::place;

/// Starts a server on an empty store.
pub(crate) fn open() -> (Place, Server, Client) {
    open_with(&[])
}

/// Starts a server on an empty store, with settings in its environment.
pub(crate) fn open_with(environment: &[(&str, &str)]) -> (Place, Server, Client) {
    open_in(place(), environment)
}
