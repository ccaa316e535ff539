//! Lists of backtests.

use actix_web::{get, web};
use domain::{
    backtest::{BacktestPosition, BacktestSort, BacktestsFilter, BacktestsQuery},
    id::BacktestId,
    market::{Order, Version},
    page::PageRequest,
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::body::BacktestRowBody;
use crate::{
    context::Context,
    cursor,
    problem::{ApiError, Problems},
    request::{Parsed, page_limit},
    routes::page::PageBody,
};

/// How many backtests a page has when nobody says, and at most.
const PAGE: (usize, usize) = (50, 500);

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Those of one strategy.
    #[param(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    strategy: Option<String>,
    /// Those of one version of it.
    #[param(value_type = Option<u64>)]
    version: Option<String>,
    /// Those that read one series, `VENUE:SYMBOL/timeframe`.
    series: Option<String>,
    /// Those with one status: queued, running, done, failed or cancelled.
    #[param(pattern = "^(queued|running|done|failed|cancelled)$")]
    status: Option<String>,
    /// Those with one tag.
    tag: Option<String>,
    /// Those of one author.
    author: Option<String>,
    /// The best runs of one sweep.
    sweep: Option<String>,
    /// Those whose title, notes or strategy hold this text, whatever its case.
    q: Option<String>,
    /// By `created` or a headline figure, such as `sharpe`; `-sharpe` for the greatest first. The newest first when
    /// nothing is said.
    #[param(pattern = "^-?[a-z_]+$")]
    sort: Option<String>,
    /// At most how many, up to 500.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Position {
    sort: String,
    rank: Option<f64>,
    id: BacktestId,
}

/// Lists backtests
///
/// Those without the figure that is sorted by come last, either way.
#[utoipa::path(
    tag = "backtests",
    params(ListParams),
    responses((status = 200, description = "A page of backtests.", body = PageBody<BacktestRowBody>), Problems)
)]
#[get("/backtests")]
pub(crate) async fn list(
    context: web::Data<Context>,
    params: web::Query<ListParams>,
) -> Result<web::Json<PageBody<BacktestRowBody>>, ApiError> {
    let mut parsed = Parsed::default();
    let filter = BacktestsFilter {
        strategy: parsed.optional("strategy", params.strategy.as_ref()),
        version: parsed.optional("version", params.version.as_ref()).map(Version),
        series: parsed.optional("series", params.series.as_ref()),
        status: parsed.optional("status", params.status.as_ref()),
        tag: params.tag.clone(),
        author: parsed.optional("author", params.author.as_ref()),
        sweep: parsed.optional("sweep", params.sweep.as_ref()),
        text: params.q.clone(),
    };
    let sorted = params.sort.as_deref().unwrap_or("-created");
    let (name, order) = match sorted.strip_prefix('-') {
        Some(name) => (name, Order::Descending),
        None => (sorted, Order::Ascending),
    };
    let sort: BacktestSort = parsed
        .optional("sort", Some(&name.to_owned()))
        .unwrap_or_default();
    let limit = page_limit(&mut parsed, params.limit.as_ref(), PAGE.0, PAGE.1);
    parsed.finish()?;
    let mut page = PageRequest::first(limit);
    if let Some(cursor) = &params.cursor {
        let position: Position = cursor::read(cursor)?;
        if position.sort != sorted {
            return Err(ApiError::parameter(
                "cursor",
                "it belongs to a list that is sorted otherwise",
            ));
        }
        page = page.after(BacktestPosition {
            rank: position.rank,
            id: position.id,
        });
    }
    let query = BacktestsQuery {
        filter,
        sort,
        order,
        page,
    };
    let found = context.stores.backtests.backtests(query).await?;
    let next = found.next.map(|next| {
        cursor::written(&Position {
            sort: sorted.to_owned(),
            rank: next.rank,
            id: next.id,
        })
    });
    Ok(web::Json(PageBody {
        items: found.items.iter().map(BacktestRowBody::from).collect(),
        next_cursor: next.transpose()?,
    }))
}
