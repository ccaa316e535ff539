//! Undoing an import: each series whose newest version is still the import's gets its earlier contents back.

use domain::{
    error::StoreError,
    id::ImportId,
    market::{
        AsOf, Author, CommitKind, Import, ImportState, ImportedSeries, Revert, SeriesKey, Version, WriteMeta,
        Written,
    },
};
use serde::Serialize;

use super::{Importer, error::ImportError};

/// What became of one series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum UndoOutcome {
    /// It has the contents again that it had before.
    Reverted {
        /// The version that was made.
        version: Version,
    },
    /// The import had changed nothing.
    NothingToUndo,
    /// It had been undone before.
    UndoneBefore,
    /// Something was committed on top, so that it was left alone.
    Kept {
        /// The newest version.
        head: Version,
        /// What made it.
        kind: CommitKind,
        /// Who made it.
        author: Author,
    },
    /// The series is not there any more.
    Gone,
}

/// One series of an import that was undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UndoneSeries {
    /// The series.
    pub key: SeriesKey,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: UndoOutcome,
}

/// What became of an import that was undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UndoneImport {
    /// The import.
    pub import: ImportId,
    /// Its state afterwards.
    pub state: ImportState,
    /// Its series.
    pub series: Vec<UndoneSeries>,
}

impl Importer {
    /// Reverts each series whose newest version is still the one that the import made, and leaves the others alone.
    ///
    /// # Errors
    /// [`ImportError::NotFound`] when there is no such import; [`ImportError::Store`] when the store refuses or
    /// fails, or another writer was faster; undoing again goes on.
    pub async fn undo(
        &self,
        id: ImportId,
        author: Author,
        reason: Option<String>,
    ) -> Result<UndoneImport, ImportError> {
        let mut import = self
            .stores
            .imports
            .import(id)
            .await?
            .ok_or(ImportError::NotFound(id))?;
        let reason = reason.unwrap_or_else(|| format!("undo of import {id}"));
        let meta = WriteMeta {
            reason: Some(reason),
            import_id: Some(id),
            ..WriteMeta::by(author)
        };
        let mut series = Vec::with_capacity(import.series.len());
        for imported in &import.series {
            let outcome = self.undo_series(&import, imported, meta.clone()).await?;
            series.push(UndoneSeries {
                key: imported.key.clone(),
                outcome,
            });
        }
        let is_undone = |series: &UndoneSeries| {
            matches!(
                series.outcome,
                UndoOutcome::Reverted { .. } | UndoOutcome::UndoneBefore
            )
        };
        if series.iter().any(is_undone) {
            import.state = ImportState::Undone;
            self.stores.imports.put_import(&import).await?;
        }
        Ok(UndoneImport {
            import: id,
            state: import.state,
            series,
        })
    }

    async fn undo_series(
        &self,
        import: &Import,
        imported: &ImportedSeries,
        meta: WriteMeta,
    ) -> Result<UndoOutcome, StoreError> {
        let Some(version) = imported.version else {
            return Ok(UndoOutcome::NothingToUndo);
        };
        let head = match self.stores.prices.commit_at(&imported.key, AsOf::Head).await {
            Ok(Some(head)) => head,
            Ok(None) | Err(StoreError::NotFound(_)) => return Ok(UndoOutcome::Gone),
            Err(error) => return Err(error),
        };
        let is_ours = head.import_id == Some(import.id);
        if is_ours && head.kind == CommitKind::Revert {
            return Ok(UndoOutcome::UndoneBefore);
        }
        if !is_ours || head.version != version {
            return Ok(UndoOutcome::Kept {
                head: head.version,
                kind: head.kind,
                author: head.author,
            });
        }
        let revert = Revert {
            to: imported.before,
            expected: Some(version),
            meta,
        };
        Ok(match self.stores.prices.revert(&imported.key, revert).await? {
            Written::Committed(commit) | Written::Repeated(commit) => UndoOutcome::Reverted {
                version: commit.version,
            },
            Written::Unchanged(_) => UndoOutcome::NothingToUndo,
        })
    }
}
