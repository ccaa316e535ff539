//! A client that checks what every answer must have.

use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use crate::{Place, Server};

/// A client of one server.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
}

/// Starts a server on an empty store.
pub fn open() -> (Place, Server, Client) {
    open_with(&[])
}

/// Starts a server on an empty store, with settings in its environment.
pub fn open_with(environment: &[(&str, &str)]) -> (Place, Server, Client) {
    open_in(Place::new(), environment)
}

/// Starts a server on the store of a place, with settings in its environment.
pub fn open_in(place: Place, environment: &[(&str, &str)]) -> (Place, Server, Client) {
    let server = Server::start_with(&place, &[], environment);
    let client = Client::of(&server);
    (place, server, client)
}

impl Client {
    /// Makes the client of a server.
    pub fn of(server: &Server) -> Self {
        Self {
            http: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client can be made"),
            base: server.url().to_owned(),
        }
    }

    /// Begins a request. Paths outside of `/api` begin with `/`; the others are those of the API.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let prefix = if path.starts_with('/') { "" } else { "/api/v1/" };
        self.http.request(method, format!("{}{prefix}{path}", self.base))
    }

    /// Reads what is at a path.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    /// Deletes what is at a path.
    pub async fn delete(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::DELETE, path)).await
    }

    /// Puts a document at a path.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        Answer::to(self.request(Method::PUT, path).json(body)).await
    }

    /// Changes what is at a path.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        Answer::to(self.request(Method::PATCH, path).json(body)).await
    }

    /// Posts a document to a path.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::to(self.request(Method::POST, path).json(body)).await
    }

    /// Writes bars that must make a version, and returns it.
    pub async fn write(&self, series: &str, bars: &Value) -> u64 {
        let written = self.put(&format!("series/{series}/bars"), bars).await.ok();
        assert_eq!(written["outcome"], "committed", "{written}");
        written["version"].as_u64().expect("a version is a number")
    }

    /// Reads bars that must be there.
    pub async fn bars(&self, series: &str, query: &str) -> Value {
        self.get(&format!("series/{series}/bars?{query}")).await.ok()
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Sends a request.
    pub async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.expect("the answer comes to its end");
        Self {
            status,
            headers,
            body: body.into(),
        }
    }

    /// Returns a header; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("headers are texts"))
    }

    /// Returns the body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Checks the status.
    #[track_caller]
    pub fn with(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?}\n{:.2000}", self.headers, self.text());
        self
    }

    /// Reads the body as a JSON document.
    pub fn json(&self) -> Value {
        let read = serde_json::from_slice(&self.body);
        read.unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Checks that the answer is a good one, and returns its JSON document.
    #[track_caller]
    pub fn ok(self) -> Value {
        self.with(200).json()
    }

    /// Checks that the answer is a problem of that status and kind, in the form that every problem has.
    #[track_caller]
    pub fn problem(self, status: u16, kind: &str) -> Value {
        let answer = self.with(status);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json();
        assert_eq!(
            problem["type"],
            format!("urn:chandlery:problem:{kind}"),
            "{problem}"
        );
        assert_eq!(problem["status"], status, "{problem}");
        for text in ["title", "detail"] {
            let text = problem[text].as_str();
            assert!(text.is_some_and(|text| !text.is_empty()), "{problem}");
        }
        assert!(!answer.header("x-request-id").is_empty(), "{problem}");
        assert_eq!(problem["request_id"], answer.header("x-request-id"));
        let waits = matches!(status, 429 | 503);
        assert_eq!(!answer.header("retry-after").is_empty(), waits, "{problem}");
        problem
    }
}

/// Makes bars as columns, with prices that begin at `price` and rise by one.
pub fn bars<T: Into<Value>>(times: impl IntoIterator<Item = T>, price: f64) -> Value {
    let times: Vec<Value> = times.into_iter().map(Into::into).collect();
    let column =
        |offset: f64| -> Vec<f64> { (0..times.len()).map(|row| price + row as f64 + offset).collect() };
    json!({
        "open": column(0.0), "high": column(2.0), "low": column(-0.5), "close": column(1.0),
        "volume": vec![1.0; times.len()], "time": times,
    })
}

/// Makes consecutive bars that are `step` seconds long and begin at an epoch time.
pub fn series_of(begin: i64, step: i64, count: i64, price: f64) -> Value {
    bars((0..count).map(|row| begin + row * step), price)
}

/// Returns a column as a list.
pub fn column<'a>(bars: &'a Value, name: &str) -> &'a Vec<Value> {
    bars[name]
        .as_array()
        .unwrap_or_else(|| panic!("no column {name} in {bars:.300}"))
}

/// 2024-01-01T00:00:00Z, a Monday.
pub const MONDAY: i64 = 1_704_067_200;
