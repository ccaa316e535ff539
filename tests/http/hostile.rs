//! Names that are made to lead out of the store, and bodies that are made to break the server.

use std::{
    collections::BTreeSet,
    fmt::Write,
    fs, io,
    path::Path,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use testkit::scale;
use tests::{Place, Server, minute_csv};

use crate::{
    client::{Client, bars},
    raw::{exchange, request},
};

/// What hostile names are made of.
const PARTS: [&str; 40] = [
    "..",
    ".",
    "../",
    "..\\",
    "/",
    "//",
    "\\",
    "%2e%2e",
    "%2E%2E%2F",
    "..%2f",
    "%252e%252e%252f",
    "%c0%ae",
    "%00",
    "\0",
    "a\0b",
    "C:",
    "C:\\",
    "C:/Windows/win.ini",
    "\\\\server\\share",
    "/etc/passwd",
    "~root",
    "~/.ssh/id",
    "con",
    "NUL",
    "aux.csv",
    "....//",
    "..;/",
    "file:///etc/passwd",
    "\r\nX: y",
    "\n",
    "\u{202e}",
    "\u{ff0e}\u{ff0e}\u{ff0f}",
    "$(touch x)",
    "`id`",
    "|id",
    ";id",
    "*",
    "?x=1",
    "#",
    "'\"",
];

fn names(seed: u64) -> Vec<String> {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut names: BTreeSet<String> = PARTS.iter().map(|part| (*part).to_owned()).collect();
    for depth in 1..12 {
        names.insert(format!("{}escaped.csv", "../".repeat(depth)));
        names.insert(format!("{}escaped.csv", "..\\".repeat(depth)));
        names.insert(format!("a/{}escaped.csv", "../".repeat(depth)));
    }
    while names.len() < 500 {
        let count = chance.random_range(1..=5);
        let mut name = String::new();
        for _ in 0..count {
            name.push_str(PARTS.choose(&mut chance).unwrap());
            if chance.random_bool(0.3) {
                name.push_str(["a", "/", "escaped", ".csv"].choose(&mut chance).unwrap());
            }
        }
        names.insert(name);
    }
    names.into_iter().collect()
}

/// Encodes everything but letters and digits.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").unwrap();
        }
        encoded
    })
}

/// Encodes what can't be in the target of a request, and nothing else.
fn as_it_is(text: &str) -> String {
    text.chars().fold(String::new(), |mut target, c| {
        if c.is_ascii_graphic() && c != '#' && c != '?' {
            target.push(c);
        } else {
            target.push_str(&encoded(&c.to_string()));
        }
        target
    })
}

/// Tells whether a name leads elsewhere on some system.
fn leads_elsewhere(name: &str) -> bool {
    let part = |part: &str| part.is_empty() || part == "." || part == "..";
    name.split('/').any(part) || name.contains(|c: char| c == '\\' || c == ':' || c.is_control())
}

/// Lists everything below a folder, but not what is in the store. The folder of an upload may go meanwhile.
fn outside(folder: &Path, store: &Path, found: &mut BTreeSet<String>) {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        entries => entries.unwrap(),
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path == store {
            continue;
        }
        found.insert(path.display().to_string());
        if path.is_dir() {
            outside(&path, store, found);
        }
    }
}

fn listing(place: &Place) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    outside(place.folder(), &place.path("root/store"), &mut found);
    found
}

/// Returns the status of the answer to a request. Writes and imports stand in one line, and who has waited too long is
/// told to come back: the request is sent again then, for a minute.
async fn status_of(address: &str, request: &[u8]) -> u16 {
    let begin = Instant::now();
    loop {
        let answer = exchange(address, request).await;
        let is_kind = |kind: &str| answer.text.contains(&format!("\"urn:chandlery:problem:{kind}\""));
        let comes_back = answer.status == 503 && (is_kind("store-unavailable") || is_kind("busy"));
        if !comes_back || begin.elapsed() > Duration::from_mins(1) {
            return answer.status;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Sends a name in every place where one is taken; returns what was answered to an upload.
async fn try_out(address: &str, name: &str) -> Vec<(String, u16)> {
    let body = bars(["2024-01-01"], 1.0).to_string();
    let json = ["Content-Type: application/json"];
    let file = minute_csv(0..2, 0);
    let mut answers = Vec::new();
    for written in [encoded(name), as_it_is(name)] {
        for target in [
            format!("/api/v1/series/X/{written}/1d/bars"),
            format!("/api/v1/series/{written}/A/1d/bars"),
            format!("/api/v1/series/X/A/{written}/bars"),
        ] {
            let put = request("PUT", &target, &json, body.as_bytes());
            answers.push((target, status_of(address, &put).await));
        }
        for target in [
            format!("/api/v1/instruments/X/{written}"),
            format!("/api/v1/imports/{written}"),
            format!("/api/docs/{written}"),
            format!("/{written}"),
        ] {
            let get = request("GET", &target, &[], b"");
            answers.push((target, status_of(address, &get).await));
        }
    }
    let target = format!("/api/v1/imports?series=X:UP/1m&file_name={}", encoded(name));
    let plain = request("POST", &target, &[], file.as_bytes());
    answers.push(("upload".to_owned(), status_of(address, &plain).await));
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    let form = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{quoted}\"\r\n\r\n{file}\r\n--b--\r\n"
    );
    let lines = ["Content-Type: multipart/form-data; boundary=b"];
    let form = request("POST", "/api/v1/imports?series=X:UP/1m", &lines, form.as_bytes());
    answers.push(("upload".to_owned(), status_of(address, &form).await));
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_leads_out_of_the_store() {
    let (place, seed) = (crate::mischief::place(), scale::seed());
    scale::announce("hostile names", seed);
    let temporary = place.path("temporary");
    let store = format!("file:{}", place.path("root/store").display());
    // The store lies deep enough for `..` to be seen.
    fs::create_dir_all(place.path("root")).unwrap();
    let mut server = Server::start_at(&place, &store);
    let address = server.address().to_owned();
    let before = listing(&place);
    let tried = stream::iter(names(seed))
        .map(|name| {
            let address = address.clone();
            async move { (try_out(&address, &name).await, name) }
        })
        .buffer_unordered(4)
        .collect::<Vec<_>>()
        .await;
    for (answers, name) in &tried {
        for (what, status) in answers {
            assert!((200..500).contains(status), "{name:?} at {what}: {status}");
            if what == "upload" && leads_elsewhere(name) {
                assert!((400..500).contains(status), "{name:?} uploaded: {status}");
            }
        }
    }
    assert_eq!(tried.len(), 500);
    Client::of(&server).get("/readyz").await.ok();
    let begin = Instant::now();
    // Imports that were taken end; their files are below folders of their own.
    let stray = loop {
        let now = listing(&place);
        let kept = format!("{}/chandlery-upload-", temporary.display());
        let stray: Vec<_> = now
            .difference(&before)
            .filter(|path| !path.starts_with(&kept))
            .cloned()
            .collect();
        if stray.is_empty() || begin.elapsed() > Duration::from_mins(1) {
            break stray;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(stray.is_empty(), "{stray:?}");
    server.terminate();
    assert!(server.ended_within(Duration::from_secs(20)).success());
    assert_eq!(
        listing(&place),
        before,
        "no upload is left behind when the server has ended"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_request_are_answered_or_dropped() {
    let place = crate::mischief::place();
    let mut server = Server::start(&place);
    let long = "a".repeat(200_000);
    for bytes in [
        "\0\0\0\0\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}TLS".to_owned(),
        "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n".to_owned(),
        format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {long}\r\n\r\n"),
        format!(
            "GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n",
            "X: y\r\n".repeat(10_000)
        ),
        "POST /api/v1/imports HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n".to_owned(),
        "PUT /api/v1/series/X/A/1d/bars HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\
         Content-Length: 5\r\n\r\nzz\r\n"
            .to_owned(),
    ] {
        let mut stream = crate::raw::connect(server.address()).await;
        tokio::io::AsyncWriteExt::write_all(&mut stream, bytes.as_bytes())
            .await
            .ok();
        tokio::io::AsyncWriteExt::shutdown(&mut stream).await.ok();
        let mut answer = Vec::new();
        let read = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer);
        let ended = tokio::time::timeout(Duration::from_secs(12), read).await;
        assert!(ended.is_ok(), "the connection hangs after {bytes:.60}");
        let text = String::from_utf8_lossy(&answer);
        assert!(
            text.is_empty() || text.starts_with("HTTP/1.1 4"),
            "{bytes:.60}: {text:.300}"
        );
    }
    Client::of(&server).get("/livez").await.ok();
    server.assert_nothing_panicked();
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_and_odd_json_is_refused() {
    let place = crate::mischief::place();
    let server = Server::start(&place);
    let client = Client::of(&server);
    for body in [
        "[".repeat(1_000_000),
        "{\"time\":".repeat(100_000),
        format!("{{\"time\":[{}1]}}", "1,".repeat(1_000)),
        "{\"time\":[1e999],\"open\":[1e999],\"high\":[1],\"low\":[1],\"close\":[1]}".to_owned(),
        "{\"time\":[18446744073709551616],\"open\":[1],\"high\":[1],\"low\":[1],\"close\":[1]}".to_owned(),
    ] {
        let request = client
            .request(reqwest::Method::PUT, "series/X/A/1d/bars")
            .header("content-type", "application/json")
            .body(body.clone());
        let answer = crate::client::Answer::to(request).await;
        let status = answer.status.as_u16();
        assert!(matches!(status, 400 | 422), "{:.80}: {}", body, answer.text());
        let kind = if status == 422 { "invalid" } else { "bad-request" };
        assert!(answer.body.len() < 100_000, "the answer is long");
        answer.problem(status, kind);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_number_that_is_too_large_is_refused_and_not_cut() {
    let place = crate::mischief::place();
    let server = Server::start(&place);
    let client = Client::of(&server);
    for number in [i64::MAX as u64 + 1, u64::MAX] {
        let answer = client.put("series/X/A/1m/bars", &bars([number], 1.0)).await;
        answer.problem(422, "invalid");
    }
    let text = "time,open,high,low,close\n9223372036854775808,1,1,1,1\n";
    let request = client
        .request(reqwest::Method::PUT, "series/X/A/1m/bars")
        .header("content-type", "text/csv");
    let answer = crate::client::Answer::to(request.body(text)).await;
    answer.problem(422, "invalid");
}
