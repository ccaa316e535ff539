//! Clients that are slow, idle or large do not keep the others from being answered.

use std::{
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use reqwest::{Body, Method};
use tests::Server;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    client::{Answer, Client, open},
    raw,
};

const MIB: u64 = 1 << 20;
/// These tests measure; one of them at a time is enough for a machine.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
const BARS: &str = "/api/v1/series/X/A/1m/bars";

/// Sends a byte now and then, as long as the server takes them.
async fn drip(mut stream: TcpStream, bytes: Vec<u8>) {
    for byte in bytes {
        if stream.write_all(&[byte]).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Opens idle connections, slow heads and slow bodies.
async fn besiege(server: &Server) -> (Vec<TcpStream>, Vec<tokio::task::JoinHandle<()>>) {
    let mut idle = Vec::new();
    for _ in 0..600 {
        idle.push(raw::connect(server.address()).await);
    }
    let mut slow = Vec::new();
    for number in 0..200 {
        let mut stream = raw::connect(server.address()).await;
        let rest = if number % 2 == 0 {
            b"GET /api/v1/series HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()
        } else {
            let head = format!(
                "PUT {BARS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            vec![b' '; 5_000]
        };
        slow.push(tokio::spawn(drip(stream, rest)));
    }
    (idle, slow)
}

/// Asks whether the server lives, again and again, until `done`; returns how long the answers took, ascending.
async fn probe(client: &Client, done: &AtomicBool) -> Vec<Duration> {
    let mut took = Vec::new();
    while !done.load(Ordering::SeqCst) {
        let begin = Instant::now();
        client.get("/livez").await.ok();
        took.push(begin.elapsed());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    took.sort();
    took
}

/// Makes a body of spaces that is `bytes` long once it is decompressed.
fn bomb(bytes: u64) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![b' '; MIB as usize];
    for _ in 0..bytes / MIB {
        gzip.write_all(&block).unwrap();
    }
    gzip.finish().unwrap()
}

fn put(client: &Client, body: impl Into<Body>) -> reqwest::RequestBuilder {
    client
        .request(Method::PUT, BARS)
        .header("content-type", "application/json")
        .body(body)
}

/// Makes a body whose length nobody tells beforehand.
fn unmeasured(bytes: u64) -> Body {
    let block = bytes::Bytes::from(vec![b' '; MIB as usize]);
    let blocks = (0..bytes / MIB).map(move |_| Ok::<_, std::io::Error>(block.clone()));
    Body::wrap_stream(futures::stream::iter(blocks))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_others_are_answered_while_slow_idle_and_large_clients_besiege_the_server() {
    let _alone = ALONE.lock().await;
    let (_place, server, client) = open();
    client.get("series").await.ok();
    let before = server.resident_kib();
    let packed = bytes::Bytes::from(bomb(100 * MIB));
    let plain = bytes::Bytes::from(vec![b' '; 100 * MIB as usize]);
    let (_idle, slow) = besiege(&server).await;
    let done = AtomicBool::new(false);
    let attack = async {
        let attacker = Client::of(&server);
        for _ in 0..2 {
            Answer::to(put(&attacker, plain.clone()))
                .await
                .problem(413, "too-large");
            Answer::to(put(&attacker, packed.clone()).header("content-encoding", "gzip"))
                .await
                .problem(413, "too-large");
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        done.store(true, Ordering::SeqCst);
    };
    let (took, ()) = tokio::join!(probe(&client, &done), attack);
    let p99 = took[took.len() * 99 / 100];
    assert!(took.len() > 50, "{} probes", took.len());
    assert!(p99 < Duration::from_millis(250), "p99 {p99:?} of {}", took.len());
    let grown = server.peak_kib().saturating_sub(before) / 1_024;
    assert!(grown < 200, "{grown} MiB more than at the beginning");
    println!("p99 {p99:?} of {} probes, {grown} MiB more", took.len());
    for task in slow {
        task.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_is_refused_quickly_whether_its_length_is_told_or_not() {
    let _alone = ALONE.lock().await;
    let (_place, _server, client) = open();
    let begin = Instant::now();
    Answer::to(put(&client, vec![b' '; 100 * MIB as usize]))
        .await
        .problem(413, "too-large");
    let told = begin.elapsed();
    assert!(told < Duration::from_secs(2), "{told:?}");
    let begin = Instant::now();
    Answer::to(put(&client, unmeasured(100 * MIB)))
        .await
        .problem(413, "too-large");
    let untold = begin.elapsed();
    assert!(untold < Duration::from_secs(5), "{untold:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_bombs_at_once_do_not_fill_the_memory() {
    let _alone = ALONE.lock().await;
    let (_place, server, client) = open();
    client.get("series").await.ok();
    let before = server.resident_kib();
    let packed = bytes::Bytes::from(bomb(100 * MIB));
    let bombs = (0..12).map(|_| Answer::to(put(&client, packed.clone()).header("content-encoding", "gzip")));
    for answer in futures::future::join_all(bombs).await {
        let status = answer.status.as_u16();
        assert!(matches!(status, 413 | 503), "{}", answer.text());
    }
    let grown = server.peak_kib().saturating_sub(before) / 1_024;
    assert!(grown < 200, "{grown} MiB more than at the beginning");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_left_unfinished_do_not_fill_the_memory() {
    let _alone = ALONE.lock().await;
    let (_place, server, client) = open();
    client.get("series").await.ok();
    let before = server.resident_kib();
    let head = format!(
        "PUT {BARS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        60 * MIB
    );
    let almost = vec![b' '; 59 * MIB as usize];
    let mut unfinished = Vec::new();
    for _ in 0..6 {
        let mut stream = raw::connect(server.address()).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        // A server that takes no more at once may refuse, or let the rest wait.
        let sent = tokio::time::timeout(Duration::from_secs(3), stream.write_all(&almost));
        sent.await.ok();
        unfinished.push(stream);
    }
    client.get("/livez").await.ok();
    let grown = server.peak_kib().saturating_sub(before) / 1_024;
    assert!(grown < 200, "{grown} MiB more than at the beginning");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_does_not_come_to_its_end_is_given_up() {
    let _alone = ALONE.lock().await;
    let (_place, server, _client) = open();
    let mut stream = raw::connect(server.address()).await;
    stream
        .write_all(b"GET /livez HTTP/1.1\r\nHost: loc")
        .await
        .unwrap();
    let begin = Instant::now();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer));
    read.await.expect("the connection is closed").ok();
    let text = String::from_utf8_lossy(&answer);
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 408"), "{text}");
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_costs_the_server_little() {
    let _alone = ALONE.lock().await;
    let (_place, server, client) = open();
    // 6 MiB of bars, 20 MiB of CSV.
    for part in 0..4 {
        let begin = part * 100_000 * 60;
        client
            .write("X/A/1m", &crate::client::series_of(begin, 60, 100_000, 1.5))
            .await;
    }
    let before = server.resident_kib();
    let ask = raw::request("GET", &format!("{BARS}?format=csv"), &[], b"");
    let mut unread = Vec::new();
    for _ in 0..40 {
        let mut stream = raw::connect(server.address()).await;
        stream.write_all(&ask).await.unwrap();
        unread.push(stream);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    client.get("series").await.ok();
    let grown = server.resident_kib().saturating_sub(before) / 1_024;
    assert!(grown < 200, "{grown} MiB more than at the beginning");
}
