//! Chunks that are encoded and not committed yet.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use chunks::ChunkMeta;
use domain::{
    error::StoreError,
    market::{Bars, Column, ColumnSet, GridRun, SetDigest, Timeframe, Zone},
};
use futures::future::BoxFuture;
use sqlx::Row as _;
use tokio::{runtime::Handle, task};
use uuid::Uuid;

use super::{
    daily::{DayRow, is_rolled_up, roll_up, zone_of},
    runs::runs_of,
};
use crate::{
    codec::{self, EncodedColumns},
    database::{Fault, Lane, damaged},
    store::Shared,
};

/// How many bytes of encoded chunks a write keeps in memory; more of them wait in the database.
const KEPT_BYTES: usize = 64 << 20;

/// A background task broke off.
#[derive(Debug, thiserror::Error)]
#[error("a background task of the store broke off: {0}")]
pub(crate) struct TaskFault(pub(crate) task::JoinError);

/// What a write has encoded so far.
pub(super) struct Staging {
    shared: Arc<Shared>,
    handle: Handle,
    id: Uuid,
    timeframe: Timeframe,
    /// The zone in which the days of the series are counted.
    days: Zone,
    kept: AtomicUsize,
    has_spilled: AtomicBool,
}

/// A chunk that no commit has taken yet.
pub(super) struct StagedChunk {
    pub(super) id: Uuid,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) bars: u64,
    pub(super) bytes: u64,
    pub(super) digest: SetDigest,
    pub(super) runs: Arc<[GridRun]>,
    /// The daily roll-up of its bars.
    pub(super) days: Vec<DayRow>,
    /// The columns, unless they wait in the database.
    pub(super) columns: Option<EncodedColumns>,
}

impl ChunkMeta for StagedChunk {
    fn first(&self) -> i64 {
        self.first
    }

    fn last(&self) -> i64 {
        self.last
    }

    fn bars(&self) -> u64 {
        self.bars
    }

    fn digest(&self) -> SetDigest {
        self.digest
    }
}

impl Staging {
    pub(super) fn new(shared: &Arc<Shared>, timeframe: Timeframe, zone: &Zone) -> Arc<Self> {
        Arc::new(Self {
            shared: shared.clone(),
            handle: Handle::current(),
            id: shared.options.ids.next_uuid(),
            timeframe,
            days: zone_of(timeframe, zone),
            kept: AtomicUsize::new(0),
            has_spilled: AtomicBool::new(false),
        })
    }

    /// Returns the staging's own id, under which chunks wait in the database.
    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    /// Returns the zone in which days were counted.
    pub(super) fn days(&self) -> &Zone {
        &self.days
    }

    /// Encodes bars. Blocks: for the work, and for the database when there is much already.
    pub(super) fn stage(&self, bars: &Bars) -> Result<Arc<StagedChunk>, StoreError> {
        let (Some(first), Some(last)) = (bars.first_time(), bars.last_time()) else {
            return Err(StoreError::Invalid("a chunk without bars".to_owned()));
        };
        let columns = codec::encode(bars).map_err(StoreError::unavailable)?;
        let mut chunk = StagedChunk {
            id: self.shared.options.ids.next_uuid(),
            first,
            last,
            bars: bars.len() as u64,
            bytes: columns.bytes() as u64,
            digest: bars.digest(),
            runs: runs_of(bars, self.timeframe),
            days: if is_rolled_up(self.timeframe) {
                roll_up(bars, &self.days)
            } else {
                Vec::new()
            },
            columns: None,
        };
        let kept = self.kept.fetch_add(columns.bytes(), Ordering::Relaxed);
        if kept + columns.bytes() <= KEPT_BYTES {
            chunk.columns = Some(columns);
        } else {
            self.handle.block_on(self.spill(&chunk, columns))?;
        }
        Ok(Arc::new(chunk))
    }

    async fn spill(&self, chunk: &StagedChunk, columns: EncodedColumns) -> Result<(), Fault> {
        let mut lease = self.shared.database.lease(Lane::Bulk).await?;
        if !self.has_spilled.swap(true, Ordering::AcqRel) {
            // What writers that were killed have left behind.
            let old = "delete from staged_chunk where staged_at < now() - interval '1 day'";
            lease.execute(sqlx::query(old)).await?;
        }
        let [open, high, low, close, volume] = columns.values;
        let query = sqlx::query(include_str!("sql/stage.sql"))
            .bind(self.id)
            .bind(chunk.id)
            .bind(columns.time)
            .bind(open)
            .bind(high)
            .bind(low)
            .bind(close)
            .bind(volume);
        lease.execute(query).await?;
        Ok(())
    }

    /// Reads the bars of a chunk back. Blocks.
    pub(super) fn load(&self, chunk: &StagedChunk) -> Result<Bars, StoreError> {
        let fetched;
        let columns = if let Some(columns) = &chunk.columns {
            columns
        } else {
            fetched = self.handle.block_on(self.fetch(chunk))?;
            &fetched
        };
        let values = columns.values.each_ref().map(|bytes| Some(bytes.as_slice()));
        let entity = || format!("staged_chunk (staging_id {}, chunk_id {})", self.id, chunk.id);
        let frame = codec::decode(chunk.bars as usize, &columns.time, &values, ColumnSet::ALL)
            .map_err(|error| StoreError::corrupt(entity(), error))?;
        Bars::try_from(frame).map_err(|error| StoreError::corrupt(entity(), error))
    }

    async fn fetch(&self, chunk: &StagedChunk) -> Result<EncodedColumns, Fault> {
        let mut lease = self.shared.database.lease(Lane::Bulk).await?;
        let query = sqlx::query(include_str!("sql/staged.sql"))
            .bind(self.id)
            .bind(chunk.id);
        let Some(row) = lease.optional(query).await? else {
            let entity = format!("staged_chunk (staging_id {}, chunk_id {})", self.id, chunk.id);
            return Err(damaged(entity, "the row is missing").into());
        };
        let mut values: [Vec<u8>; 5] = Default::default();
        for column in Column::ALL {
            values[column as usize] = row.try_get(column.as_str())?;
        }
        Ok(EncodedColumns {
            time: row.try_get("time")?,
            values,
        })
    }

    /// Begins to encode bars at once, and returns what waits for the end.
    pub(super) fn stage_aside(
        self: &Arc<Self>,
    ) -> impl Fn(Bars) -> BoxFuture<'static, Result<Arc<StagedChunk>, StoreError>> + use<> {
        let staging = self.clone();
        move |bars| {
            let staging = staging.clone();
            let task = task::spawn_blocking(move || staging.stage(&bars));
            Box::pin(async move {
                task.await
                    .map_err(|error| StoreError::unavailable(TaskFault(error)))?
            })
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !*self.has_spilled.get_mut() {
            return;
        }
        let (shared, id) = (self.shared.clone(), self.id);
        self.handle.spawn(async move {
            let clean = async {
                let mut lease = shared.database.lease(Lane::Bulk).await?;
                lease.execute(sqlx::query("delete from staged_chunk where staging_id = $1").bind(id)).await?;
                Ok::<(), Fault>(())
            };
            if let Err(fault) = clean.await {
                tracing::debug!(error = %StoreError::from(fault), "staged chunks stay until the next long write");
            }
        });
    }
}
