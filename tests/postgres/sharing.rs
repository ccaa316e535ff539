//! Several servers that share the backtests of one database, and one of them that dies at work.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{
    Server,
    runs::{SERIES, assert_sound, write_cross},
};

use crate::{client::Client, site::Site};

const BACKTESTS: usize = 8;
/// The best runs of the sweep, which are kept whole.
const BEST: usize = 3;
/// How long a job belongs to a worker that is dead.
const LEASE: Duration = Duration::from_secs(30);
/// What all the work may take beside the lease, by a slow machine that has other work to do.
const WORK: Duration = Duration::from_mins(3);

/// A sweep that takes one core some seconds: long enough to die in.
fn long_sweep() -> Value {
    let (fast, slow): (Vec<u32>, Vec<u32>) = ((2..=50).collect(), (3..=200).collect());
    json!({"strategy": "cross", "series": SERIES, "top": BEST, "grid": [
        {"name": "fast", "values": fast}, {"name": "slow", "values": slow},
    ]})
}

async fn queued(client: &Client, kind: &str, order: &Value) -> String {
    let queued = client.post(kind, order).await.with(202).json();
    queued["id"].as_str().unwrap().to_owned()
}

async fn until(client: &Client, path: &str, limit: Duration, is_so: impl Fn(&Value) -> bool) -> Value {
    let begin = Instant::now();
    loop {
        let found = client.get(path).await.ok();
        if is_so(&found) {
            return found;
        }
        assert!(begin.elapsed() < limit, "not within {limit:?}: {found:.2000}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn has_ended(run: &Value) -> bool {
    !["queued", "running"].contains(&run["status"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_share_the_work_and_one_ends_what_the_other_dies_at() {
    let site = Site::new().await;
    write_cross(&site.place, 40_000);
    let start = || Server::start_with(&site.place, &[], &[("RAYON_NUM_THREADS", "1")]);
    let mut servers = [start(), start()];
    let clients = servers.each_ref().map(Client::of);
    let sweep = queued(&clients[0], "sweeps", &long_sweep()).await;
    let path = format!("sweeps/{sweep}");
    let at_work = until(&clients[0], &path, WORK, |sweep| {
        sweep["progress"]["done"].as_u64() > Some(0)
    })
    .await;
    let worker = at_work["progress"]["worker"].as_str().unwrap().to_owned();
    let mut backtests = Vec::new();
    for number in 0..BACKTESTS {
        let order = json!({"strategy": "cross", "series": SERIES, "cash": 1_000 + number});
        backtests.push(queued(&clients[number % 2], "backtests", &order).await);
    }
    // One has its hands full with the sweep, so it is the other who runs this one.
    let first = format!("backtests/{}", backtests[0]);
    let first = until(&clients[0], &first, WORK, has_ended).await;
    assert_eq!(first["status"], "done", "{first}");
    let still = clients[0].get(&path).await.ok();
    assert_eq!(
        still["progress"]["worker"], *worker,
        "the sweep has not ended: {still:.2000}"
    );

    let dies = usize::from(!worker.starts_with(&format!("server {} ", servers[0].id())));
    assert!(
        worker.starts_with(&format!("server {} ", servers[dies].id())),
        "{worker}"
    );
    servers[dies].kill();
    let client = &clients[1 - dies];
    for id in &backtests {
        let done = until(client, &format!("backtests/{id}"), WORK, has_ended).await;
        assert_eq!(done["status"], "done", "{done}");
    }
    let done = until(client, &path, LEASE + WORK, has_ended).await;
    assert_eq!(done["status"], "done", "{done:.2000}");
    assert_eq!(done["rows"].as_array().unwrap().len(), 49 * 198);

    let listed = client.get("backtests?limit=100").await.ok();
    assert_eq!(listed["items"].as_array().unwrap().len(), BACKTESTS + BEST);
    let of_sweep = client.get(&format!("backtests?sweep={sweep}")).await.ok();
    assert_eq!(of_sweep["items"].as_array().unwrap().len(), BEST);
    let mut admin = site.admin().await;
    let left: i64 = sqlx::query_scalar("select count(*) from chandlery.job")
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert_eq!(left, 0, "no job is left");
    assert_sound(&site.place, &site.place.store(), BACKTESTS + BEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn trades_and_digests_that_somebody_changed_by_hand_are_4() {
    let site = Site::new().await;
    write_cross(&site.place, 300);
    let run = ["backtest", "run", "cross", "--series", SERIES];
    let ids = [(); 3].map(|()| site.place.json(run)["id"].as_str().unwrap().to_owned());
    let verify = ["backtest", "verify", "--all", "--json"];
    site.place.run(verify).ok();
    let mut admin = site.admin().await;
    sqlx::query("update chandlery.trade set net = net + 1 where number = 1 and backtest_id = $1::uuid")
        .bind(&ids[0])
        .execute(&mut admin)
        .await
        .unwrap();
    let digest = site.place.json(["backtest", "show", &ids[1]])["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    sqlx::query(
        "update chandlery.backtest set record = replace(record::text, $2, $3)::json where id = $1::uuid",
    )
    .bind(&ids[1])
    .bind(&digest)
    .bind("0".repeat(64))
    .execute(&mut admin)
    .await
    .unwrap();
    let report = site.place.run(verify).failed(4).json();
    let verdict = |id: &String| {
        let all = report["backtests"].as_array().unwrap();
        let one = all.iter().find(|one| one["id"] == **id).unwrap();
        one["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(ids.each_ref().map(verdict), ["damaged", "damaged", "identical"]);
}
