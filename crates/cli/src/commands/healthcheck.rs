//! `chandlery healthcheck`

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use clap::Args;
use serde::Serialize;

use crate::{
    failure::Exit,
    output::{self, Output, Report},
    settings::Settings,
};

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes of an answer that are looked at.
const ANSWER_BYTES: u64 = 16 << 10;

/// The arguments of `healthcheck`.
#[derive(Debug, Args)]
pub(crate) struct HealthcheckArguments {
    /// Where the server listens; what http.listen says when not given
    #[arg(long, value_name = "ADDRESS:PORT")]
    address: Option<SocketAddr>,
}

#[derive(Debug, Serialize)]
struct Health {
    address: SocketAddr,
    ready: bool,
    status: u16,
}

impl Report for Health {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let state = if self.ready { "is ready" } else { "is not ready" };
        writeln!(out, "the server at {} {state} ({})", self.address, self.status)
    }
}

/// Asks for `/readyz`: 0 when the server is ready, 3 when it is not or does not answer.
pub(crate) fn run(
    arguments: &HealthcheckArguments,
    settings: &Settings,
    output: Output,
) -> anyhow::Result<Exit> {
    let address = reachable(arguments.address.unwrap_or(settings.http.listen));
    let status = match ask(address) {
        Ok(status) => status,
        Err(error) => {
            output::note(&format!("error: no server answers at {address}: {error}"));
            output::note("hint: `chandlery serve` starts one");
            return Ok(Exit::Unavailable);
        }
    };
    let ready = status == 200;
    output.print(&Health {
        address,
        ready,
        status,
    })?;
    Ok(if ready { Exit::Done } else { Exit::Unavailable })
}

/// A server that listens everywhere is asked at the loopback address.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn ask(address: SocketAddr) -> io::Result<u16> {
    let mut server = TcpStream::connect_timeout(&address, PATIENCE)?;
    server.set_read_timeout(Some(PATIENCE))?;
    server.set_write_timeout(Some(PATIENCE))?;
    write!(
        server,
        "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    server.take(ANSWER_BYTES).read_to_end(&mut answer)?;
    status(&answer)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "what answers does not speak HTTP"))
}

/// Reads the status of `HTTP/1.1 200 OK`.
fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|byte| *byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let (protocol, rest) = line.split_once(' ')?;
    let code = rest.split(' ').next()?;
    protocol
        .starts_with("HTTP/1.")
        .then(|| code.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_read_from_the_first_line() {
        assert_eq!(
            status(b"HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\n"),
            Some(503)
        );
        assert_eq!(status(b"SSH-2.0-OpenSSH\r\n"), None);
        assert_eq!(status(b""), None);
    }

    #[test]
    fn a_server_that_listens_everywhere_is_asked_at_the_loopback_address() {
        assert_eq!(
            reachable("0.0.0.0:80".parse().unwrap()),
            "127.0.0.1:80".parse().unwrap()
        );
        assert_eq!(reachable("[::]:80".parse().unwrap()), "[::1]:80".parse().unwrap());
    }
}
