//! Files that are refused as a whole say where and why.

use interchange::{Dialect, Limits, ReadError, ReadOptions};

use super::{
    fixture::{read, read_with, refusal},
    samples::{CLOSE, OPEN, Sample, samples},
};

const ROW: usize = 4;

/// Checks that a spoiled row refuses its file, naming line, column and rule; JSON may name another rule.
fn is_refused(spoil: impl Fn(&mut Sample), column: Option<usize>, rule: &str, json_rule: &str) {
    for sample in samples() {
        let mut spoiled = sample.clone();
        spoil(&mut spoiled);
        let refusal = refusal(read_with(sample.path, &spoiled.text(), &sample.options()));
        let rule = if sample.is_json() { json_rule } else { rule };
        assert_eq!(refusal.rule, rule, "{}: {refusal}", sample.dialect);
        assert!(refusal.file.ends_with(sample.path), "{refusal}");
        assert_eq!(
            refusal.line,
            Some(sample.line(ROW)),
            "{}: {refusal}",
            sample.dialect
        );
        let expected = column.map(|column| sample.name(column).to_owned());
        assert_eq!(refusal.column, expected, "{}: {refusal}", sample.dialect);
        assert!(
            refusal
                .to_string()
                .contains(&format!("{}:{}: ", sample.path, sample.line(ROW))),
            "{refusal}"
        );
    }
}

#[test]
fn another_number_of_fields_than_the_header_has() {
    is_refused(
        |file| file.rows[ROW].push("9".into()),
        None,
        "field-count",
        "field-count",
    );
    is_refused(
        |file| drop(file.rows[ROW].remove(2)),
        None,
        "field-count",
        "field-count",
    );
    is_refused(
        |file| file.rows[ROW].insert(2, String::new()),
        None,
        "field-count",
        "field-count",
    );
}

#[test]
fn a_quote_without_end() {
    is_refused(
        |file| file.field(ROW, OPEN).insert(0, '"'),
        None,
        "unterminated-quote",
        "broken-json",
    );
}

#[test]
fn thousands_and_decimal_commas_that_were_not_declared() {
    is_refused(
        |file| *file.field(ROW, OPEN) = "\"1,234.5\"".into(),
        Some(OPEN),
        "number-style",
        "number-style",
    );
    is_refused(
        |file| *file.field(ROW, CLOSE) = "\"1,5\"".into(),
        Some(CLOSE),
        "number-style",
        "number-style",
    );
}

#[test]
fn nul_bytes() {
    is_refused(
        |file| file.field(ROW, CLOSE).push('\0'),
        None,
        "nul-bytes",
        "broken-json",
    );
}

#[test]
fn bytes_that_are_not_utf8() {
    for sample in samples() {
        let mut spoiled = sample.clone();
        spoiled.field(ROW, OPEN).push('~');
        let bytes: Vec<u8> = spoiled
            .text()
            .bytes()
            .map(|byte| if byte == b'~' { 0xff } else { byte })
            .collect();
        let result = super::fixture::Folder::of(&[(sample.path, &bytes)]).read(&sample.options());
        let refusal = refusal(result);
        assert_eq!(
            refusal.rule,
            if sample.is_json() {
                "broken-json"
            } else {
                "not-utf8"
            }
        );
        assert_eq!(refusal.line, Some(sample.line(ROW)), "{refusal}");
    }
}

#[test]
fn utf16_is_named() {
    for sample in samples() {
        let bytes: Vec<u8> = std::iter::once(0xfeff)
            .chain(sample.text().encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let result = super::fixture::Folder::of(&[(sample.path, &bytes)]).read(&sample.options());
        let refusal = refusal(result);
        assert_eq!(refusal.rule, "not-utf8");
        assert!(refusal.message.contains("UTF-16"), "{refusal}");
    }
}

#[test]
fn web_pages_and_messages_and_nothing() {
    let cases = [
        ("<!DOCTYPE html>\n<html><body>404</body></html>", "html-page"),
        ("  <HTML>\n<table>a,b,c,d,e</table>", "html-page"),
        (
            "{\"Note\": \"Thank you for using our service, a, b, c, d\"}",
            "json-body",
        ),
        (
            "[{\"open\": 1, \"high\": 2, \"low\": 1, \"close\": 2}]",
            "json-body",
        ),
        ("[]", "empty-file"),
        ("", "empty-file"),
        ("\u{feff}\n \n", "empty-file"),
        ("just some words\nof prose\n", "missing-header"),
    ];
    for sample in samples() {
        for (text, rule) in cases {
            let refusal = refusal(read_with(sample.path, text, &sample.options()));
            assert_eq!(refusal.rule, rule, "{}: {refusal}", sample.dialect);
        }
    }
    let refusal = refusal(read("x.csv", cases[0].0));
    assert!(
        refusal
            .message
            .contains("looks like a web page, not a price file"),
        "{refusal}"
    );
}

#[test]
fn a_header_that_is_missing() {
    for sample in samples().into_iter().filter(Sample::has_header) {
        if sample.dialect == "binance-usd-m" {
            continue;
        }
        let mut headless = sample.clone();
        headless.header.clear();
        let refusal = refusal(read_with("x.csv", &headless.text(), &sample.options()));
        assert_eq!(
            (refusal.rule, refusal.line),
            ("missing-header", Some(1)),
            "{}: {refusal}",
            sample.dialect
        );
    }
}

#[test]
fn a_header_with_a_name_twice() {
    for sample in samples().into_iter().filter(Sample::has_header) {
        let mut twice = sample.clone();
        for line in &mut twice.header {
            for (low, open) in [("Low", "Open"), ("low", "open"), ("LOW", "OPEN")] {
                *line = line.replace(low, open);
            }
        }
        assert_ne!(twice.header, sample.header, "{}", sample.dialect);
        let refusal = refusal(read_with(sample.path, &twice.text(), &sample.options()));
        let expected = if sample.dialect == "yfinance" {
            "unknown-header"
        } else {
            "duplicate-header"
        };
        assert!(
            [expected, "duplicate-header"].contains(&refusal.rule),
            "{}: {refusal}",
            sample.dialect
        );
        assert!(refusal.line.is_some());
    }
}

#[test]
fn a_header_that_comes_again() {
    for sample in samples().into_iter().filter(|sample| sample.header.len() == 1) {
        let joined = format!("{}{}", sample.text(), sample.text());
        let refusal = refusal(read_with(sample.path, &joined, &sample.options()));
        assert_eq!(refusal.rule, "duplicate-header", "{}: {refusal}", sample.dialect);
        assert_eq!(refusal.line, Some(sample.line(sample.rows.len())));
    }
}

#[test]
fn a_header_without_a_needed_column() {
    let refusal = refusal(read(
        "x.csv",
        "date,open,high,low,last,volume\n2024-01-02,1,2,1,2,5\n",
    ));
    assert_eq!((refusal.rule, refusal.line), ("unknown-header", Some(1)));
    assert!(
        refusal.message.contains("close") && refusal.message.contains("last"),
        "{refusal}"
    );
}

#[test]
fn a_header_without_rows() {
    for sample in samples().into_iter().filter(Sample::has_header) {
        let text = format!("{}\n", sample.header.join("\n"));
        let refusal = refusal(read_with(sample.path, &text, &sample.options()));
        assert_eq!(refusal.rule, "empty-file", "{}: {refusal}", sample.dialect);
    }
}

#[test]
fn a_dialect_that_was_named_and_does_not_fit() {
    let options = |name| ReadOptions {
        dialect: Some(Dialect::named(name).unwrap()),
        ..ReadOptions::default()
    };
    let csv = "date,open,high,low,close\n2024-01-02,1,2,1,2\n";
    for (name, rule) in [
        ("lean", "path-unclear"),
        ("freqtrade-json", "unknown-header"),
        ("yfinance", "unknown-header"),
    ] {
        assert_eq!(
            refusal(read_with("x.csv", csv, &options(name))).rule,
            rule,
            "{name}"
        );
    }
    let headless = "2024-01-02,1,2,1,2\n2024-01-03,1,2,1,2\n";
    assert_eq!(
        refusal(read_with("x.csv", headless, &options("yahoo"))).rule,
        "missing-header"
    );
    assert_eq!(
        refusal(read_with("x.json", "[[1,2,3,4,5,6]]", &options("yahoo"))).rule,
        "json-body"
    );
}

#[test]
fn json_that_breaks_off() {
    for (text, line) in [
        ("[[1,1,1,1,1,1],\n[2,1,1", 2),
        ("[[1,1,1,1,1,1]", 1),
        ("[[1,1,1,1,1,1],]", 1),
        ("[[1,[1],1,1,1,1]]", 1),
        ("[[1,1,1,1,1,1]] []", 1),
    ] {
        let refusal = refusal(read("x.json", text));
        assert_eq!(
            (refusal.rule, refusal.line),
            ("broken-json", Some(line)),
            "{text}: {refusal}"
        );
    }
}

#[test]
fn lean_paths_that_say_too_little() {
    let row = "34200000,6460300,6467700,6460200,6465100,118140\n";
    let options = ReadOptions {
        dialect: Dialect::named("lean"),
        ..ReadOptions::default()
    };
    for path in [
        "20140605_trade.csv",
        "equity/usa/minute/aapl/trade.csv",
        "equity/usa/minute/aapl/20140605_quote.csv",
    ] {
        let refusal = refusal(read_with(path, row, &options));
        assert_eq!(refusal.rule, "path-unclear", "{refusal}");
    }
}

#[test]
fn lines_and_texts_that_are_too_long() {
    let options = |limits| ReadOptions {
        limits,
        ..ReadOptions::default()
    };
    let header = "date,open,high,low,close\n2024-01-02,1,2,1,2\n";
    let long = format!("{header}2024-01-03,1,2,1,{}\n", "2".repeat(600_000));
    let refused = refusal(read_with(
        "x.csv",
        &long,
        &options(Limits {
            max_line: 1 << 18,
            ..Limits::default()
        }),
    ));
    assert_eq!((refused.rule, refused.line), ("line-too-long", Some(3)));
    let refused = refusal(read_with(
        "x.csv",
        header,
        &options(Limits {
            max_bytes: 10,
            ..Limits::default()
        }),
    ));
    assert_eq!(refused.rule, "size-limit");
}

#[test]
fn a_refusal_prints_file_line_column_and_rule() {
    let text = "date,open,high,low,close\n2024-01-02,1,2,1,\"1,5\"\n";
    let error = read("x.csv", text).unwrap_err();
    assert!(matches!(error, ReadError::Refused(_)));
    let text = error.to_string();
    assert!(
        text.contains("x.csv:2: column close: `1,5` holds a comma"),
        "{text}"
    );
    assert!(text.ends_with("[number-style]"), "{text}");
}
