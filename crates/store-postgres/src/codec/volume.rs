//! Volumes: mostly whole numbers, sometimes unknown.

use domain::market::CANONICAL_NAN;

use super::{
    column::{CodecError, framed, pack, pack_any, unframed, unpack},
    scale::{MOST_DIGITS, scale, unscale},
};

/// Codings from 0 to 9 are integers with that many digits behind the point.
const RAW: u8 = 16;
/// Every volume is unknown: nothing is stored.
const UNKNOWN: u8 = 17;

pub(super) fn encode(volume: &[f64]) -> Result<Vec<u8>, CodecError> {
    if volume.iter().all(|volume| volume.is_nan()) {
        return framed(UNKNOWN, |_| Ok(()));
    }
    match scale(&[volume]) {
        Some((digits, integers)) => framed(digits, |bytes| pack(&integers[0], bytes)),
        None => framed(RAW, |bytes| pack_any(volume, bytes)),
    }
}

pub(super) fn decode(bytes: &[u8], bars: usize) -> Result<Vec<f64>, CodecError> {
    match unframed(bytes)? {
        (UNKNOWN, _) => Ok(vec![CANONICAL_NAN; bars]),
        (RAW, payload) => unpack(payload, bars),
        (digits @ 0..=MOST_DIGITS, payload) => Ok(unscale(&unpack::<i64>(payload, bars)?, digits)),
        (coding, _) => Err(CodecError::Coding(coding)),
    }
}
