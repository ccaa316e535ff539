//! Tests of what operations compute: against plain loops, and against what undefined values must do.

use std::collections::BTreeMap;

use domain::market::{Bar, Bars, TimeRange, Timeframe, Zone};
use proptest::prelude::*;

use super::{column::Values, *};
use crate::{
    functions::{ArgumentKind, functions},
    series::Series,
    testing::{DAY, checked, flat_bars, walk},
};

fn values(rule: &str, bars: &Bars, truths: bool) -> Values {
    evaluated(rule, bars, truths, false)
}

/// Evaluates a rule; `whole` makes every operation wait for all bars of its operands.
fn evaluated(rule: &str, bars: &Bars, truths: bool, whole: bool) -> Values {
    let mut graph = Graph::default();
    // Adding zero makes a column of whatever the expression is.
    let rule = if truths {
        rule.to_owned()
    } else {
        format!("({rule}) + 0 > 0")
    };
    let checked = checked(&format!("[long]\nenter = '{rule}'"));
    let plan = checked.plan(&mut graph, &BTreeMap::new()).unwrap();
    let root = plan.roots()[0];
    let node = match graph.op(root) {
        Op::Compare(Comparison::Less, _, number) if !truths => *number,
        _ => root,
    };
    let kept = 0..if whole { graph.len() as NodeId } else { 0 };
    let evaluator = Evaluator {
        graph: &graph,
        series: Series::within(bars, &TimeRange::ALL),
        timeframe: Timeframe::DAY,
        zone: &Zone::UTC,
        shared: &SharedColumns::of(kept),
        on_all_cores: true,
    };
    let mut blocks = evaluator.blocks(&[node], |_, _| true).unwrap();
    let (mut numbers, mut found) = (Vec::new(), Vec::new());
    for to in (0..=bars.len()).step_by(1000).chain([bars.len()]) {
        let stretch = blocks.advance(to);
        numbers.extend_from_slice(stretch.numbers().unwrap_or_default());
        found.extend_from_slice(stretch.truths().next().unwrap());
    }
    if truths {
        Values::Truths(found)
    } else {
        Values::Numbers(numbers)
    }
}

fn numbers(rule: &str, bars: &Bars) -> Vec<f64> {
    match values(rule, bars, false) {
        Values::Numbers(numbers) => numbers,
        other => panic!("{other:?}"),
    }
}

/// Truths as letters: t, f and - for undefined.
fn truths(rule: &str, bars: &Bars) -> String {
    match values(rule, bars, true) {
        Values::Truths(truths) => truths
            .iter()
            .map(|truth| ['f', '-', 't'][usize::from(*truth)])
            .collect(),
        other => panic!("{other:?}"),
    }
}

/// The mean of the last so many values.
fn plain_sma(x: &[f64], period: usize) -> Vec<f64> {
    let mean = |end: usize| x[end + 1 - period..=end].iter().sum::<f64>() / period as f64;
    (0..x.len())
        .map(|end| if end + 1 < period { f64::NAN } else { mean(end) })
        .collect()
}

/// The first value is the mean of the first `period` ones that are defined.
fn plain_ema(x: &[f64], period: usize) -> Vec<f64> {
    let start = x.iter().position(|value| !value.is_nan()).unwrap_or(x.len());
    let mut out = vec![f64::NAN; x.len()];
    if start + period > x.len() {
        return out;
    }
    let mut ema = x[start..start + period].iter().sum::<f64>() / period as f64;
    let k = 2.0 / (period as f64 + 1.0);
    out[start + period - 1] = ema;
    for index in start + period..x.len() {
        ema += k * (x[index] - ema);
        out[index] = ema;
    }
    out
}

/// Wilder's smoothing: the mean of the first `period` values from `start`, then one part in `period`.
fn wilder(x: &[f64], start: usize, period: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; x.len()];
    if start + period > x.len() {
        return out;
    }
    let mut smooth = x[start..start + period].iter().sum::<f64>() / period as f64;
    out[start + period - 1] = smooth;
    for index in start + period..x.len() {
        smooth = (smooth * (period as f64 - 1.0) + x[index]) / period as f64;
        out[index] = smooth;
    }
    out
}

fn plain_rsi(x: &[f64], period: usize) -> Vec<f64> {
    let change = |index: usize| if index == 0 { 0.0 } else { x[index] - x[index - 1] };
    let gains: Vec<f64> = (0..x.len()).map(|index| change(index).max(0.0)).collect();
    let losses: Vec<f64> = (0..x.len()).map(|index| (-change(index)).max(0.0)).collect();
    let (gains, losses) = (wilder(&gains, 1, period), wilder(&losses, 1, period));
    gains
        .iter()
        .zip(&losses)
        .map(|(gain, loss)| 100.0 * gain / (gain + loss))
        .collect()
}

fn plain_atr(bars: &Bars, period: usize) -> Vec<f64> {
    let range = |index: usize| {
        let (bar, before) = (bars.bar(index), bars.close()[index.saturating_sub(1)]);
        (bar.high - bar.low)
            .max((bar.high - before).abs())
            .max((bar.low - before).abs())
    };
    let ranges: Vec<f64> = (0..bars.len()).map(range).collect();
    wilder(&ranges, 1, period)
}

fn plain_deviation(x: &[f64], period: usize) -> Vec<f64> {
    let deviation = |end: usize| {
        let window = &x[end + 1 - period..=end];
        let mean = window.iter().sum::<f64>() / period as f64;
        let squares = window.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        (squares / period as f64).sqrt()
    };
    (0..x.len())
        .map(|end| {
            if end + 1 < period {
                f64::NAN
            } else {
                deviation(end)
            }
        })
        .collect()
}

fn combined(a: &[f64], b: &[f64], combine: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| combine(*a, *b)).collect()
}

fn assert_agree(rule: &str, bars: &Bars, expected: &[f64]) {
    let found = numbers(rule, bars);
    assert_eq!(found.len(), expected.len());
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let agrees = if expected.is_nan() {
            found.is_nan()
        } else {
            (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
        };
        assert!(agrees, "{rule} at bar {index}: {found} instead of {expected}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn indicators_agree_with_plain_loops(rows in 1..200_usize, seed in any::<u64>(), period in 2..30_usize) {
        let bars = walk(rows, seed);
        let close = bars.close();
        assert_agree(&format!("sma(close, {period})"), &bars, &plain_sma(close, period));
        assert_agree(&format!("ema(close, {period})"), &bars, &plain_ema(close, period));
        assert_agree(&format!("rsi(close, {period})"), &bars, &plain_rsi(close, period));
        assert_agree(&format!("atr({period})"), &bars, &plain_atr(&bars, period));
        let (middle, deviation) = (plain_sma(close, period), plain_deviation(close, period));
        let upper = combined(&middle, &deviation, |middle, deviation| middle + 1.5 * deviation);
        let lower = combined(&middle, &deviation, |middle, deviation| middle - 1.5 * deviation);
        assert_agree(&format!("bbands_upper(close, {period}, 1.5)"), &bars, &upper);
        assert_agree(&format!("bbands_middle(close, {period}, 1.5)"), &bars, &middle);
        assert_agree(&format!("bbands_lower(close, {period}, 1.5)"), &bars, &lower);
    }

    #[test]
    fn extremes_agree_with_plain_loops(rows in 1..80_usize, seed in any::<u64>(), bars_back in 1..20_usize) {
        let bars = walk(rows, seed);
        let extreme = |x: &[f64], pick: fn(f64, f64) -> f64| -> Vec<f64> {
            let window = |end: usize| x[end + 1 - bars_back..=end].iter().copied().reduce(pick).unwrap();
            (0..x.len()).map(|end| if end + 1 < bars_back { f64::NAN } else { window(end) }).collect()
        };
        assert_agree(&format!("highest(high, {bars_back})"), &bars, &extreme(bars.high(), f64::max));
        assert_agree(&format!("lowest(low, {bars_back})"), &bars, &extreme(bars.low(), f64::min));
    }
}

#[test]
fn macd_agrees_with_a_plain_loop() {
    let bars = walk(300, 7);
    // TA-Lib begins both averages where the slow one does: the fast one's first value is the mean of the `fast`
    // values before that place.
    let (fast, slow, signal) = (12, 26, 9);
    let late = plain_ema(&bars.close()[slow - fast..], fast);
    let mut quick = vec![f64::NAN; slow - fast];
    quick.extend(late);
    let line = combined(&quick, &plain_ema(bars.close(), slow), |quick, calm| quick - calm);
    let smooth = plain_ema(&line, signal);
    // All three outputs begin where the signal does.
    let shown = combined(
        &line,
        &smooth,
        |line, smooth| if smooth.is_nan() { smooth } else { line },
    );
    assert_agree("macd(close, 12, 26, 9)", &bars, &shown);
    assert_agree("macd_signal(close)", &bars, &smooth);
    assert_agree(
        "macd_hist(close)",
        &bars,
        &combined(&line, &smooth, |line, smooth| line - smooth),
    );
}

/// Calls a function with closes, a condition and its defaults.
fn sample_call(function: &crate::functions::Function) -> String {
    let arguments: Vec<String> = function
        .arguments
        .iter()
        .enumerate()
        .map(|(index, argument)| match argument.kind {
            ArgumentKind::Number => ["close", "open"][index % 2].to_owned(),
            ArgumentKind::Truth => "close > open".to_owned(),
            ArgumentKind::Whole { default, .. } => default.unwrap_or(5.0).to_string(),
            ArgumentKind::Real { default, .. } => default.unwrap_or(1.0).to_string(),
        })
        .collect();
    format!("{}({})", function.name, arguments.join(", "))
}

/// Every function as a column of numbers; a truth is told by how long ago it was.
fn sample(function: &crate::functions::Function, bars: &Bars) -> Vec<f64> {
    let call = sample_call(function);
    match function.returns {
        Type::Number => numbers(&call, bars),
        Type::Truth => numbers(&format!("bars_since({call})"), bars),
    }
}

#[test]
fn no_function_sees_the_future() {
    let whole = walk(260, 3);
    for function in functions() {
        let full = sample(function, &whole);
        for rows in [1, 40, 77, 150, 259] {
            let cut = sample(function, &whole.slice(0..rows));
            let same = cut.iter().zip(&full).all(|(a, b)| a.to_bits() == b.to_bits());
            assert!(same, "{} differs over {rows} bars", function.name);
        }
    }
}

#[test]
fn functions_are_undefined_just_as_long_as_they_say() {
    let bars = walk(260, 5);
    for function in
        functions().filter(|function| function.returns == Type::Number && function.name != "bars_since")
    {
        let mut graph = Graph::default();
        let rule = format!("[long]\nenter = '{} > 0'", sample_call(function));
        let plan = checked(&rule).plan(&mut graph, &BTreeMap::new()).unwrap();
        let first = sample(function, &bars).iter().position(|value| !value.is_nan());
        assert_eq!(first, Some(plan.warm_up), "{}", function.name);
    }
}

#[test]
fn an_undefined_input_spoils_its_window_alone() {
    let mut rows: Vec<Bar> = walk(12, 1).rows().collect();
    rows[5].volume = f64::NAN;
    let bars = Bars::from_rows(&rows).unwrap();
    let found: Vec<bool> = numbers("sma(volume, 3)", &bars)
        .iter()
        .map(|value| value.is_nan())
        .collect();
    let undefined = [0, 1, 5, 6, 7];
    let expected: Vec<bool> = (0..12).map(|index| undefined.contains(&index)).collect();
    assert_eq!(found, expected);
    let highest: Vec<bool> = numbers("highest(volume, 3)", &bars)
        .iter()
        .map(|value| value.is_nan())
        .collect();
    assert_eq!(highest, expected);
}

#[rstest::rstest]
// The closes are 1, 2, 3, 4; `log(2.5 - close)` is undefined from the third on.
#[case("log(2.5 - close) > 9", "ff--")]
#[case("not (log(2.5 - close) > 9)", "tt--")]
#[case("log(2.5 - close) > 9 and close > 3", "fff-")]
#[case("log(2.5 - close) > 9 and close > 9", "ffff")]
#[case("log(2.5 - close) > 9 or close > 3", "ff-t")]
#[case("1 / 0 > 1 or 0 / 0 == 0 / 0", "----")]
#[case("close[2] >= 1", "--tt")]
#[case("(close > 2)[1]", "-fft")]
#[case("crosses_above(close, 2.5)", "fftf")]
#[case("crosses_below(2.5, close)", "fftf")]
#[case("crosses_above(close, 0)", "-fff")]
#[case("crosses_above(close, 2)", "fftf")]
#[case("pow(0 / 0, 0) == 1", "----")]
#[case("max(close, 0 / 0) > 0", "----")]
#[case("close == 2 or close != 3", "ttft")]
#[case("2 > 1", "tttt")]
fn undefined_stays_undefined(#[case] rule: &str, #[case] expected: &str) {
    assert_eq!(truths(rule, &flat_bars(DAY, &[1.0, 2.0, 3.0, 4.0])), expected);
}

#[test]
fn own_functions_compute_what_they_say() {
    let bars = flat_bars(DAY, &[4.0, 1.0, 9.0, 16.0]);
    let zero_if_undefined = |rule| -> Vec<f64> {
        let found = numbers(rule, &bars);
        found
            .iter()
            .map(|x| if x.is_nan() { -99.0 } else { *x })
            .collect()
    };
    assert_eq!(zero_if_undefined("change(close, 2)"), [-99.0, -99.0, 5.0, 15.0]);
    assert_eq!(zero_if_undefined("sqrt(close)"), [2.0, 1.0, 3.0, 4.0]);
    assert_eq!(zero_if_undefined("abs(4 - close)"), [0.0, 3.0, 5.0, 12.0]);
    assert_eq!(zero_if_undefined("min(close, 5, 3 + 1)"), [4.0, 1.0, 4.0, 4.0]);
    assert_eq!(zero_if_undefined("max(close, 5)"), [5.0, 5.0, 9.0, 16.0]);
    assert_eq!(zero_if_undefined("pow(close, 0.5)"), [2.0, 1.0, 3.0, 4.0]);
    assert_eq!(zero_if_undefined("log(exp(close - 4)) + 4")[0], 4.0);
    assert_eq!(
        zero_if_undefined("bars_since(close > 8)"),
        [-99.0, -99.0, 0.0, 0.0]
    );
    assert_eq!(zero_if_undefined("bars_since(close < 2)"), [-99.0, 0.0, 1.0, 2.0]);
    assert_eq!(zero_if_undefined("-close / 2"), [-2.0, -0.5, -4.5, -8.0]);
    // 1970-01-01 was a Thursday.
    assert_eq!(zero_if_undefined("weekday"), [4.0, 5.0, 6.0, 7.0]);
}

#[rstest::rstest]
#[case("crosses_above(sma(close, 10), sma(close, 50))")]
#[case("crosses_below(close, sma(open, 3)) and not (close > high[1])")]
#[case("sma(close, 5) > ema(sma(close, 7), 3) or (close > open)[2]")]
#[case("log(close - 100) > 0 and bars_since(close > sma(close, 9)) < 4")]
#[case("crosses_above(log(close - 100), sma(log(close - 100), 4))")]
#[case("rsi(close, 14) > 50 and min(close, open) * 2 != sma(high, 1)")]
fn a_rule_has_the_same_truths_by_block_as_over_all_bars(#[case] rule: &str) {
    let bars = walk(9_000, 21);
    let truths = |whole| evaluated(rule, &bars, true, whole).into_truths();
    let (by_block, whole) = (truths(false), truths(true));
    assert_eq!(by_block.len(), 9_000);
    assert!(whole.contains(&TRUE), "the rule never holds");
    assert!(by_block == whole, "{rule}");
}

#[test]
fn columns_that_are_kept_for_blocks_are_counted() {
    let counted = |rule: &str| {
        let mut graph = Graph::default();
        let checked = checked(&format!("[long]\nenter = '{rule}'"));
        let plan = checked.plan(&mut graph, &BTreeMap::new()).unwrap();
        let bars = walk(10, 1);
        let evaluator = Evaluator {
            graph: &graph,
            series: Series::within(&bars, &TimeRange::ALL),
            timeframe: Timeframe::DAY,
            zone: &Zone::UTC,
            shared: &SharedColumns::default(),
            on_all_cores: false,
        };
        let needed = graph.needed(&plan.roots(), |_| false);
        let mut uses = std::collections::HashMap::new();
        for node in &needed {
            graph
                .op(*node)
                .operands(|operand| *uses.entry(operand).or_default() += 1);
        }
        evaluator.most_columns(&needed, uses)
    };
    // One column goes as the next one comes.
    assert_eq!(counted("highest(highest(highest(close, 2), 3), 4) > 1"), 2);
    // These are all there when the comparison is made, which is one more.
    assert_eq!(counted("highest(close, 2) > lowest(close, 2)"), 3);
}
