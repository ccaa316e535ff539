//! What compose.yaml asks of the engine.

use serde_json::{Value, json};

use crate::files::{compose, environment, last_instruction, list, service, services, text, variables};

const OF_THE_PROGRAM: [&str; 3] = ["migrate", "server", "backup"];

#[test]
fn images_are_pinned_to_a_major_version() {
    let version = env!("CARGO_PKG_VERSION");
    let (minor, _) = version.rsplit_once('.').unwrap();
    assert_eq!(service("database")["image"], "postgres:18");
    for name in OF_THE_PROGRAM {
        let service = service(name);
        assert_eq!(service["image"], format!("chandlery:{minor}"), "{name}");
        assert_eq!(service["build"]["dockerfile"], "docker/Dockerfile");
        assert_eq!(service["build"]["args"]["RUST_IMAGE"], "rust:1-bookworm");
        assert_eq!(service["build"]["args"]["RUNTIME_IMAGE"], "debian:bookworm-slim");
    }
}

#[test]
fn ports_are_published_to_this_machine_alone() {
    let mut published = Vec::new();
    for (name, service) in services() {
        assert!(service.get("network_mode").is_none(), "{name}");
        if let Some(ports) = service.get("ports") {
            published.extend(list(ports));
        }
    }
    assert_eq!(published.len(), 2, "{published:?}");
    assert!(published.contains(&"127.0.0.1:5432:5432".to_owned()));
    assert!(published.contains(&"127.0.0.1:8080:8080".to_owned()));
}

#[test]
fn the_database_keeps_its_data_in_the_folder_above_that_of_its_version() {
    let volumes = list(&service("database")["volumes"]);
    assert!(
        volumes.contains(&"database:/var/lib/postgresql".to_owned()),
        "{volumes:?}"
    );
    assert!(compose()["volumes"].get("database").is_some());
    assert!(volumes.contains(&"./docker/database:/docker-entrypoint-initdb.d:ro".to_owned()));
}

#[test]
fn the_database_is_healthy_when_its_user_finds_the_products_database_by_tcp() {
    let service = service("database");
    let environment = environment(&service);
    let test = list(&service["healthcheck"]["test"]);
    assert_eq!(test[..2], ["CMD", "pg_isready"]);
    for argument in [
        format!("--username={}", environment["POSTGRES_USER"]),
        format!("--dbname={}", environment["POSTGRES_DB"]),
        // The server of a new cluster's first steps listens at a socket only.
        "--host=127.0.0.1".to_owned(),
    ] {
        assert!(test.contains(&argument), "{argument}: {test:?}");
    }
}

#[test]
fn the_server_is_healthy_when_the_program_says_so() {
    let test = list(&service("server")["healthcheck"]["test"]);
    assert_eq!(test, ["CMD", "chandlery", "healthcheck", "--quiet"]);
}

#[test]
fn the_database_lets_nobody_in_without_a_password() {
    let environment = environment(&service("database"));
    assert_eq!(environment["POSTGRES_HOST_AUTH_METHOD"], "scram-sha-256");
    for way in ["--auth-local", "--auth-host"] {
        let argument = format!("{way}=scram-sha-256");
        assert!(environment["POSTGRES_INITDB_ARGS"].contains(&argument));
    }
}

#[test]
fn secrets_are_files_and_none_is_written_down() {
    let compose = compose();
    let secrets = compose["secrets"].as_object().unwrap();
    for (name, secret) in secrets {
        assert_eq!(*secret, json!({ "file": format!("docker/secrets/{name}") }));
    }
    for (name, service) in services() {
        let given = list(&service["secrets"]);
        assert!(given.iter().all(|secret| secrets.contains_key(secret)));
        let mut read = Vec::new();
        for (variable, value) in environment(&service) {
            if let Some((scheme, rest)) = value.split_once("://") {
                assert_eq!(scheme, "postgres");
                let (user, _) = rest.split_once('@').unwrap();
                assert!(!user.contains(':'), "{name}: {variable} holds a password");
            }
            if variable.ends_with("_FILE") {
                read.push(value.trim_start_matches("/run/secrets/").to_owned());
            } else {
                assert!(!variable.contains("PASSWORD"), "{name}: {variable}");
            }
        }
        read.sort();
        let mut given = given;
        given.sort();
        assert_eq!(
            read, given,
            "{name} is given the secrets that it reads, and no other"
        );
    }
}

#[test]
fn the_program_runs_without_rights_on_a_system_that_it_cannot_change() {
    let user = last_instruction("USER");
    let (uid, gid) = user.split_once(':').unwrap();
    assert!(uid.parse::<u32>().unwrap() > 0 && gid.parse::<u32>().unwrap() > 0);
    for name in OF_THE_PROGRAM {
        let service = service(name);
        assert_eq!(service["user"], user, "{name}");
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{name}");
        assert_eq!(
            service["security_opt"],
            json!(["no-new-privileges:true"]),
            "{name}"
        );
        let temporary = list(&service["tmpfs"]);
        assert!(
            matches!(temporary.as_slice(), [one] if one.starts_with("/tmp:") && one.contains("noexec")),
            "{name}: {temporary:?}"
        );
        for right in ["privileged", "cap_add", "devices", "pid", "ipc"] {
            assert!(service.get(right).is_none(), "{name} has {right}");
        }
    }
}

#[test]
fn services_wait_for_what_they_need() {
    let condition = |name: &str, on: &str| service(name)["depends_on"][on]["condition"].take();
    assert_eq!(condition("migrate", "database"), "service_healthy");
    assert_eq!(condition("server", "database"), "service_healthy");
    assert_eq!(condition("server", "migrate"), "service_completed_successfully");
    assert_eq!(condition("backup", "migrate"), "service_completed_successfully");
    assert_eq!(service("migrate")["restart"], "no");
}

#[test]
fn only_those_who_publish_a_port_have_a_way_out() {
    let compose = compose();
    assert_eq!(compose["networks"]["store"]["internal"], true);
    for (name, service) in services() {
        let networks = list(&service["networks"]);
        assert!(networks.contains(&"store".to_owned()), "{name}");
        let out = networks.contains(&"machine".to_owned());
        assert_eq!(out, service.get("ports").is_some(), "{name}");
    }
}

#[test]
fn backups_are_made_on_demand_and_outlive_the_container() {
    let service = service("backup");
    assert_eq!(service["profiles"], json!(["backup"]));
    let command = list(&service["command"]);
    let [_, _, folder] = command.as_slice() else {
        panic!("{command:?}");
    };
    assert_eq!(service["volumes"], json!([format!("backups:{folder}")]));
    assert!(compose()["volumes"].get("backups").is_some_and(Value::is_object));
    // A volume takes its owner from the folder in the image.
    assert!(last_instruction("RUN").contains(folder));
}

#[test]
fn every_variable_is_explained_with_its_default() {
    let example = text(".env.example");
    for (name, default) in variables() {
        assert!(!name.starts_with("CHANDLERY_"), "the program would read {name}");
        let line = format!("#{name}={default}");
        assert!(example.lines().any(|found| found == line), "{line}");
    }
    let stray = example
        .lines()
        .filter_map(|line| line.strip_prefix('#')?.split_once('='))
        .map(|(name, _)| name)
        .filter(|name| !name.contains(' ') && !variables().contains_key(*name))
        .filter(|name| !name.starts_with("CHANDLERY_") && !["DATABASE_URL", "PGPASSWORD"].contains(name));
    assert_eq!(stray.collect::<Vec<_>>(), Vec::<&str>::new());
}
