//! How uploaded files are to be read.

use std::collections::BTreeMap;

use app::{desk::ImportOrder, fraction::Fraction, import::Naming};
use interchange::{Dialect, ReadOptions};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    context::{Context, checked_reason},
    problem::ApiError,
    request::{Parsed, flag},
};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadParams {
    /// Whether the files are only checked; `confirm` then imports them.
    #[param(value_type = Option<bool>)]
    dry_run: Option<String>,
    /// The one series that all bars belong to, `VENUE:SYMBOL/timeframe`.
    series: Option<String>,
    /// The venue; symbol and timeframe come from the files.
    venue: Option<String>,
    /// How the files are written; recognised when not given.
    dialect: Option<String>,
    /// The zone of times without offset, such as `America/New_York`.
    zone: Option<String>,
    /// Which end of a bar its time names: open or close.
    #[param(pattern = "^(open|close)$")]
    stamp: Option<String>,
    /// Which of several rows with one time and different values is kept: first or last; all are rejected when not given.
    #[param(pattern = "^(quarantine|first|last)$")]
    duplicates: Option<String>,
    /// How numbers are written: plain, thousands or decimal-comma.
    #[param(pattern = "^(plain|thousands|decimal-comma)$")]
    numbers: Option<String>,
    /// How much of a file may be rejected before all of it is refused, such as `0.1%`.
    max_rejected: Option<String>,
    /// Why, for the record.
    reason: Option<String>,
    /// The name of the file, where the body is the file itself.
    pub(super) file_name: Option<String>,
}

impl UploadParams {
    /// Makes the order, or says everything that is wrong with it.
    pub(super) fn order(&self, context: &Context) -> Result<ImportOrder, ApiError> {
        let mut parsed = Parsed::default();
        let dry_run = flag(&mut parsed, "dry_run", self.dry_run.as_ref());
        let naming = Naming {
            series: parsed.optional("series", self.series.as_ref()),
            venue: parsed.optional("venue", self.venue.as_ref()),
        };
        if naming.series.is_some() && naming.venue.is_some() {
            parsed.refuse("venue", "series names the venue already; give one of the two");
        }
        let dialect = self.dialect.as_ref().and_then(|name| {
            let dialect = Dialect::named(name);
            if dialect.is_none() {
                let names: Vec<_> = Dialect::all().iter().map(|dialect| dialect.name()).collect();
                parsed.refuse(
                    "dialect",
                    format!("`{name}` is not a dialect; dialects are {}", names.join(", ")),
                );
            }
            dialect
        });
        let usual = &context.read;
        let max_rejected: Option<Fraction> = parsed.optional("max_rejected", self.max_rejected.as_ref());
        let read = ReadOptions {
            dialect,
            zone: parsed.optional("zone", self.zone.as_ref()),
            stamp: parsed.optional("stamp", self.stamp.as_ref()),
            duplicates: parsed
                .optional("duplicates", self.duplicates.as_ref())
                .unwrap_or(usual.duplicates),
            numbers: parsed
                .optional("numbers", self.numbers.as_ref())
                .unwrap_or(usual.numbers),
            max_rejected: max_rejected.map_or(usual.max_rejected, |fraction| fraction.0),
            ..usual.clone()
        };
        parsed.finish()?;
        Ok(ImportOrder {
            naming,
            read,
            author: context.author(),
            reason: checked_reason(self.reason.clone())?,
            options: self.given(),
            dry_run,
        })
    }

    /// Returns the options that were given, by name, for the record.
    fn given(&self) -> BTreeMap<String, String> {
        let options = [
            ("series", &self.series),
            ("venue", &self.venue),
            ("dialect", &self.dialect),
            ("zone", &self.zone),
            ("stamp", &self.stamp),
            ("duplicates", &self.duplicates),
            ("numbers", &self.numbers),
            ("max_rejected", &self.max_rejected),
            ("reason", &self.reason),
        ];
        let given = options
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
        given.collect()
    }
}
