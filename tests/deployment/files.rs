//! The files of the repository, and compose.yaml as `docker compose` understands it when no variable is set.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::Value;

/// Returns the path of a file of the repository.
pub(crate) fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// Returns the text of a file of the repository.
pub(crate) fn text(name: &str) -> String {
    fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns the variables that compose.yaml takes from its surroundings, with their defaults.
pub(crate) fn variables() -> BTreeMap<String, String> {
    let text = text("compose.yaml");
    let pieces = text.split("${").skip(1);
    let variable = |piece: &str| {
        let (inside, _) = piece.split_once('}').expect("a variable ends");
        let (name, default) = inside.split_once(":-").expect("every variable has a default");
        (name.to_owned(), default.to_owned())
    };
    pieces.map(variable).collect()
}

/// Returns compose.yaml with the defaults of its variables.
pub(crate) fn compose() -> Value {
    let with = |text: String, (name, default): (&String, &String)| {
        text.replace(&format!("${{{name}:-{default}}}"), default)
    };
    let text = variables().iter().fold(text("compose.yaml"), with);
    assert!(!text.contains("${"));
    serde_saphyr::from_str(&text).unwrap()
}

/// Returns a service of compose.yaml.
pub(crate) fn service(name: &str) -> Value {
    let service = compose()["services"][name].take();
    assert!(service.is_object(), "there is a service {name}");
    service
}

/// Returns the services of compose.yaml.
pub(crate) fn services() -> Vec<(String, Value)> {
    let services = compose()["services"].as_object().unwrap().clone();
    services.into_iter().collect()
}

/// Returns the environment of a service.
pub(crate) fn environment(service: &Value) -> BTreeMap<String, String> {
    let variables = service["environment"].as_object().unwrap().iter();
    let text = |value: &Value| {
        value
            .as_str()
            .expect("variables are quoted where need be")
            .to_owned()
    };
    variables
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

/// Returns a list of texts, such as a command.
pub(crate) fn list(value: &Value) -> Vec<String> {
    let texts = value
        .as_array()
        .unwrap_or_else(|| panic!("{value} is a list"))
        .iter();
    texts.map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Returns the instructions of the Dockerfile, each on one line.
pub(crate) fn instructions() -> Vec<(String, String)> {
    let text = text("docker/Dockerfile").replace("\\\n", " ");
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            let (name, rest) = line.split_once(' ').unwrap();
            (name.to_owned(), rest.to_owned())
        })
        .collect()
}

/// Returns what the last instruction of a name says.
pub(crate) fn last_instruction(name: &str) -> String {
    let found = instructions()
        .into_iter()
        .rev()
        .find(|(instruction, _)| instruction == name);
    found.expect("the Dockerfile has the instruction").1
}
