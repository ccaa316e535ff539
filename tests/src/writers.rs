//! Writers of unique bars over HTTP, and what is known of their writes, whatever becomes of the server.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use domain::market::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use testkit::scale;

use crate::{
    Place, Server,
    client::{Answer, Client, bars},
};

const WRITERS: u64 = 8;
const SERIES: [&str; 4] = ["X/A/1m", "X/B/1m", "X/C/1m", "X/D/1m"];

/// Returns the series that a write goes to.
fn series_of(number: u64) -> &'static str {
    SERIES[(number % 4) as usize]
}

/// Makes the one bar of a write; no other write has its time or its price.
fn bar(number: u64) -> serde_json::Value {
    bars([number * 60], number as f64 + 1.0)
}

/// Eight writers, and the numbers of their writes.
#[derive(Debug, Default)]
pub struct Writers {
    next: AtomicU64,
    sent: BTreeSet<u64>,
    acknowledged: BTreeSet<u64>,
    may_be_refused: bool,
}

impl Writers {
    /// Makes writers that may be told that the store is unavailable.
    pub fn through_outages() -> Self {
        Self {
            may_be_refused: true,
            ..Self::default()
        }
    }

    /// Returns how many writes were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// Writes one bar under its key; tells whether that was acknowledged.
    async fn write(&self, client: &Client, number: u64) -> bool {
        let request = client
            .request(Method::PUT, &format!("series/{}/bars", series_of(number)))
            .header("idempotency-key", format!("write-{number}"))
            .json(&bar(number));
        let Ok(response) = request.send().await else {
            return false;
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let Ok(body) = response.bytes().await else {
            return false;
        };
        let answer = Answer {
            status,
            headers,
            body: body.into(),
        };
        if self.may_be_refused && status == 503 {
            answer.problem(503, "store-unavailable");
            return false;
        }
        let outcome = answer.ok()["outcome"].clone();
        assert!(
            outcome == "committed" || outcome == "repeated",
            "write {number}: {outcome}"
        );
        true
    }

    /// Lets the writers write until each has failed once, or `death` has come to its end. What was sent before and not
    /// acknowledged is sent again first.
    pub async fn write_until<T>(&mut self, client: &Client, death: impl Future<Output = T>) -> T {
        let again: Vec<u64> = self.sent.difference(&self.acknowledged).copied().collect();
        let this = &*self;
        let over = &AtomicBool::new(false);
        let writer = |own: Vec<u64>| async move {
            let mut own = own.into_iter();
            let (mut sent, mut acknowledged) = (Vec::new(), Vec::new());
            loop {
                let next = || this.next.fetch_add(1, Ordering::SeqCst);
                let number = own.next().unwrap_or_else(next);
                sent.push(number);
                if !this.write(client, number).await {
                    return (sent, acknowledged);
                }
                acknowledged.push(number);
                if over.load(Ordering::SeqCst) {
                    return (sent, acknowledged);
                }
            }
        };
        let death = async {
            let done = death.await;
            over.store(true, Ordering::SeqCst);
            done
        };
        let share = |writer: u64| {
            let mine = again.iter().filter(|number| **number % WRITERS == writer);
            mine.copied().collect()
        };
        let writing = futures::future::join_all((0..WRITERS).map(|number| writer(share(number))));
        let (written, done) = tokio::join!(writing, death);
        for (sent, acknowledged) in written {
            self.sent.extend(sent);
            self.acknowledged.extend(acknowledged);
        }
        done
    }

    /// Writes to one server after the other; each is killed within two seconds.
    pub async fn survive_deaths_of_the_server(&mut self, place: &Place) {
        let (rounds, seed) = (scale::count(300), scale::seed());
        scale::announce("killed server", seed);
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let deadline = scale::Deadline::start();
        for _ in 0..rounds {
            if deadline.passed() {
                break;
            }
            let limit = Duration::from_micros(chance.random_range(0..2_000_000));
            let mut server = Server::start(place);
            let client = Client::of(&server);
            let death = async {
                tokio::time::sleep(limit).await;
                let killed = tokio::task::spawn_blocking(move || server.kill()).await;
                killed.expect("the server can be killed");
            };
            self.write_until(&client, death).await;
        }
    }

    /// Checks that what was acknowledged is stored, and that what is stored was sent.
    pub async fn assert_stored(&self, client: &Client) {
        let found = stored(client).await;
        let lost: Vec<_> = self
            .acknowledged
            .iter()
            .filter(|number| !found.contains_key(number))
            .collect();
        assert!(lost.is_empty(), "lost of {}: {lost:?}", self.acknowledged.len());
        let invented: Vec<_> = found
            .iter()
            .filter(|(number, price)| {
                !self.sent.contains(number) || price.to_bits() != (**number as f64 + 1.0).to_bits()
            })
            .collect();
        assert!(invented.is_empty(), "invented: {invented:?}");
        let (acknowledged, sent) = (self.acknowledged.len(), self.sent.len());
        assert!(
            acknowledged > 100 && acknowledged < sent,
            "{acknowledged} of {sent}"
        );
    }
}

/// Reads all bars of all series: the number of the write, by its time, and the price.
async fn stored(client: &Client) -> BTreeMap<u64, f64> {
    let mut found = BTreeMap::new();
    for series in SERIES {
        let head = client.get(&format!("series/{series}")).await;
        if head.status == 404 {
            continue;
        }
        let head = head.ok();
        let all = client
            .get(&format!("series/{series}/bars?format=rows&limit=100000"))
            .await
            .ok();
        let rows = all.as_array().expect("rows are a list");
        assert_eq!(
            head["version"],
            rows.len(),
            "{series}: each write made one version"
        );
        for row in rows {
            let time = row["time"].as_str().expect("a time is a text");
            let time: Timestamp = time.parse().expect("a time can be read");
            let number = time.micros() as u64 / 60_000_000;
            assert_eq!(series_of(number), series, "a bar of another series");
            found.insert(number, row["open"].as_f64().expect("a price is a number"));
        }
    }
    found
}
