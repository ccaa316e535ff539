//! The names of uploaded files.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

/// The most folders of a name.
const PARTS: usize = 12;
/// The most bytes of a part; file systems allow 255, and `.rejected.csv` may be added.
const PART_BYTES: usize = 200;

/// The name of an uploaded file: plain names, separated by `/`, that lead nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadName(Vec<String>);

/// A text can't name an uploaded file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` can't name an uploaded file: {reason}; use a plain name such as BTCUSDT-1m-2024-01.zip")]
pub struct UploadNameError {
    text: String,
    reason: &'static str,
}

impl UploadName {
    /// Returns the path of the file below `folder`.
    pub(super) fn below(&self, folder: &Path) -> PathBuf {
        self.0
            .iter()
            .fold(folder.to_owned(), |path, part| path.join(part))
    }
}

impl FromStr for UploadName {
    type Err = UploadNameError;

    fn from_str(text: &str) -> Result<Self, UploadNameError> {
        let refuse = |reason| {
            // Only the beginning of a name made to do harm is worth showing.
            let shown = text.chars().filter(|c| !c.is_control()).take(80).collect();
            Err(UploadNameError { text: shown, reason })
        };
        let parts: Vec<&str> = text.split('/').collect();
        if parts.len() > PARTS {
            return refuse("it has too many folders");
        }
        for part in &parts {
            if part.is_empty() {
                return refuse("a part of it is empty");
            }
            if part.starts_with('.') {
                return refuse("a part of it begins with a dot");
            }
            if part.len() > PART_BYTES {
                return refuse("a part of it is too long");
            }
            if part.chars().any(|c| c.is_control() || c == '\\' || c == ':') {
                return refuse("it holds a character that names can't have");
            }
            if part.ends_with(".CHECKSUM") || part.ends_with(".rejected.csv") {
                return refuse("files of that kind are no price files");
            }
        }
        Ok(Self(parts.into_iter().map(str::to_owned).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_lead_out_of_their_folder() {
        let hostile = [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../a.csv",
            "a/../../b",
            "a//b",
            "./a",
            ".hidden",
            "a/.",
            "C:\\a.csv",
            "a\\b",
            "a\0b",
            "a\nb",
            "~/a/../..",
            "a/",
        ];
        for name in hostile {
            assert!(name.parse::<UploadName>().is_err(), "{name:?}");
        }
        assert!("x".repeat(300).parse::<UploadName>().is_err());
        assert!("a/".repeat(20).parse::<UploadName>().is_err());
    }

    #[test]
    fn plain_names_stay_what_they_are() {
        for name in [
            "a.csv",
            "equity/usa/minute/aapl/20140605_trade.zip",
            "Größe 1.csv",
            "BRK.B.csv",
        ] {
            let parsed: UploadName = name.parse().unwrap();
            assert_eq!(parsed.below(Path::new("in")), Path::new("in").join(name));
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_accepted_lies_inside(name in ".{0,40}") {
            if let Ok(parsed) = name.parse::<UploadName>() {
                let path = parsed.below(Path::new("in"));
                proptest::prop_assert!(path.starts_with("in"));
                let plain = |part: std::path::Component<'_>| matches!(part, std::path::Component::Normal(_));
                proptest::prop_assert!(path.components().all(plain));
            }
        }
    }
}
