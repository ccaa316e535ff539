//! Text to tokens.

use std::ops::Range;

use super::{Mistake, syntax::Binary};

/// A token of the rule language.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Name(String),
    Not,
    Operator(Binary),
    Open,
    Close,
    OpenIndex,
    CloseIndex,
    Comma,
}

/// Cuts a text into tokens, each with its bytes.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, Mistake> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let byte = bytes[at];
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let token = if byte.is_ascii_alphabetic() || byte == b'_' {
            at += run(&bytes[at..], |byte| byte.is_ascii_alphanumeric() || *byte == b'_');
            word(&text[start..at])
        } else if byte.is_ascii_digit() || (byte == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit))
        {
            at += number_length(&bytes[at..]);
            Token::Number(number(&text[start..at], start..at)?)
        } else {
            let (token, length) = symbol(&bytes[at..]).ok_or_else(|| unexpected(text, at))?;
            at += length;
            token
        };
        tokens.push((token, start..at));
    }
    Ok(tokens)
}

fn word(word: &str) -> Token {
    match word {
        "and" => Token::Operator(Binary::And),
        "or" => Token::Operator(Binary::Or),
        "not" => Token::Not,
        name => Token::Name(name.to_owned()),
    }
}

fn run(bytes: &[u8], belongs: impl Fn(&u8) -> bool) -> usize {
    bytes
        .iter()
        .position(|byte| !belongs(byte))
        .unwrap_or(bytes.len())
}

/// Digits, a point, digits, and an exponent; letters that follow belong to it, so that `10abc` is one bad number.
fn number_length(bytes: &[u8]) -> usize {
    let mut length = run(bytes, |byte| byte.is_ascii_alphanumeric() || *byte == b'.');
    let signed_exponent = matches!(bytes.get(length - 1), Some(b'e' | b'E'))
        && matches!(bytes.get(length), Some(b'+' | b'-'))
        && bytes.get(length + 1).is_some_and(u8::is_ascii_digit);
    if signed_exponent {
        length += 1 + run(&bytes[length + 1..], u8::is_ascii_alphanumeric);
    }
    length
}

fn number(text: &str, span: Range<usize>) -> Result<f64, Mistake> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(Mistake::new("the number is too large", span)),
        Err(_) => Err(Mistake::new("this is not a number", span)),
    }
}

fn symbol(bytes: &[u8]) -> Option<(Token, usize)> {
    let two = match bytes.get(..2) {
        Some(b"<=") => Some(Binary::LessOrEqual),
        Some(b">=") => Some(Binary::GreaterOrEqual),
        Some(b"==") => Some(Binary::Equal),
        Some(b"!=") => Some(Binary::NotEqual),
        _ => None,
    };
    if let Some(operator) = two {
        return Some((Token::Operator(operator), 2));
    }
    let token = match bytes[0] {
        b'(' => Token::Open,
        b')' => Token::Close,
        b'[' => Token::OpenIndex,
        b']' => Token::CloseIndex,
        b',' => Token::Comma,
        b'+' => Token::Operator(Binary::Add),
        b'-' => Token::Operator(Binary::Subtract),
        b'*' => Token::Operator(Binary::Multiply),
        b'/' => Token::Operator(Binary::Divide),
        b'<' => Token::Operator(Binary::Less),
        b'>' => Token::Operator(Binary::Greater),
        _ => return None,
    };
    Some((token, 1))
}

fn unexpected(text: &str, at: usize) -> Mistake {
    let character = text[at..].chars().next().unwrap_or(' ');
    let message = match character {
        '=' => "`=` compares nothing; write `==`".to_owned(),
        '&' => "write `and`".to_owned(),
        '|' => "write `or`".to_owned(),
        '!' => "write `not`".to_owned(),
        other => format!("{other:?} has no place in a rule"),
    };
    Mistake::new(message, at..at + character.len_utf8())
}
