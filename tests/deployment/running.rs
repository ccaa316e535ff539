//! What compose.yaml would run, run as it says on a throwaway PostgreSQL.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Child,
};

use tests::Program;

use crate::{
    cluster::{Prepared, SUPERUSER},
    files::{list, service},
    secrets::Secrets,
    settings::Home,
};

/// Everything about the roles of the product but their passwords, and what belongs to them or is granted to them.
const ROLES: &str = "
select format('%s super %s inherit %s createrole %s createdb %s login %s replication %s bypassrls %s limit %s until %s config %s',
    rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit,
    rolvaliduntil, rolconfig)
from pg_roles where rolname like 'chandlery%'
union all
select format('%s in %s admin %s', member::regrole, roleid::regrole, admin_option) from pg_auth_members
where roleid::regrole::text like 'chandlery%'
union all
select format('database %s %s', datdba::regrole, datacl) from pg_database where datname = current_database()
union all
select format('schema %s %s %s', nspname, nspowner::regrole, nspacl) from pg_namespace
where nspname in ('chandlery', 'reporting', 'public')
union all
select format('extension %s %s', extname, extowner::regrole) from pg_extension
union all
select format('role setting %s %s', setrole::regrole, setconfig) from pg_db_role_setting
order by 1";
/// What the schemas hold, as the tests of the migrations list it.
const SHAPE: &str = include_str!("../../migration/tests/shape.sql");

/// A server that ends with this value.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn prepared_as_an_administrator() -> Prepared {
    let prepared = Prepared::bare();
    let store = format!(
        "postgres://{SUPERUSER}@{}/{}?sslmode=disable",
        prepared.address(),
        prepared.database()
    );
    Program::new(["migrate", "up", "--store", &store]).run().ok();
    prepared
}

/// Prepares what a service runs, with the server's address for its name.
fn program(home: &Home, name: &str, secrets: &Secrets, address: &str, changes: &[(&str, &str)]) -> Program {
    let command = list(&service(name)["command"]);
    let with = |argument: &String| {
        changes
            .iter()
            .fold(argument.clone(), |text, (from, to)| text.replace(from, to))
    };
    let command: Vec<String> = command.iter().map(with).collect();
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let changes: Vec<_> = changes
        .iter()
        .copied()
        .chain([("database:5432", address)])
        .collect();
    home.program(name, &command, secrets, &changes)
}

#[test]
fn the_script_and_a_migrator_make_what_an_administrator_makes() {
    let (home, secrets) = (Home::new(), Secrets::make());
    let by_script = Prepared::by_script(&secrets);
    let migrated = program(&home, "migrate", &secrets, &by_script.address(), &[])
        .run()
        .ok();
    assert!(migrated.out.contains("applied"), "{}", migrated.out);
    assert!(!migrated.out.contains("pending"), "{}", migrated.out);
    let by_migration = prepared_as_an_administrator();
    for (what, sql) in [("roles", ROLES), ("shape", SHAPE)] {
        let (script, migration) = (by_script.sql(sql), by_migration.sql(sql));
        assert!(script.lines().count() > 10, "{what}: {script}");
        assert_eq!(script, migration, "{what}");
    }
    let passwords = "select rolname from pg_authid where rolname like 'chandlery%' and rolpassword like 'SCRAM-SHA-256$%' order by 1";
    assert_eq!(
        by_script.sql(passwords),
        "chandlery_app\nchandlery_migrator\nchandlery_reader"
    );
    assert_eq!(by_migration.sql(passwords), "");
}

#[test]
fn the_script_may_run_again_and_sets_passwords_anew() {
    let home = Home::new();
    let (old, new) = (Secrets::make(), Secrets::make());
    let prepared = Prepared::by_script(&old);
    let migrate = |secrets: &Secrets| program(&home, "migrate", secrets, &prepared.address(), &[]).run();
    migrate(&old).ok();
    let before = prepared.sql(ROLES);
    prepared.run_script(&new);
    assert_eq!(prepared.sql(ROLES), before);
    migrate(&old).failed(3);
    migrate(&new).ok();
}

#[test]
fn the_services_run_with_their_own_settings_and_secrets() {
    let (home, secrets) = (Home::new(), Secrets::make());
    let prepared = Prepared::by_script(&secrets);
    let address = prepared.address();
    program(&home, "migrate", &secrets, &address, &[]).run().ok();

    // Any free port in the place of the one inside the container.
    let free = [("0.0.0.0:8080", "0.0.0.0:0")];
    let serve = program(&home, "server", &secrets, &address, &free);
    let mut server = Served(serve.start());
    let mut line = String::new();
    let mut out = BufReader::new(server.0.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let listens = line.trim().rsplit_once("http://").expect(&line).1.to_owned();
    let test = list(&service("server")["healthcheck"]["test"]);
    assert_eq!(test[1], "chandlery");
    let health: Vec<&str> = test[2..].iter().map(String::as_str).collect();
    let there = [("0.0.0.0:8080", listens.as_str())];
    home.program("server", &health, &secrets, &there).run().ok();

    let store = [("database:5432", address.as_str())];
    home.program("server", &["sample", "--quiet"], &secrets, &store)
        .run()
        .ok();
    let backups = home.path("backups");
    fs::create_dir(&backups).unwrap();
    let backups = backups.display().to_string();
    let place = [("/var/backups/chandlery", backups.as_str())];
    for _ in ["first", "next"] {
        let backup = program(&home, "backup", &secrets, &address, &place).run().ok();
        assert!(backup.out.contains("The backup is complete"), "{}", backup.out);
    }
    let backup = format!("file:{backups}");
    let verified = Program::new(["verify", "--store", &backup]).run().ok();
    assert!(verified.out.contains("6 series"), "{}", verified.out);
}

#[test]
fn the_services_can_do_no_more_than_they_need() {
    let (home, secrets) = (Home::new(), Secrets::make());
    let prepared = Prepared::by_script(&secrets);
    program(&home, "migrate", &secrets, &prepared.address(), &[])
        .run()
        .ok();
    let rights = "select string_agg(format('%s %s %s', rolname, has_database_privilege(rolname, current_database(), 'create'), \
                  has_database_privilege(rolname, current_database(), 'temporary')), ', ' order by rolname) \
                  from pg_roles where rolname like 'chandlery%'";
    assert_eq!(
        prepared.sql(rights),
        "chandlery_app f f, chandlery_migrator f f, chandlery_owner f f, chandlery_reader f f"
    );
    // Who serves can't migrate.
    let address = prepared.address();
    let store = [("database:5432", address.as_str())];
    let refused = home
        .program("server", &["migrate", "down", "--all"], &secrets, &store)
        .run();
    refused.failed(1);
}
