//! The first page of a large catalogue in PostgreSQL.

use std::time::Duration;

use anyhow::{Result, ensure};
use domain::{
    market::{Bar, Bars, Order, PriceStore, PriceWrite, SeriesFilter, SeriesQuery, SeriesSort},
    page::PageRequest,
};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::runtime::Runtime;

use super::place::Place;
use crate::{
    measure::{Aim, Comparison, Contender},
    stores::author,
};

/// How many series the catalogue has.
const SERIES: u32 = 10_000;

async fn fill(place: &Place) -> Result<()> {
    let commits = stream::iter(0..SERIES).map(|number| async move {
        let time = i64::from(number) * 60_000_000;
        let bar = Bar {
            time,
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
            volume: 1.0,
        };
        let write = PriceWrite::upsert(Bars::from_rows(&[bar])?, author()?);
        place
            .store
            .commit(&format!("V{}:S{number}/1m", number % 7).parse()?, write)
            .await?;
        Ok::<_, anyhow::Error>(())
    });
    commits.buffer_unordered(8).try_collect::<()>().await?;
    sqlx::raw_sql("vacuum analyze").execute(&place.pool).await?;
    Ok(())
}

/// Times the first fifty of ten thousand series, by key and by the time of their last commit in turns.
pub(super) fn first_page<'a>(runtime: &'a Runtime, place: &'a Place) -> Result<Comparison<'a>> {
    runtime.block_on(fill(place))?;
    let page = move |sort, order| -> Result<()> {
        let query = SeriesQuery {
            filter: SeriesFilter::default(),
            sort,
            order,
            page: PageRequest::first(50),
        };
        ensure!(
            runtime.block_on(place.store.list(query))?.items.len() == 50,
            "series are missing"
        );
        Ok(())
    };
    Ok(Comparison {
        name: "PostgreSQL: first page of 10,000 series",
        bars: 50,
        subject: Contender::new("by key", move || page(SeriesSort::Key, Order::Ascending)),
        baseline: Some(Contender::new("by the time of the last commit", move || {
            page(SeriesSort::Updated, Order::Descending)
        })),
        aim: Aim::Within(Duration::from_millis(10)),
    })
}
