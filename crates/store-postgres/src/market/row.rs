//! From rows to what they stand for. A value that can't be is damage, and names its table and column.

use domain::{
    error::{Cause, StoreError},
    market::SetDigest,
};
use sqlx::{Decode, Postgres, Row as _, Type, postgres::PgRow};

/// A row of one table, or of a query that is named by what it is about.
pub(crate) struct Row<'a> {
    pub(crate) row: &'a PgRow,
    pub(crate) of: &'a str,
}

impl<'a> Row<'a> {
    pub(crate) fn new(row: &'a PgRow, of: &'a str) -> Self {
        Self { row, of }
    }

    fn damaged(&self, column: &str, cause: impl Into<Cause>) -> StoreError {
        StoreError::corrupt(format!("{}, column {column}", self.of), cause)
    }

    /// Returns a column as the database has it.
    pub(crate) fn get<'r, T: Decode<'r, Postgres> + Type<Postgres>>(
        &'r self,
        column: &str,
    ) -> Result<T, StoreError> {
        self.row
            .try_get(column)
            .map_err(|error| self.damaged(column, error))
    }

    /// Returns a count.
    pub(crate) fn count(&self, column: &str) -> Result<u64, StoreError> {
        let count: i64 = self.get(column)?;
        u64::try_from(count).map_err(|error| self.damaged(column, error))
    }

    /// Returns what a text says.
    pub(crate) fn parsed<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: std::str::FromStr,
        T::Err: Into<Cause>,
    {
        let text: &str = self.get(column)?;
        text.parse().map_err(|error: T::Err| self.damaged(column, error))
    }

    /// Returns a digest.
    pub(crate) fn digest(&self, column: &str) -> Result<SetDigest, StoreError> {
        let bytes: &[u8] = self.get(column)?;
        digest_of(bytes).ok_or_else(|| self.damaged(column, "it is not 16 bytes long"))
    }
}

/// Returns a digest as its column has it: the digits of its text, in order.
pub(crate) fn digest_bytes(digest: SetDigest) -> Vec<u8> {
    digest.to_u128().to_be_bytes().to_vec()
}

/// Reads what [`digest_bytes`] gave.
pub(crate) fn digest_of(bytes: &[u8]) -> Option<SetDigest> {
    let bytes = bytes.try_into().ok()?;
    Some(SetDigest::from_u128(u128::from_be_bytes(bytes)))
}
