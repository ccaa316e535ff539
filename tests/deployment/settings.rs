//! The settings that services give to the program.

use std::{fs, path::PathBuf, process::Command};

use tempfile::TempDir;
use tests::{Outcome, Program};

use crate::{
    files::{environment, file, last_instruction, service, text},
    secrets::Secrets,
};

/// Where the program runs, as in the image: a folder with `config/`.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copied = Command::new("cp")
            .arg("-R")
            .arg(file("config"))
            .arg(folder.path())
            .status();
        assert!(copied.unwrap().success());
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Prepares a call of the program with the environment of a service, with `changes` to what its values say.
    pub(crate) fn program(
        &self,
        name: &str,
        arguments: &[&str],
        secrets: &Secrets,
        changes: &[(&str, &str)],
    ) -> Program {
        let folder = secrets.folder().display().to_string();
        let image = last_instruction("ENV");
        let (variable, value) = image.split_once('=').unwrap();
        let program = Program::new(arguments)
            .within(self.0.path())
            .with_env(variable, value);
        environment(&service(name))
            .iter()
            .fold(program, |program, (variable, value)| {
                let value = value.replace("/run/secrets", &folder);
                let value = changes
                    .iter()
                    .fold(value, |value, (from, to)| value.replace(from, to));
                program.with_env(variable, &value)
            })
    }
}

fn config(home: &Home, name: &str, secrets: &Secrets) -> Outcome {
    home.program(name, &["config"], secrets, &[]).run().ok()
}

#[test]
fn every_variable_of_a_service_is_a_setting_and_counts() {
    let (home, secrets) = (Home::new(), Secrets::make());
    for name in ["migrate", "server", "backup"] {
        let shown = config(&home, name, &secrets);
        for variable in environment(&service(name)).keys() {
            let line = shown
                .out
                .lines()
                .find(|line| line.ends_with(&format!("environment {variable}")));
            assert!(line.is_some(), "{name}: {variable} is not in\n{}", shown.out);
        }
        let password = fs::read_to_string(secrets.folder().join("app-password")).unwrap();
        assert!(!shown.out.contains(&password), "{}", shown.out);
        assert!(shown.out.contains("config/production.toml"), "{}", shown.out);
    }
}

#[test]
fn the_server_listens_at_the_port_that_is_published() {
    let shown = config(&Home::new(), "server", &Secrets::make());
    let listen = shown.out.lines().find(|line| line.starts_with("http.listen"));
    assert!(
        listen.is_some_and(|line| line.contains(" 0.0.0.0:8080 ")),
        "{}",
        shown.out
    );
    assert_eq!(last_instruction("EXPOSE"), "8080");
}

#[test]
fn the_variables_of_the_example_are_settings() {
    let (home, secrets) = (Home::new(), Secrets::make());
    let program = Program::new(["config"]).within(&home.path(""));
    let example = text(".env.example");
    let variables = example
        .lines()
        .filter_map(|line| line.strip_prefix('#')?.split_once('='))
        .filter(|(name, _)| name.starts_with("CHANDLERY_"));
    let folder = secrets.folder().display().to_string();
    let set = variables.fold(program, |program, (name, value)| {
        program.with_env(name, &value.replace("docker/secrets", &folder))
    });
    let shown = set.run().ok();
    assert!(
        shown.out.contains("environment CHANDLERY_STORE__PASSWORD_FILE"),
        "{}",
        shown.out
    );
}
