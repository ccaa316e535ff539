//! A stretch of an equity curve: times, and numbers that have all their digits.

use super::column::{CodecError, framed, pack_any, pack_times, unframed, unpack, unpack_times};

/// Numbers are packed as they are.
const RAW: u8 = 16;

/// Encodes the times and the equity of a stretch.
pub(crate) fn encode_curve(time: &[i64], equity: &[f64]) -> Result<(Vec<u8>, Vec<u8>), CodecError> {
    let time = pack_times(time)?;
    Ok((time, framed(RAW, |bytes| pack_any(equity, bytes))?))
}

/// Decodes a stretch of `points` points.
pub(crate) fn decode_curve(
    points: usize,
    time: &[u8],
    equity: &[u8],
) -> Result<(Vec<i64>, Vec<f64>), CodecError> {
    let time = unpack_times(time, points)?;
    match unframed(equity)? {
        (RAW, payload) => Ok((time, unpack(payload, points)?)),
        (coding, _) => Err(CodecError::Coding(coding)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_bit_of_a_stretch_comes_back(points in prop::collection::vec((1_i64..1_000_000_000, any::<f64>()), 1..300)) {
            let time: Vec<i64> = points.iter().scan(0, |time, (step, _)| { *time += step; Some(*time) }).collect();
            let equity: Vec<f64> = points.iter().map(|(_, equity)| *equity).collect();
            let (coded_time, coded_equity) = encode_curve(&time, &equity).unwrap();
            let (found_time, found_equity) = decode_curve(points.len(), &coded_time, &coded_equity).unwrap();
            let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(found_time, time);
            prop_assert_eq!(bits(&found_equity), bits(&equity));
        }
    }

    #[test]
    fn one_bit_that_changed_is_noticed_wherever_it_lies() {
        let time: Vec<i64> = (0..40).map(|number| number * 60_000_000).collect();
        let equity: Vec<f64> = (0..40).map(|number| 10_000.0 + f64::from(number) / 3.0).collect();
        let (time, equity) = encode_curve(&time, &equity).unwrap();
        for bit in 0..8 * equity.len() {
            let mut damaged = equity.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(decode_curve(40, &time, &damaged).is_err(), "bit {bit}");
        }
        assert!(decode_curve(39, &time, &equity).is_err());
    }
}
