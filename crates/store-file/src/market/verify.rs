//! Reading a series back with all its history.

use std::{collections::HashMap, sync::Arc};

use domain::{
    error::{EntityRef, StoreError},
    market::{Bars, Damage, SeriesCheck, SeriesKey, SetDigest},
};
use futures::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use super::staged::load_bars;
use crate::{
    chunk::ChunkMeta,
    journal::{self, Record},
    layout::SeriesFolder,
    store::Shared,
};

/// What the journal of a series tells, from the first commit on.
#[derive(Default)]
struct Account {
    versions: u64,
    chunks: HashMap<Uuid, Arc<ChunkMeta>>,
    /// The count and digest of the bars that are live, by the chunks alone.
    bars: u64,
    digest: SetDigest,
    problems: Vec<String>,
}

impl Account {
    fn follow(&mut self, record: &Record) {
        let Record::Commit(record) = record else { return };
        self.versions += 1;
        for id in &record.retire {
            if let Some(chunk) = self.chunks.get(id) {
                self.bars = self.bars.saturating_sub(chunk.bars);
                self.digest = self.digest.minus(chunk.digest);
            }
        }
        for chunk in &record.add {
            self.chunks.insert(chunk.id, chunk.clone());
            self.bars += chunk.bars;
            self.digest = self.digest.plus(chunk.digest);
        }
        let commit = &record.commit;
        if (commit.bars, commit.digest) != (self.bars, self.digest) {
            self.problems.push(format!(
                "version {} tells of {} bars with digest {}, its chunks of {} with {}",
                commit.version, commit.bars, commit.digest, self.bars, self.digest
            ));
        }
    }
}

/// Compares everything that is stored of a series with its checksums and digests.
pub(super) async fn verify(shared: &Arc<Shared>, key: &SeriesKey) -> Result<SeriesCheck, StoreError> {
    let (on, of) = (shared.clone(), key.clone());
    let (folder, account, mut damages) = shared.workers.run(move || read_journal(&on, &of)).await?;
    let mut chunks: Vec<_> = account.chunks.into_values().collect();
    chunks.sort_by_key(|chunk| (chunk.first, chunk.id));
    let mut check = SeriesCheck {
        key: key.clone(),
        versions: account.versions,
        chunks: 0,
        bars: 0,
        damages: Vec::new(),
    };
    let mut reads = stream::iter(chunks)
        .map(|chunk| {
            let (on, folder) = (shared.clone(), folder.clone());
            shared
                .workers
                .run(move || check_chunk(&on, &folder, &chunk).map(|damage| (chunk.bars, damage)))
        })
        .buffered(shared.workers.count() + 1);
    while let Some((bars, damage)) = reads.try_next().await? {
        check.chunks += 1;
        check.bars += bars;
        damages.extend(damage);
    }
    drop(reads);
    check.damages = damages;
    Ok(check)
}

fn read_journal(
    shared: &Shared,
    key: &SeriesKey,
) -> Result<(SeriesFolder, Account, Vec<Damage>), StoreError> {
    let folder = shared.layout.series(key);
    let mut account = Account::default();
    let problems = journal::audit(shared, &folder, |_, record| account.follow(record))?;
    let mut damages: Vec<Damage> = problems
        .into_iter()
        .map(|(path, problem)| Damage {
            entity: path.display().to_string(),
            problem,
        })
        .collect();
    if account.versions == 0 && damages.is_empty() {
        return Err(StoreError::NotFound(EntityRef::Series(key.clone())));
    }
    let journal = folder.journal().display().to_string();
    let told = std::mem::take(&mut account.problems);
    damages.extend(told.into_iter().map(|problem| Damage {
        entity: journal.clone(),
        problem,
    }));
    Ok((folder, account, damages))
}

fn check_chunk(
    shared: &Shared,
    folder: &SeriesFolder,
    chunk: &ChunkMeta,
) -> Result<Option<Damage>, StoreError> {
    let path = folder.chunk(&chunk.file);
    let problem = match load_bars(shared, &path, chunk) {
        Ok(bars) => differs(chunk, &bars),
        Err(StoreError::Corrupt { source, .. }) => Some(source.to_string()),
        Err(error) => return Err(error),
    };
    Ok(problem.map(|problem| Damage {
        entity: path.display().to_string(),
        problem,
    }))
}

fn differs(chunk: &ChunkMeta, bars: &Bars) -> Option<String> {
    let told = (chunk.bars, Some(chunk.first), Some(chunk.last), chunk.digest);
    let found = (
        bars.len() as u64,
        bars.first_time(),
        bars.last_time(),
        bars.digest(),
    );
    (told != found).then(|| "its bars do not match the journal".to_owned())
}
