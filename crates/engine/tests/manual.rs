//! The parts of the manual that are generated: they say what the engine knows, or this fails.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{fs, path::Path};

const BEGIN: &str = "<!-- generated: begin -->\n";
const END: &str = "<!-- generated: end -->\n";

/// Compares the generated part of a page, or writes it when `CHANDLERY_UPDATE_MANUAL` is set.
fn check(page: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(page);
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (found, after) = rest.split_once(END).unwrap();
    let expected = format!("\n{expected}\n");
    if std::env::var_os("CHANDLERY_UPDATE_MANUAL").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{expected}{END}{after}")).unwrap();
        return;
    }
    assert!(
        found == expected,
        "docs/{page} is stale: `CHANDLERY_UPDATE_MANUAL=1 cargo test -p engine --test manual` writes it anew"
    );
}

#[test]
fn the_reference_of_the_rule_language_lists_every_function() {
    check("rule-language.md", &engine::functions_markdown());
}

#[test]
fn the_definitions_of_metrics_are_those_that_are_computed() {
    check("metrics.md", &engine::metrics_markdown());
}
