//! The Dockerfile, and the script that it builds with.

use std::{fs, process::Command};

use crate::files::{file, instructions, last_instruction, text};

#[test]
fn the_image_is_built_by_the_command_that_the_checks_run() {
    let instructions = instructions();
    let stage = instructions
        .iter()
        .skip_while(|(_, rest)| !rest.ends_with("AS build"))
        .skip(1)
        .take_while(|(name, _)| name != "FROM");
    let runs: Vec<_> = stage.filter(|(name, _)| name == "RUN").collect();
    let [(_, run)] = runs.as_slice() else {
        panic!("{runs:?}");
    };
    let words = run.split(' ').filter(|word| !word.starts_with("--mount="));
    assert_eq!(
        words.collect::<Vec<_>>(),
        ["docker/build", "release", "/out"],
        "{run}"
    );
    assert!(run.contains("type=cache,target=/usr/local/cargo/registry"));
    let script = text("docker/build");
    let cargo_lines: Vec<_> = script.lines().filter(|line| line.starts_with("cargo ")).collect();
    assert_eq!(
        cargo_lines,
        [r#"cargo build --locked --workspace --bin chandlery --profile "$profile""#]
    );
    let checks = text("crates/xtask/src/commands/test.rs");
    assert!(checks.contains(r#"repository.file("docker/build")"#));
    assert!(checks.contains(r#"build.arg("dev")"#));
}

#[test]
fn what_is_built_and_the_settings_are_all_that_gets_into_the_image() {
    let instructions = instructions();
    let stage = instructions.iter().rev().take_while(|(name, _)| name != "FROM");
    let copies: Vec<_> = stage
        .filter(|(name, _)| name == "COPY")
        .map(|(_, rest)| rest.as_str())
        .collect();
    assert_eq!(
        copies,
        [
            "config /etc/chandlery/config",
            "--from=build /out/chandlery /usr/local/bin/chandlery"
        ]
    );
    assert_eq!(last_instruction("WORKDIR"), "/etc/chandlery");
    assert_eq!(last_instruction("ENV"), "CHANDLERY_ENV=production");
    assert_eq!(last_instruction("ENTRYPOINT"), r#"["chandlery"]"#);
    assert!(file("config/production.toml").is_file());
}

#[test]
fn images_have_pinned_defaults() {
    let instructions = instructions();
    let arguments: Vec<_> = instructions
        .iter()
        .filter(|(name, _)| name == "ARG")
        .map(|(_, rest)| rest.as_str())
        .collect();
    assert_eq!(
        arguments,
        ["RUST_IMAGE=rust:1-bookworm", "RUNTIME_IMAGE=debian:bookworm-slim"]
    );
    let from: Vec<_> = instructions
        .iter()
        .filter(|(name, _)| name == "FROM")
        .map(|(_, rest)| rest.as_str())
        .collect();
    assert_eq!(from, ["${RUST_IMAGE} AS build", "${RUNTIME_IMAGE}"]);
}

#[test]
fn the_context_holds_every_source_that_the_build_needs() {
    let context = tempfile::tempdir().unwrap();
    let ignored = text(".dockerignore");
    for kept in ignored.lines().filter_map(|line| line.strip_prefix('!')) {
        let copy = context.path().join(kept);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        let copied = Command::new("cp").arg("-R").arg(file(kept)).arg(&copy).status();
        assert!(copied.unwrap().success(), "{kept}");
    }
    assert!(context.path().join("docker/build").is_file());
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "tree",
            "--locked",
            "--offline",
            "--workspace",
            "--edges",
            "normal,build",
        ])
        .current_dir(context.path())
        .output()
        .unwrap();
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Everything that belongs to the repository comes from the context.
    assert!(tree.contains("store-postgres v"), "{tree}");
    let root = file("").canonicalize().unwrap().display().to_string();
    assert!(!tree.contains(&format!("({root}")), "{tree}");
}
