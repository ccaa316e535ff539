//! What a client wants to be swept.

use app::backtest::{Axis, BacktestError, Grid, SweepOrder};

use super::body::AxisBody;
use crate::{context::Context, problem::ApiError, request::invalid, routes::backtests::order::order_body};

order_body! {
    /// A sweep that is to be run.
    SweepOrderBody {
        /// The values of the parameters that differ: each combination is a run, up to 20,000.
        grid: Vec<AxisBody>,
        /// The figure that the runs are sorted by; sharpe when it is left out.
        by: Option<String>,
        /// How many of the best runs are stored whole, as backtests, up to 100; 20 when it is left out.
        top: Option<u32>,
        /// What it is called for people.
        title: Option<String>,
    }
}

impl SweepOrderBody {
    pub(super) fn order(mut self, context: &Context) -> Result<SweepOrder, ApiError> {
        let mut axes = Vec::with_capacity(self.grid.len());
        for (index, axis) in std::mem::take(&mut self.grid).into_iter().enumerate() {
            let read = Axis::list(axis.name, axis.values);
            axes.push(read.map_err(|error| invalid(&format!("grid/{index}"), error.to_string()))?);
        }
        Ok(SweepOrder {
            run: self.take_run().order(context)?,
            grid: Grid::new(axes).map_err(|error| invalid("grid", error.to_string()))?,
            by: self.by.unwrap_or_else(|| SweepOrder::BY.to_owned()),
            top: self.top.unwrap_or(SweepOrder::TOP),
            title: self.title,
        })
    }
}

/// Points mistakes of a sweep's own members, which are told as those of a run, to where they are in its order.
pub(super) fn in_grid(mut error: BacktestError, order: &SweepOrder) -> BacktestError {
    let given = &order.run.parameters;
    if let BacktestError::Rules(mistakes) = &mut error {
        for mistake in mistakes {
            let named = mistake.pointer.strip_prefix("/parameters/");
            let named = named.map(|name| name.replace("~1", "/").replace("~0", "~"));
            let axis = |name: String| order.grid.axes().iter().position(|axis| axis.name() == name);
            let place = named.filter(|name| !given.contains_key(name)).and_then(axis);
            if let Some(place) = place {
                mistake.pointer = format!("/grid/{place}");
            } else if mistake.pointer == "/parameters" && given.is_empty() {
                "/grid".clone_into(&mut mistake.pointer);
            } else if mistake.pointer.is_empty() {
                // A strategy that is stored is right as a whole; there is no such figure.
                "/by".clone_into(&mut mistake.pointer);
            }
        }
    }
    error
}
