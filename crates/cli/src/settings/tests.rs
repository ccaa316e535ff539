use std::{collections::BTreeMap, fs};

use super::*;

fn places(folder: &std::path::Path, environment: &[(&str, &str)]) -> Places {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Places {
        folder: folder.to_path_buf(),
        environment: environment.iter().map(pair).collect::<BTreeMap<_, _>>(),
        ..Places::default()
    }
}

fn origin(settings: &Settings, name: &str) -> String {
    settings
        .shown
        .iter()
        .find(|setting| setting.name == name)
        .unwrap()
        .origin
        .clone()
}

#[test]
fn later_layers_win_and_each_value_knows_its_origin() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("config")).unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "config/default.toml",
        "[store]\nurl = \"file:./a\"\nlock_wait = 1\n[log]\nfilter = \"info\"\n",
    );
    write(
        "config/night.toml",
        "[store]\nurl = \"file:./b\"\nlock_wait = 2\n",
    );
    write(
        "extra.toml",
        "[store]\nurl = \"file:./c\"\nlock_wait = 3\n[import]\nmemory_rows = 7\n",
    );
    let mut places = places(
        folder.path(),
        &[
            ("CHANDLERY_ENV", "night"),
            ("CHANDLERY_STORE__LOCK_WAIT", "4"),
            ("CHANDLERY_LOG", "debug"),
        ],
    );
    places.file = Some(folder.path().join("extra.toml"));
    places.flags = vec![("store.url", "--store", "file:./d".to_owned())];

    let settings = Settings::load(&places).unwrap();
    assert_eq!(settings.store.to_string(), "file:./d");
    assert_eq!(settings.lock_wait.as_secs(), 4);
    assert_eq!((settings.log_filter.as_str(), settings.memory_rows), ("debug", 7));
    assert_eq!(origin(&settings, "store.url"), "--store");
    assert_eq!(
        origin(&settings, "store.lock_wait"),
        "environment CHANDLERY_STORE__LOCK_WAIT"
    );
    assert_eq!(origin(&settings, "log.filter"), "environment CHANDLERY_LOG");
    assert!(origin(&settings, "import.memory_rows").ends_with("extra.toml"));
    assert_eq!(origin(&settings, "import.max_rejected"), "built in");
}

#[rstest::rstest]
#[case("CHANDLERY_STORE__ULR", "CHANDLERY_STORE__URL")]
#[case("CHANDLERY_IMPORT__MEMORY_ROW", "CHANDLERY_IMPORT__MEMORY_ROWS")]
#[case("CHANDLERY_STORE", "CHANDLERY_STORE__URL")]
#[case("CHANDLERY_STORE__PASWORD_FILE", "CHANDLERY_STORE__PASSWORD_FILE")]
fn an_unknown_variable_is_an_error_that_names_the_nearest(#[case] given: &str, #[case] nearest: &str) {
    let folder = tempfile::tempdir().unwrap();
    let error = Settings::load(&places(folder.path(), &[(given, "1")]))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(&format!("`{given}`")) && error.contains(&format!("`{nearest}`")),
        "{error}"
    );
}

#[test]
fn an_unknown_key_in_a_file_is_an_error_that_names_file_and_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    fs::write(&file, "[store]\nulr = \"file:./a\"\n").unwrap();
    let places = Places {
        file: Some(file),
        ..places(folder.path(), &[])
    };
    let error = Settings::load(&places).unwrap_err().to_string();
    assert!(
        error.contains("mine.toml") && error.contains("`store.url`"),
        "{error}"
    );
}

#[test]
fn a_secret_comes_from_a_file_and_is_shown_redacted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("url");
    fs::write(&file, "postgres://ada:canary@db/prices\n").unwrap();
    let path = file.to_str().unwrap();
    let settings = Settings::load(&places(folder.path(), &[("CHANDLERY_STORE__URL_FILE", path)])).unwrap();
    assert_eq!(settings.store.to_string(), "postgres://ada:[redacted]@db/prices");
    assert!(!format!("{settings:?}").contains("canary"));

    let both = [
        ("CHANDLERY_STORE__URL_FILE", path),
        ("CHANDLERY_STORE__URL", "file:./x"),
    ];
    assert!(matches!(
        Settings::load(&places(folder.path(), &both)),
        Err(SettingsError::Twice { .. })
    ));
}

#[test]
fn a_settings_file_names_the_file_of_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (secret, file) = (folder.path().join("secret"), folder.path().join("mine.toml"));
    fs::write(&secret, "canary\n").unwrap();
    let named = format!("password_file = \"{}\"\n", secret.display());
    let load = |more: &str| {
        fs::write(&file, format!("[store]\n{named}{more}")).unwrap();
        Settings::load(&Places {
            file: Some(file.clone()),
            ..places(folder.path(), &[])
        })
    };
    let settings = load("").unwrap();
    assert_eq!(
        settings.postgres.password.as_ref().map(Secret::expose),
        Some("canary")
    );
    assert!(origin(&settings, "store.password").starts_with("store.password_file in "));
    assert!(matches!(
        load("password = \"plain\"\n"),
        Err(SettingsError::Twice { .. })
    ));
    fs::remove_file(&secret).unwrap();
    assert!(matches!(load(""), Err(SettingsError::SecretFile { .. })));
}

#[rstest::rstest]
#[case("[store]\nurl = file\n", "text stands in quotes")]
#[case("[store]\nlock_wait = \"long\"\n", "expected a number")]
#[case("[import]\nmemory_rows = \"many\"\n", "expected a whole number")]
fn what_a_settings_file_should_say_is_told_in_plain_words(#[case] text: &str, #[case] told: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    fs::write(&file, text).unwrap();
    let error = Settings::load(&Places {
        file: Some(file),
        ..places(folder.path(), &[])
    });
    let error = error.unwrap_err().to_string();
    assert!(error.contains(told) && error.contains("mine.toml"), "{error}");
}

#[rstest::rstest]
#[case(("CHANDLERY_STORE__URL", "mysql:x"), "store.url")]
#[case(("CHANDLERY_STORE__LOCK_WAIT", "-1"), "store.lock_wait")]
#[case(("CHANDLERY_LOG__FORMAT", "xml"), "log.format")]
#[case(("CHANDLERY_IMPORT__MAX_REJECTED", "200%"), "import.max_rejected")]
#[case(("CHANDLERY_IMPORT__MEMORY_ROWS", "many"), "import.memory_rows")]
#[case(("CHANDLERY_STORE__RETENTION_DAYS", "1000000000000000000"), "store.retention_days")]
#[case(("CHANDLERY_ENV", "nowhere"), "nowhere.toml")]
#[case(("CHANDLERY_ENV", "../x"), "CHANDLERY_ENV")]
fn a_wrong_value_is_an_error_that_names_the_setting(#[case] variable: (&str, &str), #[case] named: &str) {
    let folder = tempfile::tempdir().unwrap();
    let error = Settings::load(&places(folder.path(), &[variable]))
        .unwrap_err()
        .to_string();
    assert!(error.contains(named), "{error}");
}

#[test]
fn variables_of_the_tests_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Settings::load(&places(folder.path(), &[("CHANDLERY_TEST_SCALE", "100")])).is_ok());
}

#[rstest::rstest]
#[case("0.1%", 0.001, "0.1%")]
#[case("0.25", 0.25, "25%")]
#[case("100%", 1.0, "100%")]
fn fractions_are_percents_or_numbers(#[case] text: &str, #[case] value: f64, #[case] shown: &str) {
    let fraction: Fraction = text.parse().unwrap();
    assert_eq!((fraction.0, fraction.to_string().as_str()), (value, shown));
    assert!("-1%".parse::<Fraction>().is_err());
}
