//! `cargo xtask serve`.
#![expect(clippy::print_stdout, reason = "what the command says is what it is run for")]

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Context, Result};
use clap::Args;

use crate::workspace::{Workspace, run};

/// How the server is run.
#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// Where everything is kept.
    #[arg(long, default_value = "file:./data", value_name = "URL")]
    store: String,
    /// Writes synthetic series first, without asking.
    #[arg(long)]
    sample: bool,
    /// Passed on to `chandlery serve`, such as --listen 127.0.0.1:9000.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Builds for release, offers synthetic series where the store is empty, and serves.
pub(crate) fn serve(workspace: &Workspace, options: &ServeOptions) -> Result<()> {
    run(&mut workspace.cargo(&["build", "--release", "--package", "cli", "--bin", "chandlery"]))?;
    let program = workspace.built("release/chandlery");
    let store = ["--store", &options.store];
    let sample = || run(workspace.program(&program).arg("sample").args(store));
    if options.sample {
        sample()?;
    } else {
        let listed = workspace
            .program(&program)
            .args(["series", "list", "--json"])
            .args(store)
            .output()?;
        let empty = listed.status.success() && is_empty(&listed.stdout)?;
        if empty && asked()? {
            sample()?;
        }
    }
    let mut command = workspace.program(&program);
    run(command.arg("serve").args(store).args(&options.arguments))
}

fn is_empty(json: &[u8]) -> Result<bool> {
    let text = std::str::from_utf8(json).context("the list of series is no text")?;
    Ok(!text.contains("\"key\""))
}

/// Asks whether there shall be something to look at; where nobody can be asked, says how to get it.
fn asked() -> Result<bool> {
    if !io::stdin().is_terminal() {
        println!(
            "The store is empty; `cargo xtask serve --sample` fills it with synthetic series to look at."
        );
        return Ok(false);
    }
    print!("The store is empty. Write synthetic series to look at? [Y/n] ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "" | "y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_without_a_key_is_empty() {
        assert!(is_empty(br#"{"series":[]}"#).unwrap());
        assert!(!is_empty(br#"{"series":[{"key":"X:A/1d"}]}"#).unwrap());
    }
}
