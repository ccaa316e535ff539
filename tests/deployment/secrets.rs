//! `docker/make-secrets`.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::files::{compose, file, text};

/// Secrets as `docker/make-secrets` makes them, in a folder of their own.
pub(crate) struct Secrets(TempDir);

impl Secrets {
    pub(crate) fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("docker")).unwrap();
        fs::copy(
            file("docker/make-secrets"),
            folder.path().join("docker/make-secrets"),
        )
        .unwrap();
        let secrets = Self(folder);
        secrets.make_again();
        secrets
    }

    fn make_again(&self) -> String {
        let output = Command::new("docker/make-secrets")
            .current_dir(self.0.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Returns the folder of the secrets.
    pub(crate) fn folder(&self) -> PathBuf {
        self.0.path().join("docker/secrets")
    }

    fn read(&self) -> BTreeMap<String, String> {
        let entries = fs::read_dir(self.folder()).unwrap();
        entries
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect()
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn every_secret_is_made_behind_a_closed_door() {
    let secrets = Secrets::make();
    let made = secrets.read();
    let compose = compose();
    let wanted = compose["secrets"].as_object().unwrap();
    let wanted: Vec<_> = wanted.keys().collect();
    let names: Vec<_> = made.keys().collect();
    assert_eq!(
        names.len(),
        wanted.len(),
        "{names:?} are made, {wanted:?} are needed"
    );
    assert!(wanted.iter().all(|name| made.contains_key(*name)), "{names:?}");
    assert_eq!(mode(&secrets.folder()), 0o700);
    for (name, secret) in &made {
        assert_eq!(mode(&secrets.folder().join(name)), 0o444, "{name}");
        assert_eq!(secret.len(), 64, "{name}");
        assert!(secret.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
        let same = made.values().filter(|other| *other == secret).count();
        assert_eq!(same, 1, "{name}");
    }
}

#[test]
fn what_is_there_is_left_alone() {
    let secrets = Secrets::make();
    let before = secrets.read();
    assert_eq!(secrets.make_again(), "");
    assert_eq!(secrets.read(), before);
    let lost = "app-password";
    fs::remove_file(secrets.folder().join(lost)).unwrap();
    assert_eq!(secrets.make_again(), format!("made docker/secrets/{lost}\n"));
    let after = secrets.read();
    for (name, secret) in &before {
        assert_eq!(after[name] == *secret, name != lost, "{name}");
    }
}

#[test]
fn no_secret_gets_into_the_repository_or_the_image() {
    assert!(text(".gitignore").lines().any(|line| line == "/docker/secrets/"));
    assert!(text(".gitignore").lines().any(|line| line == ".env"));
    let ignored = text(".dockerignore");
    let mut patterns = ignored.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(patterns.next(), Some("*"));
    assert!(patterns.all(|pattern| pattern.starts_with('!') && !pattern.contains("secret")));
}
