//! Handing files in, and following what becomes of them.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::Value;
use tests::minute_csv;
use zip::write::SimpleFileOptions;

use crate::client::{Answer, Client};

pub(crate) fn form(files: &[(&str, Vec<u8>)]) -> Form {
    files.iter().fold(Form::new(), |form, (name, contents)| {
        form.part(
            "file",
            Part::bytes(contents.clone()).file_name((*name).to_owned()),
        )
    })
}

pub(crate) async fn upload(client: &Client, query: &str, files: &[(&str, Vec<u8>)]) -> Answer {
    let request = client.request(Method::POST, &format!("imports?{query}"));
    Answer::to(request.multipart(form(files))).await
}

/// Uploads files that must be taken, and returns the id of the import.
pub(crate) async fn taken(client: &Client, query: &str, files: &[(&str, Vec<u8>)]) -> String {
    let answer = upload(client, query, files).await.with(202);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("location"), format!("/api/v1/imports/{id}"));
    id
}

/// Waits until an import is in a state in which it stays, and returns it.
pub(crate) async fn ended(client: &Client, id: &str) -> Value {
    let begin = Instant::now();
    loop {
        let import = client.get(&format!("imports/{id}")).await.ok();
        let state = import["state"].as_str().unwrap();
        if !["waiting", "checking", "running"].contains(&state) {
            return import;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{import}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// As [`ended`], in a certain state.
pub(crate) async fn ended_as(client: &Client, id: &str, state: &str) -> Value {
    let import = ended(client, id).await;
    assert_eq!(import["state"], state, "{import}");
    import
}

pub(crate) async fn act(client: &Client, id: &str, action: &str) -> Answer {
    Answer::to(client.request(Method::POST, &format!("imports/{id}/{action}"))).await
}

pub(crate) fn minutes(range: std::ops::Range<u64>) -> Vec<u8> {
    minute_csv(range, 0).into_bytes()
}

pub(crate) fn gzipped(contents: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(contents).unwrap();
    gzip.finish().unwrap()
}

pub(crate) fn zipped(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, contents) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(contents).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
