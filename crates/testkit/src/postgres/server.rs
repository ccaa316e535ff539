//! The server that the tests of one process share.

use std::sync::OnceLock;

use sqlx::{
    AssertSqlSafe, Connection, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio::sync::OnceCell;

use super::{Cluster, Database, Durability, apart::run_apart};

/// Names a server that is there already, by the URL of a superuser.
const VARIABLE: &str = "CHANDLERY_TEST_DATABASE_URL";
/// The lock under which the template is made.
const TEMPLATE_LOCK: i64 = 0x0063_6861_6e64;

/// A server, and a migrated template on it.
#[derive(Debug)]
pub struct Server {
    admin: PgConnectOptions,
    cluster: Option<Cluster>,
    template: OnceCell<String>,
}

impl Server {
    /// Returns the server of this process: the one that `CHANDLERY_TEST_DATABASE_URL` names, or a throwaway one.
    ///
    /// # Panics
    /// When there is none and none can be started; says what to do.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var(VARIABLE) {
            Ok(url) => {
                let admin: PgConnectOptions = url.parse().unwrap_or_else(|_| {
                    panic!("{VARIABLE} must be the URL of a superuser: postgres://postgres@127.0.0.1:5432/postgres")
                });
                Self { admin, cluster: None, template: OnceCell::new() }
            }
            Err(_) => Self::own(Durability::Fast),
        })
    }

    /// Starts a server that nobody shares.
    ///
    /// # Panics
    /// When there is no PostgreSQL on this machine; says what to do.
    pub fn own(durability: Durability) -> Self {
        let cluster = Cluster::start(durability);
        let admin = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(cluster.port())
            .username("postgres")
            .database("postgres")
            .ssl_mode(PgSslMode::Disable);
        Self {
            admin,
            cluster: Some(cluster),
            template: OnceCell::new(),
        }
    }

    /// Returns the cluster, to stop and start it.
    ///
    /// # Panics
    /// When the server is not this process's own.
    pub fn cluster(&mut self) -> &mut Cluster {
        self.cluster
            .as_mut()
            .expect("the server was started by this process")
    }

    /// Returns how a superuser connects to a database.
    pub fn admin(&self, database: &str) -> PgConnectOptions {
        self.admin.clone().database(database)
    }

    /// Makes a database with the newest schema and no data.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn database(&self) -> Database {
        let template = self.template.get_or_init(|| self.make_template()).await;
        Database::make(self.admin.clone(), Some(template)).await
    }

    /// Makes a database that has never been migrated.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn bare_database(&self) -> Database {
        Database::make(self.admin.clone(), None).await
    }

    /// Makes a database with the newest schema from a test that is not asynchronous.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn database_now(&self) -> Database {
        run_apart(self.database())
    }

    async fn make_template(&self) -> String {
        let name = format!("chandlery_template_{:016x}", migration::fingerprint());
        let mut connection = PgConnection::connect_with(&self.admin)
            .await
            .unwrap_or_else(|error| panic!("the test server can't be reached: {error}"));
        // Other test programs may want the same template right now.
        sqlx::query("select pg_advisory_lock($1)")
            .bind(TEMPLATE_LOCK)
            .execute(&mut connection)
            .await
            .expect("a lock");
        let there: bool = sqlx::query_scalar(
            "select exists (select from pg_database where datname = $1 and datistemplate)",
        )
        .bind(&name)
        .fetch_one(&mut connection)
        .await
        .expect("databases are listed");
        if !there {
            for sql in [
                format!("drop database if exists {name}"),
                format!("create database {name}"),
            ] {
                sqlx::raw_sql(AssertSqlSafe(sql))
                    .execute(&mut connection)
                    .await
                    .expect("a template can be made");
            }
            migration::up(&self.admin(&name))
                .await
                .expect("a new database can be migrated");
            let sql = format!("alter database {name} is_template true");
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut connection)
                .await
                .expect("a template can be marked");
        }
        connection.close().await.expect("the connection ends");
        name
    }
}
