//! Instruments and imports: copied when the target lacks them, then compared.

use std::collections::BTreeSet;

use domain::{
    error::StoreError,
    id::ImportId,
    market::{Import, ImportsQuery, Instrument, InstrumentsQuery, SeriesKey, Symbol, Venue},
    page::PageRequest,
};

use super::{
    error::TransferError,
    report::{MISSING_RECORD, RecordDifference, RecordsTransfer},
};
use crate::{
    progress::{Cancelled, Progress},
    stores::Stores,
};

/// How many records are asked for at once.
const PAGE: usize = 100;

/// Which records belong to a transfer; all of them, or those of some series.
#[derive(Debug)]
pub(super) enum Wanted<T> {
    All,
    Some(BTreeSet<T>),
}

/// The records of a transfer.
pub(super) struct Records<'a> {
    pub(super) from: &'a Stores,
    pub(super) to: &'a Stores,
    pub(super) progress: &'a dyn Progress,
    pub(super) instruments: Wanted<(Venue, Symbol)>,
    pub(super) imports: Wanted<ImportId>,
}

/// How records that differ are treated.
#[derive(Debug, Clone, Copy)]
pub(super) enum Treatment<'a> {
    /// They are named.
    Compare,
    /// The source's take the place of the target's, unless they belong to one of these series.
    Replace { except: &'a BTreeSet<SeriesKey> },
}

impl Records<'_> {
    /// Copies the records that the target lacks. Bars come later: an instrument's zone is needed to count gaps, and a
    /// commit names its import.
    pub(super) async fn copy_missing(&self) -> Result<(u64, u64), TransferError> {
        let (mut instruments, mut imports) = (0, 0);
        let mut source = self.source_instruments();
        while let Some(instrument) = source.next(self).await? {
            let found = self
                .to
                .instruments
                .instrument(&instrument.venue, &instrument.symbol)
                .await;
            if unless_corrupt(found)?.is_none() {
                instruments += u64::from(accepted(self.to.instruments.put_instrument(&instrument).await)?);
            }
        }
        let mut source = self.source_imports();
        while let Some(import) = source.next(self).await? {
            if unless_corrupt(self.to.imports.import(import.id).await)?.is_none() {
                imports += u64::from(accepted(self.to.imports.put_import(&import).await)?);
            }
        }
        Ok((instruments, imports))
    }

    /// Compares instruments.
    pub(super) async fn settle_instruments(
        &self,
        treatment: Treatment<'_>,
    ) -> Result<RecordsTransfer, TransferError> {
        let mut settled = RecordsTransfer::default();
        let mut source = self.source_instruments();
        while let Some(instrument) = source.next(self).await? {
            settled.records += 1;
            let name = format!("{}:{}", instrument.venue, instrument.symbol);
            let may_replace = treatment.may_replace(|except| {
                let of = |key: &SeriesKey| key.venue == instrument.venue && key.symbol == instrument.symbol;
                !except.iter().any(of)
            });
            let stored = || {
                self.to
                    .instruments
                    .instrument(&instrument.venue, &instrument.symbol)
            };
            let mut found = stored().await;
            if may_replace && differs(&found, &instrument) {
                settled.copied += u64::from(accepted(self.to.instruments.put_instrument(&instrument).await)?);
                found = stored().await;
            }
            settled.note(name, found, &instrument)?;
        }
        Ok(settled)
    }

    /// Compares imports.
    pub(super) async fn settle_imports(
        &self,
        treatment: Treatment<'_>,
    ) -> Result<RecordsTransfer, TransferError> {
        let mut settled = RecordsTransfer::default();
        let mut source = self.source_imports();
        while let Some(import) = source.next(self).await? {
            settled.records += 1;
            let may_replace = treatment
                .may_replace(|except| !import.series.iter().any(|series| except.contains(&series.key)));
            let mut found = self.to.imports.import(import.id).await;
            if may_replace && differs(&found, &import) {
                settled.copied += u64::from(accepted(self.to.imports.put_import(&import).await)?);
                found = self.to.imports.import(import.id).await;
            }
            settled.note(import.id.to_string(), found, &import)?;
        }
        Ok(settled)
    }

    fn source_instruments(&self) -> Source<Instrument, (Venue, Symbol)> {
        Source::new(&self.instruments)
    }

    fn source_imports(&self) -> Source<Import, ImportId> {
        Source::new(&self.imports)
    }
}

impl Treatment<'_> {
    fn may_replace(self, matches: impl FnOnce(&BTreeSet<SeriesKey>) -> bool) -> bool {
        match self {
            Self::Compare => false,
            Self::Replace { except } => matches(except),
        }
    }
}

/// Tells whether a readable record is another one, or missing.
fn differs<T: PartialEq>(found: &Result<Option<T>, StoreError>, wanted: &T) -> bool {
    found.as_ref().is_ok_and(|found| found.as_ref() != Some(wanted))
}

/// Takes a damaged record for one that is there: it is left as it is, and named when records are compared.
fn unless_corrupt<T>(found: Result<Option<T>, StoreError>) -> Result<Option<()>, TransferError> {
    match found {
        Ok(found) => Ok(found.map(drop)),
        Err(StoreError::Corrupt { .. }) => Ok(Some(())),
        Err(error) => Err(TransferError::target(error)),
    }
}

/// Tells whether the target has taken a record; why it has not is seen when records are compared.
pub(super) fn accepted(put: Result<(), StoreError>) -> Result<bool, TransferError> {
    match put {
        Ok(()) => Ok(true),
        Err(StoreError::AlreadyExists { .. } | StoreError::Conflict { .. } | StoreError::Corrupt { .. }) => {
            Ok(false)
        }
        Err(error) => Err(TransferError::target(error)),
    }
}

impl RecordsTransfer {
    fn note<T: PartialEq>(
        &mut self,
        name: String,
        found: Result<Option<T>, StoreError>,
        wanted: &T,
    ) -> Result<(), TransferError> {
        let problem = match found {
            Ok(Some(found)) if found == *wanted => return Ok(()),
            Ok(Some(_)) => "the target has other contents".to_owned(),
            Ok(None) => MISSING_RECORD.to_owned(),
            Err(StoreError::Corrupt { entity, source }) => format!("{entity} is damaged: {source}"),
            Err(error) => return Err(TransferError::target(error)),
        };
        self.differences.push(RecordDifference { name, problem });
        Ok(())
    }
}

/// The records of the source, page by page, or one by one when they are named.
struct Source<T, P> {
    waiting: std::vec::IntoIter<T>,
    rest: Rest<P>,
}

enum Rest<P> {
    Pages(PageRequest<P>),
    Named(std::vec::IntoIter<P>),
    Nothing,
}

impl<T, P: Clone> Source<T, P> {
    fn new(wanted: &Wanted<P>) -> Self {
        let rest = match wanted {
            Wanted::All => Rest::Pages(PageRequest::first(PAGE)),
            Wanted::Some(names) => Rest::Named(names.iter().cloned().collect::<Vec<_>>().into_iter()),
        };
        Self {
            waiting: Vec::new().into_iter(),
            rest,
        }
    }
}

macro_rules! source_of {
    ($record:ty, $position:ty, $list:expr, $find:expr) => {
        impl Source<$record, $position> {
            async fn next(&mut self, records: &Records<'_>) -> Result<Option<$record>, TransferError> {
                loop {
                    Cancelled::check(records.progress)?;
                    if let Some(record) = self.waiting.next() {
                        return Ok(Some(record));
                    }
                    let found = match &mut self.rest {
                        Rest::Nothing => return Ok(None),
                        Rest::Named(names) => {
                            let Some(name) = names.next() else {
                                return Ok(None);
                            };
                            $find(records.from, name)
                                .await
                                .map_err(TransferError::source)?
                                .into_iter()
                                .collect()
                        }
                        Rest::Pages(page) => {
                            let page = page.clone();
                            let found = $list(records.from, page)
                                .await
                                .map_err(TransferError::source)?;
                            self.rest = match found.next {
                                Some(position) => Rest::Pages(PageRequest::first(PAGE).after(position)),
                                None => Rest::Nothing,
                            };
                            found.items
                        }
                    };
                    self.waiting = Vec::<$record>::into_iter(found);
                }
            }
        }
    };
}

source_of!(
    Instrument,
    (Venue, Symbol),
    async |stores: &Stores, page| stores
        .instruments
        .instruments(InstrumentsQuery { venue: None, page })
        .await,
    async |stores: &Stores, (venue, symbol): (Venue, Symbol)| stores
        .instruments
        .instrument(&venue, &symbol)
        .await
);
source_of!(
    Import,
    ImportId,
    async |stores: &Stores, page| stores.imports.imports(ImportsQuery { page }).await,
    async |stores: &Stores, id: ImportId| stores.imports.import(id).await
);

/// Makes damage on either side a finding.
pub(super) fn readable<T>(read: Result<T, TransferError>) -> Result<Result<T, String>, TransferError> {
    match read {
        Ok(read) => Ok(Ok(read)),
        Err(TransferError::Store {
            side,
            source: StoreError::Corrupt { entity, source },
        }) => Ok(Err(format!("{entity} in the {side} is damaged: {source}"))),
        Err(error) => Err(error),
    }
}

impl RecordsTransfer {
    /// Adds a finding to a record, if there is one.
    pub(super) fn note_problem(&mut self, name: String, problem: Option<String>) {
        let difference = problem.map(|problem| RecordDifference { name, problem });
        self.differences.extend(difference);
    }
}
