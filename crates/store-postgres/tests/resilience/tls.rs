//! Servers that must prove who they are.

use std::{path::Path, process::Command};

use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};
use testkit::postgres::{Database, Durability, Server};

/// Calls `openssl` in a folder.
fn openssl(folder: &Path, arguments: &[&str]) {
    let done = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("`openssl` makes certificates for this test: install it (Debian, Ubuntu: apt-get install openssl)");
    assert!(
        done.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Makes an authority, and a certificate of it for `localhost` and no other name.
fn make_certificates(folder: &Path) {
    let ends = "2";
    for authority in ["ca", "other"] {
        let (key, certificate) = (format!("{authority}.key"), format!("{authority}.pem"));
        let subject = format!("/CN=Test authority {authority}");
        openssl(
            folder,
            &[
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-keyout",
                &key,
                "-out",
                &certificate,
                "-subj",
                &subject,
                "-days",
                ends,
            ],
        );
    }
    openssl(
        folder,
        &[
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            "server.key",
            "-out",
            "server.csr",
            "-subj",
            "/CN=localhost",
        ],
    );
    std::fs::write(
        folder.join("names"),
        "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n",
    )
    .unwrap();
    openssl(
        folder,
        &[
            "x509",
            "-req",
            "-in",
            "server.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-out",
            "server.pem",
            "-days",
            ends,
            "-extfile",
            "names",
        ],
    );
}

/// Gives a server its certificate; the files must belong to the user that it runs as, so it writes them itself.
async fn give_certificate(database: &Database, folder: &Path) {
    for file in ["server.key", "server.pem"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let sql = format!(
            "copy (select unnest(string_to_array('{}', E'\\n'))) to program 'umask 077; cat > {file}'",
            text.trim_end()
        );
        database.execute(&sql).await;
    }
    for setting in [
        "ssl_cert_file = 'server.pem'",
        "ssl_key_file = 'server.key'",
        "ssl = on",
    ] {
        database.execute(&format!("alter system set {setting}")).await;
    }
    database.execute("select pg_reload_conf()").await;
}

fn way(database: &Database, host: &str, options: &str) -> PgConnectOptions {
    let port = database.admin().get_port();
    let url = format!(
        "postgres://chandlery_app@{host}:{port}/{}?{options}",
        database.name()
    );
    migration::connect::options(&url, None).unwrap()
}

/// Tells whether the connection is encrypted.
async fn is_encrypted(way: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let mut connection = PgConnection::connect_with(way).await?;
    let sql = AssertSqlSafe("select ssl from pg_stat_ssl where pid = pg_backend_pid()".to_owned());
    sqlx::query_scalar(sql).fetch_one(&mut connection).await
}

#[tokio::test]
async fn only_a_server_with_a_certificate_of_the_right_authority_and_name_is_talked_to() {
    let folder = tempfile::tempdir().unwrap();
    make_certificates(folder.path());
    let server = Server::own(Durability::Fast);
    let database = server.database().await;
    let root = |authority: &str| {
        format!(
            "sslmode=verify-full&sslrootcert={}",
            folder.path().join(authority).display()
        )
    };
    // As long as it has none, it is not talked to at all.
    assert!(
        is_encrypted(&way(&database, "localhost", &root("ca.pem")))
            .await
            .is_err()
    );
    give_certificate(&database, folder.path()).await;
    let trusted = way(&database, "localhost", &root("ca.pem"));
    let mut reached = is_encrypted(&trusted).await;
    for _ in 0..100 {
        if reached.is_ok() {
            break;
        }
        // The server reads its settings again a moment after it was told to.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        reached = is_encrypted(&trusted).await;
    }
    assert!(reached.unwrap());
    for (host, options) in [
        ("localhost", root("other.pem")),
        ("127.0.0.1", root("ca.pem")),
        ("localhost", "sslmode=verify-full".to_owned()),
    ] {
        let refused = is_encrypted(&way(&database, host, &options)).await;
        let error = refused.expect_err(&options).to_string();
        assert!(error.contains("certificate"), "{host} {options}: {error}");
    }
    assert!(
        is_encrypted(&way(&database, "localhost", "sslmode=require"))
            .await
            .unwrap()
    );
}
