//! The names of the formats.

use std::{fmt, str::FromStr};

/// What bars are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Comma-separated values with a header line.
    Csv,
    /// One JSON object of columns: `{"time":[…],"open":[…],…}`.
    Json,
    /// A JSON array of objects, one a bar.
    Rows,
    /// An Arrow IPC stream.
    Arrow,
    /// An Arrow IPC stream whose buffers are compressed by zstd, for readers that can undo it.
    ArrowZstd,
    /// A Parquet file.
    Parquet,
}

/// A text names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a format; formats are csv, json (columns), rows (JSON), arrow, arrow-zstd and parquet")]
pub struct FormatError(String);

impl Format {
    /// Every format.
    pub const ALL: [Self; 6] = [
        Self::Csv,
        Self::Json,
        Self::Rows,
        Self::Arrow,
        Self::ArrowZstd,
        Self::Parquet,
    ];

    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Rows => "rows",
            Self::Arrow => "arrow",
            Self::ArrowZstd => "arrow-zstd",
            Self::Parquet => "parquet",
        }
    }

    /// Returns the usual end of a file's name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json | Self::Rows => "json",
            // `arrow` is the extension of the random-access file, which begins otherwise than the stream.
            Self::Arrow | Self::ArrowZstd => "arrows",
            Self::Parquet => "parquet",
        }
    }

    /// Returns the media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Json | Self::Rows => "application/json",
            Self::Arrow | Self::ArrowZstd => "application/vnd.apache.arrow.stream",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// Tells whether the bytes are text that a terminal can show.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Json | Self::Rows)
    }
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let found = Self::ALL
            .into_iter()
            .find(|format| format.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| FormatError(text.to_owned()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert_eq!("xlsx".parse::<Format>(), Err(FormatError("xlsx".to_owned())));
    }
}
