//! Files of the rows that an import turned away.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use domain::market::RejectedRow;
use interchange::{InputFile, write_rejected};
use serde::Serialize;

use super::error::ImportError;

/// A file that holds rows that were turned away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuarantineFile {
    /// The file.
    pub path: PathBuf,
    /// How many rows it holds.
    pub rows: u64,
}

/// Writes `rows` to a `.rejected.csv` beside each input (for standard input, in the working directory), or all into
/// `folder`. Members of an archive share the archive's file.
pub(super) fn write_quarantine(
    rows: &[RejectedRow],
    inputs: &[InputFile],
    folder: Option<&Path>,
) -> Result<Vec<QuarantineFile>, ImportError> {
    let paths: BTreeMap<&str, Option<&Path>> =
        inputs.iter().map(|input| (input.name(), input.path())).collect();
    let mut files: BTreeMap<PathBuf, Vec<RejectedRow>> = BTreeMap::new();
    for row in rows {
        let input = paths.get(row.file.as_str()).copied().flatten();
        files
            .entry(quarantine_path(input, folder))
            .or_default()
            .push(row.clone());
    }
    let write = |(path, rows): (PathBuf, Vec<RejectedRow>)| match write_file(&path, &rows) {
        Ok(()) => Ok(QuarantineFile {
            path,
            rows: rows.len() as u64,
        }),
        Err(source) => Err(ImportError::Quarantine { path, source }),
    };
    files.into_iter().map(write).collect()
}

fn quarantine_path(input: Option<&Path>, folder: Option<&Path>) -> PathBuf {
    let name = input
        .and_then(Path::file_name)
        .unwrap_or_else(|| "stdin".as_ref());
    let mut name = name.to_owned();
    name.push(".rejected.csv");
    match (folder, input) {
        (Some(folder), _) => folder.join(name),
        (None, Some(input)) => input.with_file_name(name),
        (None, None) => PathBuf::from(name),
    }
}

fn write_file(path: &Path, rows: &[RejectedRow]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut out = BufWriter::new(File::create(path)?);
    write_rejected(rows, &mut out)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(Some("in/a.csv"), None, "in/a.csv.rejected.csv")]
    #[case(Some("in/a.csv"), Some("out"), "out/a.csv.rejected.csv")]
    #[case(None, None, "stdin.rejected.csv")]
    #[case(None, Some("out"), "out/stdin.rejected.csv")]
    fn rejected_rows_go_beside_their_input_or_into_a_folder(
        #[case] input: Option<&str>,
        #[case] folder: Option<&str>,
        #[case] expected: &str,
    ) {
        assert_eq!(
            quarantine_path(input.map(Path::new), folder.map(Path::new)),
            Path::new(expected)
        );
    }
}
