//! The handlers, a file for each thing that they are about.

mod backtests;
mod bars;
mod commits;
mod gaps;
mod hints;
mod imports;
mod instruments;
pub(crate) mod operations;
mod page;
mod runs;
mod series;
mod strategies;
mod sweeps;
mod written;

use utoipa_actix_web::{scope, service_config::ServiceConfig};

pub(crate) use self::hints::Hints;

/// Registers everything below `/api/v1`.
pub(crate) fn configure(config: &mut ServiceConfig) {
    let scope = scope("/api/v1")
        .service(series::list)
        .service(series::show)
        .service(series::delete)
        .service(bars::read::read)
        .service(bars::read::peek)
        .service(bars::write::upsert)
        .service(bars::write::remove)
        .service(commits::list)
        .service(commits::show)
        .service(commits::compare)
        .service(commits::bring_back)
        .service(gaps::list)
        .service(instruments::list)
        .service(instruments::show)
        .service(instruments::update)
        .service(strategies::read::list)
        .service(strategies::write::create)
        .service(strategies::write::check)
        .service(strategies::read::show)
        .service(strategies::write::update)
        .service(strategies::write::remove)
        .service(strategies::read::list_versions)
        .service(strategies::read::show_version)
        .service(imports::upload::receive)
        .service(imports::list)
        .service(imports::show)
        .service(imports::confirm)
        .service(imports::cancel)
        .service(imports::undo)
        .service(imports::rejected)
        .service(backtests::start)
        .service(backtests::list::list)
        .service(backtests::recorded::keep)
        .service(backtests::compare::side_by_side)
        .service(backtests::show)
        .service(backtests::describe)
        .service(backtests::remove)
        .service(backtests::cancel)
        .service(backtests::prove)
        .service(backtests::results::closed_trades)
        .service(backtests::results::equity_curve)
        .service(sweeps::start)
        .service(sweeps::list)
        .service(sweeps::rows::show)
        .service(sweeps::rows::list)
        .service(sweeps::remove)
        .service(sweeps::cancel)
        .service(hints::listen);
    config.service(scope);
}
