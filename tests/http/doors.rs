//! Requests that come from elsewhere.

use reqwest::Method;
use serde_json::json;
use tests::{Program, Server};

use crate::{
    client::{Answer, Client, bars, open},
    raw::{exchange, request},
};

/// Every way to change something.
const UNSAFE: [(&str, &str); 11] = [
    ("PUT", "series/X/A/1d/bars"),
    ("DELETE", "series/X/A/1d/bars?start=2024-01-01"),
    ("DELETE", "series/X/A/1d"),
    ("DELETE", "series/X/A/1d?purge=true"),
    ("POST", "series/X/A/1d/revert"),
    ("PATCH", "instruments/X/A"),
    ("POST", "imports?series=X:A/1d"),
    ("POST", "imports/01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10/confirm"),
    ("POST", "imports/01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10/cancel"),
    ("POST", "imports/01936f2e-8f2a-7cc0-8a55-3f2f6f1f7a10/undo"),
    ("POST", "nothing"),
];

async fn with(client: &Client, method: &str, path: &str, header: &'static str, value: &str) -> Answer {
    let request = client.request(method.parse::<Method>().unwrap(), path);
    let body = request.header(header, value).json(&json!({}));
    Answer::to(body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_host_is_refused_everywhere() {
    let (_place, _server, client) = open();
    for host in [
        "evil.example",
        "evil.example:80",
        "10.0.0.1",
        "127.0.0.1.evil.example",
        "localhost@evil",
    ] {
        for (method, path) in [
            ("GET", "/livez"),
            ("GET", "series"),
            ("GET", "/metrics"),
            ("GET", "/api/docs/index.html"),
            ("GET", "/api/openapi.json"),
            ("GET", "stream"),
            ("GET", "/nothing"),
            ("PUT", "series/X/A/1d/bars"),
        ] {
            with(&client, method, path, "host", host)
                .await
                .problem(403, "forbidden");
        }
    }
    for host in ["localhost", "127.0.0.1:1", "[::1]"] {
        with(&client, "GET", "series", "host", host).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_host_or_with_two_is_refused() {
    let (_place, server, _client) = open();
    for head in [
        "GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /livez HTTP/1.0\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        "GET http://evil.example/livez HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    ] {
        let answer = exchange(server.address(), head.as_bytes()).await;
        assert!(matches!(answer.status, 400 | 403), "{head}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_site_makes_a_browser_write() {
    let (_place, server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    let head = client.get("series/X/A/1d").await.ok();
    let port = server.address().rsplit_once(':').unwrap().1;
    let neighbour = format!("http://localhost:{port}");
    for (method, path) in UNSAFE {
        for origin in [
            "https://evil.example",
            "null",
            "http://127.0.0.1:1",
            &neighbour,
            "",
            "nonsense",
        ] {
            with(&client, method, path, "origin", origin)
                .await
                .problem(403, "forbidden");
        }
        for site in ["cross-site", "same-site", "made-up", ""] {
            with(&client, method, path, "sec-fetch-site", site)
                .await
                .problem(403, "forbidden");
        }
    }
    assert_eq!(client.get("series/X/A/1d").await.ok(), head);
    with(&client, "GET", "series", "sec-fetch-site", "cross-site")
        .await
        .ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_this_server_and_programs_may_write() {
    let (_place, server, client) = open();
    let own = server.url().to_owned();
    for (number, (header, value)) in [
        ("origin", own.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
        ("x-nothing", "no browser"),
    ]
    .into_iter()
    .enumerate()
    {
        let request = client
            .request(Method::PUT, "series/X/A/1d/bars")
            .header(header, value);
        let request = request.json(&bars(["2024-01-01"], number as f64 + 1.0));
        assert_eq!(Answer::to(request).await.ok()["outcome"], "committed", "{header}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_address_is_a_name_of_the_server() {
    let place = crate::mischief::place();
    let public = ["--public-url", "https://candles.example.org"];
    let server = Server::start_with(&place, &public, &[]);
    let client = Client::of(&server);
    with(&client, "GET", "series", "host", "candles.example.org")
        .await
        .ok();
    with(&client, "GET", "series", "host", "other.example.org")
        .await
        .problem(403, "forbidden");
    let write = |origin: &str| {
        let request = client
            .request(Method::PUT, "series/X/A/1d/bars")
            .header("host", "candles.example.org")
            .header("origin", origin);
        Answer::to(request.json(&bars(["2024-01-01"], 1.0)))
    };
    write("https://other.example.org").await.problem(403, "forbidden");
    write("http://candles.example.org:8080")
        .await
        .problem(403, "forbidden");
    write("https://candles.example.org").await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simple_form_of_another_site_that_sends_no_headers_of_its_own_can_not_pass_as_json() {
    let (_place, server, client) = open();
    client.write("X/A/1d", &bars(["2024-01-01"], 1.0)).await;
    for media in ["text/plain", "application/x-www-form-urlencoded"] {
        let line = format!("Content-Type: {media}");
        let revert = request(
            "POST",
            "/api/v1/series/X/A/1d/revert",
            &[&line],
            b"{\"version\":0}",
        );
        let answer = exchange(server.address(), &revert).await;
        assert_eq!(answer.status, 415, "{}", answer.text);
    }
}

#[test]
fn the_server_does_not_listen_to_others_unless_that_is_wanted() {
    let place = crate::mischief::place();
    for listen in ["0.0.0.0:0", "[::]:0"] {
        let refused = place.run(["serve", "--listen", listen]).failed(2);
        assert!(refused.err.contains("--insecure"), "{}", refused.err);
    }
    let refused = Program::new(["serve", "--store", &place.store()])
        .with_env("CHANDLERY_HTTP__LISTEN", "0.0.0.0:0")
        .run();
    refused.failed(2);
}

#[test]
fn an_address_that_is_taken_is_told() {
    let place = crate::mischief::place();
    let server = Server::start(&place);
    let refused = place.run(["serve", "--listen", server.address()]);
    assert!(refused.code.is_some_and(|code| code != 0), "{refused:?}");
    assert!(refused.err.contains(server.address()), "{}", refused.err);
}
