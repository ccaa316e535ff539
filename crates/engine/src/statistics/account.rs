//! Figures of the account as a whole.

use super::{Basis, Better, Evidence, Figure, MetricDefinition, Unit, numbers::ratio};

const NO_BARS: &str = "there are no bars";

pub(super) const DEFINITIONS: &[MetricDefinition] = &[
    MetricDefinition {
        name: "total_return",
        formula: "final equity ÷ initial cash − 1",
        unit: Unit::Fraction,
        basis: Basis::Equity,
        better: Better::Higher,
        compute: total_return,
    },
    MetricDefinition {
        name: "buy_and_hold_return",
        formula: "last close ÷ first close − 1, over the same bars",
        unit: Unit::Fraction,
        basis: Basis::Closes,
        better: Better::Higher,
        compute: buy_and_hold_return,
    },
    MetricDefinition {
        name: "cagr",
        formula: "(final equity ÷ initial cash)^(365.25 days ÷ duration) − 1, duration from the first bar's open to \
                  the last bar's close",
        unit: Unit::Fraction,
        basis: Basis::Equity,
        better: Better::Higher,
        compute: cagr,
    },
    MetricDefinition {
        name: "exposure",
        formula: "bars during which there was a position ÷ bars",
        unit: Unit::Fraction,
        basis: Basis::Bars,
        better: Better::Lower,
        compute: exposure,
    },
    MetricDefinition {
        name: "turnover",
        formula: "value of all fills ÷ mean equity at bar closes",
        unit: Unit::Ratio,
        basis: Basis::Fills,
        better: Better::Lower,
        compute: turnover,
    },
    MetricDefinition {
        name: "commissions",
        formula: "sum of the commissions of all fills",
        unit: Unit::Currency,
        basis: Basis::Fills,
        better: Better::Lower,
        compute: |evidence| Ok(evidence.totals.commissions),
    },
    MetricDefinition {
        name: "slippage",
        formula: "sum over all fills of units × |fill price − market price|",
        unit: Unit::Currency,
        basis: Basis::Fills,
        better: Better::Lower,
        compute: |evidence| Ok(evidence.totals.slippage),
    },
];

fn total_return(evidence: &Evidence<'_>) -> Figure {
    Ok(evidence.last_equity.ok_or(NO_BARS)? / evidence.cash - 1.0)
}

fn buy_and_hold_return(evidence: &Evidence<'_>) -> Figure {
    let (first, last) = evidence.closes.ok_or(NO_BARS)?;
    if first <= 0.0 {
        return Err("the first close is not above zero");
    }
    Ok(last / first - 1.0)
}

pub(super) fn cagr(evidence: &Evidence<'_>) -> Figure {
    let last = evidence.last_equity.ok_or(NO_BARS)?;
    if last <= 0.0 {
        return Err("the final equity is not above zero");
    }
    Ok(libm::pow(last / evidence.cash, 365.25 / evidence.days) - 1.0)
}

fn exposure(evidence: &Evidence<'_>) -> Figure {
    ratio(evidence.totals.bars_held as f64, evidence.bars as f64, NO_BARS)
}

fn turnover(evidence: &Evidence<'_>) -> Figure {
    let mean = evidence.mean_equity.ok_or(NO_BARS)?;
    if mean <= 0.0 {
        return Err("the mean equity is not above zero");
    }
    Ok(evidence.totals.traded / mean)
}
