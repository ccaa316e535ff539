//! Backtests side by side.

use std::collections::BTreeMap;

use actix_web::{get, web};
use app::backtest::{Comparison, compare};
use domain::id::BacktestId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::BacktestRowBody;
use crate::{
    context::Context,
    problem::{ApiError, Problems},
    request::Parsed,
};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CompareParams {
    /// The ids of 2 to 20 backtests that are done, separated by commas.
    ids: String,
}

/// Backtests side by side.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparisonBody {
    /// The backtests, in the order that was asked for.
    backtests: Vec<BacktestRowBody>,
    /// Each figure that one of them has: values in the same order, and the places of the best ones.
    figures: Vec<FigureBody>,
    /// The parameters that differ, each with its values in the same order.
    parameters: BTreeMap<String, Vec<Option<f64>>>,
    /// Whether all of them read the same versions of the same series over the same period. If not, figures may differ
    /// because of the data.
    same_data: bool,
}

/// One figure of several backtests.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FigureBody {
    /// Its name.
    name: &'static str,
    /// Its values; null where it is undefined.
    values: Vec<Option<f64>>,
    /// The places of the best value, from 0; empty when all are the same.
    best: Vec<usize>,
}

impl From<Comparison> for ComparisonBody {
    fn from(comparison: Comparison) -> Self {
        let figures = comparison.figures.into_iter().map(|figure| FigureBody {
            name: figure.name,
            values: figure.values,
            best: figure.best,
        });
        Self {
            backtests: comparison.backtests.iter().map(BacktestRowBody::from).collect(),
            figures: figures.collect(),
            parameters: comparison.parameters.into_iter().collect(),
            same_data: comparison.same_data,
        }
    }
}

/// Puts backtests side by side
#[utoipa::path(
    tag = "backtests",
    params(CompareParams),
    responses((status = 200, description = "The comparison.", body = ComparisonBody), Problems)
)]
#[get("/backtest-comparisons")]
pub(crate) async fn side_by_side(
    context: web::Data<Context>,
    params: web::Query<CompareParams>,
) -> Result<web::Json<ComparisonBody>, ApiError> {
    let mut parsed = Parsed::default();
    let ids: Vec<BacktestId> = params
        .ids
        .split(',')
        .filter_map(|id| parsed.optional("ids", Some(&id.trim().to_owned())))
        .collect();
    parsed.finish()?;
    Ok(web::Json(compare(&context.stores, &ids).await?.into()))
}
