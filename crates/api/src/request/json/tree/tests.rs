//! What fits, and where what does not fit is.

use std::collections::BTreeMap;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Body {
    name: String,
    count: Option<u32>,
    costs: Option<Costs>,
    #[serde(default)]
    numbers: BTreeMap<String, f64>,
    #[serde(default)]
    axes: Vec<Costs>,
    start: Option<Time>,
}

/// What is read whole before it is judged.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged, expecting = "must be a time")]
enum Time {
    Text(String),
    Number(i64),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Costs {
    bps: Option<f64>,
}

fn read(json: &str) -> Result<Body, Fault> {
    serde_json::from_str::<Tree>(json).unwrap().read()
}

#[test]
fn what_fits_is_read() {
    let body = read(
        r#"{"name": "a", "count": null, "costs": {"bps": 2}, "numbers": {"x": -1, "y": 0.5}, "axes": [{}, {"bps": 1e3}],
            "start": -1}"#,
    );
    let expected = Body {
        name: "a".to_owned(),
        count: None,
        costs: Some(Costs { bps: Some(2.0) }),
        numbers: [("x".to_owned(), -1.0), ("y".to_owned(), 0.5)].into(),
        axes: vec![Costs { bps: None }, Costs { bps: Some(1_000.0) }],
        start: Some(Time::Number(-1)),
    };
    assert_eq!(body, Ok(expected));
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let known = "there are name, count, costs, numbers, axes, start";
    for (json, said) in [
        (r#"{"name": 3}"#, "/name: must be a text, not 3"),
        (r"{}", "/name: is missing"),
        (r#"{"name": "a", "name": "b"}"#, "/name: is given twice"),
        (r#"{"na/me": 1}"#, &format!("/na~1me: is not known; {known}")),
        (
            r#"{"name": "a", "count": -1}"#,
            "/count: must be a whole number from 0 to 4294967295, not -1",
        ),
        (
            r#"{"costs": {"bps": "2"}}"#,
            "/costs/bps: must be a number, not `2`",
        ),
        (
            r#"{"costs": {"pbs": 2}}"#,
            "/costs/pbs: is not known; there are bps",
        ),
        (r#"{"costs": [2]}"#, "/costs: must be an object, not a list"),
        (
            r#"{"numbers": {"x~y": null}}"#,
            "/numbers/x~0y: must be a number, not null",
        ),
        (
            r#"{"axes": [{}, {"bps": true}]}"#,
            "/axes/1/bps: must be a number, not true",
        ),
        (r#"{"start": 1.5}"#, "/start: must be a time"),
        (r#"{"axes": {}}"#, "/axes: must be a list, not an object"),
        ("[]", "must be an object, not a list"),
        ("7", "must be an object, not 7"),
    ] {
        assert_eq!(read(json).unwrap_err().to_string(), said);
    }
}
