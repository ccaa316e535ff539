//! The API against its own document: requests made up from it, valid and not, by schemathesis.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use anyhow::{Context, Result};

use crate::workspace::{Workspace, run};

/// How long requests are made up, seconds.
const SECONDS: u32 = 45;
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,unsupported_method,\
                      allow_header_conformance";

/// A server on a store with synthetic data, which ends with this value.
struct Served {
    process: Child,
    url: String,
}

impl Served {
    fn start(workspace: &Workspace) -> Result<Self> {
        let program = workspace.built("debug/chandlery");
        let folder = workspace.built("conformance");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).context("the store of the last run can't be removed")?;
        }
        let store = format!("file:{}", folder.display());
        run(workspace
            .program(&program)
            .args(["sample", "--quiet", "--store", &store]))?;
        let mut serve = workspace.program(&program);
        serve.args(["serve", "--listen", "127.0.0.1:0", "--store", &store]);
        serve.env("CHANDLERY_LOG", "error").stdout(Stdio::piped());
        let mut process = serve.spawn().context("the server can't be started")?;
        let output = process.stdout.take().context("the server has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let url = line.split_whitespace().find(|word| word.starts_with("http://"));
        let url = url
            .with_context(|| format!("the server does not say where it listens: {line}"))?
            .to_owned();
        Ok(Self { process, url })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // A server that has died already needs no killing.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Makes requests up for a while, and fails when an answer is not as the document says.
///
/// # Errors
/// When it is not, or the server can't be started.
pub(crate) fn check(workspace: &Workspace, interpreter: &Path) -> Result<()> {
    let served = Served::start(workspace)?;
    let tool = interpreter.with_file_name("schemathesis");
    let mut command = workspace.program(tool);
    command.current_dir(workspace.built(""));
    command.args(["run", &format!("{}/api/openapi.json", served.url)]);
    command.args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing"]);
    command.args([
        "--max-time",
        &SECONDS.to_string(),
        "--request-timeout",
        "20",
        "--no-color",
    ]);
    // A stream without end has no answer to be checked.
    command.args([
        "--exclude-path",
        "/api/v1/stream",
        "--continue-on-failure",
        "--warnings",
        "off",
    ]);
    run(&mut command)
}
