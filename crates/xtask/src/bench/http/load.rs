//! Requests on connections that stay open, from threads that do nothing else.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, ensure};

/// What is asked for, and where.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    address: SocketAddr,
    requests: Vec<String>,
}

impl Target {
    /// Asks for `path`.
    pub(crate) fn new(address: SocketAddr, path: &str) -> Self {
        Self::varied(address, [path.to_owned()])
    }

    /// Asks for one path after the other.
    pub(crate) fn varied(address: SocketAddr, paths: impl IntoIterator<Item = String>) -> Self {
        let request =
            |path| format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: application/json\r\n\r\n");
        Self {
            address,
            requests: paths.into_iter().map(request).collect(),
        }
    }

    fn request(&self, number: u32) -> &str {
        let place = number as usize % self.requests.len().max(1);
        self.requests.get(place).map_or("", String::as_str)
    }

    /// Asks once, on a connection of its own, and returns the body.
    pub(crate) fn body(&self) -> Result<Vec<u8>> {
        Connection::open(self.address)?.ask(self.request(0))
    }
}

struct Connection {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
}

impl Connection {
    fn open(address: SocketAddr) -> Result<Self> {
        let writer = TcpStream::connect(address)?;
        writer.set_nodelay(true)?;
        let reader = BufReader::with_capacity(1 << 16, writer.try_clone()?);
        Ok(Self { reader, writer })
    }

    fn ask(&mut self, request: &str) -> Result<Vec<u8>> {
        self.writer.write_all(request.as_bytes())?;
        let (mut line, mut length) = (String::new(), None);
        self.reader.read_line(&mut line)?;
        ensure!(line.starts_with("HTTP/1.1 200"), "the answer was {line}");
        loop {
            line.clear();
            self.reader.read_line(&mut line)?;
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = Some(value.trim().parse()?);
            }
        }
        let mut body = vec![0; length.context("the answer does not say how long it is")?];
        self.reader.read_exact(&mut body)?;
        Ok(body)
    }
}

/// How many requests are made on how many connections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    connections: u32,
    each: u32,
}

/// How long everything took, and each answer.
pub(crate) struct Answers {
    pub(crate) took: Duration,
    each: Vec<Duration>,
}

impl Answers {
    /// Returns what `percent` of the answers took at most.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let place = (self.each.len() * percent).div_ceil(100).saturating_sub(1);
        self.each.get(place).copied().unwrap_or_default()
    }
}

impl Load {
    /// Makes 500 requests on each of eight connections.
    pub(crate) fn usual() -> Self {
        Self {
            connections: 8,
            each: 500,
        }
    }

    /// Returns how many requests there are.
    pub(crate) fn requests(self) -> u32 {
        self.connections * self.each
    }

    /// Makes the requests.
    pub(crate) fn run(self, target: &Target) -> Result<Answers> {
        let start = Instant::now();
        let mut each = thread::scope(|scope| {
            let work = |connection: u32| -> Result<Vec<Duration>> {
                let first = connection * self.each;
                let mut connection = Connection::open(target.address)?;
                let mut times = Vec::with_capacity(self.each as usize);
                for number in first..first + self.each {
                    let begun = Instant::now();
                    ensure!(
                        !connection.ask(target.request(number))?.is_empty(),
                        "the body is empty"
                    );
                    times.push(begun.elapsed());
                }
                Ok(times)
            };
            let threads: Vec<_> = (0..self.connections)
                .map(|connection| scope.spawn(move || work(connection)))
                .collect();
            let mut all = Vec::new();
            for thread in threads {
                all.extend(thread.join().map_err(|_| anyhow!("a client died"))??);
            }
            Ok::<_, anyhow::Error>(all)
        })?;
        let took = start.elapsed();
        each.sort_unstable();
        Ok(Answers { took, each })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_sorted_answers() {
        let answers = Answers {
            took: Duration::ZERO,
            each: (1..=200).map(Duration::from_millis).collect(),
        };
        assert_eq!(answers.percentile(50), Duration::from_millis(100));
        assert_eq!(answers.percentile(99), Duration::from_millis(198));
    }
}
