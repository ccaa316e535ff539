//! How much of a sweep can be stored whole.

use domain::market::Zone;

use super::*;

fn settings(start: Option<&str>, end: Option<&str>) -> BacktestSettings {
    let time = |text: &str| text.parse().unwrap();
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
