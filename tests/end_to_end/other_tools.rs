//! What pandas, DuckDB, polars and pyarrow see.

use std::{path::PathBuf, process::Command};

use tests::{Place, binary, minute_csv};

/// The Python that has the packages of `tests/python/requirements.txt`.
fn python() -> PathBuf {
    let named = std::env::var_os("CHANDLERY_TEST_PYTHON").map(PathBuf::from);
    named.expect(
        "CHANDLERY_TEST_PYTHON names no Python with the packages of tests/python/requirements.txt; \
         `cargo xtask test` provides one",
    )
}

#[test]
fn the_tools_of_the_field_read_the_files_and_the_exports_bit_for_bit() {
    let place = Place::new();
    place.write("a.csv", minute_csv(0..70_000, 0).replace(",7\n", ",\n"));
    place.run(["import", "a.csv", "--series", "X:A/1m"]).ok();
    place.write("b.csv", minute_csv(50_000..50_100, 5));
    place.run(["import", "b.csv", "--series", "X:A/1m"]).ok();
    let head = place.head("X:A/1m");
    let expected = serde_json::json!({
        "bars": head["bars"], "first": head["first"], "last": head["last"], "digest": head["digest"],
    });
    let figures = place.write("expected.json", expected.to_string());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/read_back.py");
    let output = Command::new(python())
        .args([
            script,
            "--series",
            "X:A/1m",
            "--store",
            &place.store(),
            "--chandlery",
        ])
        .arg(binary())
        .arg("--expected")
        .arg(figures)
        .output()
        .expect("Python can be run");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{said}");
    for tool in ["pandas", "duckdb", "polars", "pyarrow"] {
        assert!(said.to_lowercase().contains(tool), "{tool} is missing: {said}");
    }
}
