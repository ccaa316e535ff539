//! Backtests side by side.

use std::collections::BTreeMap;

use actix_web::{get, web};
use app::backtest::{Comparison, SettingValue, compare};
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
    /// What else differs: bounds and number of the bars that were read, cash, costs, rates, zone and engine.
    settings: Vec<SettingBody>,
    /// Whether all of them are known to have read the same bars of the same series. If not, figures may differ because
    /// of the data.
    same_data: bool,
}

/// One setting of several backtests.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettingBody {
    /// Its name.
    name: &'static str,
    /// Its values: numbers, or texts for times and names; null where it is not known.
    #[schema(value_type = Vec<Option<Value>>)]
    values: Vec<Option<SettingValue>>,
}

/// One figure of several backtests.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FigureBody {
    /// Its name.
    name: &'static str,
    /// Its values; null where it is undefined.
    values: Vec<Option<f64>>,
    /// The places of the best value, from 0; empty when all are the same, or the figure only describes, as `exposure` does.
    best: Vec<usize>,
}

impl From<Comparison> for ComparisonBody {
    fn from(comparison: Comparison) -> Self {
        let figures = comparison.figures.into_iter().map(|figure| FigureBody {
            name: figure.name,
            values: figure.values,
            best: figure.best,
        });
        let settings = comparison.settings.into_iter().map(|setting| SettingBody {
            name: setting.name,
            values: setting.values,
        });
        Self {
            backtests: comparison.backtests.iter().map(BacktestRowBody::from).collect(),
            figures: figures.collect(),
            parameters: comparison.parameters.into_iter().collect(),
            settings: settings.collect(),
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
