//! A real disk that is full.

use std::process::Command;

use tests::{Place, binary, minute_csv};

/// Runs in a mount namespace of its own: a disk of 64 MiB, filled until nothing fits, then emptied again.
const SCRIPT: &str = r#"
set -eu
mount -t tmpfs -o size=64m tmpfs "$DISK"
run() { "$CHANDLERY" --store "file:$DISK/store" "$@"; }
run import "$FILES/small.csv" --series X:A/1m -q
before=$(run export X:A/1m | sha256sum)
cat /dev/urandom > "$DISK/ballast" 2> /dev/null || true
code=0
run import "$FILES/large.csv" --series X:A/1m -q || code=$?
echo "full: $code"
test "$before" = "$(run export X:A/1m | sha256sum)" && echo "old version readable"
rm "$DISK/ballast"
run import "$FILES/large.csv" --series X:A/1m -q && echo "works again"
run verify > /dev/null && echo "intact"
"#;

#[test]
fn a_full_disk_refuses_the_import_keeps_the_old_version_and_works_again_once_there_is_room() {
    let place = Place::new();
    place.write("small.csv", minute_csv(0..1_000, 0));
    place.write("large.csv", minute_csv(0..600_000, 1));
    std::fs::create_dir(place.path("disk")).unwrap();
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", SCRIPT])
        .env("DISK", place.path("disk"))
        .env("FILES", place.folder())
        .env("CHANDLERY", binary())
        .output()
        .expect("`unshare` is part of util-linux: apt-get install util-linux");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let hint = "where mounting in a namespace is not allowed, run the tests as root";
    assert!(out.contains("full: 3"), "{out}{err}\n{hint}");
    assert!(err.contains("No space left on device"), "{err}");
    for line in ["old version readable", "works again", "intact"] {
        assert!(out.contains(line), "`{line}` is missing: {out}{err}");
    }
}
