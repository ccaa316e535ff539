//! Importing a CSV file: read, checked, hashed, encoded, written and synced, against a bare loop over the same file.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use anyhow::{Result, ensure};
use app::{
    ambient::{RandomIds, SystemClock},
    import::{ImportRequest, Importer, Naming},
    progress::Unobserved,
    stores::Stores,
};
use domain::market::{Bars, SeriesKey};
use interchange::ReadOptions;
use tokio::runtime::Runtime;

use crate::{
    csv_files,
    measure::{Aim, Comparison, Contender},
    stores::{Kept, author, key},
};

/// Times importing `path`, which holds `bars`, into an empty store.
pub(crate) fn import<'a>(runtime: &'a Runtime, path: &'a Path, bars: &'a Bars) -> Comparison<'a> {
    Comparison {
        name: "import CSV",
        bars: bars.len() as u32,
        subject: Contender::new("import, durable commit included", || {
            ensure!(
                runtime.block_on(import_once(path))? == bars.len() as u64,
                "bars are missing"
            );
            Ok(())
        }),
        baseline: Some(csv_files::bare_reading(path, bars)),
        aim: Aim::AtMost(2.5),
    }
}

async fn import_once(path: &Path) -> Result<u64> {
    let kept = Kept::empty()?;
    import_into(kept.ports(), key()?, path).await
}

/// Imports a file as one series and returns how many bars were new.
pub(crate) async fn import_into(stores: Stores, series: SeriesKey, path: &Path) -> Result<u64> {
    let importer = Importer::new(stores, Arc::new(SystemClock), Arc::new(RandomIds));
    let request = ImportRequest {
        id: None,
        expected: None,
        paths: vec![path.to_owned()],
        naming: Naming {
            series: Some(series),
            venue: None,
        },
        read: ReadOptions::default(),
        rejected_folder: None,
        archive_folder: None,
        author: author()?,
        reason: None,
        options: BTreeMap::new(),
    };
    let outcome = importer.run(request, Arc::new(Unobserved)).await?;
    Ok(outcome.import.series.iter().map(|series| series.inserted).sum())
}
