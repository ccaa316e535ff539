//! Keeping what another tool gave.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpRequest, HttpResponse, http::header, post, web};
use app::{
    backtest::{read_record, record},
    progress::Unobserved,
};
use utoipa::ToSchema;

use super::{body::BacktestBody, shown};
use crate::{
    context::Context,
    problem::{ApiError, Kind, Problems},
    request::{NoParams, TextOrNumber, declared, media_type, whole},
};

/// What another tool gave. Times are RFC 3339, dates, or epoch numbers whose unit their magnitude tells.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "it stands in the OpenAPI document alone; the document is read in one pass"
)]
pub(crate) struct RecordBody {
    /// The tool and its version.
    #[schema(example = "freqtrade 2025.10", max_length = 100)]
    tool: String,
    /// What the tool calls the strategy.
    strategy: Option<String>,
    /// The series that was traded, if it is here; its closes are then compared with the equity.
    series: Option<String>,
    /// The state of the series that was traded: a version or a time; the newest version when it is left out.
    as_of: Option<TextOrNumber>,
    /// How long a bar of the equity curve lasts, such as `1d`; needed when no series is named.
    timeframe: Option<String>,
    /// The trading sessions a year; those of the series' instrument, or 252, when it is left out.
    sessions_per_year: Option<f64>,
    /// The parameters that the tool's strategy had.
    parameters: Option<BTreeMap<String, f64>>,
    /// The cash at the beginning.
    cash: f64,
    /// The yearly rate of money without risk, as a fraction.
    risk_free: Option<f64>,
    /// The closed trades, in any order.
    trades: Vec<RecordedTradeBody>,
    /// What the account was worth at each bar's close.
    equity: RecordedEquityBody,
    /// What it is called for people.
    title: Option<String>,
    /// What people write about it.
    notes: Option<String>,
    /// What it is found by.
    tags: Option<BTreeSet<String>>,
}

/// A closed trade of another tool.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it stands in the OpenAPI document alone")]
pub(crate) struct RecordedTradeBody {
    /// `long` or `short`.
    #[schema(pattern = "^(long|short)$")]
    side: String,
    /// How many units were held, above 0.
    units: f64,
    /// When it was entered.
    entry_time: TextOrNumber,
    /// The price of the entry.
    entry_price: f64,
    /// When it was left.
    exit_time: TextOrNumber,
    /// The price of the exit.
    exit_price: f64,
    /// What entry and exit cost; 0 when it is left out.
    costs: Option<f64>,
    /// Why it was left, by a name that trades here have, such as `stop_loss`; `unknown` when it is left out.
    exit_reason: Option<String>,
}

/// An equity curve of another tool, by column.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it stands in the OpenAPI document alone")]
pub(crate) struct RecordedEquityBody {
    /// When the bars open, ascending.
    time: Vec<TextOrNumber>,
    /// The equity at the bars' closes.
    equity: Vec<f64>,
}

/// Keeps what another tool gave
///
/// Trades and equity are kept as they are; the figures are computed here, by the same definitions as those of runs, so
/// that both can be compared.
#[utoipa::path(
    tag = "backtests",
    request_body = RecordBody,
    responses((status = 201, description = "It is stored.", body = BacktestBody), Problems)
)]
#[post("/recorded-backtests")]
pub(crate) async fn keep(
    _: web::Query<NoParams>,
    context: web::Data<Context>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    check_media_type(&request)?;
    let _room = context.room_for(declared(request.headers())).await?;
    let advice = "thin the equity curve, to days for example";
    let json = whole(request.headers(), body, context.limits.bars_bytes, advice).await?;
    let _turn = context.turn().await?;
    let author = context.author();
    let order = tokio::task::spawn_blocking(move || read_record(&json, author))
        .await
        .map_err(ApiError::internal)??;
    let shared = context.clone().into_inner();
    let keep = async move { record(&shared.stores, &*shared.clock, &*shared.ids, order, &Unobserved).await };
    let backtest = context.to_its_end(keep).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/backtests/{}", backtest.id)))
        .json(shown(&context, &backtest).await?))
}

fn check_media_type(request: &HttpRequest) -> Result<(), ApiError> {
    if media_type(request.headers()) == "application/json" {
        return Ok(());
    }
    let detail = "send JSON, with the header Content-Type: application/json";
    Err(ApiError::new(Kind::MediaType, detail))
}
