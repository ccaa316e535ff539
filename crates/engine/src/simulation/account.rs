//! Cash, sizes and costs.

use domain::{
    backtest::{Costs, Side},
    strategy::{Size, SizeBasis},
};

use super::Terms;

/// What was done in all.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Totals {
    /// Commissions paid, in the account's currency.
    pub(crate) commissions: f64,
    /// What slippage took, in the account's currency.
    pub(crate) slippage: f64,
    /// The value of every fill, in the account's currency.
    pub(crate) traded: f64,
    /// The number of bars during which there was a position.
    pub(crate) bars_held: usize,
}

/// An order that was filled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filled {
    pub(super) units: f64,
    /// The price per unit, slippage included.
    pub(super) price: f64,
    pub(super) commission: f64,
}

/// The cash of an account. A short sale adds to it, which the position then owes.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) cash: f64,
    pub(super) totals: Totals,
    size: Size,
    commission: f64,
    commission_per_trade: f64,
    slippage: f64,
}

impl Account {
    pub(super) fn open(terms: &Terms) -> Self {
        let Costs {
            commission_bps,
            commission_per_trade,
            slippage_bps,
        } = terms.costs;
        Self {
            cash: terms.cash,
            totals: Totals::default(),
            size: terms.size,
            commission: commission_bps / 10_000.0,
            commission_per_trade,
            slippage: slippage_bps / 10_000.0,
        }
    }

    /// Opens a position at a market price; `None` when the cash allows none.
    pub(super) fn enter(&mut self, side: Side, market: f64) -> Option<Filled> {
        let price = self.price(side, market);
        let units = self.units(price)?;
        Some(self.fill(side, units, market, price))
    }

    /// Closes a position of so many units at a market price.
    pub(super) fn leave(&mut self, side: Side, units: f64, market: f64) -> Filled {
        let against = side.opposite();
        self.fill(against, units, market, self.price(against, market))
    }

    fn fill(&mut self, side: Side, units: f64, market: f64, price: f64) -> Filled {
        let value = units * price;
        let commission = self.commission_on(value);
        self.cash -= side.sign() * value + commission;
        self.totals.commissions += commission;
        self.totals.slippage += units * (price - market).abs();
        self.totals.traded += value.abs();
        Filled {
            units,
            price,
            commission,
        }
    }

    /// Moves a market price against the trader.
    fn price(&self, side: Side, market: f64) -> f64 {
        market + side.sign() * market.abs() * self.slippage
    }

    fn commission_on(&self, value: f64) -> f64 {
        value.abs() * self.commission + self.commission_per_trade
    }

    /// Solves the size of an entry at a price. There is no position, so that the cash is the equity; value and
    /// commission must not exceed it, long or short.
    fn units(&self, price: f64) -> Option<f64> {
        // What costs nothing could be bought without end.
        if price <= 0.0 {
            return None;
        }
        let budget = match self.size.basis() {
            SizeBasis::Fraction(fraction) => fraction * self.cash,
            SizeBasis::Cash(cash) => cash.min(self.cash),
            SizeBasis::Units(_) => self.cash,
        };
        let affordable = (budget - self.commission_per_trade) / (price * (1.0 + self.commission));
        let wanted = match self.size.basis() {
            SizeBasis::Units(units) => units.min(affordable),
            _ => affordable,
        };
        let units = if self.size.whole_units() {
            self.whole(wanted, price, budget)
        } else {
            self.within(wanted, price, budget)
        };
        (units > 0.0 && units.is_finite()).then_some(units)
    }

    fn costs_of(&self, units: f64, price: f64) -> f64 {
        units * price + self.commission_on(units * price)
    }

    /// Cuts to whole units. A division that rounded down just below a whole number does not lose a unit.
    fn whole(&self, units: f64, price: f64, budget: f64) -> f64 {
        let above = units.floor() + 1.0;
        if above - units <= 1e-9 * above && self.costs_of(above, price) <= budget {
            return above;
        }
        let whole = units.floor();
        if whole > 0.0 && self.costs_of(whole, price) > budget {
            whole - 1.0
        } else {
            whole
        }
    }

    /// Takes off what rounding added, so that the cash never falls below zero by an entry.
    fn within(&self, units: f64, price: f64, budget: f64) -> f64 {
        let mut units = units;
        for _ in 0..8 {
            if units <= 0.0 || self.costs_of(units, price) <= budget {
                break;
            }
            units = units.next_down();
        }
        units
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(cash: f64, size: Size, commission_bps: f64, commission_per_trade: f64) -> Account {
        Account::open(&Terms {
            cash,
            size,
            costs: Costs {
                commission_bps,
                commission_per_trade,
                slippage_bps: 0.0,
            },
            fill: domain::strategy::Fill::NextOpen,
        })
    }

    #[test]
    fn the_costs_of_an_entry_fit_into_its_size() {
        let half = Size::new(SizeBasis::Fraction(0.5), false).unwrap();
        let mut account = account(1010.0, half, 100.0, 4.0);
        // 505 less 4 is 501, of which 1 % goes to the commission.
        let entry = account.enter(Side::Long, 10.0).unwrap();
        assert!((entry.units * 10.0 * 1.01 - 501.0).abs() < 1e-9);
        assert!((account.cash - 505.0).abs() < 1e-9);
    }

    #[test]
    fn whole_units_are_cut_but_none_is_lost_to_rounding() {
        let whole = Size::new(SizeBasis::Fraction(1.0), true).unwrap();
        assert_eq!(
            account(100.0, whole, 0.0, 0.0)
                .enter(Side::Long, 30.0)
                .unwrap()
                .units,
            3.0
        );
        // 0.3 / 0.1 is just below 3 in f64, and 3 × 0.1 just above 0.3.
        assert_eq!(
            account(0.3, whole, 0.0, 0.0)
                .enter(Side::Long, 0.1)
                .unwrap()
                .units,
            2.0
        );
        assert_eq!(
            account(1.1, whole, 0.0, 0.0)
                .enter(Side::Long, 0.11)
                .unwrap()
                .units,
            10.0
        );
        assert!(account(100.0, whole, 0.0, 0.0).enter(Side::Long, 100.5).is_none());
    }

    #[test]
    fn never_more_than_the_cash_allows() {
        let units = Size::new(SizeBasis::Units(10.0), false).unwrap();
        assert_eq!(
            account(500.0, units, 0.0, 0.0)
                .enter(Side::Short, 100.0)
                .unwrap()
                .units,
            5.0
        );
        let cash = Size::new(SizeBasis::Cash(1000.0), false).unwrap();
        assert_eq!(
            account(500.0, cash, 0.0, 0.0)
                .enter(Side::Long, 100.0)
                .unwrap()
                .units,
            5.0
        );
        assert!(
            account(500.0, cash, 0.0, 500.0)
                .enter(Side::Long, 100.0)
                .is_none()
        );
        assert!(account(500.0, cash, 0.0, 0.0).enter(Side::Long, 0.0).is_none());
        assert!(account(500.0, cash, 0.0, 0.0).enter(Side::Long, -3.0).is_none());
    }
}
