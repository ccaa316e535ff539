//! The series that rows belong to, before their timeframes are known.

use std::collections::HashMap;

use domain::market::{Symbol, Timeframe};

use super::{InstrumentHints, ReadOptions, Refusal, Rule, dialect::PathHints};

/// Rows of the same symbol from files that say the same about their timeframe.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) symbol: Option<Symbol>,
    /// What the files say.
    pub(super) timeframe: Option<Timeframe>,
    /// Whether a file that says its timeframe holds bars only where there were trades.
    pub(super) sparse: bool,
    pub(super) hints: InstrumentHints,
}

/// Every slot that was found so far.
#[derive(Debug, Default)]
pub(super) struct Slots {
    all: Vec<Slot>,
    index: HashMap<(Option<Symbol>, Option<Timeframe>), u32>,
    /// The one name that the files use for the declared symbol.
    alias: Option<Symbol>,
}

impl Slots {
    /// Returns the slot of a symbol that a file says, or does not say.
    ///
    /// # Errors
    /// Refuses a second symbol when one was declared.
    pub(super) fn of(
        &mut self,
        said: Option<Symbol>,
        path: &PathHints,
        options: &ReadOptions,
        file: &str,
    ) -> Result<u32, Refusal> {
        if let (Some(declared), Some(said)) = (&options.symbol, &said) {
            let alias = self.alias.get_or_insert_with(|| said.clone());
            if alias != said {
                let message = format!(
                    "the file holds {said}, but other rows are of {alias}, and all were declared to be {declared}; \
                     import several symbols with --venue instead of --series"
                );
                return Err(Refusal::new(file, Rule::SeveralSymbols, message));
            }
        }
        let symbol = options.symbol.clone().or(said);
        // A declared timeframe holds for all files; that none says otherwise has been checked.
        let timeframe = path.timeframe.filter(|_| options.timeframe.is_none());
        let key = (symbol, timeframe);
        let next = self.all.len() as u32;
        let at = *self.index.entry(key).or_insert_with_key(|(symbol, timeframe)| {
            let hints = InstrumentHints::default();
            self.all.push(Slot {
                symbol: symbol.clone(),
                timeframe: *timeframe,
                sparse: false,
                hints,
            });
            next
        });
        let slot = &mut self.all[at as usize];
        slot.sparse |= path.sparse;
        slot.hints.complete(&InstrumentHints {
            asset_class: path.asset_class,
            zone: path.zone.clone(),
            currency: path.currency.clone(),
        });
        Ok(at)
    }

    /// Returns all slots.
    pub(super) fn all(&self) -> &[Slot] {
        &self.all
    }
}
