//! `chandlery backtest compare`

use std::io::{self, Write};

use app::backtest::{Comparison, MAX_COMPARED, compare};
use clap::Args;
use serde::Serialize;

use super::{resolve_all, view::BacktestView};
use crate::{
    output::{
        Report,
        figures::{figure, label},
        numbers::shortest,
        table::{Column, Table},
    },
    session::Session,
};

/// The arguments of `backtest compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// The backtests' ids; `last` is the newest
    #[arg(required = true, value_name = "ID", num_args = 2..=MAX_COMPARED)]
    ids: Vec<String>,
}

#[derive(Serialize)]
struct CompareReport {
    same_data: bool,
    parameters: Vec<Differing>,
    figures: Vec<Figure>,
    backtests: Vec<BacktestView>,
}

/// A parameter that is not the same in all of them.
#[derive(Serialize)]
struct Differing {
    name: String,
    values: Vec<Option<f64>>,
}

/// A figure of each of them; `best` holds the places of the best value.
#[derive(Serialize)]
struct Figure {
    name: &'static str,
    values: Vec<Option<f64>>,
    best: Vec<usize>,
}

pub(super) async fn run(session: &Session, arguments: CompareArguments) -> anyhow::Result<()> {
    let ids = resolve_all(session, &arguments.ids).await?;
    let Comparison {
        backtests,
        figures,
        parameters,
        same_data,
    } = compare(&session.stores, &ids).await?;
    let figures = figures.into_iter().map(|figure| Figure {
        name: figure.name,
        values: figure.values,
        best: figure.best,
    });
    let parameters = parameters
        .into_iter()
        .map(|(name, values)| Differing { name, values });
    session.print(&CompareReport {
        same_data,
        parameters: parameters.collect(),
        figures: figures.collect(),
        backtests: backtests.into_iter().map(BacktestView::from).collect(),
    })
}

impl CompareReport {
    fn legend(&self) -> Table {
        let columns = [
            Column::Right(""),
            Column::Left("backtest"),
            Column::Left("strategy"),
            Column::Left("data"),
            Column::Left("title"),
        ];
        let mut table = Table::new(&columns);
        for (place, backtest) in (1..).zip(&self.backtests) {
            table.row([
                format!("{place}"),
                backtest.id.to_string(),
                backtest.strategy_label(),
                backtest.data_label(),
                backtest.title.clone().unwrap_or_default(),
            ]);
        }
        table
    }

    fn values(&self) -> Table {
        let places: Vec<String> = (1..=self.backtests.len())
            .map(|place| place.to_string())
            .collect();
        let places = places.iter().map(|place| Column::Right(place));
        let columns: Vec<_> = std::iter::once(Column::Left("")).chain(places).collect();
        let mut table = Table::new(&columns);
        for Differing { name, values } in &self.parameters {
            let value =
                |value: &Option<f64>| value.map_or_else(|| "–".to_owned(), |value| shortest(value, 10));
            table.row(std::iter::once(name.clone()).chain(values.iter().map(value)));
        }
        for Figure { name, values, best } in &self.figures {
            let cell = |(place, value): (usize, &Option<f64>)| {
                let mark = if best.contains(&place) { "* " } else { "" };
                format!("{mark}{}", figure(name, *value))
            };
            table.row(std::iter::once(label(name)).chain(values.iter().enumerate().map(cell)));
        }
        table
    }
}

impl Report for CompareReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.legend())?;
        if !self.same_data {
            writeln!(
                out,
                "They read different data (series, version or period): a better figure may come of better data.\n"
            )?;
        }
        write!(out, "{}", self.values())?;
        writeln!(out, "\n* the best value")
    }
}
