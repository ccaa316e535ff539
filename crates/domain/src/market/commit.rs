//! Versions of a series and the commits that made them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{SetDigest, Timestamp};
use crate::id::ImportId;

/// The number of a version: 1 is the first commit's, 0 the empty series before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// The version before the first commit: no bars.
    pub const EMPTY: Self = Self(0);

    /// Returns the version that follows.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which state of a series is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// The newest.
    Head,
    /// That of a version.
    Version(Version),
    /// That of the last commit at or before a time.
    Time(Timestamp),
}

/// A text is neither a version nor a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a version (a number such as 3) nor a time (2024-05-01T13:30:00Z)")]
pub struct AsOfError(String);

impl FromStr for AsOf {
    type Err = AsOfError;

    /// Reads a version (up to nine digits, or `v3`), a time, or `head`.
    fn from_str(text: &str) -> Result<Self, AsOfError> {
        let digits = text.strip_prefix('v').unwrap_or(text);
        if text.eq_ignore_ascii_case("head") {
            return Ok(Self::Head);
        }
        if digits.len() <= 9
            && let Ok(version) = digits.parse()
        {
            return Ok(Self::Version(Version(version)));
        }
        text.parse()
            .map(Self::Time)
            .map_err(|_| AsOfError(text.to_owned()))
    }
}

/// Who made a commit: `local:ada` on the command line, `user:ada` once signed in. Text, so that it outlives the
/// user it names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Author(String);

/// A text names no author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` does not name an author; use 1 to 128 printable characters, such as local:ada")]
pub struct AuthorError(String);

impl FromStr for Author {
    type Err = AuthorError;

    fn from_str(text: &str) -> Result<Self, AuthorError> {
        if (1..=128).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(AuthorError(text.to_owned()))
        }
    }
}

/// The SHA-256 of a file, as 64 hexadecimal digits in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Hex(String);

/// A text is no SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a SHA-256; it has 64 hexadecimal digits")]
pub struct Sha256HexError(String);

impl Sha256Hex {
    /// Writes a hash down.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        Self(
            digits
                .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
                .collect(),
        )
    }
}

impl FromStr for Sha256Hex {
    type Err = Sha256HexError;

    fn from_str(text: &str) -> Result<Self, Sha256HexError> {
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(Sha256HexError(text.to_owned()))
        }
    }
}

macro_rules! text_value {
    ($name:ident) => {
        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(de::Error::custom)
            }
        }
    };
}

text_value!(Author);
text_value!(Sha256Hex);

/// What kind of write made a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommitKind {
    /// Bars were inserted or changed.
    Upsert,
    /// A range was given new contents.
    Replace,
    /// A range was emptied.
    Delete,
    /// An earlier version's contents were brought back.
    Revert,
}

impl fmt::Display for CommitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Upsert => "upsert",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Revert => "revert",
        })
    }
}

/// One commit: what made a version, and what the series held afterwards. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The version that it made.
    pub version: Version,
    /// What kind of write it was.
    pub kind: CommitKind,
    /// Who made it.
    pub author: Author,
    /// Why, in the author's words.
    pub reason: Option<String>,
    /// The import that it belongs to.
    pub import_id: Option<ImportId>,
    /// The name of the file or folder that the bars came from.
    pub source_name: Option<String>,
    /// The SHA-256 of that file as it lay on disk.
    pub source_sha256: Option<Sha256Hex>,
    /// How many bars were new.
    pub inserted: u64,
    /// How many bars got other values.
    pub changed: u64,
    /// How many bars went away.
    pub deleted: u64,
    /// How many bars the series holds afterwards.
    pub bars: u64,
    /// The digest of the series afterwards.
    pub digest: SetDigest,
    /// When it was committed; the times of a series' commits strictly rise.
    pub committed_at: Timestamp,
    /// The key under which a client may repeat the write.
    pub idempotency_key: Option<String>,
    /// The digest of what was written under that key, so that another payload under it is noticed.
    pub payload: Option<SetDigest>,
}
