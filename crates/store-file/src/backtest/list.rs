//! Lists of backtests.

use domain::{
    backtest::{Backtest, BacktestPosition, BacktestSort, BacktestsQuery},
    error::StoreError,
    page::Page,
};

use super::{changes::Changed, document, document::Stored, index::with_index};
use crate::store::Shared;

/// Lists backtests: the index tells which ones, their documents tell the rest.
pub(super) fn list(
    shared: &Shared,
    query: &BacktestsQuery,
) -> Result<Page<Backtest, BacktestPosition>, StoreError> {
    let compare = |a: &BacktestPosition, b: &BacktestPosition| BacktestSort::compare(query.order, a, b);
    let mut places = with_index(shared, |index| {
        let wanted = index
            .backtests()
            .filter(|entry| query.filter.accepts(&entry.backtest));
        let places = wanted.map(|entry| entry.position(query.sort));
        let after = query.page.after.as_ref();
        let behind = places.filter(|place| after.is_none_or(|after| compare(place, after).is_gt()));
        behind.collect::<Vec<_>>()
    })?;
    let most = query.page.limit.get();
    if places.len() > most + 1 {
        places.select_nth_unstable_by(most, compare);
        places.truncate(most + 1);
    }
    places.sort_unstable_by(compare);
    let page = Page::cut(places, query.page.limit, |place| *place);
    let mut items = Vec::with_capacity(page.items.len());
    for place in page.items {
        match document::find(shared, place.id) {
            Err(StoreError::Corrupt { .. }) => {
                let damaged = [Changed::Backtest(place.id)];
                with_index(shared, |index| index.look_at(shared, damaged))??;
            }
            // One that was removed a moment ago is left out.
            found => items.extend(found?.map(Stored::into_backtest)),
        }
    }
    let next = page.next;
    Ok(Page { items, next })
}
