//! Tests of reading and writing documents.

use domain::strategy::{Fill, SizeBasis};

use super::*;

const CROSS: &str = r#"
name = "sma-cross"
title = "Moving-average crossover"

[parameters]
fast = { default = 10, min = 2, max = 200 }
slow = { default = 50, min = 5, max = 400 }

[let]
quick = "sma(close, fast)"
calm  = "sma(close, slow)"

[long]
enter = "crosses_above(quick, calm)"
exit  = "crosses_below(quick, calm)"
stop_loss = 0.05

[short]
enter = "crosses_below(quick, calm)"
max_bars = 20

[size]
fraction = 0.95

[costs]
commission_bps = 10
commission_per_trade = 0
slippage_bps = 2.5

[execution]
fill = "close"
zone = "America/New_York"
"#;

#[test]
fn every_key_of_a_document_is_read() {
    let document = parse_toml(CROSS).unwrap();
    assert_eq!(document.name.as_str(), "sma-cross");
    assert_eq!(document.parameters["fast"].max, Some(200.0));
    assert_eq!(document.lets["calm"], "sma(close, slow)");
    assert_eq!(document.long.as_ref().unwrap().stop_loss, Some(0.05));
    assert_eq!(document.short.as_ref().unwrap().max_bars, Some(20));
    assert_eq!(document.size.basis(), SizeBasis::Fraction(0.95));
    assert_eq!(document.costs.slippage_bps, 2.5);
    assert_eq!(document.execution.fill, Fill::Close);
    assert_eq!(
        document.execution.zone.as_ref().unwrap().name(),
        "America/New_York"
    );
}

#[test]
fn what_is_printed_is_read_as_the_same_document() {
    let document = parse_toml(CROSS).unwrap();
    let text = canonical_json(&document);
    let again = parse_json(&text).unwrap();
    assert_eq!(again, document);
    assert_eq!(canonical_json(&again), text);
    assert!(text.starts_with(r#"{"costs":{"commission_bps":10,"slippage_bps":2.5},"execution":"#));
}

#[test]
fn a_default_that_is_written_down_changes_no_digest() {
    let bare = parse_toml("name = 'x'\n[long]\nenter = 'close > 1'").unwrap();
    let full = "name = 'x'\n[long]\nenter = 'close > 1'\n[size]\nfraction = 1\nwhole_units = false\n[costs]\n\
                slippage_bps = -0.0\n[execution]\nfill = 'next_open'";
    assert_eq!(
        document_digest(&bare),
        document_digest(&parse_toml(full).unwrap())
    );
    let other = parse_toml("name = 'x'\n[long]\nenter = 'close > 2'").unwrap();
    assert_ne!(document_digest(&bare), document_digest(&other));
}

#[test]
fn an_unknown_key_names_the_nearest_known_one_and_its_place() {
    let text = "name = 'x'\n[long]\nenter = 'close > 1'\nstoploss = 0.05\n[cost]\n";
    let errors = parse_toml(text).unwrap_err();
    assert_eq!(errors.len(), 2);
    let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
    assert!(pointers.contains(&"/long/stoploss") && pointers.contains(&"/cost"));
    let stop = errors
        .iter()
        .find(|error| error.pointer == "/long/stoploss")
        .unwrap();
    assert_eq!(stop.nearest.as_deref(), Some("stop_loss"));
    assert_eq!(stop.place.as_ref().unwrap().line, 4);
    assert!(
        stop.to_string()
            .starts_with("long.stoploss, line 4, column 1: `stoploss`")
    );
}

#[test]
fn every_mistake_is_told_at_once() {
    let text = "title = 3\n[long]\nexit = 1\nmax_bars = 1.5\n[size]\nfraction = 2\n[execution]\nfill = 'open'\nzone = 'Mars'";
    let errors = parse_toml(text).unwrap_err();
    let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
    let expected = [
        "",
        "/title",
        "/long",
        "/long/exit",
        "/long/max_bars",
        "/size",
        "/execution/fill",
    ];
    assert_eq!(pointers, expected);
}

#[rstest::rstest]
#[case::given_twice(r#"{"name":"a","name":"b"}"#, "twice")]
#[case::cut_off(r#"{"name":"a""#, "EOF")]
#[case::a_list(r"[1]", "must be a table, not a list")]
#[case::too_large(r#"{"name":"a","costs":{"slippage_bps":1e999}}"#, "out of range")]
#[case::a_null(r#"{"name":null}"#, "must be a text, not null")]
fn json_is_read_as_strictly(#[case] text: &str, #[case] part: &str) {
    let errors = parse_json(text).unwrap_err();
    assert!(errors[0].to_string().contains(part), "{}", errors[0]);
}

#[test]
fn hostile_documents_are_refused() {
    let nested = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let tables = format!("{}1{}", "{\"a\":".repeat(30_000), "}".repeat(30_000));
    assert!(parse_json(&nested).is_err());
    assert!(parse_json(&tables).is_err());
    assert!(parse_toml(&format!("a = {nested}")).is_err());
    assert!(parse_toml(&format!("{}a = 1", "a.".repeat(100_000))).is_err());
    assert!(parse_toml(&"[a]\n".repeat(60_000)).is_err());
    assert!(parse_json(&" ".repeat(1_000_000)).is_err());
    let keys: Vec<String> = (0..20_000).map(|key| format!("k{key} = 1\n")).collect();
    assert!(parse_toml(&keys.concat()).unwrap_err().len() <= 51);
}
