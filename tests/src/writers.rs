//! Writers of unique bars over HTTP, and what is known of their writes, whatever becomes of the server.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
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
/// How many writes must have been acknowledged for it to mean something that none is lost.
const ENOUGH: usize = 100;
/// How long who was told that the store is unavailable waits before it asks again.
const PAUSE: Duration = Duration::from_millis(20);
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
    refused: AtomicU64,
}

/// What becomes of a write, as far as its writer knows.
enum Told {
    Acknowledged,
    /// The store can't be reached at the moment.
    Refused,
    Nothing,
}

/// How long the deaths of a server or a database may go on until enough was written between them.
#[derive(Debug)]
pub struct Patience(Instant);

impl Patience {
    /// Starts the clock.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Checks that the time is not over.
    pub fn assert_left(&self, writers: &Writers) {
        assert!(self.0.elapsed() < Duration::from_mins(10), "{}", writers.told());
    }
}

impl Writers {
    /// Tells how many writes were sent, acknowledged and refused.
    pub fn told(&self) -> String {
        format!(
            "{} writes sent, {} acknowledged, {} times refused",
            self.sent.len(),
            self.acknowledged.len(),
            self.refused(),
        )
    }

    /// Tells whether so much was acknowledged that it means something when none of it is lost.
    pub fn have_written_enough(&self) -> bool {
        self.acknowledged.len() > ENOUGH
    }

    /// Returns how often a writer was told that the store is unavailable.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::SeqCst)
    }

    /// Writes one bar under its key.
    async fn write(&self, client: &Client, number: u64) -> Told {
        let request = client
            .request(Method::PUT, &format!("series/{}/bars", series_of(number)))
            .header("idempotency-key", format!("write-{number}"))
            .json(&bar(number));
        let Ok(response) = request.send().await else {
            return Told::Nothing;
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let Ok(body) = response.bytes().await else {
            return Told::Nothing;
        };
        let answer = Answer {
            status,
            headers,
            body: body.into(),
        };
        // Who stands in line behind a slow disk is refused, too, while nobody has died.
        if status == 503 {
            answer.problem(503, "store-unavailable");
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Told::Refused;
        }
        let outcome = answer.ok()["outcome"].clone();
        assert!(
            outcome == "committed" || outcome == "repeated",
            "write {number}: {outcome}"
        );
        Told::Acknowledged
    }

    /// Lets the writers write until each has had no answer once, or `death` has come to its end. What was sent before
    /// and not acknowledged is sent again first, and what is refused is sent again under the same key.
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
                let mut told = this.write(client, number).await;
                while matches!(told, Told::Refused) && !over.load(Ordering::SeqCst) {
                    tokio::time::sleep(PAUSE).await;
                    told = this.write(client, number).await;
                }
                if matches!(told, Told::Acknowledged) {
                    acknowledged.push(number);
                }
                if !matches!(told, Told::Acknowledged) || over.load(Ordering::SeqCst) {
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

    /// Writes to one server after the other; each is killed within two seconds. On a slow machine it takes more of them
    /// until enough is written.
    pub async fn survive_deaths_of_the_server(&mut self, place: &Place) {
        let (rounds, seed) = (scale::count(300), scale::seed());
        scale::announce("killed server", seed);
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let (deadline, patience) = (scale::Deadline::start(), Patience::start());
        for round in 0.. {
            let is_done = round >= rounds || deadline.passed();
            let is_in_doubt = self.acknowledged.len() < self.sent.len();
            if is_done && self.have_written_enough() && is_in_doubt {
                break;
            }
            patience.assert_left(self);
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
        let is_in_doubt = self.acknowledged.len() < self.sent.len() || self.refused() > 0;
        assert!(self.have_written_enough() && is_in_doubt, "{}", self.told());
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
