//! The series of rows that say it themselves, in a column for the symbol or for how long their bars last.

use std::collections::HashMap;

use domain::market::{KeyError, Symbol};

use super::{Rule, columns::Role, dialect::PathHints, parse::Approach, rows::Fault};

/// The slots that rows of one file have named so far.
#[derive(Debug, Default)]
pub(super) struct NamedSlots {
    slots: HashMap<Vec<u8>, u32>,
    /// The name that was looked for last; used again for each row, so that nothing is allocated.
    key: Vec<u8>,
}

impl NamedSlots {
    /// Finds the slot of a symbol and a length, both as written; empty where the file has no such column.
    pub(super) fn find(&mut self, symbol: &[u8], period: &[u8]) -> Option<u32> {
        self.key.clear();
        self.key.extend_from_slice(symbol);
        // No text that is read holds a NUL byte, so that no two pairs have one key.
        self.key.push(0);
        self.key.extend_from_slice(period);
        self.slots.get(&self.key).copied()
    }

    /// Keeps the slot of what was looked for last.
    pub(super) fn add(&mut self, slot: u32) -> u32 {
        self.slots.insert(self.key.clone(), slot);
        slot
    }
}

/// What a row says about its series.
pub(super) struct Said {
    pub(super) symbol: Option<Symbol>,
    /// What the path says, and the length of the bar.
    pub(super) hints: PathHints,
}

impl Approach<'_> {
    /// Reads the symbol and the length of the bar, as far as the file has columns for them.
    pub(super) fn said(&self, symbol: &[u8], period: &[u8]) -> Result<Said, Fault> {
        let text = |field: &[u8]| String::from_utf8_lossy(field).trim().to_owned();
        let mut said = Said {
            symbol: self.path.symbol.clone(),
            hints: self.path.clone(),
        };
        if self.plan.symbol.is_some() {
            let symbol = text(symbol).parse();
            said.symbol = Some(symbol.map_err(|cause: KeyError| Fault::Row {
                rule: Rule::BadSymbol,
                column: Role::Symbol,
                message: cause.to_string(),
            })?);
        }
        if self.plan.period.is_some() {
            let timeframe = (self.dialect.period)(&text(period));
            said.hints.timeframe = Some(timeframe.ok_or_else(|| Fault::Row {
                rule: Rule::BadTimeframe,
                column: Role::Period,
                message: format!("`{}` is no length of a bar in this dialect", text(period)),
            })?);
            said.hints.sparse = true;
        }
        Ok(said)
    }
}
