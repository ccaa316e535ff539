//! A database of one test.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};

use super::apart::run_apart;

/// How long connections may take to end.
const PATIENCE: Duration = Duration::from_mins(1);

/// A database, dropped with everything in it when this is.
#[derive(Debug)]
pub struct Database {
    admin: PgConnectOptions,
    name: String,
}

impl Database {
    pub(super) async fn make(admin: PgConnectOptions, template: Option<&str>) -> Self {
        let name = format!("chandlery_test_{:016x}", rand::random::<u64>());
        let from = template.map_or_else(String::new, |template| format!(" template {template}"));
        execute(&admin, format!("create database {name}{from}")).await;
        if template.is_some() {
            // A copy has the tables and their rights, but not the rights on the database itself.
            let roles = "chandlery_migrator, chandlery_app, chandlery_reader";
            let rights = format!(
                "revoke all on database {name} from public; grant connect on database {name} to {roles}"
            );
            execute(&admin, rights).await;
        }
        Self { admin, name }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how a role connects to it; the server trusts everybody.
    pub fn options(&self, role: &str) -> PgConnectOptions {
        self.admin.clone().database(&self.name).username(role)
    }

    /// Returns how a superuser connects to it.
    pub fn admin(&self) -> PgConnectOptions {
        self.admin.clone().database(&self.name)
    }

    /// Returns the URL by which a role connects to it.
    pub fn url(&self, role: &str) -> String {
        format!(
            "postgres://{role}@{}:{}/{}",
            self.admin.get_host(),
            self.admin.get_port(),
            self.name
        )
    }

    /// Runs SQL as a superuser.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn execute(&self, sql: &str) {
        execute(&self.admin(), sql.to_owned()).await;
    }

    /// Runs SQL as a superuser, from a test that is not asynchronous.
    ///
    /// # Panics
    /// When the server refuses it.
    pub fn execute_now(&self, sql: &str) {
        run_apart(self.execute(sql));
    }
}

impl Database {
    /// Lets nobody in any more, and throws everybody out who is.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn close_to_connections(&self) {
        run_apart(async {
            // It is seen by others once it is committed: who comes before is thrown out after.
            let close = format!("alter database {} allow_connections false", self.name);
            execute(&self.admin, close).await;
            self.throw_everybody_out().await;
        });
    }

    async fn throw_everybody_out(&self) {
        let mut connection = PgConnection::connect_with(&self.admin)
            .await
            .expect("the server can be reached");
        let begun = Instant::now();
        loop {
            let found: i64 = sqlx::query_scalar(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = $1",
            )
            .bind(&self.name)
            .fetch_one(&mut connection)
            .await
            .expect("connections can be ended");
            if found == 0 {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{found} connections do not end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        connection.close().await.expect("the connection ends");
    }

    /// Lets everybody in again.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn open_to_connections(&self) {
        run_apart(execute(
            &self.admin,
            format!("alter database {} allow_connections true", self.name),
        ));
    }

    /// Runs SQL in a transaction that stays open, with the locks that it took, until what is returned is dropped.
    ///
    /// # Panics
    /// When the server refuses the SQL.
    pub fn hold_now(&self, sql: &'static str) -> Held {
        let (options, (ready, is_held), (release, until)) = (self.admin(), mpsc::channel(), mpsc::channel());
        let holder = thread::spawn(move || {
            run_apart(async move {
                let mut connection = PgConnection::connect_with(&options)
                    .await
                    .expect("the server can be reached");
                let mut transaction = connection.begin().await.expect("a transaction begins");
                sqlx::raw_sql(sql)
                    .execute(&mut *transaction)
                    .await
                    .expect("the SQL can be run");
                ready.send(()).expect("somebody waits");
                // The other side says nothing: it is dropped.
                let ended = until.recv();
                assert!(ended.is_err());
                transaction.rollback().await.expect("the transaction ends");
            });
        });
        is_held.recv().expect("the SQL was run");
        Held {
            release: Some(release),
            holder: Some(holder),
        }
    }
}

/// A transaction that stays open until this is dropped.
#[derive(Debug)]
pub struct Held {
    release: Option<mpsc::Sender<()>>,
    holder: Option<thread::JoinHandle<()>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.release.take());
        if let Some(holder) = self.holder.take() {
            drop(holder.join());
        }
    }
}

async fn execute(options: &PgConnectOptions, sql: String) {
    let mut connection = PgConnection::connect_with(options)
        .await
        .unwrap_or_else(|error| panic!("the test server can't be reached: {error}"));
    let shown = sql.clone();
    if let Err(error) = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await {
        panic!("{shown}: {error}");
    }
    connection.close().await.expect("the connection ends");
}

impl Drop for Database {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        let drop_it = async move {
            // A server that was stopped takes its databases with it.
            if let Ok(mut connection) = PgConnection::connect_with(&admin).await {
                let sql = format!("drop database if exists {name} with (force)");
                if sqlx::raw_sql(AssertSqlSafe(sql))
                    .execute(&mut connection)
                    .await
                    .is_ok()
                {
                    connection.close().await.ok();
                }
            }
        };
        run_apart(drop_it);
    }
}
