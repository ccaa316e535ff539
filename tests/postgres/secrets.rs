//! The password of the database stays where it is.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use testkit::postgres::{Database, Durability, Proxy, Server as Postgres};
use tests::{Place, Program, Server};

use crate::{
    client::{Client, bars},
    raw,
    site::in_company,
};

pub(crate) const CANARY: &str = "canary-7f3a91";

#[track_caller]
fn assert_silent(text: &str) {
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(CANARY)).collect();
    assert!(lines.is_empty(), "the password is told: {lines:?}");
}

/// Makes the server ask the program's role for its password.
pub(crate) async fn ask_for_password(database: &Database) {
    database
        .execute(&format!("alter role chandlery_app password '{CANARY}'"))
        .await;
    database
        .execute(
            "copy (select unnest(array['host all chandlery_app all scram-sha-256', 'host all all all trust'])) \
             to program 'cat > pg_hba.conf'",
        )
        .await;
    database.execute("select pg_reload_conf()").await;
    // The server reads its settings again a moment after it was told to.
    let way = database.options("chandlery_app").password("wrong");
    for _ in 0..200 {
        let Ok(connection) = PgConnection::connect_with(&way).await else {
            return;
        };
        connection.close().await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the server does not ask for a password");
}

/// Serves, is asked for this and that, loses its database, and ends; all that it and its answers say is silent.
async fn serve(place: &Place, environment: &[(&str, &str)], proxy: &Proxy) {
    let mut all = vec![("CHANDLERY_LOG", "trace")];
    all.extend(environment);
    let mut server = Server::start_with(place, &[], &all);
    let client = Client::of(&server);
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    client.get("series/X/A/1d/bars").await.ok();
    client.get("series/X/B/1d").await.problem(404, "not-found");
    proxy.close();
    for path in ["series", "series/X/A/1d/bars", "/readyz"] {
        let answer = client.get(path).await;
        assert_silent(&answer.text());
        answer.problem(503, "store-unavailable");
    }
    let metrics = client.get("/metrics").await.with(200);
    assert_silent(&metrics.text());
    let broken = raw::exchange(server.address(), b"GET /livez HTTP/1.1\r\nbroken\r\n\r\n").await;
    assert_silent(&broken.text);
    proxy.open();
    server.terminate();
    assert!(server.ended_within(Duration::from_secs(40)).success());
    let log = server.whole_log();
    assert!(log.contains("TRACE"), "the finest level is logged: {log:.2000}");
    assert!(log.contains("sqlx"), "the driver's messages are logged, too");
    assert_silent(&log);
}

/// Runs commands that work and commands that do not, at the finest level; all that they say is silent.
fn run(place: &Place, url: &str, environment: &[(&str, &str)]) {
    for arguments in [
        vec!["config"],
        vec!["config", "--json"],
        vec!["series", "list"],
        vec!["verify"],
        vec!["migrate", "status"],
        vec!["migrate", "up"],
        vec!["export", "X:NONE/1d"],
        vec!["import", "no-such-file.csv"],
    ] {
        let set = |program: Program, (name, value): &(&str, &str)| program.with_env(name, value);
        let program = Program::new(&arguments)
            .within(place.folder())
            .with_env("CHANDLERY_STORE__URL", url);
        let outcome = environment
            .iter()
            .fold(program.with_env("CHANDLERY_LOG", "trace"), set)
            .run();
        assert_silent(&outcome.out);
        assert_silent(&outcome.err);
        assert!(
            !outcome.err.contains("panicked"),
            "{arguments:?}: {}",
            outcome.err
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_the_database_is_in_no_log_no_error_and_no_answer() {
    let _company = in_company().await;
    let postgres = Postgres::own(Durability::Fast);
    let database = postgres.database().await;
    ask_for_password(&database).await;
    let proxy = Proxy::start(database.admin().get_port()).await;
    let name = database.name();
    let plain = format!("postgres://chandlery_app@127.0.0.1:{}/{name}", proxy.port());
    let telling = format!(
        "postgres://chandlery_app:{CANARY}@127.0.0.1:{}/{name}",
        proxy.port()
    );
    let (in_url, apart) = (Place::with_store(&telling), Place::with_store(&plain));
    let file = apart.write("password", CANARY);
    let environment = [("CHANDLERY_STORE__PASSWORD_FILE", file.to_str().unwrap())];
    serve(&in_url, &[], &proxy).await;
    empty(&database).await;
    serve(&apart, &environment, &proxy).await;
    let (telling, plain) = (telling.as_str(), plain.as_str());
    tokio::task::block_in_place(|| {
        run(&in_url, telling, &[]);
        run(&apart, plain, &environment);
        // No database, no such host, and a URL that is none.
        let nowhere = format!("postgres://chandlery_app:{CANARY}@127.0.0.1:1/{name}");
        run(&in_url, &nowhere, &[]);
        run(
            &in_url,
            &format!("postgres://u:{CANARY}@no-such-host.invalid/x?sslmode=disable"),
            &[],
        );
        run(
            &in_url,
            &format!("postgres://u:{CANARY}@127.0.0.1:nonsense/x"),
            &[],
        );
        run(&in_url, CANARY, &[]);
        // The wrong password is the user's own secret, too.
        let wrong = format!(
            "postgres://chandlery_app:{CANARY}-wrong@127.0.0.1:{}/{name}",
            proxy.port()
        );
        run(&in_url, &wrong, &[]);
    });
}

/// Empties the database again.
async fn empty(database: &Database) {
    database
        .execute("select chandlery.purge_series(id) from chandlery.price_series")
        .await;
}
