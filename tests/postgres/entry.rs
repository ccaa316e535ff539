//! Who is let in, what is said to who is not, and how a database is known again.

use testkit::postgres::{Database, Durability, Server as Postgres};
use tests::{Outcome, Place};

use crate::{
    secrets::{CANARY, ask_for_password},
    site::{in_company, in_company_now},
};

fn list(place: &Place, environment: &[(&str, &str)]) -> Outcome {
    run(place, &["series", "list"], environment)
}

fn run(place: &Place, arguments: &[&str], environment: &[(&str, &str)]) -> Outcome {
    let nothing = place.path("no-such-file");
    let program = place
        .program(arguments.iter().copied())
        .with_env("PGPASSFILE", nothing.to_str().unwrap())
        .with_env("HOME", place.folder().to_str().unwrap());
    environment
        .iter()
        .fold(program, |program, (name, value)| program.with_env(name, value))
        .run()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_said_which_password_was_refused_and_that_of_pgpass_is_for_its_user() {
    let _company = in_company().await;
    let postgres = Postgres::own(Durability::Fast);
    let database = postgres.database().await;
    ask_for_password(&database).await;
    tokio::task::block_in_place(|| {
        let place = Place::with_store(database.url("chandlery_app"));
        let [right, wrong, empty] = [("right", CANARY), ("wrong", "wrong"), ("empty", "")]
            .map(|(name, text)| place.write(name, text).to_str().unwrap().to_owned());
        let file = "CHANDLERY_STORE__PASSWORD_FILE";
        for (environment, hint) in [
            (vec![], "no password was given; set"),
            (
                vec![(file, empty.as_str())],
                "CHANDLERY_STORE__PASSWORD_FILE is empty",
            ),
            (
                vec![(file, wrong.as_str())],
                "came from CHANDLERY_STORE__PASSWORD_FILE",
            ),
            (vec![("PGPASSWORD", "wrong")], "came from PGPASSWORD"),
        ] {
            for arguments in [&["series", "list"][..], &["migrate", "status"]] {
                let refused = run(&place, arguments, &environment).failed(3);
                assert!(
                    refused.err.contains("the database refused") && refused.err.contains(hint),
                    "{arguments:?}: {}",
                    refused.err
                );
            }
        }
        list(&place, &[(file, &right)]).ok();
        let line = place.write("pgpass", format!("*:*:*:chandlery_app:{CANARY}\n"));
        std::fs::set_permissions(&line, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let pgpass = ("PGPASSFILE", line.to_str().unwrap());
        list(&place, &[pgpass, (file, &wrong)]).ok();
    });
}

#[test]
fn each_cause_has_a_hint_of_its_own() {
    let _company = in_company_now();
    let server = Postgres::shared();
    let database = server.database_now();
    let port = database.admin().get_port();
    for (url, told, hint) in [
        (
            "postgres://chandlery_app@127.0.0.1:1/prices".to_owned(),
            "127.0.0.1:1 can't be reached",
            "is the server running",
        ),
        (
            format!("postgres://chandlery_app@127.0.0.1:{port}/no_such_database"),
            "does not exist",
            "`createdb`",
        ),
        (
            database.url("chandlery_reader"),
            "permission denied",
            "the store is for chandlery_app",
        ),
    ] {
        let refused = list(&Place::with_store(url), &[]).failed(3);
        assert!(
            refused.err.contains(told) && refused.err.contains(hint),
            "{}",
            refused.err
        );
    }
    let down = ["migrate", "down", "--all", "--yes"];
    run(&Place::with_store(database.url("postgres")), &down, &[]).ok();
    let bare = list(&Place::with_store(database.url("postgres")), &[]).failed(3);
    assert!(
        bare.err.contains("run `chandlery migrate up`") && !bare.err.contains("hint:"),
        "{}",
        bare.err
    );
}

#[test]
fn a_url_without_a_user_is_that_of_the_account() {
    let _company = in_company_now();
    let database = Postgres::shared().database_now();
    let port = database.admin().get_port();
    let place = Place::with_store(format!("postgres://127.0.0.1:{port}/{}", database.name()));
    let nobody = [("PGUSER", ""), ("USER", ""), ("LOGNAME", "")];
    let refused = list(&place, &nobody).failed(2);
    assert!(refused.err.contains("names no user"), "{}", refused.err);
    list(&place, &[("PGUSER", ""), ("USER", "chandlery_app")]).ok();
}

#[test]
fn a_backup_goes_on_by_whatever_url_its_database_is_reached() {
    let _company = in_company_now();
    let server = Postgres::shared();
    let (one, other) = (server.database_now(), server.database_now());
    let url = |database: &Database, host: &str, tail: &str| {
        let port = database.admin().get_port();
        format!("postgres://chandlery_app@{host}:{port}/{}{tail}", database.name())
    };
    let place = Place::with_store(url(&one, "127.0.0.1", ""));
    let to = place.path("backup").to_str().unwrap().to_owned();
    place.run(["backup", "--to", &to]).ok();
    for again in [
        url(&one, "localhost", ""),
        url(&one, "127.0.0.1", "?application_name=again"),
    ] {
        Place::with_store(again).run(["backup", "--to", &to]).ok();
    }
    let elsewhere = Place::with_store(url(&other, "127.0.0.1", ""));
    let refused = elsewhere.run(["backup", "--to", &to]).failed(1);
    assert!(refused.err.contains("--moved"), "{}", refused.err);
    elsewhere.run(["backup", "--to", &to, "--moved"]).ok();
    place.run(["backup", "--to", &to]).failed(1);
}
