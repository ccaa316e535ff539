//! Tests of checking.

use super::*;
use crate::parse_toml;

/// A document that enters by a rule, with two parameters and a named expression.
fn document(rule: &str) -> StrategyDocument {
    let text = format!(
        "name = 'x'\n[parameters]\nfast = {{ default = 10, min = 2, max = 200 }}\nslow = 50\n\
         [let]\nquick = 'sma(close, fast)'\n[long]\nenter = '''{rule}'''"
    );
    parse_toml(&text).unwrap()
}

fn first_error(rule: &str) -> RuleError {
    check(&document(rule)).unwrap_err().remove(0)
}

#[rstest::rstest]
#[case("close > open", 0)]
#[case("close[3] > open", 3)]
#[case("quick > 1", 9)]
#[case("quick[2] > 1", 11)]
#[case("sma(rsi(close, 14), 10) > 50", 23)]
#[case("crosses_above(quick, sma(close, slow))", 50)]
#[case("close > 1 or sma(close, slow) > 1", 49)]
#[case("highest(high, 20) > close", 19)]
#[case("change(close) > 0", 1)]
#[case("bars_since(close[4] > open) < 3", 4)]
#[case("macd(close) > macd_signal(close)", 33)]
#[case("atr() > 1 and hour > 3 and log(5) > 1", 14)]
#[case("sma(close, fast * 2 + 1) > 0", 20)]
#[case("close[slow - fast] > 0", 40)]
fn the_warm_up_follows_from_the_rule(#[case] rule: &str, #[case] warm_up: usize) {
    assert_eq!(check(&document(rule)).unwrap().warm_up(), warm_up);
}

#[rstest::rstest]
#[case("atr(3) > 1", "high,low,close")]
#[case("obv(open) > volume", "open,volume")]
#[case("hour == 3", "time")]
#[case("quick > 1", "close")]
fn the_columns_that_are_read_are_told(#[case] rule: &str, #[case] columns: &str) {
    assert_eq!(
        check(&document(rule)).unwrap().columns(),
        columns.parse().unwrap()
    );
}

#[rstest::rstest]
#[case("clsoe > 1", 1, "`clsoe` is not known", Some("close"))]
#[case("1 < quik", 5, "`quik` is not known", Some("quick"))]
#[case("smaa(close, 2) > 1", 1, "`smaa` is not a function", Some("sma"))]
#[case("sma > 1", 1, "is a function; call it", None)]
#[case("close(2) > 1", 1, "takes no arguments", None)]
#[case("close", 1, "a truth is needed here, and this is a number", None)]
#[case("close > (open > 1)", 9, "a number is needed here, and this is a truth", None)]
#[case("not close", 5, "a truth is needed", None)]
#[case("sma() > 1", 1, "takes 1 to 2 arguments, not 0", None)]
#[case("sma(close, 2, 3) > 1", 1, "not 3", None)]
#[case("max(close) > 1", 1, "takes at least 2 arguments, not 1", None)]
#[case("sma(close, open) > 1", 12, "a whole constant is needed", None)]
#[case("sma(close, 1.5) > 1", 12, "and this is 1.5", None)]
#[case("sma(close, 0) > 1", 12, "between 1 and 100000", None)]
#[case("sma(close, 1e18) > 1", 12, "between 1 and 100000", None)]
#[case("close[-1] > 1", 7, "between 0 and 100000", None)]
#[case("close[0/0] > 1", 7, "and this is NaN", None)]
fn a_mistake_is_told_with_its_place(
    #[case] rule: &str,
    #[case] column: usize,
    #[case] part: &str,
    #[case] nearest: Option<&str>,
) {
    let error = first_error(rule);
    assert_eq!(error.pointer, "/long/enter");
    assert_eq!(error.place.as_ref().unwrap().column, column, "{error}");
    assert!(error.message.contains(part), "{error}");
    if nearest.is_some() {
        assert_eq!(error.nearest.as_deref(), nearest, "{error}");
    }
}

#[test]
fn an_error_shows_the_rule_with_carets() {
    let error = first_error("close > open and\n  smaa(close, 2) > 1");
    let text = "long.enter, line 2, column 3: `smaa` is not a function; did you mean `sma`?\n    \
                \u{20}\u{20}smaa(close, 2) > 1\n      ^^^^";
    assert_eq!(error.to_string(), text);
}

#[test]
fn every_rule_is_checked() {
    let text = "name = 'x'\n[parameters]\nclose = 3\na = { default = 5, max = 3 }\n[let]\nb = 'clos'\nsma = '1'\n\
                [long]\nenter = 'b > 1 and foo'\nexit = '3'\nstop_loss = 1.5\n[short]\nenter = 'close > 1'\nmax_bars = 0\n\
                [costs]\nslippage_bps = -1";
    let errors = check(&parse_toml(text).unwrap()).unwrap_err();
    let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
    let expected = [
        "/parameters/a",
        "/parameters/close",
        "/let/sma",
        "/long/stop_loss",
        "/short/max_bars",
        "/costs/slippage_bps",
        "/let/b",
        "/long/enter",
        "/long/exit",
    ];
    assert_eq!(pointers, expected);
}

#[test]
fn an_expression_that_needs_itself_is_refused() {
    let text = "name = 'x'\n[let]\na = 'b + 1'\nb = 'c[1]'\nc = 'sma(a, 2)'\n[long]\nenter = 'a > 1'";
    let error = check(&parse_toml(text).unwrap()).unwrap_err().remove(0);
    assert!(error.message.contains("a → b → c → a"), "{error}");
}

#[test]
fn a_strategy_must_trade() {
    let errors = check(&parse_toml("name = 'x'").unwrap()).unwrap_err();
    assert!(errors[0].message.contains("`[long]` or `[short]`"));
}

#[test]
fn parameters_keep_to_their_range() {
    let checked = check(&document("quick > 1")).unwrap();
    let given = |name: &str, value| BTreeMap::from([(name.to_owned(), value)]);
    assert_eq!(checked.parameters(&given("fast", 20.0)).unwrap()["fast"], 20.0);
    let error = checked.parameters(&given("fast", 1.0)).unwrap_err().remove(0);
    assert!(error.message.contains("between 2 and 200"), "{error}");
    assert!(checked.parameters(&given("slow", f64::NAN)).is_err());
    let error = checked.parameters(&given("fats", 3.0)).unwrap_err().remove(0);
    assert_eq!(error.nearest.as_deref(), Some("fast"));
}

#[test]
fn equal_parts_are_one_operation() {
    let mut graph = Graph::default();
    let rule = "sma(close, fast) > sma(close, 10) and crosses_above(quick, open) and not (quick < open)";
    let checked = check(&document(rule)).unwrap();
    let defaults = checked.parameters(&BTreeMap::new()).unwrap();
    checked.plan(&mut graph, &defaults).unwrap();
    let indicators = (0..graph.len() as u32)
        .filter(|node| matches!(graph.op(*node), crate::graph::Op::Indicator { .. }))
        .count();
    assert_eq!(indicators, 1);
}

#[test]
fn hostile_documents_are_bounded() {
    // Each name doubles the one before it: a tree of 2^200 leaves, a graph of 200 operations.
    let mut lets: Vec<String> = (1..200)
        .map(|n| format!("v{n} = 'v{} + v{}'\n", n - 1, n - 1))
        .collect();
    lets.push("v0 = 'close'\n".to_owned());
    let lets = lets.concat();
    let text = format!("name = 'x'\n[let]\n{lets}[long]\nenter = 'v199 > 1'");
    assert!(check(&parse_toml(&text).unwrap()).is_ok());
    let many: Vec<String> = (0..60)
        .map(|n| {
            let sum: Vec<String> = (0..90).map(|m| format!("close * {n}.{m}1")).collect();
            format!("v{n} = '{}'\n", sum.join(" + "))
        })
        .collect();
    let text = format!("name = 'x'\n[let]\n{}[long]\nenter = 'close > 1'", many.concat());
    let errors = check(&parse_toml(&text).unwrap()).unwrap_err();
    assert!(errors[0].message.contains("operations"), "{}", errors[0]);
    let mut long = document("close > 1");
    long.lets
        .extend((0..100_000).map(|n| (format!("w{n}"), "close".to_owned())));
    long.long.as_mut().unwrap().enter = "(".repeat(1_000_000);
    assert!(check(&long).is_err());
}
