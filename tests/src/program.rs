//! Running `chandlery`.

use std::{
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

/// Returns the path of the program: `CHANDLERY_TEST_BINARY`, or the one that this workspace builds.
pub fn binary() -> PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY
        .get_or_init(|| std::env::var_os("CHANDLERY_TEST_BINARY").map_or_else(build, PathBuf::from))
        .clone()
}

fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--package",
            "cli",
            "--message-format",
            "json-render-diagnostics",
        ])
        .output()
        .expect("cargo can be run");
    assert!(
        built.status.success(),
        "`cargo build --package cli` failed: {}",
        String::from_utf8_lossy(&built.stderr)
    );
    let artifacts = String::from_utf8(built.stdout).expect("cargo writes UTF-8");
    let executable = artifacts.lines().find_map(|line| {
        let artifact: Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(artifact["executable"].as_str()?))
    });
    executable.expect("cargo tells which program it has built")
}

/// A call of the program that is about to be made.
pub struct Program(Command);

impl Program {
    /// Calls the program with arguments; standard input is empty, and no setting of the caller gets in the way.
    pub fn new<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Self {
        let mut command = Command::new(binary());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CHANDLERY_")) {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self(command)
    }

    /// Sets the working directory.
    #[must_use]
    pub fn within(mut self, folder: &std::path::Path) -> Self {
        self.0.current_dir(folder);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Gives the program something to read.
    #[must_use]
    pub fn with_input(mut self, file: &std::path::Path) -> Self {
        self.0
            .stdin(std::fs::File::open(file).expect("the input can be opened"));
        self
    }

    /// Runs the program to its end.
    pub fn run(mut self) -> Outcome {
        Outcome::from(self.0.output().expect("the program can be run"))
    }

    /// Starts the program and leaves it running.
    pub fn start(mut self) -> Child {
        self.0.spawn().expect("the program can be started")
    }
}

/// What a call came to.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; `None` when it was killed.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub out: String,
    /// What it wrote to standard error.
    pub err: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

impl Outcome {
    /// Checks that the call was successful.
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self
    }

    /// Checks that the call failed with an exit code.
    pub fn failed(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// Reads standard output as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }
}
