//! `chandlery strategy remove`

use std::io::{self, Write};

use clap::Args;
use domain::strategy::{StrategyHead, StrategyName, StrategyVersion};
use serde::Serialize;

use crate::{confirm::confirm, output::Report, session::Session};

/// The arguments of `strategy remove`.
#[derive(Debug, Args)]
pub(crate) struct RemoveArguments {
    /// Which strategy
    name: StrategyName,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
struct RemoveReport {
    removed: StrategyVersion,
}

pub(crate) async fn run(session: &Session, arguments: RemoveArguments) -> anyhow::Result<()> {
    let RemoveArguments { name, yes } = arguments;
    let store = &session.stores.strategies;
    let found = store.strategy(&name, None).await?;
    let removed = found.ok_or_else(|| StrategyHead::missing(&name))?;
    confirm(&format!("Take {name} out of use? Its versions stay."), yes)?;
    store.remove_strategy(&name, Some(removed.version)).await?;
    session.print(&RemoveReport { removed })
}

impl Report for RemoveReport {
    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        let (name, version) = (self.removed.name(), self.removed.version);
        writeln!(
            out,
            "{name} is out of use; `chandlery strategy show {name} --version {version}` still shows it"
        )
    }

    fn is_summary(&self) -> bool {
        true
    }
}
