//! A throwaway PostgreSQL that is set up as the image sets one up.

use std::{collections::BTreeMap, env, process::Command};

use testkit::postgres::{Cluster, Durability};

use crate::{
    files::{environment, file, service},
    secrets::Secrets,
};

pub(crate) const SUPERUSER: &str = "postgres";

/// A server with the database of compose.yaml on it.
pub(crate) struct Prepared {
    cluster: Cluster,
    environment: BTreeMap<String, String>,
}

impl Prepared {
    /// Starts one that has nothing but the database, which everybody may enter.
    pub(crate) fn bare() -> Self {
        let prepared = Self {
            cluster: Cluster::start(Durability::Fast),
            environment: environment(&service("database")),
        };
        prepared.sql_in(
            "postgres",
            &format!("create database {}", prepared.environment["POSTGRES_DB"]),
        );
        prepared
    }

    /// Starts one, runs the script that the image runs on a new cluster, and asks for passwords from then on.
    pub(crate) fn by_script(secrets: &Secrets) -> Self {
        let prepared = Self::bare();
        prepared.run_script(secrets);
        let hba = prepared.sql("show hba_file");
        prepared.sql(&format!(
            "copy (values ('host all {SUPERUSER} 127.0.0.1/32 trust'), ('host all all 127.0.0.1/32 scram-sha-256')) to '{hba}'"
        ));
        prepared.sql("select pg_reload_conf()");
        prepared
    }

    pub(crate) fn run_script(&self, secrets: &Secrets) {
        let folder = secrets.folder().display().to_string();
        let mut script = self.command(file("docker/database/10-roles.sh"));
        for (name, value) in &self.environment {
            script.env(name, value.replace("/run/secrets", &folder));
        }
        let output = script.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{said}");
    }

    /// Returns where the server is, as a URL names it.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.cluster.port())
    }

    /// Returns the name of the database.
    pub(crate) fn database(&self) -> &str {
        &self.environment["POSTGRES_DB"]
    }

    /// Runs SQL as the superuser and returns what it prints, without titles.
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.sql_in(self.database(), sql)
    }

    fn sql_in(&self, database: &str, sql: &str) -> String {
        let mut psql = self.command("psql");
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        psql.args(["--set=ON_ERROR_STOP=1", "--username", SUPERUSER]);
        let output = psql.args(["--dbname", database, "--command", sql]).output();
        let output =
            output.expect("psql comes with PostgreSQL; on Debian: apt-get install postgresql-client");
        assert!(
            output.status.success(),
            "{sql}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Prepares a call of a program that finds the server, and the server's own tools first.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = [self.cluster.binaries().to_owned()];
        let path = env::join_paths(folders.into_iter().chain(env::split_paths(&path))).unwrap();
        let mut command = Command::new(program);
        command.env("PATH", path).env("PGHOST", "127.0.0.1");
        command.env("PGPORT", self.cluster.port().to_string());
        command.env_remove("PGPASSWORD").env_remove("PGDATABASE");
        command
    }
}
