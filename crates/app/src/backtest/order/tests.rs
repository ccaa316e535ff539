//! What is known of an order by itself: its costs, its period, and how much of a sweep can be stored whole.

use domain::market::Zone;

use super::*;
use crate::fixture::{author, key, time};

fn order() -> RunOrder {
    RunOrder::new("cross".parse().unwrap(), key("X:A/1d"), author())
}

#[test]
fn costs_that_are_given_replace_those_of_the_strategy_one_by_one() {
    let own = Costs {
        commission_bps: 10.0,
        commission_per_trade: 1.0,
        slippage_bps: 2.0,
    };
    assert_eq!(order().costs(own), own);
    let given = RunOrder {
        commission_per_trade: Some(0.0),
        slippage_bps: Some(5.0),
        ..order()
    };
    let merged = Costs {
        commission_bps: 10.0,
        commission_per_trade: 0.0,
        slippage_bps: 5.0,
    };
    assert_eq!(given.costs(own), merged);
}

#[rstest::rstest]
#[case(None, None, true)]
#[case(None, Some("2024-01-01"), true)]
#[case(Some("2024-01-01"), None, true)]
#[case(Some("2024-01-01"), Some("2024-01-01T00:00:00.000001Z"), true)]
#[case(Some("2024-01-01"), Some("2024-01-01"), false)]
#[case(Some("2024-01-02"), Some("2024-01-01"), false)]
fn a_period_ends_later_than_it_starts(
    #[case] start: Option<&str>,
    #[case] end: Option<&str>,
    #[case] is_taken: bool,
) {
    let (start, end) = (start.map(time), end.map(time));
    let checked = RunOrder {
        start,
        end,
        ..order()
    }
    .check_period();
    let told = checked.map_err(|error| error.to_string());
    let expected = if is_taken {
        Ok(())
    } else {
        Err("`end` must be later than `start`".to_owned())
    };
    assert_eq!(told, expected);
}

fn settings(start: Option<&str>, end: Option<&str>) -> BacktestSettings {
    BacktestSettings {
        start: start.map(time),
        end: end.map(time),
        parameters: BTreeMap::new(),
        cash: 1.0,
        costs: Costs::default(),
        sessions_per_year: 252.0,
        zone: Zone::default(),
        risk_free: 0.0,
    }
}

#[rstest::rstest]
#[case(None, None, 5_000_000)]
#[case(None, Some("2024-01-01"), 5_000_000)]
#[case(Some("2024-01-01"), Some("2024-01-02"), 1_441)]
#[case(Some("2024-05-31"), None, 1_441)]
#[case(Some("2024-01-02"), Some("2024-01-01"), 1)]
#[case(Some("1990-01-01"), None, 5_000_000)]
fn a_period_has_no_more_bars_than_open_in_it(
    #[case] start: Option<&str>,
    #[case] end: Option<&str>,
    #[case] most: u64,
) {
    let (timeframe, now) = ("1m".parse().unwrap(), "2024-06-01".parse().unwrap());
    assert_eq!(
        bars_within(5_000_000, &settings(start, end), timeframe, now),
        most
    );
}

#[test]
fn the_curves_of_the_best_runs_fit_into_a_gibibyte() {
    assert_eq!(check_points(100, 671_088), Ok(()));
    assert_eq!(check_points(0, u64::MAX), Ok(()));
    let told = check_points(100, 671_089).unwrap_err().to_string();
    assert_eq!(
        told,
        "100 runs over up to 671089 bars have more than the 67108864 points of equity that 1 GiB holds; give a number \
         up to 99, or a shorter period"
    );
}
