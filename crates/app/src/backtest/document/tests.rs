use domain::{
    backtest::{ExitReason, Side},
    market::{AsOf, Timestamp, Version},
};
use serde_json::{Value, json};

use super::*;

fn author() -> Author {
    "local:ada".parse().unwrap()
}

fn document() -> Value {
    json!({
        "tool": "vectorbt 0.26",
        "series": "X:A/1d",
        "as_of": 3,
        "cash": 1000,
        "parameters": {"fast": 10},
        "trades": [{
            "side": "short", "units": 2.5, "entry_time": "2024-05-01", "entry_price": 10,
            "exit_time": 1_714_694_400, "exit_price": 9, "costs": 0.5, "exit_reason": "stop_loss"
        }],
        "equity": {"time": ["2024-05-01", "2024-05-03T00:00:00Z"], "equity": [1000, 1002]},
        "title": null,
        "tags": ["b", "a"]
    })
}

fn read(document: &Value) -> Result<RecordOrder, Faults> {
    read_record(document.to_string().as_bytes(), author())
}

/// Returns the one fault of a document in which one thing was changed.
fn fault(change: impl FnOnce(&mut Value)) -> (String, String) {
    let mut document = document();
    change(&mut document);
    let Faults(mut faults) = read(&document).unwrap_err();
    let Fault { pointer, message } = faults.remove(0);
    assert_eq!(faults, [], "{pointer}: {message}");
    (pointer, message)
}

#[test]
fn times_come_as_dates_texts_and_epoch_numbers() {
    let order = read(&document()).unwrap();
    assert_eq!(order.as_of, AsOf::Version(Version(3)));
    assert_eq!(order.trades[0].side, Side::Short);
    assert_eq!(order.trades[0].exit_reason, Some(ExitReason::StopLoss));
    let third: Timestamp = "2024-05-03".parse().unwrap();
    assert_eq!((order.trades[0].exit_time, order.times[1]), (third, third));
    assert_eq!((order.title, order.tags.len()), (None, 2));
    assert_eq!(order.equity, [1000.0, 1002.0]);
}

#[rstest::rstest]
#[case("/trades/0/units", json!("two"), "must be a number, not `two`")]
#[case("/trades/0/side", json!("buy"), "must be long or short, not `buy`")]
#[case("/trades/0/exit_time", json!("soon"), "`soon` is not a time")]
#[case("/trades/0/exit_reason", json!("roi"), "must be rule, reversal")]
#[case("/trades/0", json!(7), "must be an object, not 7")]
#[case("/trades", json!({}), "expected a list of trades")]
#[case("/equity", json!([]), "expected an object with the lists `time` and `equity`")]
#[case("/equity/equity/1", Value::Null, "must be a number, not null")]
#[case("/equity/time/1", json!("2024-05-01"), "is not later than the time before it")]
#[case("/equity/time", json!(1), "expected a list of times")]
#[case("/series", json!("A"), "A")]
#[case("/parameters", json!({"fast": "x"}), "`fast` must be a number, not `x`")]
#[case("/cash", Value::Null, "is missing")]
fn what_is_wrong_is_told_with_its_place(#[case] place: &str, #[case] value: Value, #[case] said: &str) {
    let (pointer, message) = fault(|document| *document.pointer_mut(place).unwrap() = value);
    assert_eq!(pointer, place);
    assert!(message.contains(said), "{message}");
}

#[test]
fn keys_that_are_not_known_are_refused() {
    let (pointer, message) = fault(|document| document["fee"] = json!(1));
    assert_eq!(pointer, "/fee");
    assert!(message.contains("sessions_per_year"), "{message}");
    let (pointer, _) = fault(|document| document["trades"][0]["a/b"] = json!(1));
    assert_eq!(pointer, "/trades/0/a~1b");
}

#[test]
fn several_faults_are_told_together_but_not_without_end() {
    let mut document = document();
    document["trades"] = json!([{}, {}, {}, {}, {}, {}]);
    let Faults(faults) = read(&document).unwrap_err();
    assert_eq!(faults.len(), 20);
    assert_eq!(faults[0].pointer, "/trades/0/side");
}

#[test]
fn what_is_no_json_is_told_with_line_and_column() {
    let Faults(faults) = read_record(b"{\"tool\": \"x\",\n \"cash\" 1}", author()).unwrap_err();
    assert_eq!(faults[0].pointer, "");
    assert!(faults[0].message.contains("line 2 column 9"), "{}", faults[0]);
    let Faults(faults) = read_record(b"[]", author()).unwrap_err();
    assert!(
        faults[0].message.contains("expected an object with a result"),
        "{}",
        faults[0]
    );
}

#[test]
fn a_key_that_is_given_twice_hides_nothing() {
    let text = document()
        .to_string()
        .replacen("\"cash\":1000", "\"cash\":1,\"cash\":1000", 1);
    let Faults(faults) = read_record(text.as_bytes(), author()).unwrap_err();
    assert_eq!(faults[0].to_string(), "/cash: is given twice");
}

#[test]
fn a_refused_order_names_the_place_in_its_document() {
    let error = RecordError::Trade {
        number: 3,
        key: "units",
        range: "above 0",
    };
    assert_eq!(error.pointer(), "/trades/2/units");
    assert_eq!(RecordError::NoTimeframe.pointer(), "/timeframe");
}
