//! Paths, queries, conditions and bodies, parsed into values of the domain.

mod body;
mod condition;
mod json;
mod member;
mod path;
mod query;

pub(crate) use self::{
    body::{coding, declared, in_time, media_type, whole},
    condition::{EntityTag, expected_version, idempotency_key},
    json::JsonBody,
    member::{TextOrNumber, given, invalid, member, optional},
    path::{InstrumentParts, InstrumentPath, SeriesParts, SeriesPath, parsed},
    query::{NoParams, Parsed, flag, json_config, page_limit, path_config, query_config},
};
