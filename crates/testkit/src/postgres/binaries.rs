//! Where the programs of a PostgreSQL server lie.

use std::path::{Path, PathBuf};

/// The folder of the binaries to use, when several are there.
const VARIABLE: &str = "CHANDLERY_TEST_POSTGRES_BIN";
/// What to do when there are none.
const REMEDY: &str = "install PostgreSQL (Debian, Ubuntu: apt-get install postgresql), set CHANDLERY_TEST_POSTGRES_BIN to the \
                      folder of its binaries, or set CHANDLERY_TEST_DATABASE_URL to the URL of a superuser on a server \
                      that tests may make databases on";

/// Tells whether there are any, or a folder is named that should have them.
pub(super) fn are_there() -> bool {
    std::env::var_os(VARIABLE).is_some() || on_path().or_else(newest_of_debian).is_some()
}

/// Finds the folder with `initdb` and `postgres`: the named one, one on the path, or the newest of Debian's.
///
/// # Panics
/// When there is none; says what to do.
pub(super) fn find() -> PathBuf {
    if let Some(named) = std::env::var_os(VARIABLE) {
        let folder = PathBuf::from(named);
        assert!(
            is_complete(&folder),
            "{VARIABLE} names {}, which has no initdb and postgres",
            folder.display()
        );
        return folder;
    }
    on_path()
        .or_else(newest_of_debian)
        .unwrap_or_else(|| panic!("no PostgreSQL server was found: {REMEDY}"))
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).find(|folder| is_complete(folder))
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let number = |folder: &Path| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let found = versions.filter_map(|entry| {
        let folder = entry.ok()?.path();
        Some((number(&folder)?, folder.join("bin")))
    });
    let (_, folder) = found.filter(|(_, folder)| is_complete(folder)).max()?;
    Some(folder)
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres"]
        .iter()
        .all(|program| folder.join(program).is_file())
}
