//! The OpenAPI document: what clients are generated from, word for word.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use api::{openapi, server::document};
use serde_json::Value;

fn written() -> Value {
    serde_json::from_str(&openapi::json(&document()).unwrap()).unwrap()
}

#[test]
fn the_document_is_the_one_that_clients_were_made_from() {
    let mut document = written();
    document["info"]["version"] = "VERSION".into();
    insta::assert_json_snapshot!("openapi", document);
}

#[test]
fn every_answer_is_described_and_every_problem_is_a_problem() {
    let document = written();
    assert_eq!(document["openapi"], "3.1.0");
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            let at = format!("{method} {path}");
            assert!(
                operation["summary"].is_string() && operation["tags"].is_array(),
                "{at}"
            );
            for (status, answer) in operation["responses"].as_object().unwrap() {
                assert!(
                    answer["description"]
                        .as_str()
                        .is_some_and(|text| !text.is_empty()),
                    "{at} {status}"
                );
                if status.starts_with(['4', '5']) {
                    let schema = &answer["content"]["application/problem+json"]["schema"]["$ref"];
                    assert_eq!(schema, "#/components/schemas/Problem", "{at} {status}");
                }
            }
        }
    }
    assert!(operations > 25, "{operations}");
}

#[test]
fn what_the_document_refers_to_is_in_it() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member.as_str() {
                        Some(target) if name == "$ref" => found.push(target.to_owned()),
                        _ => references(member, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = written();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for target in found {
        assert!(document.pointer(&target[1..]).is_some(), "{target}");
    }
}
