//! Reading price files, from paths to bars, as users of the crate do it.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod archives;
mod currencies;
mod currency_samples;
mod daily_samples;
mod dialects;
mod fixture;
mod folders;
mod mutants;
mod numbers;
mod quarantine;
mod refusals;
mod samples;
mod series;
mod times;
mod vendor_samples;
mod vendors;
