//! The canonical text of a document and its digest.

use domain::strategy::StrategyDocument;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Writes a document as canonical JSON (RFC 8785): keys sorted, no spaces, shortest numbers.
///
/// Two documents that say the same have the same text: what equals its default is left out.
pub fn canonical_json(document: &StrategyDocument) -> String {
    let mut text = String::new();
    // A document is made of tables with text keys, texts, numbers and truths: it always has a JSON form.
    let value = serde_json::to_value(document).unwrap_or_default();
    write_value(&mut text, &value);
    text
}

/// Returns the SHA-256 of [`canonical_json`].
pub fn document_digest(document: &StrategyDocument) -> [u8; 32] {
    Sha256::digest(canonical_json(document)).into()
}

fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write_value(text, value);
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_value(text, value);
            }
            text.push(']');
        }
        Value::Number(number) => text.push_str(&number_text(number.as_f64().unwrap_or_default())),
        // Texts are escaped just as RFC 8785 asks: what must be, in the short form where there is one.
        other => text.push_str(&other.to_string()),
    }
}

/// Writes a number the way ECMAScript does, which RFC 8785 asks for.
fn number_text(number: f64) -> String {
    let magnitude = number.abs();
    if magnitude == 0.0 {
        "0".to_owned()
    } else if (1e-6..1e21).contains(&magnitude) {
        number.to_string()
    } else {
        let text = format!("{number:e}");
        match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
            _ => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_ecmascript_writes_them() {
        // The samples of RFC 8785, appendix B.
        for (bits, text) in [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0x4340_0000_0000_0001, "9007199254740994"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
        ] {
            assert_eq!(number_text(f64::from_bits(bits)), text);
        }
    }
}
