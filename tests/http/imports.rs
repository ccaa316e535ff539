//! Uploading price files.

use std::time::{Duration, Instant};

use reqwest::{Method, multipart::Form};
use serde_json::{Value, json};
use tests::minute_csv;

use crate::{
    client::{Answer, Client, bars, column, open},
    upload::{act, ended, ended_as, gzipped, minutes, taken, upload, zipped},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_writes_nothing_until_it_is_confirmed() {
    let (_place, _server, client) = open();
    let id = taken(
        &client,
        "series=X:A/1m&dry_run=true",
        &[("a.csv", minutes(0..100))],
    )
    .await;
    let checked = ended_as(&client, &id, "checked").await;
    let preview = &checked["preview"]["series"][0];
    assert_eq!(
        (&preview["key"], &preview["inserted"], &preview["version"]),
        (&json!("X:A/1m"), &json!(100), &json!(0))
    );
    assert_eq!(checked["preview"]["files"][0]["name"], "a.csv");
    client.get("series/X/A/1m").await.problem(404, "not-found");
    assert_eq!(client.get("imports").await.ok()["items"], json!([]));

    act(&client, &id, "confirm").await.with(202);
    let done = ended_as(&client, &id, "done").await;
    assert_eq!(
        (&done["series"][0]["inserted"], &done["series"][0]["version"]),
        (&json!(100), &json!(1))
    );
    assert_eq!(client.get("series/X/A/1m").await.ok()["bars"], 100);
    let commit = client.get("series/X/A/1m/commits/1").await.ok();
    assert_eq!(
        (&commit["commit"]["import_id"], &commit["commit"]["source_name"]),
        (&json!(id), &json!("a.csv"))
    );
    assert_eq!(client.get("imports").await.ok()["items"][0]["id"], *id);
    act(&client, &id, "confirm").await.problem(409, "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_what_would_change() {
    let (_place, _server, client) = open();
    let id = taken(&client, "series=X:A/1m", &[("a.csv", minutes(0..10))]).await;
    ended_as(&client, &id, "done").await;
    let corrected = minute_csv(5..15, 3).into_bytes();
    let id = taken(&client, "series=X:A/1m&dry_run=1", &[("b.csv", corrected)]).await;
    let checked = ended_as(&client, &id, "checked").await;
    let preview = &checked["preview"]["series"][0];
    assert_eq!(
        (&preview["version"], &preview["inserted"], &preview["changed"]),
        (&json!(1), &json!(5), &json!(5))
    );
    let difference = &preview["differences"][0];
    assert_eq!(difference["before"]["time"], "2000-01-01T00:05:00Z");
    assert_ne!(difference["before"]["open"], difference["after"]["open"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_is_not_confirmed_when_the_series_has_moved_since() {
    let (_place, _server, client) = open();
    let id = taken(
        &client,
        "series=X:A/1m&dry_run=true",
        &[("a.csv", minutes(0..10))],
    )
    .await;
    ended_as(&client, &id, "checked").await;
    client.write("X/A/1m", &bars(["2000-01-01T00:00:00Z"], 1.0)).await;
    act(&client, &id, "confirm").await.problem(409, "conflict");
    assert_eq!(client.get("series/X/A/1m").await.ok()["bars"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_taken_back() {
    let (_place, _server, client) = open();
    client.write("X/A/1m", &bars(["2000-01-01T00:00:00Z"], 1.0)).await;
    let before = client.get("series/X/A/1m").await.ok();
    let id = taken(&client, "series=X:A/1m", &[("a.csv", minutes(0..10))]).await;
    ended_as(&client, &id, "done").await;
    let undone = act(&client, &id, "undo").await.ok();
    assert_eq!(
        (
            &undone["state"],
            &undone["series"][0]["outcome"],
            &undone["series"][0]["version"]
        ),
        (&json!("undone"), &json!("reverted"), &json!(3))
    );
    let after = client.get("series/X/A/1m").await.ok();
    assert_eq!(
        (&after["digest"], &after["version"]),
        (&before["digest"], &json!(3))
    );
    assert_eq!(ended(&client, &id).await["state"], "undone");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_on_top_of_an_import_is_kept() {
    let (_place, _server, client) = open();
    let id = taken(&client, "series=X:A/1m", &[("a.csv", minutes(0..10))]).await;
    ended_as(&client, &id, "done").await;
    client.write("X/A/1m", &bars(["2000-01-01T00:00:00Z"], 1.0)).await;
    let undone = act(&client, &id, "undo").await.ok();
    assert_eq!(undone["series"][0]["outcome"], "kept", "{undone}");
    assert_eq!(client.get("series/X/A/1m").await.ok()["version"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_are_counted_listed_and_kept_as_csv() {
    let (_place, _server, client) = open();
    let mut file = minutes(0..10);
    file.extend_from_slice(b"yesterday,1,1,1,1,1\n");
    let id = taken(
        &client,
        "series=X:A/1m&max_rejected=20%25",
        &[("a.csv", file.clone())],
    )
    .await;
    let done = ended_as(&client, &id, "done").await;
    assert_eq!(
        (&done["rejected_rows"], &done["rules"]),
        (&json!(1), &json!({"bad-time": 1}))
    );
    assert_eq!(
        (&done["rejected"][0]["line"], &done["rejected"][0]["file"]),
        (&json!(12), &json!("a.csv"))
    );
    let csv = client.get(&format!("imports/{id}/rejected.csv")).await.with(200);
    assert!(csv.header("content-type").starts_with("text/csv"));
    let text = csv.text();
    assert_eq!(text.lines().next(), Some("file,line,column,rule,message,text"));
    assert!(text.contains("a.csv,12,time,bad-time,"), "{text}");

    // Five rows may always be turned away.
    file.extend_from_slice(&b"yesterday,1,1,1,1,1\n".repeat(5));
    let id = taken(&client, "series=X:B/1m&max_rejected=0", &[("a.csv", file)]).await;
    let failed = ended_as(&client, &id, "failed").await;
    assert_eq!(failed["error"]["type"], "urn:chandlery:problem:invalid");
    let csv = client.get(&format!("imports/{id}/rejected.csv")).await.with(200);
    assert!(csv.text().contains("yesterday"), "{}", csv.text());
    client.get("series/X/B/1m").await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_files_and_archives_are_imported() {
    let (_place, _server, client) = open();
    let archive = zipped(&[("one.csv", minutes(0..10)), ("two.csv", minutes(10..30))]);
    let id = taken(&client, "series=X:ZIP/1m", &[("a.zip", archive)]).await;
    ended_as(&client, &id, "done").await;
    let id = taken(
        &client,
        "series=X:GZ/1m",
        &[("a.csv.gz", gzipped(&minutes(0..30)))],
    )
    .await;
    ended_as(&client, &id, "done").await;
    let id = taken(&client, "series=X:CSV/1m", &[("a.csv", minutes(0..30))]).await;
    ended_as(&client, &id, "done").await;
    let listed = client.get("series").await.ok();
    let digests: Vec<&Value> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|head| &head["digest"])
        .collect();
    assert_eq!(digests.len(), 3);
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_form_are_one_import() {
    let (_place, _server, client) = open();
    let files = [
        ("a.csv", minutes(0..10)),
        ("b.csv", minutes(10..20)),
        ("c/d.csv", minutes(20..30)),
    ];
    let id = taken(&client, "series=X:A/1m&reason=backfill", &files).await;
    let done = ended_as(&client, &id, "done").await;
    let names: Vec<&Value> = done["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| &source["name"])
        .collect();
    assert_eq!(names, ["a.csv", "b.csv", "c/d.csv"]);
    let head = client.get("series/X/A/1m").await.ok();
    assert_eq!((&head["bars"], &head["version"]), (&json!(30), &json!(1)));
    let twice = [("a.csv", minutes(0..10)), ("a.csv", minutes(10..20))];
    upload(&client, "series=X:B/1m", &twice)
        .await
        .problem(422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_as_the_body_with_its_name_in_the_query() {
    let (_place, _server, client) = open();
    let send = async |name: &str, body: Vec<u8>| {
        let path = format!("imports?series=X:A/1m&file_name={name}");
        let request = client.request(Method::POST, &path).body(body);
        Answer::to(request.header("content-type", "application/octet-stream")).await
    };
    let answer = send("eod.csv.gz", gzipped(&minutes(0..10)))
        .await
        .with(202)
        .json();
    let done = ended_as(&client, answer["id"].as_str().unwrap(), "done").await;
    assert_eq!(done["sources"][0]["name"], "eod.csv.gz");
    send("a.csv", Vec::new()).await.problem(422, "invalid");
    let plain = client.request(Method::POST, "imports?series=X:B/1m");
    let plain = Answer::to(plain.body(minutes(0..10))).await.with(202).json();
    ended_as(&client, plain["id"].as_str().unwrap(), "done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_and_options_that_are_wrong_are_refused() {
    let (_place, _server, client) = open();
    let file = || vec![("a.csv", minutes(0..2))];
    for (query, pointer) in [
        ("series=nonsense", "?series"),
        ("series=X:A/1m&venue=X", "?venue"),
        ("dialect=klingon", "?dialect"),
        ("zone=Mars", "?zone"),
        ("stamp=middle", "?stamp"),
        ("dry_run=perhaps", "?dry_run"),
        ("max_rejected=most", "?max_rejected"),
        ("duplicates=all", "?duplicates"),
        ("numbers=roman", "?numbers"),
    ] {
        let problem = upload(&client, query, &file()).await.problem(400, "bad-request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{query}");
    }
    upload(&client, "colour=red", &file())
        .await
        .problem(400, "bad-request");
    upload(&client, "series=X:A/1m", &[])
        .await
        .problem(400, "bad-request");
    let other = Form::new().text("note", "no file");
    let other = client
        .request(Method::POST, "imports?series=X:A/1m")
        .multipart(other);
    Answer::to(other).await.problem(422, "invalid");
    let broken = client
        .request(Method::POST, "imports?series=X:A/1m")
        .header("content-type", "multipart/form-data")
        .body("no boundary");
    Answer::to(broken).await.problem(400, "bad-request");
    assert_eq!(client.get("imports").await.ok()["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_nobody_knows_is_not_found() {
    let (_place, _server, client) = open();
    let id = "01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10";
    client
        .get(&format!("imports/{id}"))
        .await
        .problem(404, "not-found");
    client
        .get(&format!("imports/{id}/rejected.csv"))
        .await
        .problem(404, "not-found");
    for action in ["confirm", "cancel", "undo"] {
        act(&client, id, action).await.problem(404, "not-found");
        act(&client, "x", action).await.problem(400, "bad-request");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_is_given_up() {
    let (_place, _server, client) = open();
    let id = taken(
        &client,
        "series=X:A/1m&dry_run=true",
        &[("a.csv", minutes(0..10))],
    )
    .await;
    ended_as(&client, &id, "checked").await;
    act(&client, &id, "undo").await.problem(409, "conflict");
    act(&client, &id, "cancel").await.with(202);
    ended_as(&client, &id, "cancelled").await;
    act(&client, &id, "confirm").await.problem(409, "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_cancelled_is_made_whole_or_not_at_all() {
    let (_place, _server, client) = open();
    let id = taken(&client, "series=X:A/1m", &[("a.csv", minutes(0..400_000))]).await;
    act(&client, &id, "cancel").await.with(202);
    let import = ended(&client, &id).await;
    let head = client.get("series/X/A/1m").await;
    match import["state"].as_str().unwrap() {
        "cancelled" => {
            head.problem(404, "not-found");
        }
        "done" => assert_eq!(head.ok()["bars"], 400_000),
        other => panic!("{other}: {import}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_are_listed_newest_first_page_by_page() {
    let (_place, _server, client) = open();
    let mut ids = Vec::new();
    for number in 0..3 {
        let query = format!("series=X:S{number}/1m");
        let id = taken(&client, &query, &[("a.csv", minutes(0..5))]).await;
        ended_as(&client, &id, "done").await;
        ids.insert(0, id);
    }
    let first = client.get("imports?limit=2").await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = client.get(&format!("imports?limit=2&cursor={cursor}")).await.ok();
    let found: Vec<&Value> = [&first, &second]
        .into_iter()
        .flat_map(|page| column(page, "items"))
        .map(|import| &import["id"])
        .collect();
    assert_eq!(found, ids.iter().collect::<Vec<_>>());
    assert!(second["next_cursor"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_another_process_is_known_and_can_be_taken_back() {
    let (place, _server, client) = open();
    place.write("a.csv", minutes(0..10));
    let report = place.json(["import", "a.csv", "--series", "X:A/1m"]);
    let listed = client.get("imports").await.ok();
    let id = listed["items"][0]["id"].as_str().unwrap();
    assert_eq!(listed["items"][0]["state"], "done", "{report}");
    act(&client, id, "undo").await.ok();
    assert_eq!(client.get("series/X/A/1m").await.ok()["bars"], 0);
}

/// Imports a file. Another process may keep it waiting for longer than a server waits: it is handed in again then, for a
/// minute.
async fn import_in_turn(client: &Client, query: &str, file: &[u8]) {
    let begin = Instant::now();
    loop {
        let id = taken(client, query, &[("ours.csv", file.to_vec())]).await;
        let import = ended(client, &id).await;
        if import["state"] == "done" {
            return;
        }
        let kind = import["error"]["type"].as_str();
        assert_eq!(kind, Some("urn:chandlery:problem:store-unavailable"), "{import}");
        assert!(begin.elapsed() < Duration::from_mins(1), "{import}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_the_server_and_another_process_import_at_once() {
    const STRETCH: u64 = 50;
    const ROUNDS: u64 = 15;
    let (place, _server, client) = open();
    let stretch = |number: u64| number * STRETCH..(number + 1) * STRETCH;
    let other = async {
        for number in 0..ROUNDS {
            let file = format!("{number}.csv");
            place.write(&file, minute_csv(stretch(number * 2), 0));
            let program = place.program(["import", &file, "--series", "X:A/1m", "-q"]);
            let run = tokio::task::spawn_blocking(move || program.run());
            run.await.unwrap().ok();
        }
    };
    let ours = async {
        for number in 0..ROUNDS {
            import_in_turn(&client, "series=X:A/1m", &minutes(stretch(number * 2 + 1))).await;
        }
    };
    tokio::join!(other, ours);
    let head = client.get("series/X/A/1m").await.ok();
    assert_eq!(
        (&head["bars"], &head["version"]),
        (&json!(2 * ROUNDS * STRETCH), &json!(2 * ROUNDS))
    );
    place.verify();
}
