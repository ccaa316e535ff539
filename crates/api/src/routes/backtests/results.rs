//! What a backtest gave: trades and the equity curve.

use std::{collections::BTreeSet, ops::Range};

use actix_web::{get, web};
use domain::{
    backtest::{Backtest, EquityCurve, Trade, TradesQuery},
    market::Timestamp,
    page::PageRequest,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    context::Context,
    cursor,
    problem::{ApiError, Problems},
    request::{Parsed, page_limit},
    routes::{
        page::PageBody,
        runs::{IdPart, find},
    },
};

/// How many trades a page has when nobody says, and at most.
const TRADES: (usize, usize) = (500, 10_000);
/// How many points an equity curve has when nobody says, and at most.
const POINTS: (usize, usize) = (2_000, 100_000);

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TradesParams {
    /// At most how many, up to 10,000.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A closed trade.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TradeBody {
    /// Its place in the backtest, from 1.
    number: u32,
    /// long or short.
    side: &'static str,
    /// How many units were held.
    units: f64,
    /// When the bar opened in which it was entered.
    entry_time: String,
    /// The price of the entry, slippage included.
    entry_price: f64,
    /// When the bar opened in which it was left.
    exit_time: String,
    /// The price of the exit, slippage included.
    exit_price: f64,
    /// Why it was left: `rule`, `reversal`, `stop_loss`, `take_profit`, `trailing_stop`, `max_bars`, `ruin`,
    /// `end_of_data`, or `unknown` where the tool that made the trade does not tell.
    exit_reason: &'static str,
    /// What the two prices gained, before commissions.
    gross: f64,
    /// The commissions of entry and exit.
    costs: f64,
    /// `gross` − `costs`.
    net: f64,
    /// `net` as a fraction of the value entered.
    #[serde(rename = "return")]
    net_return: f64,
}

impl From<&Trade> for TradeBody {
    fn from(trade: &Trade) -> Self {
        Self {
            number: trade.number,
            side: trade.side.as_str(),
            units: trade.units,
            entry_time: trade.entry_time.to_string(),
            entry_price: trade.entry_price,
            exit_time: trade.exit_time.to_string(),
            exit_price: trade.exit_price,
            exit_reason: trade.exit_reason.as_str(),
            gross: trade.gross,
            costs: trade.costs,
            net: trade.net,
            net_return: trade.net_return,
        }
    }
}

/// Lists the trades of a backtest, in the order of their exits
///
/// There are none while it is not done.
#[utoipa::path(
    tag = "backtests",
    params(IdPart, TradesParams),
    responses((status = 200, description = "A page of trades.", body = PageBody<TradeBody>), Problems)
)]
#[get("/backtests/{id}/trades")]
pub(crate) async fn closed_trades(
    context: web::Data<Context>,
    part: web::Path<IdPart>,
    params: web::Query<TradesParams>,
) -> Result<web::Json<PageBody<TradeBody>>, ApiError> {
    let mut parsed = Parsed::default();
    let limit = page_limit(&mut parsed, params.limit.as_ref(), TRADES.0, TRADES.1);
    parsed.finish()?;
    let mut page = PageRequest::first(limit);
    page.after = params.cursor.as_deref().map(cursor::read).transpose()?;
    let backtest = part.parse()?;
    // On files a page costs as much as all trades.
    let _turn = context.turn().await?;
    let page = context
        .stores
        .backtests
        .trades(TradesQuery { backtest, page })
        .await?;
    Ok(web::Json(PageBody {
        items: page.items.iter().map(TradeBody::from).collect(),
        next_cursor: page.next.map(|number| cursor::written(&number)).transpose()?,
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EquityParams {
    /// The first time that is told.
    start: Option<String>,
    /// The first time behind what is told.
    end: Option<String>,
    /// At most how many points, from 2 to 100,000; 2,000 when nothing is said.
    #[param(value_type = Option<u32>)]
    points: Option<String>,
}

/// An equity curve, by column.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EquityBody {
    /// When the bars open.
    time: Vec<String>,
    /// The equity at the bars' closes.
    equity: Vec<f64>,
    /// How far each equity lies below the highest one before, as a fraction of that: 0 or less. The cash at the
    /// beginning is the first peak.
    drawdown: Vec<f64>,
    /// How many points the period has; more than are told when the curve was thinned.
    total: usize,
}

/// Returns the equity curve of a backtest
///
/// It is empty while the backtest is not done. When the period has more points than `points`, the curve is thinned so
/// that a chart looks the same: the first point, the last one and the one of the deepest drawdown are told (of 2 points,
/// the first and the last), and the lowest and the highest equity of each of as many equal stretches as the rest allows.
/// Ask for shorter periods to get every point.
#[utoipa::path(
    tag = "backtests",
    params(IdPart, EquityParams),
    responses((status = 200, description = "The curve.", body = EquityBody), Problems)
)]
#[get("/backtests/{id}/equity")]
pub(crate) async fn equity_curve(
    context: web::Data<Context>,
    part: web::Path<IdPart>,
    params: web::Query<EquityParams>,
) -> Result<web::Json<EquityBody>, ApiError> {
    let mut parsed = Parsed::default();
    let start: Option<Timestamp> = parsed.optional("start", params.start.as_ref());
    let end: Option<Timestamp> = parsed.optional("end", params.end.as_ref());
    let points = match params.points.as_ref().map(|text| text.parse::<usize>()) {
        None => POINTS.0,
        Some(Ok(points)) if (2..=POINTS.1).contains(&points) => points,
        Some(_) => {
            parsed.refuse("points", format!("give a number from 2 to {}", POINTS.1));
            POINTS.0
        }
    };
    parsed.finish()?;
    let id = part.parse()?;
    let _turn = context.turn().await?;
    let cash = find::<Backtest>(&context, id).await?.settings.cash;
    let curve = context.stores.backtests.equity(id).await?;
    Ok(web::Json(thinned(cash, &curve, start, end, points)))
}

fn thinned(
    cash: f64,
    curve: &EquityCurve,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    points: usize,
) -> EquityBody {
    let place = |time: Timestamp| curve.time().partition_point(|other| *other < time.micros());
    let from = start.map_or(0, place);
    let to = end.map_or(curve.len(), place).max(from);
    let equity = curve.equity();
    // Nothing lies below an account that was never worth anything.
    let drawdowns: Vec<f64> = curve.drawdowns(cash).map(Option::unwrap_or_default).collect();
    let chosen: Vec<usize> = if to - from <= points {
        (from..to).collect()
    } else {
        kept(equity, &drawdowns, from..to, points)
    };
    EquityBody {
        time: chosen
            .iter()
            .map(|at| Timestamp::saturating(curve.time()[*at]).to_string())
            .collect(),
        equity: chosen.iter().map(|at| equity[*at]).collect(),
        drawdown: chosen.iter().map(|at| drawdowns[*at]).collect(),
        total: to - from,
    }
}

/// Chooses at most `points` points, in order of time: the first and the last of the range and its deepest drawdown, and
/// the lowest and the highest point of each of as many stretches as there is room for.
fn kept(equity: &[f64], drawdowns: &[f64], range: Range<usize>, points: usize) -> Vec<usize> {
    let lowest = |range: Range<usize>, of: &[f64]| range.min_by(|a, b| of[*a].total_cmp(&of[*b]));
    let highest = |range: Range<usize>| range.max_by(|a, b| equity[*a].total_cmp(&equity[*b]));
    let ends = range.clone().next().into_iter().chain(range.clone().next_back());
    let mut chosen: BTreeSet<usize> = ends.collect();
    if points > 2 {
        chosen.extend(lowest(range.clone(), drawdowns));
    }
    let stretches = points.saturating_sub(chosen.len()) / 2;
    let bound = |number: usize| range.start + range.len() * number / stretches;
    for stretch in 0..stretches {
        let stretch = bound(stretch)..bound(stretch + 1);
        chosen.extend(lowest(stretch.clone(), equity));
        chosen.extend(highest(stretch));
    }
    chosen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(equity: Vec<f64>) -> EquityCurve {
        EquityCurve::new((0..equity.len() as i64).collect(), equity).unwrap()
    }

    #[test]
    fn a_thinned_curve_keeps_its_peaks_and_troughs() {
        let mut equity = vec![100.0; 10_000];
        equity[5_003] = 1.0;
        equity[7_001] = 900.0;
        let body = thinned(100.0, &curve(equity), None, None, 100);
        assert!(body.time.len() <= 100);
        assert_eq!(body.total, 10_000);
        assert!(body.equity.contains(&1.0) && body.equity.contains(&900.0));
        assert!(body.drawdown.contains(&-0.99));
    }

    #[test]
    fn a_thinned_curve_keeps_its_beginning_and_its_end() {
        // Both lie between the extremes of their stretches.
        let mut equity = vec![100.0; 1_000];
        (equity[1], equity[2], equity[997], equity[998]) = (50.0, 150.0, 60.0, 160.0);
        (equity[0], equity[999]) = (101.0, 99.0);
        for points in [2, 3, 4, 5, 10, 999] {
            let body = thinned(100.0, &curve(equity.clone()), None, None, points);
            let told = body.equity.len();
            assert!((2..=points).contains(&told), "{told} of {points}");
            assert_eq!((body.equity[0], body.equity[told - 1]), (101.0, 99.0), "{points}");
            let times: Vec<Timestamp> = body.time.iter().map(|time| time.parse().unwrap()).collect();
            assert!(times.is_sorted_by(|a, b| a < b), "{points}");
        }
        let part = (Some(Timestamp::saturating(10)), Some(Timestamp::saturating(901)));
        let body = thinned(100.0, &curve(equity), part.0, part.1, 4);
        let ends = [10, 900].map(|at| Timestamp::saturating(at).to_string());
        assert_eq!((body.time.first(), body.time.last()), (ends.first(), ends.last()));
    }

    #[test]
    fn a_thinned_curve_keeps_the_deepest_drawdown() {
        // In the one stretch that there is room for, the lowest equity and the deepest drawdown lie apart.
        let mut equity = vec![100.0; 1_000];
        (equity[300], equity[600], equity[700]) = (60.0, 400.0, 90.0);
        for points in [3, 4, 5, 6] {
            let body = thinned(100.0, &curve(equity.clone()), None, None, points);
            assert!(body.time.len() <= points);
            assert!(body.drawdown.contains(&(90.0 / 400.0 - 1.0)), "{points}");
        }
    }

    #[test]
    fn the_cash_is_the_first_peak() {
        let body = thinned(10_000.0, &curve(vec![9_000.0, 9_500.0]), None, None, 10);
        assert_eq!(
            body.drawdown,
            [9_000.0 / 10_000.0 - 1.0, 9_500.0 / 10_000.0 - 1.0]
        );
    }

    #[test]
    fn a_drawdown_reaches_back_before_the_stretch_that_is_told() {
        let body = thinned(
            100.0,
            &curve(vec![200.0, 100.0, 150.0]),
            Some(Timestamp::saturating(1)),
            None,
            10,
        );
        assert_eq!(body.equity, [100.0, 150.0]);
        assert_eq!(body.drawdown, [-0.5, -0.25]);
    }
}
