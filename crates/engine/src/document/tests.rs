//! Tests of reading and writing documents.

use std::time::{Duration, Instant};

use domain::strategy::{Fill, SizeBasis};
use proptest::prelude::*;

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
fn a_heading_without_keys_is_no_side() {
    let rules = "enter = \"crosses_below(quick, calm)\"\nmax_bars = 20\n";
    let empty = CROSS.replace(rules, "");
    assert!(empty.contains("[short]") && !empty.contains("max_bars"));
    let document = parse_toml(&empty).unwrap();
    assert_eq!(document.short, None);
    assert_eq!(document, parse_toml(&empty.replace("[short]", "")).unwrap());
    let unknown = parse_toml(&CROSS.replace(rules, "entry = 'close > 1'\n")).unwrap_err();
    assert!(
        unknown.iter().any(|error| error.to_string().contains("`enter`")),
        "{unknown:?}"
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

/// Documents of every shape: with and without each table, with numbers that are hard to print.
fn document() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        0.0..1e4_f64,
        0.0..1e-12_f64,
        Just(0.1 + 0.2),
        Just(f64::MIN_POSITIVE)
    ];
    let side = prop::sample::select(vec![
        "enter = 'close>open'",
        "enter = \"rsi( close,14 )<30\"\nexit = 'not(close > p)'\nstop_loss = 0.1",
        "enter = 'crosses_above(close, p * 2)'\ntrailing_stop = 0.30000000000000004\nmax_bars = 7",
    ]);
    let sizes = prop::sample::select(vec![
        "",
        "[size]\nfraction = 0.3\n",
        "[size]\ncash = 1e3\nwhole_units = true\n",
        "[size]\nunits = 12\n",
    ]);
    let fill = prop::sample::select(vec!["", "[execution]\nfill = 'close'\n"]);
    (side, sizes, fill, number.clone(), number).prop_map(|(side, size, fill, p, costs)| {
        format!(
            "name = 'any'\n[parameters]\np = {{ default = {p:?} }}\n[long]\n{side}\n[short]\n{side}\n\
             {size}{fill}[costs]\ncommission_per_trade = {costs:?}\n"
        )
    })
}

proptest! {
    #[test]
    fn whatever_is_printed_is_read_as_the_same_document(text in document()) {
        let document = parse_toml(&text).map_err(|errors| TestCaseError::fail(errors[0].to_string()))?;
        let printed = canonical_json(&document);
        let again = parse_json(&printed).map_err(|errors| TestCaseError::fail(errors[0].to_string()))?;
        prop_assert_eq!(&again, &document);
        prop_assert_eq!(canonical_json(&again), printed);
        prop_assert_eq!(document_digest(&again), document_digest(&document));
    }

    #[test]
    fn a_damaged_document_is_read_or_refused(at in 0..CROSS.len(), junk in "[ -~\n]{0,12}", cut in 0..40_usize) {
        let end = CROSS.len().min(at + cut);
        let text = [&CROSS[..at], &junk, &CROSS[end..]].concat();
        match parse_toml(&text) {
            Ok(document) => prop_assert_eq!(&parse_json(&canonical_json(&document)).unwrap(), &document),
            Err(errors) => prop_assert!(errors.iter().all(|error| !error.to_string().is_empty())),
        }
    }
}

#[rstest::rstest]
#[case::a_huge_exponent("name = 'x'\n[costs]\nslippage_bps = 1e999999999".to_owned())]
#[case::a_number_of_a_megabyte(format!("name = 'x'\n[costs]\nslippage_bps = {}", "9".repeat(1 << 20)))]
#[case::a_rule_of_a_megabyte(format!("name = 'x'\n[long]\nenter = '{}'", "close > 1 and ".repeat(75_000)))]
#[case::a_name_of_a_megabyte(format!("name = '{}'", "x".repeat(1 << 20)))]
#[case::a_megabyte_of_keys(format!("name = 'x'\n{}", "k = 1\n".repeat(170_000)))]
#[case::a_megabyte_of_lists("[".repeat(1 << 20))]
#[case::a_megabyte_of_quotes("\"".repeat(1 << 20))]
fn a_megabyte_is_refused_at_once(#[case] text: String) {
    let start = Instant::now();
    assert!(parse_toml(&text).is_err());
    assert!(parse_json(&text).is_err());
    // It takes milliseconds; the bound allows for a machine that is busy.
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// Texts that are as long as they may be, so that no length refuses them.
fn longest(shape: &str) -> String {
    let fill = |head: &str, part: &str, tail: &str| {
        let room = MAX_DOCUMENT_BYTES - head.len() - tail.len();
        [head, &part.repeat(room / part.len()), tail].concat()
    };
    match shape {
        "digits" => fill("name = 'x'\n[costs]\nslippage_bps = ", "9", ""),
        "lists" => fill("a = ", "[", ""),
        "tables" => fill("", "[a]\n", ""),
        "dots" => fill("", "a.", "a = 1"),
        "quotes" => fill("", "\"", ""),
        "objects" => fill("", "{\"a\":", ""),
        other => panic!("{other}"),
    }
}

#[rstest::rstest]
#[case("digits")]
#[case("lists")]
#[case("tables")]
#[case("dots")]
#[case("quotes")]
#[case("objects")]
fn the_longest_text_is_refused_in_time(#[case] shape: &str) {
    let text = longest(shape);
    assert!(MAX_DOCUMENT_BYTES - text.len() < 8);
    let start = Instant::now();
    assert!(parse_toml(&text).is_err());
    assert!(parse_json(&text).is_err());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn a_document_of_mistakes_tells_the_first_ones_in_time() {
    let name =
        |number: usize| format!("a_name_of_sixty_four_characters_that_differs_at_its_end_a_{number:06}");
    let parameters: Vec<String> = (0..64)
        .map(|number| format!("{} = {{ default = 1 }}", name(number)))
        .collect();
    let unknown: Vec<String> = (0..120).map(|number| name(900_000 + number)).collect();
    let unknown = unknown.join(", ");
    let lets: Vec<String> = (0..30)
        .map(|number| format!("{} = 'max({unknown})'", name(1000 + number)))
        .collect();
    let (parameters, lets) = (parameters.join("\n"), lets.join("\n"));
    let text = format!("name = 'x'\n[parameters]\n{parameters}\n[let]\n{lets}\n[long]\nenter = 'close > 1'");
    let start = Instant::now();
    let errors = crate::check(&parse_toml(&text).unwrap()).unwrap_err();
    assert_eq!(errors.len(), 50);
    assert!(
        errors.iter().all(|error| error.nearest.is_some()),
        "{}",
        errors[0]
    );
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
