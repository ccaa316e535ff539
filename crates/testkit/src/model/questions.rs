//! Questions that change nothing: reads, differences and lists.

use domain::{
    market::{
        BarsQuery, Commit, CommitsQuery, GapsQuery, SeriesFilter, SeriesHead, SeriesQuery, TimeRange, Version,
    },
    page::{Page, PageRequest},
};

use super::{
    Operation,
    comparison::{bare, bits, same},
    runner::Run,
};
use crate::market::steps::{difference, frame};

impl Run {
    /// Puts one question to the store and to the model.
    pub(super) async fn ask(&self, question: &Operation) -> Result<(), String> {
        let prices = self.prices();
        match question {
            Operation::Read {
                series,
                as_of,
                range,
                limit,
                order,
                columns,
            } => {
                let (key, as_of) = (self.keys[*series].clone(), self.moment(*series, *as_of));
                let query = BarsQuery {
                    key,
                    as_of,
                    range: *range,
                    columns: *columns,
                    limit: *limit,
                    order: *order,
                };
                let expected = self.model.bars(&query);
                same(frame(&*prices, query).await.map(bits), expected.map(bits))
            }
            Operation::Diff { series, from, to } => {
                let versions = self.versions(*series) + 2;
                let (key, from, to) = (&self.keys[*series], from % versions, to % versions);
                let expected = self.model.diff(key, Version(from), Version(to));
                same(difference(&*prices, key, from, to).await, expected)
            }
            Operation::CommitAt { series, as_of } => {
                let (key, as_of) = (&self.keys[*series], self.moment(*series, *as_of));
                let expected = self.model.commit_at(key, as_of);
                same(prices.commit_at(key, as_of).await, expected)
            }
            Operation::Commits { series, limit } => {
                let mut query = CommitsQuery {
                    key: self.keys[*series].clone(),
                    page: PageRequest::first(*limit),
                };
                loop {
                    let page = |page: Page<Commit, Version>| (page.items, page.next);
                    let expected = self.model.commits(&query);
                    let next = expected.as_ref().ok().and_then(|page| page.next);
                    same(prices.commits(query.clone()).await.map(page), expected.map(page))?;
                    let Some(next) = next else { return Ok(()) };
                    query.page = query.page.after(next);
                }
            }
            Operation::Gaps { series, limit } => {
                let (key, page) = (self.keys[*series].clone(), PageRequest::first(*limit));
                let mut query = GapsQuery {
                    key,
                    range: TimeRange::ALL,
                    page,
                };
                loop {
                    let expected = self.model.gaps(&query);
                    let next = expected.as_ref().ok().and_then(|page| page.next);
                    same(prices.gaps(query.clone()).await, expected)?;
                    let Some(next) = next else { return Ok(()) };
                    query.page = query.page.after(next);
                }
            }
            Operation::List { sort, order, limit } => {
                let (filter, page) = (SeriesFilter::default(), PageRequest::first(*limit));
                self.list(SeriesQuery {
                    filter,
                    sort: *sort,
                    order: *order,
                    page,
                })
                .await
            }
            other => Err(format!("{other:?} is no question")),
        }
    }

    async fn list(&self, mut query: SeriesQuery) -> Result<(), String> {
        loop {
            let page =
                |page: Page<SeriesHead, _>| (page.items.into_iter().map(bare).collect::<Vec<_>>(), page.next);
            let expected = self.model.list(&query);
            let next = expected.next.clone();
            same(
                self.prices().list(query.clone()).await.map(page),
                Ok(page(expected)),
            )?;
            let Some(next) = next else { return Ok(()) };
            query.page = query.page.after(next);
        }
    }
}
