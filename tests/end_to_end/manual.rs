//! The manual's way from import to verification: its commands, run in a folder of their own, say what it says.

use std::{collections::BTreeMap, fs, os::unix::fs::symlink, path::Path, process::Command};

use tests::{Place, binary};

/// What stands in the place of every time at which something happened.
const WHEN: &str = "0000-00-00 00:00:00";

/// A fenced block of a page, and the prose before it.
struct Block {
    language: String,
    text: String,
    prose: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut blocks, mut prose) = (Vec::new(), String::new());
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            prose += line;
            prose.push('\n');
            continue;
        };
        let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        blocks.push(Block {
            language: language.to_owned(),
            text: inside.join("\n") + "\n",
            prose: std::mem::take(&mut prose),
        });
    }
    blocks
}

/// Returns the file that the prose has named last.
fn named(prose: &str) -> &str {
    let quoted = prose.split('`').skip(1).step_by(2);
    let files = quoted.filter(|text| {
        let extension = Path::new(text).extension();
        extension.is_some_and(|extension| extension == "csv" || extension == "toml")
    });
    files.last().expect("the prose names a file")
}

/// Splits a transcript into commands and what they say.
fn calls(transcript: &str) -> Vec<(String, Vec<String>)> {
    let mut calls: Vec<(String, Vec<String>)> = Vec::new();
    for line in transcript.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => calls.push((command.to_owned(), Vec::new())),
            None => calls.last_mut().unwrap().1.push(line.to_owned()),
        }
    }
    calls
}

/// Finds the texts of a form in which `0` stands for a digit and `x` for a hexadecimal one.
fn found<'a>(text: &'a str, form: &str) -> Vec<&'a str> {
    let fits = |window: &[u8]| {
        let mut pairs = window.iter().zip(form.bytes());
        pairs.all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            b'x' => byte.is_ascii_hexdigit(),
            other => *byte == other,
        })
    };
    let starts = text.as_bytes().windows(form.len()).enumerate();
    let starts = starts.filter(|(_, window)| fits(window));
    starts
        .map(|(start, _)| &text[start..start + form.len()])
        .collect()
}

fn ids(text: &str) -> Vec<&str> {
    found(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
}

/// Puts the same in the place of all that differs from day to day.
fn timeless(line: &str) -> String {
    let times = found(line, WHEN);
    let line = times
        .into_iter()
        .fold(line.to_owned(), |line, time| line.replace(time, WHEN));
    line.trim_end().to_owned()
}

fn run(place: &Place, command: &str) -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CHANDLERY_")) {
        shell.env_remove(name);
    }
    shell
        .args(["-c", command])
        .current_dir(place.path("work"))
        .env("PATH", format!("{}:{path}", place.path("programs").display()))
        .env("USER", "ada");
    let output = shell.output().expect("a shell can be run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{command}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_way_from_import_to_verification_is_what_the_manual_says() {
    let place = Place::new();
    for folder in ["work", "programs"] {
        fs::create_dir(place.path(folder)).unwrap();
    }
    symlink(binary().canonicalize().unwrap(), place.path("programs/chandlery")).unwrap();
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/backtests.md");
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut made = 0;
    for block in blocks(&fs::read_to_string(page).unwrap()) {
        if block.language != "console" {
            place.write(&format!("work/{}", named(&block.prose)), &block.text);
            continue;
        }
        for (command, expected) in calls(&block.text) {
            // Ids are new each time: those of the page stand for those that were given where the page shows them first.
            let ours = |text: &str, known: &BTreeMap<String, String>| {
                let replace = |text: String, (page, here): (&String, &String)| text.replace(page, here);
                known.iter().fold(text.to_owned(), replace)
            };
            let said = run(&place, &ours(&command, &known));
            let lines: Vec<&str> = said.lines().collect();
            for (said, expected) in lines.iter().zip(&expected) {
                let pairs = ids(expected).into_iter().zip(ids(said));
                for (page, here) in pairs {
                    known.entry(page.to_owned()).or_insert_with(|| here.to_owned());
                }
            }
            let expected: Vec<String> = expected
                .iter()
                .map(|line| timeless(&ours(line, &known)))
                .collect();
            let lines: Vec<String> = lines.into_iter().map(timeless).collect();
            assert!(
                lines == expected,
                "`{command}` says\n{}\nand not\n{}",
                lines.join("\n"),
                expected.join("\n")
            );
            made += 1;
        }
    }
    assert!(made > 10, "the page has commands: {made}");
}
