//! Bodies that came compressed, brought back within bounds.

use std::io::{self, Read};

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

/// The largest window that a zstd frame may ask for, as a power of two: 8 MiB, what RFC 9659 asks of HTTP.
const WINDOW: u32 = 23;

/// Decompresses a body to at most `most` bytes; what is more is cut off, one byte behind.
///
/// # Errors
/// When the bytes are not what they say they are.
pub fn inflate(coding: Coding, body: &[u8], most: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let bound = most.saturating_add(1);
    match coding {
        Coding::Gzip => flate2::read::MultiGzDecoder::new(body)
            .take(bound)
            .read_to_end(&mut text)?,
        Coding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(body)?;
            decoder.window_log_max(WINDOW)?;
            decoder.take(bound).read_to_end(&mut text)?
        }
    };
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(coding: Coding, text: &[u8]) -> Vec<u8> {
        match coding {
            Coding::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            Coding::Zstd => zstd::encode_all(text, 1).unwrap(),
        }
    }

    #[test]
    fn what_was_compressed_comes_back_up_to_the_bound() {
        let text = vec![b'x'; 1 << 20];
        for coding in [Coding::Gzip, Coding::Zstd] {
            let body = packed(coding, &text);
            assert_eq!(inflate(coding, &body, 1 << 20).unwrap(), text);
            assert_eq!(inflate(coding, &body, 1_000).unwrap().len(), 1_001);
            assert!(inflate(coding, &body[..body.len() / 2], 1 << 20).is_err());
            assert!(inflate(coding, b"plain", 10).is_err());
        }
    }
}
