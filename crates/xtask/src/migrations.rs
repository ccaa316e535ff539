//! The migrations as people run them: forth, back and forth again, on an empty database and on a filled one.
#![expect(clippy::print_stdout, reason = "people should see what is checked")]

use std::{path::Path, process::Output};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    commands::ALL_PROGRAMS,
    database::Database,
    workspace::{Workspace, run},
};

/// A database, and the two programs that work on it.
struct Migrated<'a> {
    workspace: &'a Workspace,
    database: Database,
}

/// Migrates an empty database and a filled one up, down and up again, and checks what is said and what is left.
/// The server is started from the programs in `binaries`, or from those that are installed.
///
/// # Errors
/// When anything is not as it should be.
pub(crate) fn check(workspace: &Workspace, binaries: Option<&Path>) -> Result<()> {
    let mut build = workspace.cargo(&["build", "--workspace"]);
    build.args(["--bin", "migration", "--bin", "throwaway-postgres"]);
    run(build.args(ALL_PROGRAMS))?;
    let database = Database::start(workspace, binaries)?;
    let migrated = Migrated { workspace, database };
    migrated.is(&["status"], "pending")?;
    for _ in ["empty", "once used"] {
        migrated.is(&["up"], "applied")?;
        migrated.is(&["status"], "applied")?;
        migrated.is(&["down", "--all", "--yes"], "pending")?;
    }
    migrated.is(&["up"], "applied")?;
    migrated.fill()?;
    migrated.refuses(&["down", "--all"])?;
    migrated.is(&["status"], "applied")?;
    ensure!(
        migrated.series()? == 7,
        "a refused `down` has taken something away"
    );
    migrated.is(&["down", "--all", "--yes"], "pending")?;
    migrated.is(&["up"], "applied")?;
    ensure!(migrated.series()? == 0, "`down` has left something behind");
    migrated.fill()
}

impl Migrated<'_> {
    fn migration(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = self.workspace.program(self.workspace.built("debug/migration"));
        command.args(arguments).env("DATABASE_URL", self.database.url());
        command.output().context("the migration program can't be run")
    }

    /// Runs the migration program, and checks that every migration is in this state then.
    fn is(&self, arguments: &[&str], state: &str) -> Result<()> {
        let output = self.migration(arguments)?;
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        let shown = format!("migration {}", arguments.join(" "));
        if !output.status.success() {
            bail!("`{shown}` failed ({}): {out}{err}", output.status);
        }
        // Before the states, a command that changes something says from where it went to where.
        let states: Vec<_> = out.lines().filter(|line| !line.starts_with("from ")).collect();
        let steps = self.steps()?;
        let all = states.len() == steps && states.iter().all(|line| line.ends_with(state));
        ensure!(
            all,
            "after `{shown}` all {steps} migrations should be {state}:\n{out}"
        );
        println!("{shown}: {steps} migrations {state}");
        Ok(())
    }

    /// Returns how many migrations there are in the sources.
    fn steps(&self) -> Result<usize> {
        let folder = std::fs::read_dir(self.workspace.file("migration/src/steps"))?;
        let ups = folder.filter_map(|entry| Some(entry.ok()?.path().join("up.sql")));
        Ok(ups.filter(|up| up.is_file()).count())
    }

    fn refuses(&self, arguments: &[&str]) -> Result<()> {
        let output = self.migration(arguments)?;
        let shown = format!("migration {}", arguments.join(" "));
        let err = text(&output.stderr);
        ensure!(
            !output.status.success() && err.contains("--yes"),
            "`{shown}` should be refused where there is data: {err}"
        );
        println!("{shown}: refused");
        Ok(())
    }

    fn program(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = self.workspace.program(self.workspace.built("debug/chandlery"));
        command.args(arguments);
        command.args(["--store", &self.database.url_of("chandlery_app")?]);
        let output = command.output().context("the program can't be run")?;
        if !output.status.success() {
            bail!(
                "`chandlery {}` failed: {}",
                arguments.join(" "),
                text(&output.stderr)
            );
        }
        Ok(output)
    }

    /// Writes synthetic series, and imports a file besides.
    fn fill(&self) -> Result<()> {
        self.program(&["sample", "--quiet"])?;
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("bars.csv");
        let file = file.to_str().context("the temporary folder is not text")?;
        self.program(&["export", "SYNTHETIC:ALPHA/1d", "-o", file])?;
        self.program(&["import", file, "--series", "CHECK:FILE/1d", "--quiet"])?;
        ensure!(self.series()? == 7, "not every series was written");
        println!("7 series written");
        Ok(())
    }

    fn series(&self) -> Result<usize> {
        let listed = self.program(&["series", "list", "--json"])?;
        let listed: serde_json::Value = serde_json::from_slice(&listed.stdout)?;
        let series = listed["series"]
            .as_array()
            .context("there is no list of series")?;
        Ok(series.len())
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
