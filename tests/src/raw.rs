//! Requests byte by byte, for what no client would send.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What came back.
#[derive(Debug)]
pub struct RawAnswer {
    /// Its status.
    pub status: u16,
    /// All of it, as text.
    pub text: String,
}

/// Connects to a server.
pub async fn connect(address: &str) -> TcpStream {
    TcpStream::connect(address)
        .await
        .expect("the server can be reached")
}

/// Writes a request for one connection; `lines` are further headers.
pub fn request(method: &str, target: &str, lines: &[&str], body: &[u8]) -> Vec<u8> {
    let own: String = lines.iter().flat_map(|line| [*line, "\r\n"]).collect();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{own}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Sends bytes and reads the answer to its end.
pub async fn exchange(address: &str, bytes: &[u8]) -> RawAnswer {
    let mut stream = connect(address).await;
    // A server that has answered already need not read the rest.
    stream.write_all(bytes).await.ok();
    answer(&mut stream).await
}

/// Reads an answer until the server closes the connection.
pub async fn answer(stream: &mut TcpStream) -> RawAnswer {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes));
    let read = read.await.expect("an answer within 20 s");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no answer: {read:?} {text:?}"));
    RawAnswer { status, text }
}
